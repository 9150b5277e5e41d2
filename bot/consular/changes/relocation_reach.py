"""What a move, a closing or an opening of a post reaches, before it happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import selection
from bot.consular.changes import post_people, relocation_words
from bot.consular.changes.kinds import PostClosing, PostMove, PostOpening
from bot.consular.changes.post_people import Audience
from bot.consular.changes.relocation_words import Notice
from bot.consular.crises import clocks
from bot.consular.reference import emergency, posts
from bot.consular.staff import scopes
from bot.messages import Form
from bot.models import (
    Case,
    Person,
    Post,
    PostAccreditation,
    StaffLink,
    Transport,
    TransportState,
)
from bot.text.text import LANGUAGES

NOT_GONE = (TransportState.DRAFT, TransportState.ANNOUNCED, TransportState.BOARDING)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would reach: people told, accounts and their open links, cases, transports.

    Cases and transports are those of countries that no other post looks after.
    """

    people: int
    accounts: int
    links: int
    cases: int
    transports: int
    countries: Sequence[str]


async def looked_after(session: AsyncSession, post: Post) -> list[str]:
    """Return the countries of a post, its own first, without those that have their own."""
    query = select(PostAccreditation.country).where(PostAccreditation.post_id == post.id)
    countries = [post.country]
    for country in await session.scalars(query.order_by(PostAccreditation.country)):
        if not await posts.covering(session, country):
            countries.append(country)
    return countries


async def preview(session: AsyncSession, post: Post, now: datetime) -> Preview:
    """Count what closing or moving a post would reach."""
    countries = await looked_after(session, post)
    officers = await scopes.officers(session, post)
    officer_ids = [account.id for account in officers]
    alone = await _without_others(session, post, countries)
    rule = await _own_people(session, post, countries)
    people = selection.everyone_in(rule, now, drill=False).subquery()
    return Preview(
        people=await _count(session, select(func.count()).select_from(people)),
        accounts=len(officers),
        links=await _count(session, _open_links(officer_ids, now)),
        cases=await _count(session, _count_of(open_cases(alone))),
        transports=await _count(session, _transports(alone)),
        countries=countries,
    )


async def _own_people(
    session: AsyncSession,
    post: Post,
    countries: Sequence[str],
) -> Audience:
    """Return the audience of a post's own people, wherever they are."""
    audiences: list[Audience] = [{"posters": [post.id]}]
    for country in countries:
        audience = await post_people.of_country(session, post, country)
        audiences.append(audience)
    return post_people.together(audiences)


async def _without_others(
    session: AsyncSession,
    post: Post,
    countries: Sequence[str],
) -> list[str]:
    """Return the countries that no other post looks after."""
    alone: list[str] = []
    for country in countries:
        if not await post_people.others_in(session, post, country):
            alone.append(country)
    return alone


def _open_links(officer_ids: Sequence[int], now: datetime) -> Select[int]:
    return select(func.count()).where(
        StaffLink.staff_id.in_(officer_ids),
        StaffLink.used_at.is_(None),
        StaffLink.expires_at > now,
    )


def _transports(countries: Sequence[str]) -> Select[int]:
    return select(func.count()).where(
        Transport.country.in_(countries),
        Transport.state.in_(NOT_GONE),
    )


def _count_of(query: Select[int]) -> Select[int]:
    return select(func.count()).select_from(query.subquery())


async def _count(session: AsyncSession, query: Select[int]) -> int:
    return await session.scalar(query) or 0


async def announced(
    session: AsyncSession,
    change: PostMove | PostClosing | PostOpening,
    post: Post,
) -> dict[str, str]:
    """Return what the people of the post's own country would read, by language.

    Nothing is changed: a draft of the post stands for what it would be.
    """
    draft = Post(**posts.contents(post), id=post.id, city=post.city)
    notice = await _draft_notice(session, change, post, draft)
    words: dict[str, str] = {}
    for language in LANGUAGES:
        words[language] = notice.words(language, Form.TEXT)
    return words


async def _draft_notice(
    session: AsyncSession,
    change: PostMove | PostClosing | PostOpening,
    post: Post,
    draft: Post,
) -> Notice:
    numbers = await emergency.of(session, post.country)
    match change:
        case PostMove(_, city, fields):
            posts.fill(draft, {**fields, "country": city[:2]})
            return Notice("post_moved", dict(post.names), draft, post.country, numbers)
        case PostOpening():
            return Notice("post_opened", dict(post.names), draft, post.country, numbers)
        case PostClosing(_, successor_id):
            return await relocation_words.closing(session, post, successor_id)


def open_cases(countries: Sequence[str]) -> Select[int]:
    """Select the cases of people in these countries that are not closed."""
    query = select(Case.id).join(Person, Person.id == Case.person_id)
    return query.where(Person.country.in_(countries), Case.state.in_(clocks.WAITING))
