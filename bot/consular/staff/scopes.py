"""Countries of a post officer: the one of the post, and those that the post is accredited to.

They are kept beside the account, so that whoever asks for its scope (`roles.countries`) needs no
query. Whatever changes a post calls `renew`.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.errors import ConsularError
from bot.models import Post, PostAccreditation, Role, Staff, StaffPost


async def renew(
    session: AsyncSession,
    country: str,
) -> None:
    """Set anew what the officers of the posts in a country (alpha-2) see."""
    officers = select(Staff).where(
        Staff.role == Role.POST_OFFICER,
        Staff.post_country == country,
    )
    for account in await session.scalars(officers):
        account.accredited_countries = await accredited(
            session,
            account,
        )
    await session.flush()


async def accredited(
    session: AsyncSession,
    account: Staff,
) -> list[str]:
    """Return the countries that the account's post, or each post of its country, is accredited to.

    A closed post is accredited to none.
    """
    own_post = select(StaffPost.post_id).where(StaffPost.staff_id == account.id)
    post_id = await session.scalar(own_post)
    countries = select(PostAccreditation.country).join(
        Post,
        Post.id == PostAccreditation.post_id,
    )
    countries = countries.where(Post.closed_at.is_(None))
    if post_id is None:
        countries = countries.where(Post.country == account.post_country)
    else:
        countries = countries.where(Post.id == post_id)
    return sorted(set(await session.scalars(countries)))


async def check_open(
    session: AsyncSession,
    country: str,
    post_id: int | None,
) -> None:
    """Refuse an account of a closed post, or of a country whose posts are closed.

    Raises ConsularError.
    """
    if post_id is not None:
        post = await session.get(
            Post,
            post_id,
        )
        if post is None or post.country != country:
            raise ConsularError("There is no such post.")
        is_closed = post.closed_at is not None
    else:
        states = await session.scalars(select(Post.closed_at).where(Post.country == country))
        closed_at = list(states)
        is_closed = bool(closed_at) and None not in closed_at
    if is_closed:
        raise ConsularError("The post is closed: nobody can be added to it.")


async def begin(
    session: AsyncSession,
    account: Staff,
    post_id: int | None,
) -> None:
    """Give a new account its post and its countries."""
    if account.role is not Role.POST_OFFICER:
        return
    if post_id is not None:
        session.add(
            StaffPost(
                staff_id=account.id,
                post_id=post_id,
            )
        )
        await session.flush()
    account.accredited_countries = await accredited(
        session,
        account,
    )
    await session.flush()


async def officers(
    session: AsyncSession,
    post: Post,
) -> list[Staff]:
    """Return the accounts of a post that can act.

    An account without a post of its own is of the only open post of its country.
    """
    of_post = select(StaffPost.staff_id).where(StaffPost.post_id == post.id)
    is_of_post: ColumnElement[bool] = Staff.id.in_(of_post)
    other_open = select(Post.id).where(
        Post.country == post.country,
        Post.id != post.id,
        Post.closed_at.is_(None),
    )
    if await session.scalar(other_open.limit(1)) is None:
        has_own_post = exists().where(StaffPost.staff_id == Staff.id)
        is_of_country = and_(
            Staff.post_country == post.country,
            ~has_own_post,
        )
        is_of_post = or_(
            is_of_post,
            is_of_country,
        )
    query = select(Staff).where(
        Staff.role == Role.POST_OFFICER,
        Staff.blocked_at.is_(None),
        is_of_post,
    )
    return list(await session.scalars(query.order_by(Staff.id)))
