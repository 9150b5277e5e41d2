"""Broadcasts: a text frozen for many, and its fan-out to a row a recipient."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audiences import addresses, selection
from bot.consular.audiences.rules import check
from bot.consular.audiences.selection import everyone_in
from bot.consular.broadcasts import leaving, passages, recipients, variants
from bot.consular.reference import country_reach
from bot.messages import Content, Form
from bot.models import (
    Address,
    Broadcast,
    BroadcastKind,
    CheckIn,
    Lane,
    OutboundMessage,
    Person,
    SmsWay,
    closures,
)
from bot.text import catalogues, text

Contents = dict[str, dict[str, Any]]  # {language: {form: Content as JSON}}
# A change may be committed a while after its time: who is found twice gets the message once.
OVERLAP = timedelta(minutes=2)
_TABLE: Any = OutboundMessage.__table__


async def create(
    session: AsyncSession,
    kind: BroadcastKind,
    lane: Lane,
    contents: Mapping[str, Mapping[str, Any]],
    audience: Mapping[str, Any],
    drill: bool,
    now: datetime,
    **columns: Any,
) -> Broadcast:
    """Create a broadcast whose fan-out the worker begins at once; in a drill every text says so.

    How people can answer an SMS, by country, is frozen with its words.
    `columns`: others, such as `starts_at` for later, `expires_at`, `corrects_id`, `fallback_after`.
    """
    check(audience)
    complete = variants.complete(contents)
    by_country = await country_reach.ways(session)
    broadcast = Broadcast(
        kind=kind,
        lane=lane,
        contents=marked(complete) if drill else complete,
        sms_ways={country: way.value for country, way in by_country.items()},
        audience=dict(audience),
        drill=drill,
        created_at=now,
        **{"starts_at": now, "cursor": 0, **columns},
    )
    session.add(broadcast)
    await session.flush()
    await passages.keep(session, broadcast)
    return broadcast


def marked(contents: Mapping[str, Mapping[str, Any]]) -> Contents:
    """Return the same contents, each saying first that this is a drill."""
    marked_contents: Contents = {}
    for language, forms in contents.items():
        marked_forms: dict[str, Any] = {}
        for form, content in forms.items():
            marked_forms[form] = _marked(content, language, form)
        marked_contents[language] = marked_forms
    return marked_contents


def _marked(
    content: Mapping[str, Any],
    language: str,
    form: str,
) -> dict[str, Any]:
    spoken = text.language_of(language)
    screen, _, _variant = form.partition(":")
    mark = catalogues.say("drill_mark", spoken, Form(screen))
    unmarked = content.get("text", "")  # a draft may have nothing yet
    marked_text = f"{mark}\n{unmarked}".rstrip()
    marked_content = {**content, "text": marked_text}
    if content.get("heading"):
        marked_content["heading"] = len(mark) + 1 + content["heading"]
    return marked_content


def content(
    broadcast: Broadcast,
    language: str,
    form: Form,
    region: str | None = None,
) -> Content:
    """Return what a person with this language and screen gets; `region` is their number's, of SMS.

    What was frozen counts, whatever the table of countries says now.
    """
    forms = broadcast.contents[text.language_of(language)]
    way = SmsWay(variants.ways(broadcast).get(region or "", SmsWay.ANSWER))
    return Content.from_json(variants.chosen(forms, form, way))


async def open_ones(session: AsyncSession, now: datetime) -> list[Broadcast]:
    """List the broadcasts that have begun and are not fanned out whole, the most urgent first.

    What was to begin at once has begun, also where our clock was set back since.
    """
    is_for_later = Broadcast.starts_at > Broadcast.created_at
    query = (
        select(Broadcast)
        .where(
            Broadcast.fanned_out_at.is_(None),
            or_(Broadcast.starts_at <= now, ~is_for_later),
            *outbox.holds(now),
        )
        .order_by(Broadcast.lane, Broadcast.id)
    )
    return list(await session.scalars(query))


async def fan_out(
    session: AsyncSession,
    broadcast: Broadcast,
    limit: int,
    now: datetime,
) -> int:
    """Insert the rows of the next `limit` recipients, in one statement; return how many people.

    That is 0 when the fan-out is whole or cancelled. The row of the broadcast is locked meanwhile,
    so two workers never insert the same slice, and a cancel waits.
    """
    await session.refresh(broadcast, with_for_update=True)
    if broadcast.fanned_out_at is not None or broadcast.cancelled_at is not None:
        return 0
    if broadcast.looked_at is None:
        broadcast.looked_at = now  # `add_joiners` looks for those who come in from now on
    await selection.prepare(session, broadcast.audience)
    last, people = await _slice(session, broadcast, limit, now)
    if last is None:
        broadcast.fanned_out_at = now
        await session.flush()
        return 0
    first = broadcast.cursor + 1
    among = Person.id.between(first, last)
    # Without its own limit the database would read everybody's addresses for every slice.
    of_people = Address.person_id.between(first, last)
    await _insert(
        session,
        broadcast,
        among,
        now,
        of_people,
    )
    broadcast.cursor = last
    await session.flush()
    return people


async def _slice(
    session: AsyncSession,
    broadcast: Broadcast,
    limit: int,
    now: datetime,
) -> tuple[int | None, int]:
    """Return the last id of the next slice (None: nobody is left) and how many people it has."""
    everyone = _recipients(broadcast, now)
    people = everyone.where(Person.id > broadcast.cursor)
    ids = people.order_by(Person.id).limit(limit).subquery()
    query = select(func.max(ids.c.id), func.count())
    result = await session.execute(query)
    last, count = result.one()
    return last, count


def _recipients(broadcast: Broadcast, now: datetime) -> Select[int]:
    """Select the people whom a broadcast is for.

    A roll call counts those as well who want no messages: they get none, and an officer calls them.
    """
    people = everyone_in(broadcast.audience, now, broadcast.drill, broadcast.real_people)
    if broadcast.kind is BroadcastKind.ROLL_CALL:
        return people
    return people.where(closures.wants_broadcasts())


async def awaiting_joiners(
    session: AsyncSession,
    before: datetime,
    now: datetime,
) -> list[Broadcast]:
    """List the broadcasts that still hold and whose joiners were last looked for before a time.

    A roll call holds until its crisis closes and cancels it. A look that is still to come was made
    before our clock was set back.
    """
    still_holds = or_(
        Broadcast.kind == BroadcastKind.ROLL_CALL,
        Broadcast.expires_at > now,
    )
    query = (
        select(Broadcast)
        .where(
            still_holds,
            Broadcast.fanned_out_at.is_not(None),
            or_(Broadcast.looked_at < before, Broadcast.looked_at > now),
            Broadcast.cancelled_at.is_(None),
        )
        .order_by(Broadcast.lane, Broadcast.id)
    )
    return list(await session.scalars(query))


async def add_joiners(
    session: AsyncSession,
    broadcast: Broadcast,
    now: datetime,
) -> int:
    """Insert rows for those who came into the audience since the last look; return how many."""
    await session.refresh(broadcast, with_for_update=True)
    if broadcast.cancelled_at is not None or broadcast.looked_at is None:
        return 0
    if broadcast.expires_at is not None and broadcast.expires_at <= now:
        return 0
    await selection.prepare(session, broadcast.audience)
    since = min(broadcast.looked_at, now) - OVERLAP
    newcomers = _newcomers(broadcast, since)
    joined = await _insert(session, broadcast, newcomers, now)
    broadcast.looked_at = now
    await session.flush()
    return joined


def _newcomers(broadcast: Broadcast, since: datetime) -> ColumnElement[bool]:
    """Match those who changed and have no row yet: after an import nearly everybody has one.

    Who told us how they are since a roll call began is not asked.
    """
    own_message = select(OutboundMessage.id).where(
        OutboundMessage.broadcast_id == broadcast.id,
        OutboundMessage.person_id == Person.id,
    )
    has_changed = Person.changed_at >= since
    is_new = has_changed & ~own_message.exists()
    if broadcast.kind is not BroadcastKind.ROLL_CALL:
        return is_new
    answer = select(CheckIn.id).where(
        CheckIn.person_id == Person.id,
        CheckIn.at >= broadcast.starts_at,
    )
    return is_new & ~answer.exists()


async def _insert(
    session: AsyncSession,
    broadcast: Broadcast,
    among: ColumnElement[bool],
    now: datetime,
    of_people: ColumnElement[bool] | None = None,
) -> int:
    """Insert a row for each person of the audience `among` the people; return how many rows.

    Who has a row already gets no second one. `of_people` limits all their addresses, where a limit
    is known.
    """
    people = _recipients(broadcast, now).where(among)
    if broadcast.kind is BroadcastKind.ROLL_CALL:
        await _open_rested_addresses(session, people, now, of_people)
    is_left = await leaving.is_left_to_another(session, broadcast, now)
    best_id = addresses.preferred(country_reach.closed(variants.ways(broadcast)))
    is_best = closures.wants_broadcasts() & (Address.id == best_id) & ~is_left
    if of_people is not None:
        is_best &= of_people
    return await _insert_rows(
        session,
        broadcast,
        people,
        is_best,
        now,
        is_left,
    )


async def ask(
    session: AsyncSession,
    broadcast: Broadcast,
    person_ids: Collection[int],
    earlier: Select[int],
    now: datetime,
) -> int:
    """Insert a row for each of these people, to an address that no `earlier` broadcast went to.

    Return how many rows.
    """
    people = select(Person.id).where(Person.id.in_(person_ids))
    silent_countries = country_reach.closed(variants.ways(broadcast))
    is_next = Address.id == addresses.next_preferred(earlier, silent_countries)
    return await _insert_rows(
        session,
        broadcast,
        people,
        is_next,
        now,
    )


async def _insert_rows(
    session: AsyncSession,
    broadcast: Broadcast,
    people: Select[int],
    is_best: ColumnElement[bool],
    now: datetime,
    is_left: ColumnElement[bool] | None = None,
) -> int:
    """Insert a row for each of the people, with the address that is best for them.

    The row of whom it is `is_left` to another crisis to ask is dropped at once.
    """
    columns = await recipients.columns(session, broadcast, people, now)
    if is_left is not None:
        columns |= leaving.columns(is_left, columns["state"], columns["reason"], now)
    selected = people.outerjoin(Address, is_best).with_only_columns(*columns.values())
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if is_postgresql else sqlite.insert
    statement = insert(_TABLE).from_select(list(columns), selected, include_defaults=False)
    connection = await session.connection()
    inserted = await connection.execute(statement.on_conflict_do_nothing())
    return inserted.rowcount


async def _open_rested_addresses(
    session: AsyncSession,
    people: Select[int],
    now: datetime,
    of_people: ColumnElement[bool] | None,
) -> None:
    """Try addresses anew that a network closed long ago: a roll call is worth it."""
    opening = closures.opening_for_roll_call(people, now)
    if of_people is not None:
        opening = opening.where(of_people)
    await session.execute(opening)


async def cancel(
    session: AsyncSession,
    broadcast_id: int,
    now: datetime,
) -> None:
    """End the fan-out and drop what is queued; what is being sent, is sent.

    Of very many rows the worker drops the rest: until then they are queued, and whoever claims one
    drops it.
    """
    broadcast = await session.get_one(Broadcast, broadcast_id, with_for_update=True)
    if broadcast.cancelled_at is not None:
        return
    broadcast.cancelled_at = now
    await session.flush()
    await outbox.drop(session, broadcast_id, now)
