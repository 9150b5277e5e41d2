"""People, staff and crises for tests of the work itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import lifecycle, wording
from bot.consular.broadcasts import fan_out as broadcasts_fan_out
from bot.consular.crises import crises
from bot.consular.staff import accounts
from bot.messages import Channel, Form
from bot.models import (
    TEXT_PARTS,
    Address,
    Advisory,
    Broadcast,
    Crisis,
    OutboundMessage,
    OutboundState,
    Person,
    Role,
    Staff,
    Texts,
    texts_from_json,
)
from bot.text.text import LANGUAGES

WORDS_NAME = re.compile(rf"({'|'.join(TEXT_PARTS)})_({'|'.join(LANGUAGES)})")
TURKEY = {"countries": ["TR"]}
WORDS = {
    "headline_en": "Stay at home tonight",
    "headline_ar": "ابقوا في بيوتكم الليلة",
    "text_en": "Roads around Hatay are closed until morning.",
    "text_ar": "الطرق حول هاتاي مقفلة حتى الصباح. نحن معكم.",
}


@dataclass(frozen=True, slots=True)
class Team:
    """One account of each role; the post officer's post is in Turkey."""

    admin: Staff
    officer: Staff
    approver: Staff
    post: Staff
    auditor: Staff


async def team(session: AsyncSession, now: datetime) -> Team:
    """A team, with the e-mail addresses `admin@mofa.example` and so on."""
    made = []
    for role in (Role.ADMIN, Role.HQ_OFFICER, Role.APPROVER, Role.POST_OFFICER, Role.AUDITOR):
        country = "TR" if role is Role.POST_OFFICER else None
        account, _token = await accounts.add(
            session, f"{role.value}@mofa.example", role, country, now, None
        )
        made.append(account)
    return Team(*made)


async def person(session: AsyncSession, now: datetime, *wheres: str, **columns: Any) -> Person:
    """A person in Turkey who reads Arabic, reached at `telegram:1001`, `sms:+90…`, `phone:chat:+999…`."""
    row = Person(created_at=now, **{"language": "ar", "country": "TR", "placed_at": now} | columns)
    session.add(row)
    await session.flush()
    for where in wheres:
        await address(session, row, where, now)
    return row


async def address(
    session: AsyncSession, owner: Person, where: str, now: datetime, **columns: Any
) -> Address:
    """A way to reach a person."""
    channel, _, number = where.partition(":")
    form = Form.TEXT if channel == "sms" or number.startswith("text:") else Form.CHAT
    columns = {"heard_at": now} | columns
    row = Address(
        person_id=owner.id,
        channel=Channel(channel),
        form=form,
        address=number,
        index=where,
        created_at=now,
        **columns,
    )
    session.add(row)
    await session.flush()
    return row


async def draft(session: AsyncSession, by: Staff, now: datetime, **changes: Any) -> Advisory:
    """A draft for Turkey in both languages."""
    return await lifecycle.draft(session, by, said(**changes), now)


def said(**changes: Any) -> wording.Draft:
    """What that draft says; `text_ar="…"` changes one part of one language."""
    words = {name: changes.pop(name) for name in list(changes) if WORDS_NAME.fullmatch(name)}
    return wording.Draft(**{"texts": texts(WORDS | words), "audience": TURKEY, **changes})


def texts(words: Mapping[str, str]) -> Texts:
    """Texts by language from names such as `headline_ar`."""
    stored: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for name, part in words.items():
        part_name, _, language = name.rpartition("_")
        stored[language][part_name] = part
    return texts_from_json(stored)


async def approved(
    session: AsyncSession, made: Team, now: datetime, **changes: Any
) -> tuple[Advisory, Broadcast]:
    """An advisory on its way."""
    advisory = await draft(session, made.officer, now, **changes)
    await lifecycle.submit(session, made.officer, advisory, now)
    return advisory, await lifecycle.approve(session, made.approver, advisory, now)


async def fan_out(
    session: AsyncSession, broadcast_id: int | None, now: datetime, limit: int = 100
) -> int:
    """Makes all rows of a broadcast; how many people it walked."""
    broadcast = await session.get_one(Broadcast, broadcast_id)
    walked = 0
    while people := await broadcasts_fan_out.fan_out(session, broadcast, limit, now):
        walked += people
    return walked


async def earthquake(session: AsyncSession, by: Staff, now: datetime, **changes: Any) -> Crisis:
    """An open crisis in Turkey."""
    given: dict[str, Any] = {
        "names": {"en": "Earthquake in Hatay", "ar": "زلزال هاتاي"}, "countries": ["TR"], "drill": False
    }  # fmt: skip
    return await crises.open_crisis(session, by, **given | changes, now=now)


async def became(session: AsyncSession, state: OutboundState, *people: Person) -> None:
    """What was sent to these people is now in this state (all of them when none is named)."""
    change = update(OutboundMessage).values(state=state)
    if people:
        change = change.where(OutboundMessage.person_id.in_([one.id for one in people]))
    await session.execute(change)
