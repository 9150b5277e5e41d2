"""Surveys for tests: drafts, people who are asked, and what they got."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import actions
from bot.consular.changes import changes
from bot.consular.changes.kinds import SurveyOpening
from bot.consular.staff import accounts
from bot.consular.surveys import answers, asking, course, drafts, links, sign_ups
from bot.consular.surveys.drafts import Draft, Question
from bot.conversation.turns import handle
from bot.dialogue import checking
from bot.inbox import rows as inbox_rows
from bot.messages import Content, Inbound, Kind
from bot.models import (
    Address,
    OutboundMessage,
    OutboundState,
    Person,
    Role,
    SignUp,
    SignUpAnswer,
    Staff,
    Survey,
    SurveyAnswer,
    SurveyAsk,
    SurveyKind,
)
from bot.practice.talk import EXACT
from bot.runtime.runtime import Runtime
from bot.text.text import ISOLATE, POP
from tests import builders
from tests.builders import Scenario, Team

FLOWS = checking.load(actions=actions.ACTIONS)
SITE = "https://tammen.example"
YES = {"ar": "نعم", "en": "Yes"}
NO = {"ar": "لا", "en": "No"}
SCHOOL = Question(
    {"ar": "هل تريدون مدرسة ليبية هنا؟", "en": "Do you want a Libyan school here?"}, (YES, NO)
)
DAYS = Question(
    {"ar": "أي يوم يناسبكم؟", "en": "Which day suits you?"},
    (
        {"ar": "الجمعة", "en": "Friday"},
        {"ar": "السبت", "en": "Saturday"},
        {"ar": "الأحد", "en": "Sunday"},
    ),
)

Act = Literal[
    "invite to an event",
    "invite to a full event",
    "free a place",
    "ask a survey",
    "ask two questions",
    "close the survey",
]
ACTS: tuple[Act, ...] = (
    "invite to an event",
    "invite to a full event",
    "free a place",
    "ask a survey",
    "ask two questions",
    "close the survey",
)


def event(now: datetime, **changes_of_draft: Any) -> Draft:
    """Return the draft of an event in Turkey, four days from now."""
    draft = Draft(
        kind=SurveyKind.EVENT,
        titles={"ar": "لقاء الجالية", "en": "Community evening"},
        audience={"countries": ["TR"]},
        ends_at=now + timedelta(days=3),
        venues={"ar": "مقر السفارة، أنقرة", "en": "The embassy, Ankara"},
        starts_at=now + timedelta(days=4),
    )
    return replace(draft, **changes_of_draft)


def survey(now: datetime, *questions: Question, **changes_of_draft: Any) -> Draft:
    """Return the draft of a survey in Turkey."""
    draft = Draft(
        kind=SurveyKind.SURVEY,
        titles={"ar": "مدرسة ليبية", "en": "A Libyan school"},
        audience={"countries": ["TR"]},
        ends_at=now + timedelta(days=3),
        venues={},
        questions=questions or (SCHOOL,),
    )
    return replace(draft, **changes_of_draft)


async def opened(
    session: AsyncSession,
    author: Staff,
    approver: Staff,
    draft: Draft,
    now: datetime,
) -> Survey:
    """Write a survey, submit it, and open it as a second person."""
    written = await drafts.write(session, author, draft, now)
    change = await changes.propose(session, author, SurveyOpening(written.id), now)
    await changes.approve(session, approver, change.id, now)
    return written


async def registered(session: AsyncSession, now: datetime, *indices: str, **columns: Any) -> Person:
    """Add somebody registered in Istanbul."""
    told = {"city": "TR/Istanbul", "timezone": "Europe/Istanbul"}
    agreed = {"consented_at": now, "registered_at": now}
    return await builders.person(session, now, *indices, **told | agreed | columns)


async def ask(runtime: Runtime, site: str = SITE) -> int:
    """Ask whom open surveys have not asked, as the worker does; return how many were looked at."""
    async with runtime.db.begin() as session:
        return await asking.ask(session, site, runtime.clock())


async def settle(runtime: Runtime) -> int:
    """Close what is over, as the worker does."""
    async with runtime.db.begin() as session:
        return await course.settle(session, runtime.clock())


async def got(runtime: Runtime, person_id: int) -> list[Content]:
    """Return what was written to a person, in order."""
    query = select(OutboundMessage).where(OutboundMessage.person_id == person_id)
    async with runtime.db.read() as session:
        rows = await session.scalars(query.order_by(OutboundMessage.id))
        contents = [Content.from_json(row.content) for row in rows if row.content]
        return [replace(content, text=_visible(content.text)) for content in contents]


def _visible(text: str) -> str:
    """Return a text without the marks that isolate what it names."""
    return text.replace(ISOLATE, "").replace(POP, "")


async def last(runtime: Runtime, person_id: int) -> Content:
    """Return what was written to a person last."""
    return (await got(runtime, person_id))[-1]


async def say(runtime: Runtime, person: Person, text: str, kind: Kind = Kind.TEXT) -> Content:
    """Let a person write or press from their first address; return the last thing they got."""
    async with runtime.db.begin() as session:
        query = select(Address).where(Address.person_id == person.id).order_by(Address.id)
        address = (await session.scalars(query)).first()
        assert address is not None
        number = f"{person.id}-{runtime.clock().timestamp()}-{text}"
        inbound = Inbound(address.channel, number, address.address, kind, address.form, text)
        await inbox_rows.receive(session, [inbound], runtime.clock())
        await _deliver(session, person)
    await handle(runtime, FLOWS, person.id, EXACT)
    return await last(runtime, person.id)


async def _deliver(session: AsyncSession, person: Person) -> None:
    """Let what waits for a person have left."""
    query = select(OutboundMessage).where(
        OutboundMessage.person_id == person.id,
        OutboundMessage.state == OutboundState.QUEUED,
    )
    for message in await session.scalars(query):
        message.state = OutboundState.DELIVERED


async def press(runtime: Runtime, person: Person, payload: str) -> Content:
    """Let a person press a button; return the last thing they got."""
    return await say(runtime, person, payload, Kind.BUTTON)


async def open_one(runtime: Runtime, team: Team, draft: Draft) -> int:
    async with runtime.db.begin() as session:
        return (await opened(session, team.officer, team.approver, draft, runtime.clock())).id


async def add(runtime: Runtime, *indices: str, **columns: object) -> Person:
    async with runtime.db.begin() as session:
        return await registered(session, runtime.clock(), *indices, **columns)


async def chosen(runtime: Runtime) -> list[tuple[int, int, str]]:
    """Return person, question and choice of each answer."""
    async with runtime.db.read() as session:
        rows = await session.scalars(select(SurveyAnswer).order_by(SurveyAnswer.id))
        return [(row.person_id, row.question, row.choice) for row in rows]


async def answers_of(runtime: Runtime) -> dict[int, tuple[SignUpAnswer, int]]:
    """Return what each person answered to an invitation, and with how many they come."""
    async with runtime.db.read() as session:
        rows = await session.scalars(select(SignUp))
        return {row.person_id: (row.answer, row.companions) for row in rows}


# --- what pages show ------------------------------------------------------------------------------


async def scenes(runtime: Runtime, scenario: Scenario) -> list[str]:
    """Write a draft, close a survey that nine people answered, and fill an event.

    Return the addresses of their pages.
    """
    author, approver = scenario.staff[Role.HQ_OFFICER], scenario.staff[Role.APPROVER]
    now = runtime.clock()
    germany = {"countries": ["DE"]}
    async with runtime.db.begin() as session:
        people = [await _guest_in_berlin(session, number, now) for number in range(9)]
        draft = await drafts.write(session, author, survey(now, audience=germany), now)
        question = survey(now, SCHOOL, DAYS, audience=germany)
        closed = await opened(session, author, approver, question, now)
        evening = await opened(
            session, author, approver, event(now, audience=germany, seats=4), now
        )
        for number, person in enumerate(people):
            await answers.choose(session, person, closed, 1, 1 + number // 6, now)
            await sign_ups.sign_up(session, person, evening, number % 3, now)
            for asking_one in (closed, evening):
                session.add(
                    SurveyAsk(
                        survey_id=asking_one.id,
                        person_id=person.id,
                        asked_at=now,
                        is_reachable=True,
                    )
                )
        await session.flush()
        await course.close(session, author, closed, now)
    link = links.token(runtime.keyring, evening.id, people[0].id, evening.ends_at)
    over = links.token(runtime.keyring, closed.id, people[0].id, closed.ends_at)
    return [
        f"/surveys/{draft.id}",
        f"/surveys/{draft.id}/edit",
        f"/surveys/{closed.id}",
        f"/surveys/{evening.id}",
        f"/surveys/{evening.id}/names",
        f"/s/{link}",
        f"/s/{over}",
    ]


async def drafted(runtime: Runtime, author: Staff, country: str) -> int:
    """Write the draft of an event in a country. Return its number."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        draft = event(now, audience={"countries": [country]})
        return (await drafts.write(session, author, draft, now)).id


async def _guest_in_berlin(session: AsyncSession, number: int, now: datetime) -> Person:
    berlin = {"country": "DE", "city": "DE/Berlin", "timezone": "Europe/Berlin"}
    name = ("سالم الورفلي", "هدى عمران", "Omar Ali")[number % 3]
    return await registered(session, now, f"telegram:8{number}", name=name, **berlin)


# --- what officers do in transcripts --------------------------------------------------------------


async def act(runtime: Runtime, name: Act) -> None:
    """Do what a transcript says that staff do, and ask people as the worker does by day."""
    async with runtime.db.begin() as session:
        now = runtime.clock()
        author = await _account(session, Role.HQ_OFFICER, now)
        approver = await _account(session, Role.APPROVER, now)
        match name:
            case "close the survey":
                newest = await drafts.listed(session, author)
                await course.close(session, author, newest[0], now)
            case "free a place":
                guest, full = await _guest(session)
                await sign_ups.decline(session, guest, full, now)
            case _:
                draft = await _draft(session, name, now)
                await opened(session, author, approver, draft, now)
        if name == "invite to a full event":
            await registered(session, now, "telegram:77")
            guest, full = await _guest(session)
            await sign_ups.sign_up(session, guest, full, 0, now)
    async with runtime.db.begin() as session:
        await course.settle(session, runtime.clock())
        await asking.ask(session, SITE, runtime.clock())


async def _draft(session: AsyncSession, name: Act, now: datetime) -> Draft:
    """Return what staff ask the people of every country that a transcript is about."""
    told = await session.scalars(select(Person.country).where(Person.country.is_not(None)))
    countries = {"countries": sorted({str(code) for code in told})}
    match name:
        case "invite to an event":
            return event(now, audience=countries)
        case "invite to a full event":
            return event(now, audience=countries, seats=1)
        case "ask two questions":
            return survey(now, SCHOOL, DAYS, audience=countries)
        case _:
            return survey(now, audience=countries)


async def _guest(session: AsyncSession) -> tuple[Person, Survey]:
    """Return somebody else who is invited, and the newest event."""
    query = select(Person).join(Address, Address.person_id == Person.id)
    guest = (await session.scalars(query.where(Address.index == "telegram:77"))).one()
    newest = select(Survey).order_by(Survey.id.desc()).limit(1)
    return guest, (await session.scalars(newest)).one()


async def _account(session: AsyncSession, role: Role, now: datetime) -> Staff:
    email = f"{role.value}@practice.example"
    account = await accounts.by_email(session, email)
    if account is None:
        account, _token = await accounts.add(session, email, role, None, now, None)
    return account
