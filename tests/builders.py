"""Rows for tests: people, staff, crises, advisories, messages, a scenario for the pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.advisories import corrections, lifecycle, progress, templates
from bot.consular.advisories import wording as advisory_wording
from bot.consular.broadcasts import fan_out as broadcasts
from bot.consular.crises import cases, checkins, crises
from bot.consular.drills import seed
from bot.consular.people import facts, placement, search_keys
from bot.consular.reference import posts
from bot.consular.staff import accounts, sessions
from bot.messages import Channel, Content, Form
from bot.models import (
    TEXT_PARTS,
    Address,
    Advisory,
    Broadcast,
    BroadcastKind,
    CaseKind,
    CheckInStatus,
    Crisis,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
    Role,
    Staff,
    Texts,
    texts_from_json,
)
from bot.runtime.runtime import Runtime
from bot.text.text import LANGUAGES

TURKEY = {"countries": ["TR"]}
SUDAN = {"countries": ["SD"]}
ADVISORY = {
    "headline_en": "Stay at home tonight",
    "headline_ar": "ابقوا في بيوتكم الليلة",
    "text_en": "Roads around Hatay are closed until morning.",
    "text_ar": "الطرق حول هاتاي مقفلة حتى الصباح. نحن معكم.",
}
ROAD_ADVISORY = {
    "headline_en": "Leave Khartoum by the eastern road",
    "headline_ar": "غادروا الخرطوم من الطريق الشرقي",
    "text_en": (
        "The road to Port Sudan is open until six in the evening.\nTake water and your papers."
    ),
    "text_ar": "الطريق إلى بورتسودان مفتوح حتى السادسة مساءً.\nخذوا الماء وأوراقكم.",
}
STAY_HOME = {"ar": "ابقوا في بيوتكم الليلة.", "en": "Stay at home tonight."}
CONTENTS = {
    language: {"chat": {"text": text}, "text": {"text": f"{text} {{link}}"}}
    for language, text in STAY_HOME.items()
}


# Staff


@dataclass(frozen=True, slots=True)
class Team:
    """One account of each role; the post officer's post is in Turkey."""

    admin: Staff
    officer: Staff
    approver: Staff
    post: Staff
    auditor: Staff


async def team(session: AsyncSession, now: datetime) -> Team:
    """Add an account of each role, with the e-mail addresses `admin@mofa.example` and so on."""
    return Team(
        admin=await account(session, Role.ADMIN, now),
        officer=await account(session, Role.HQ_OFFICER, now),
        approver=await account(session, Role.APPROVER, now),
        post=await account(session, Role.POST_OFFICER, now),
        auditor=await account(session, Role.AUDITOR, now),
    )


async def account(
    session: AsyncSession, role: Role, now: datetime, post_country: str = "TR"
) -> Staff:
    """Add an account; a post officer's post is in `post_country`."""
    email = f"{role.value}@mofa.example"
    country = post_country if role is Role.POST_OFFICER else None
    staff, _token = await accounts.add(session, email, role, country, now, None)
    return staff


async def cookie(runtime: Runtime, staff: Staff) -> str:
    """Sign an account in. Return the session as the browser's cookie holds it."""
    async with runtime.db.begin() as session:
        token, _signed_in = await sessions.sign_in(session, staff, runtime.clock())
    return token


# People


async def person(session: AsyncSession, now: datetime, *indices: str, **columns: Any) -> Person:
    """Add a person in Turkey who reads Arabic, reached at addresses such as `telegram:1001`."""
    defaults: dict[str, Any] = {"language": "ar", "country": "TR", "placed_at": now}
    new = Person(created_at=now, **defaults | columns)
    placement.mark(new)
    session.add(new)
    await session.flush()
    for index in indices:
        await address(session, new, index, now)
    return new


async def population(
    session: AsyncSession,
    count: int,
    countries: Sequence[str],
    channel: Channel,
    now: datetime,
    seed_number: int = 7,
) -> None:
    """Add made-up people who count on every board and in every audience."""
    await session.execute(update(Person).values(synthetic=True))  # their numbers are taken
    await seed.people(session, count, countries, channel, seed_number, now)
    await session.execute(update(Person).values(synthetic=False))


async def address(
    session: AsyncSession, owner: Person, index: str, now: datetime, **columns: Any
) -> Address:
    """Add an address of a person, heard from just now."""
    channel, _, number = index.partition(":")
    is_text = channel == "sms" or number.startswith("text:")
    defaults: dict[str, Any] = {"heard_at": now}
    new = Address(
        person_id=owner.id,
        channel=Channel(channel),
        form=Form.TEXT if is_text else Form.CHAT,
        address=number,
        index=index,
        created_at=now,
        **defaults | columns,
    )
    session.add(new)
    await session.flush()
    await search_keys.make(session, [owner])
    return new


async def recipient(
    session: AsyncSession, index: str, now: datetime, language: str = "ar"
) -> tuple[Person, Address]:
    """Add a person with one address, who has never written and never confirmed a place."""
    new = await person(session, now, language=language, placed_at=None)
    return new, await address(session, new, index, now, heard_at=None)


async def address_at(runtime: Runtime, index: str) -> Address:
    """Read an address as it is now."""
    async with runtime.db.read() as session:
        return (await session.scalars(select(Address).where(Address.index == index))).one()


# Crises and advisories


async def earthquake(session: AsyncSession, by: Staff, now: datetime, **changes: Any) -> Crisis:
    """Open a crisis in Turkey."""
    defaults: dict[str, Any] = {
        "names": {"en": "Earthquake in Hatay", "ar": "زلزال هاتاي"},
        "countries": ["TR"],
        "drill": False,
    }
    return await crises.open_crisis(session, by, **defaults | changes, now=now)


def wording(**changes: Any) -> advisory_wording.Draft:
    """Return the draft of an advisory for Turkey; `text_ar="…"` changes a part in one language."""
    texts = dict(ADVISORY)
    others: dict[str, Any] = {"audience": TURKEY}
    for name, change in changes.items():
        is_text = name.rpartition("_")[0] in TEXT_PARTS
        changed = texts if is_text else others
        changed[name] = change
    return advisory_wording.Draft(texts=texts_by_language(texts), **others)


def texts_by_language(parts: Mapping[str, str]) -> Texts:
    """Sort texts named `headline_ar`, `text_en` … by language."""
    stored: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for name, text in parts.items():
        part, _, language = name.rpartition("_")
        stored[language][part] = text
    return texts_from_json(stored)


async def draft(session: AsyncSession, by: Staff, now: datetime, **changes: Any) -> Advisory:
    """Add a draft for Turkey in both languages."""
    return await lifecycle.draft(session, by, wording(**changes), now)


async def approved(
    session: AsyncSession, staff: Team, now: datetime, **changes: Any
) -> tuple[Advisory, Broadcast]:
    """Add an advisory that the officer submitted and the approver approved."""
    advisory = await draft(session, staff.officer, now, **changes)
    await lifecycle.submit(session, staff.officer, advisory, now)
    return advisory, await lifecycle.approve(session, staff.approver, advisory, now)


async def fan_out(
    session: AsyncSession, broadcast_id: int | None, now: datetime, limit: int = 100
) -> int:
    """Queue the messages of a broadcast, `limit` people at a time. Return how many people."""
    new = await session.get_one(Broadcast, broadcast_id)
    people_count = 0
    while slice_count := await broadcasts.fan_out(session, new, limit, now):
        people_count += slice_count
    return people_count


# Outgoing messages


async def reply(runtime: Runtime, index: str, text: str = "وصلتنا رسالتك، طمّنتنا عليك.") -> int:
    """Queue a reply to the person at this address, or to a new person. Return the message's id."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        to = await session.scalar(select(Address).where(Address.index == index))
        if to:
            reader = await session.get_one(Person, to.person_id)
        else:
            reader, to = await recipient(session, index, now)
        message = await outbox.reply(
            session, person=reader, address=to, content=Content(text), inbound_id=None, now=now
        )
        await session.flush()
        return message.id


async def broadcast(
    runtime: Runtime, *indices: str, lane: Lane = Lane.ADVISORY, **columns: Any
) -> int:
    """Add a broadcast and queue its message to a new person at each address. Return its id."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        new = Broadcast(
            kind=BroadcastKind.ADVISORY,
            lane=lane,
            contents=CONTENTS,
            audience=TURKEY,
            created_at=now,
            fanned_out_at=now,
            **columns,
        )
        session.add(new)
        await session.flush()
        for index in indices:
            reader, to = await recipient(session, index, now)
            session.add(_broadcast_message(reader, to, new, now))
        return new.id


def _broadcast_message(
    reader: Person, to: Address, source: Broadcast, now: datetime
) -> OutboundMessage:
    return OutboundMessage(
        person_id=reader.id,
        address_id=to.id,
        channel=to.channel,
        form=to.form,
        language=reader.language,
        lane=source.lane,
        broadcast_id=source.id,
        created_at=now,
        due_at=now,
    )


async def message(runtime: Runtime, message_id: int) -> OutboundMessage:
    """Read an outgoing message as it is now."""
    async with runtime.db.read() as session:
        return await session.get_one(OutboundMessage, message_id)


async def message_states(runtime: Runtime) -> dict[int, OutboundState]:
    """Read the state of every outgoing message, by id."""
    query = select(OutboundMessage.id, OutboundMessage.state)
    async with runtime.db.read() as session:
        return {message.id: message.state for message in await session.execute(query)}


async def set_state(session: AsyncSession, state: OutboundState, *people: Person) -> None:
    """Put the messages to these people into a state, or all messages when no person is named."""
    change = update(OutboundMessage).values(state=state)
    if people:
        change = change.where(OutboundMessage.person_id.in_([person.id for person in people]))
    await session.execute(change)


# A scenario for the pages

SCENARIO_COUNTRIES = ("TR", "SD", "EG", "TN")
SCENARIO_ANSWERS = {"safe": 34, "help": 3, "evacuate": 6, "medical": 1}


@dataclass(frozen=True, slots=True)
class Scenario:
    """Fighting in Khartoum: an account of every role, and the ids of what the pages show."""

    staff: dict[Role, Staff]
    person_id: int
    crisis_id: int
    advisory_ids: dict[str, int]  # by state
    case_id: int
    post_id: int
    template_id: int


async def scenario(runtime: Runtime, people_count: int = 60) -> Scenario:
    """Fill an empty database with accounts, people, a crisis, cases, advisories and posts."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        staff = {role: await account(session, role, now, post_country="SD") for role in Role}
        people = await _scenario_people(session, people_count, now)
        crisis = await _scenario_crisis(session, staff[Role.HQ_OFFICER], now)
        await _scenario_answers(session, people, now)
        case_id = await _scenario_cases(session, people, now)
        advisory_ids = await _scenario_advisories(session, staff, now)
        await posts.seed(session)
        await templates.seed(session, now)
        post = (await posts.covering(session, "TR"))[0]
        template = (await templates.everything(session))[0]
        return Scenario(staff, people[0].id, crisis.id, advisory_ids, case_id, post.id, template.id)


async def _scenario_people(session: AsyncSession, count: int, now: datetime) -> list[Person]:
    """Add made-up people. Return those in Sudan; the first of them has a name and a number."""
    await population(session, count, SCENARIO_COUNTRIES, Channel.PHONE, now - timedelta(days=20))
    in_sudan = select(Person).where(Person.country == "SD").order_by(Person.id)
    people = list(await session.scalars(in_sudan))
    await facts.set_name(session, people[0], "سالم بن عمران")
    await facts.set_phone(session, people[0], "+218912345678", verified=False, now=now)
    return people


async def _scenario_crisis(session: AsyncSession, by: Staff, now: datetime) -> Crisis:
    names = {"en": "Fighting in Khartoum", "ar": "اشتباكات الخرطوم"}
    return await earthquake(session, by, now, names=names, countries=["SD", "EG"])


async def _scenario_answers(session: AsyncSession, people: list[Person], now: datetime) -> None:
    """Record the answers of people in Sudan; the place of the last one is long out of date."""
    answers = Counter(SCENARIO_ANSWERS).elements()
    for writer, answer in zip(people, answers, strict=False):
        await checkins.record(session, writer, CheckInStatus(answer), "phone", now)
    people[-1].placed_at = now - timedelta(days=300)
    await session.flush()


async def _scenario_cases(session: AsyncSession, people: list[Person], now: datetime) -> int:
    """Open three cases. Return the id of the most urgent one."""
    life = await cases.open_case(
        session, people[0], CaseKind.LIFE, "محاصرون في البيت والقصف قريب", now
    )
    medical = await cases.open_case(
        session, people[1], CaseKind.MEDICAL, "والدتي تحتاج الأنسولين", now
    )
    await cases.open_case(session, people[2], CaseKind.RELATIVE, "ابحثوا عن أخي", now)
    life.opened_at = now - timedelta(minutes=42)
    medical.opened_at = now - timedelta(minutes=80)
    return life.id


async def _scenario_advisories(
    session: AsyncSession, staff: dict[Role, Staff], now: datetime
) -> dict[str, int]:
    """Add an advisory in each state that staff act on. Return their ids by state."""
    officer = staff[Role.HQ_OFFICER]
    texts = wording(**ROAD_ADVISORY, audience=SUDAN)
    advisories = {}
    for state in ("draft", "submitted", "sending", "cancelled"):
        advisories[state] = await lifecycle.draft(session, officer, texts, now)
    for state in ("submitted", "sending"):
        await lifecycle.submit(session, officer, advisories[state], now)
    await lifecycle.approve(session, staff[Role.APPROVER], advisories["sending"], now)
    await progress.settle(session, now)
    await corrections.withdraw(session, officer, advisories["cancelled"], now)
    return {state: advisory.id for state, advisory in advisories.items()}
