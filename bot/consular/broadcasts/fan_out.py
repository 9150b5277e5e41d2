"""Broadcasts: a text frozen for many, and its fan-out to a row a recipient."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, SmallInteger, func, literal, select
from sqlalchemy import case as sql_case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audiences.reach import preferred_address
from bot.consular.audiences.rules import check, people_in
from bot.consular.broadcasts import quiet
from bot.messages import Button, Content, Form
from bot.models import (
    Address,
    Broadcast,
    BroadcastKind,
    Crisis,
    CrisisState,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
)
from bot.text import catalogues, text

Contents = dict[str, dict[str, Any]]  # {language: {form: Content as JSON}}
_TABLE: Any = OutboundMessage.__table__
OVERLAP = timedelta(
    minutes=2
)  # a change may be committed a while after its time: who is found twice gets it once


async def create(
    session: AsyncSession,
    kind: BroadcastKind,
    lane: Lane,
    contents: Mapping[str, Mapping[str, Any]],
    audience: Mapping[str, Any],
    drill: bool,
    now: datetime,
    **more: Any,
) -> Broadcast:
    """A broadcast whose fan-out the worker begins at once; in a drill every text says so, in both languages.

    `more`: other columns (`starts_at` for later, `expires_at`, `corrects_id`, `fallback_after`).
    """
    check(audience)
    frozen = (
        marked(contents)
        if drill
        else {language: dict(forms) for language, forms in contents.items()}
    )
    columns = {"starts_at": now, "cursor": 0, **more}
    row = Broadcast(
        kind=kind,
        lane=lane,
        contents=frozen,
        audience=dict(audience),
        drill=drill,
        created_at=now,
        **columns,
    )
    session.add(row)
    await session.flush()
    return row


def marked(contents: Mapping[str, Mapping[str, Any]]) -> Contents:
    """The same contents, each saying first that this is a drill."""
    return {
        language: {form: _marked(said, language, form) for form, said in forms.items()}
        for language, forms in contents.items()
    }


def _marked(said: Mapping[str, Any], language: str, form: str) -> dict[str, Any]:
    mark = catalogues.say("drill_mark", text.language_of(language), Form(form))
    heading = {"heading": said["heading"] + len(mark) + 1} if said.get("heading") else {}
    words = f"{mark}\n{said.get('text', '')}".rstrip()  # of a draft there may be nothing yet
    return {**said, "text": words, **heading}


def content(broadcast: Broadcast, language: str, form: Form) -> Content:
    """What a person with this language and screen gets."""
    return Content.from_json(broadcast.contents[text.language_of(language)][form.value])


async def open_ones(session: AsyncSession, now: datetime) -> list[Broadcast]:
    """Broadcasts whose time has come and whose fan-out is not whole yet, the most urgent first."""
    unfinished = (Broadcast.fanned_out_at.is_(None), Broadcast.starts_at <= now, *outbox.holds(now))
    query = select(Broadcast).where(*unfinished).order_by(Broadcast.lane, Broadcast.id)
    return list(await session.scalars(query))


async def fan_out(session: AsyncSession, broadcast: Broadcast, limit: int, now: datetime) -> int:
    """Makes the rows of the next `limit` recipients, in one statement; 0 when it is whole or was cancelled.

    The broadcast's row is locked meanwhile, so two workers never make the same slice, and a cancel waits.
    """
    await session.refresh(broadcast, with_for_update=True)
    if broadcast.fanned_out_at is not None or broadcast.cancelled_at is not None:
        return 0
    if broadcast.looked_at is None:
        broadcast.looked_at = now  # who comes into the audience from now on is looked for later
    last, people = await _slice(session, broadcast, limit, now)
    if last is None:
        broadcast.fanned_out_at = now
        await session.flush()
        return 0
    first = broadcast.cursor + 1
    theirs = Address.person_id.between(
        first, last
    )  # else the database reads everybody's for every slice
    await _insert(session, broadcast, Person.id.between(first, last), now, theirs)
    broadcast.cursor = last
    await session.flush()
    return people


async def _slice(
    session: AsyncSession, broadcast: Broadcast, limit: int, now: datetime
) -> tuple[int | None, int]:
    """The last id of the next slice (None when nobody is left) and how many people it holds."""
    people = people_in(broadcast.audience, now, broadcast.drill).where(Person.id > broadcast.cursor)
    ids = people.order_by(Person.id).limit(limit).subquery()
    last, count = (await session.execute(select(func.max(ids.c.id), func.count()))).one()
    return last, count


async def awaiting_joiners(
    session: AsyncSession, before: datetime, now: datetime
) -> list[Broadcast]:
    """Advisories that are out and still valid, whose late joiners were last looked for before `before`."""
    out = (
        Broadcast.kind == BroadcastKind.ADVISORY,
        Broadcast.fanned_out_at.is_not(None),
        Broadcast.looked_at < before,
    )
    valid = (Broadcast.cancelled_at.is_(None), Broadcast.expires_at > now)
    return list(
        await session.scalars(
            select(Broadcast).where(*out, *valid).order_by(Broadcast.lane, Broadcast.id)
        )
    )


async def add_joiners(session: AsyncSession, broadcast: Broadcast, now: datetime) -> int:
    """Rows for those who registered or moved into the audience since the last look. How many there were."""
    await session.refresh(broadcast, with_for_update=True)
    is_over = broadcast.expires_at is not None and broadcast.expires_at <= now
    if broadcast.cancelled_at is not None or is_over or broadcast.looked_at is None:
        return 0
    joined = await _insert(
        session, broadcast, _changed(broadcast, broadcast.looked_at - OVERLAP), now
    )
    broadcast.looked_at = now
    await session.flush()
    return joined


def _changed(broadcast: Broadcast, since: datetime) -> ColumnElement[bool]:
    """Those whose audiences changed and who have no row yet: after an import nearly everybody has one."""
    mine = (OutboundMessage.broadcast_id == broadcast.id, OutboundMessage.person_id == Person.id)
    return (Person.changed_at >= since) & ~select(OutboundMessage.id).where(*mine).exists()


async def _insert(
    session: AsyncSession,
    broadcast: Broadcast,
    among: ColumnElement[bool],
    now: datetime,
    theirs: ColumnElement[bool] | None = None,
) -> int:
    """A row for each person of the audience `among` the people; who has one already gets no second. How many rows.

    `theirs`: a limit that all their addresses keep, where one is known.
    """
    people = people_in(broadcast.audience, now, broadcast.drill).where(among)
    values = await _values(session, broadcast, people, now)
    best = Address.id == preferred_address()
    rows = people.outerjoin(Address, best if theirs is None else best & theirs).with_only_columns(
        *values.values()
    )
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(_TABLE).from_select(list(values), rows, include_defaults=False)
    made = await (await session.connection()).execute(statement.on_conflict_do_nothing())
    return made.rowcount


async def _values(
    session: AsyncSession, broadcast: Broadcast, people: Select[int], now: datetime
) -> dict[str, Any]:
    """The columns of a row, for each of the people with their best address."""
    kind = _TABLE.c
    nowhere, queued = (
        literal(one, kind.state.type) for one in (OutboundState.NO_CHANNEL, OutboundState.QUEUED)
    )
    at_once = literal(now, kind.due_at.type)
    return {
        "person_id": Person.id,
        "address_id": Address.id,
        "channel": Address.channel,
        "form": Address.form,
        "language": Person.language,
        "lane": literal(int(broadcast.lane), SmallInteger),
        "state": sql_case((Address.id.is_(None), nowhere), else_=queued),
        "broadcast_id": literal(broadcast.id, kind.broadcast_id.type),
        "attempts": literal(0, SmallInteger),
        "created_at": literal(now, kind.created_at.type),
        "due_at": await quiet.due(session, people, now)
        if broadcast.lane == Lane.ROUTINE
        else at_once,
    }


async def cancel(session: AsyncSession, broadcast_id: int, now: datetime) -> None:
    """Ends the fan-out and drops what is queued; what is being sent, is sent.

    Of very many rows the worker drops the rest: until then they are queued, and whoever claims one drops it.
    """
    broadcast = await session.get_one(Broadcast, broadcast_id, with_for_update=True)
    if broadcast.cancelled_at is None:
        broadcast.cancelled_at = now
        await session.flush()
        await outbox.drop(session, broadcast_id, now)


async def asked(session: AsyncSession, person: Person) -> tuple[Button, ...]:
    """The choices of the roll call last sent to this person while its crisis is open: on SMS "1" means the first."""
    query = (
        select(Broadcast)
        .join(OutboundMessage, OutboundMessage.broadcast_id == Broadcast.id)
        .join(Crisis, Crisis.broadcast_id == Broadcast.id)
        .where(OutboundMessage.person_id == person.id, Crisis.state == CrisisState.OPEN)
        .order_by(OutboundMessage.id.desc())
        .limit(1)
    )
    broadcast = await session.scalar(query)
    return content(broadcast, person.language, Form.TEXT).buttons if broadcast else ()
