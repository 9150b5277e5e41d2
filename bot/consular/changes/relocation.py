"""A post moves, closes or opens again: one act, which tells its people and moves its work along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.changes import post_people, relocation_words
from bot.consular.changes import relocation_reach as reach
from bot.consular.changes.kinds import PostClosing, PostMove
from bot.consular.changes.post_people import Audience
from bot.consular.changes.relocation_words import Notice
from bot.consular.errors import ConsularError, Quote
from bot.consular.reference import places, posts
from bot.consular.staff import accounts, roles, scopes
from bot.messages import Form
from bot.models import (
    BroadcastKind,
    CaseNote,
    CaseNoteKind,
    Lane,
    Post,
    PostAccreditation,
    Staff,
)
from bot.text.catalogues import say
from bot.text.text import LANGUAGES, in_language

MOVED_SOURCE = "moved"  # of an accreditation that a move or a closing made
CLOSED_SOURCE = "closed"


# --- what may be proposed ------------------------------------------------------------------------


async def check_move(session: AsyncSession, change: PostMove) -> Post:
    """Return the post that a change would move. Raises ConsularError."""
    post = await posts.get(session, change.post_id)
    _check_open(post)
    if not places.is_city(change.city):
        raise ConsularError("Not a city: {code}.", code=Quote(change.city))
    fields = posts.changed(post, {**change.fields, "country": change.city[:2]})
    if not fields and post.city == change.city:
        raise ConsularError("Nothing would change.")
    return post


async def check_closing(session: AsyncSession, change: PostClosing) -> Post:
    """Return the post that a change would close. Raises ConsularError."""
    post = await posts.get(session, change.post_id)
    _check_open(post)
    if change.successor_id is not None:
        successor = await posts.get(session, change.successor_id)
        if successor.id == post.id:
            raise ConsularError("A post cannot follow itself.")
        _check_open(successor)
    return post


async def check_opening(session: AsyncSession, post_id: int) -> Post:
    """Return the post that a change would open again. Raises ConsularError."""
    post = await posts.get(session, post_id)
    if post.closed_at is None:
        raise ConsularError("The post is open.")
    return post


def _check_open(post: Post) -> None:
    if post.closed_at is not None:
        raise ConsularError("The post is closed.")


# --- the acts ------------------------------------------------------------------------------------


async def move(
    session: AsyncSession,
    staff: Staff,
    change: PostMove,
    now: datetime,
) -> list[int]:
    """Move a post, its accounts with it, and tell its people; return the broadcasts' numbers.

    A country that it leaves without a post stays its own to look after. Raises ConsularError.
    """
    post = await check_move(session, change)
    await session.refresh(post, with_for_update=True)
    names_before = dict(post.names)
    countries = await reach.looked_after(session, post)
    before = await _people(session, post, countries)
    await _resettle(session, staff, post, change, now)
    after = await _people(session, post, [post.country])
    codes = sorted({*countries, post.country})
    notices: list[Notice] = []
    for code in (*codes, None):
        notices.append(await relocation_words.moved(session, names_before, post, code))
    people = _in_either(before, after)
    return await _tell(session, post, notices, people, now)


def _in_either(
    before: Mapping[str, Audience],
    after: Mapping[str, Audience],
) -> dict[str, Audience]:
    """Return the audiences of those who were a post's people before a move, or are after it."""
    people = dict(before)
    for country, audience in after.items():
        earlier = people.get(country, audience)
        people[country] = post_people.together([earlier, audience])
    return people


async def _resettle(
    session: AsyncSession,
    staff: Staff,
    post: Post,
    change: PostMove,
    now: datetime,
) -> None:
    """Write down where a post is now; its accounts come along."""
    country_before = post.country
    country = change.city[:2]
    officers = await scopes.officers(session, post)
    fields: posts.Fields = {**change.fields, "country": country}
    await posts.save(session, post, fields, roles.actor(staff), now)
    post.city = change.city
    post.moved_at = now
    await session.flush()
    await _note(session, staff, "post.moved", post, now, city=change.city)
    if country != country_before:
        await _leave(session, post, country_before, now)
        for account in officers:
            account.post_country = country
    await session.flush()
    await _renew_scopes(session, {country_before, country})


async def _leave(
    session: AsyncSession,
    post: Post,
    country_before: str,
    now: datetime,
) -> None:
    """Let a post that left a country look after it still, where no other post is there."""
    own = delete(PostAccreditation).where(
        PostAccreditation.post_id == post.id,
        PostAccreditation.country == post.country,
    )
    await session.execute(own)
    if not await posts.covering(session, country_before):
        await _accredit(session, post, country_before, MOVED_SOURCE, now, None)


async def close(
    session: AsyncSession,
    staff: Staff,
    change: PostClosing,
    now: datetime,
) -> list[int]:
    """Close a post, end its accounts and links, hand its work over, and tell its people.

    Return the broadcasts' numbers. Raises ConsularError.
    """
    post = await check_closing(session, change)
    await session.refresh(post, with_for_update=True)
    countries = await reach.looked_after(session, post)
    people = await _people(session, post, countries)
    officers = await scopes.officers(session, post)
    post.closed_at = now
    post.successor_id = change.successor_id
    await session.flush()
    left = await _without_post(session, countries)
    await _entrust(session, post, left, now)
    await _note(session, staff, "post.closed", post, now, successor=change.successor_id)
    await _revoke(session, staff, officers, now)
    await _renew_scopes(session, {post.country})
    await _hand_over(session, staff, post, left, now)
    notices = await _closing_notices(session, post, countries)
    return await _tell(session, post, notices, people, now)


async def _revoke(
    session: AsyncSession,
    staff: Staff,
    officers: Sequence[Staff],
    now: datetime,
) -> None:
    for account in officers:
        await accounts.revoke(session, account, now, staff)


async def _closing_notices(
    session: AsyncSession,
    post: Post,
    countries: Sequence[str],
) -> list[Notice]:
    notices: list[Notice] = []
    for country in (*countries, None):
        notices.append(await relocation_words.closed(session, post, country))
    return notices


async def _entrust(
    session: AsyncSession,
    post: Post,
    countries: Sequence[str],
    now: datetime,
) -> None:
    """Let the successor of a closed post look after the countries that are left without one."""
    if post.successor_id is None:
        return
    successor = await posts.get(session, post.successor_id)
    for country in countries:
        await _accredit(session, successor, country, CLOSED_SOURCE, now, post)
    await _renew_scopes(session, {successor.country})


async def open_again(
    session: AsyncSession,
    staff: Staff,
    post_id: int,
    now: datetime,
) -> list[int]:
    """Open a closed post again, take its countries back, and tell its people.

    Return the broadcasts' numbers. Its accounts stay blocked: whoever works there gets a new one.
    Raises ConsularError.
    """
    post = await check_opening(session, post_id)
    await session.refresh(post, with_for_update=True)
    post.closed_at = None
    post.successor_id = None
    await session.flush()
    await _take_back(session, post)
    await _note(session, staff, "post.opened", post, now)
    countries = await reach.looked_after(session, post)
    people = await _people(session, post, countries)
    notices: list[Notice] = []
    for country in (*countries, None):
        notices.append(await relocation_words.opened(session, post, country))
    return await _tell(session, post, notices, people, now)


async def _take_back(session: AsyncSession, post: Post) -> None:
    """End that others look after the countries of a post that works again."""
    taken_over = PostAccreditation.closed_post_id == post.id
    carers = select(Post.country).join(
        PostAccreditation,
        PostAccreditation.post_id == Post.id,
    )
    carer_countries = set(await session.scalars(carers.where(taken_over)))
    await session.execute(delete(PostAccreditation).where(taken_over))
    await _renew_scopes(session, {post.country, *carer_countries})


# --- its people ----------------------------------------------------------------------------------


async def _people(
    session: AsyncSession,
    post: Post,
    countries: Sequence[str],
) -> dict[str, Audience]:
    """Return the audiences of a post's own people, by country."""
    audiences: dict[str, Audience] = {}
    for country in countries:
        audiences[country] = await post_people.of_country(session, post, country)
    return audiences


async def _without_post(session: AsyncSession, countries: Sequence[str]) -> list[str]:
    left: list[str] = []
    for country in countries:
        if not await posts.covering(session, country):
            left.append(country)
    return left


async def _hand_over(
    session: AsyncSession,
    staff: Staff,
    post: Post,
    countries: Sequence[str],
    now: datetime,
) -> None:
    """Write into the open cases of countries without a post that somebody else has them now."""
    words = _handed_over_words(post)
    for case_id in await session.scalars(reach.open_cases(countries)):
        note = CaseNote(
            case_id=case_id,
            kind=CaseNoteKind.NOTE,
            staff_id=staff.id,
            at=now,
            words=words,
        )
        session.add(note)
    await session.flush()


def _handed_over_words(post: Post) -> str:
    words: list[str] = []
    for language in LANGUAGES:
        name = in_language(post.names, language)
        words.append(say("post_closed_note", language, Form.TEXT, post=name))
    return "\n".join(words)


async def _tell(
    session: AsyncSession,
    post: Post,
    notices: Sequence[Notice],
    people: Mapping[str, Audience],
    now: datetime,
) -> list[int]:
    """Queue the notices, one broadcast for its people in each country, at once and at any hour."""
    by_poster = {"posters": [post.id]}
    elsewhere = {"all": [by_poster, {"not": {"countries": list(people)}}]}
    numbers: list[int] = []
    for notice in notices:
        audience: Audience = elsewhere
        if notice.country is not None:
            audience = people[notice.country]
        broadcast = await fan_out.create(
            session,
            BroadcastKind.ADVISORY,
            Lane.ADVISORY,
            relocation_words.contents(notice),
            audience,
            drill=False,
            now=now,
        )
        numbers.append(broadcast.id)
    return numbers


async def _accredit(
    session: AsyncSession,
    post: Post,
    country: str,
    source: str,
    now: datetime,
    closed_post: Post | None,
) -> None:
    """Let a post look after a country from now on, unless it does already."""
    same = select(PostAccreditation.id).where(
        PostAccreditation.post_id == post.id,
        PostAccreditation.country == country,
    )
    if country == post.country or await session.scalar(same) is not None:
        return
    accreditation = PostAccreditation(
        post_id=post.id,
        country=country,
        source=source,
        since=now.date().isoformat(),
        closed_post_id=closed_post.id if closed_post else None,
    )
    session.add(accreditation)
    await session.flush()


async def _renew_scopes(session: AsyncSession, countries: set[str]) -> None:
    for country in sorted(countries):
        await scopes.renew(session, country)


async def _note(
    session: AsyncSession,
    staff: Staff,
    action: str,
    post: Post,
    now: datetime,
    **details: Any,
) -> None:
    await trail.note(session, roles.actor(staff), action, f"post:{post.id}", now, **details)
