"""The walls between posts: no route shows or changes what is another post's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.console.screens import ROUTES
from bot.consular.advisories import lifecycle
from bot.consular.advisories.wording import Draft
from bot.consular.changes import changes
from bot.consular.changes.kinds import PostChange
from bot.consular.crises import outreach, sitreps
from bot.consular.people.wardens import Area
from bot.consular.reference import posts
from bot.consular.staff import accounts, roles
from bot.models import (
    Advisory,
    AuditNote,
    Case,
    CaseLetter,
    CaseNote,
    Change,
    Crisis,
    Ground,
    Organisation,
    Outreach,
    OutreachKind,
    Person,
    PersonTag,
    Post,
    Role,
    Seat,
    SitRep,
    Staff,
    Survey,
    Transport,
    Trip,
    Warden,
)
from bot.pages.visit import Page as Route
from bot.runtime.runtime import Runtime
from tests import builders, evacuating, organising, surveying, travelling, wardening
from tests.builders import Scenario
from tests.console.browser import browsing
from tests.pages.reader import Page

SHUT = {403, 404, 409}
OWN_SESSION = re.compile(r"/(account|sessions|passkeys|factors)\b")
WITH_ID = [route for route in ROUTES if "{id:int}" in route.path]


@pytest.fixture
async def stranger(runtime: Runtime, scenario: Scenario) -> Staff:
    """An officer of the post in Turkey, who has no business in Sudan and Egypt."""
    async with runtime.db.begin() as session:
        officer, _token = await accounts.add(
            session, "ankara@mofa.example", Role.POST_OFFICER, "TR", runtime.clock(), None
        )
    return officer


async def ids(runtime: Runtime, scenario: Scenario) -> dict[str, list[int]]:
    """What is Sudan's or headquarters', by the first part of its address."""
    admin = scenario.staff[Role.ADMIN]
    seated = await evacuating.seated(runtime, scenario)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        bare = await lifecycle.draft(session, scenario.staff[Role.HQ_OFFICER], Draft(), now)
        sudanese = organising.entry(country="SD", city="", phone="")
        organisation = await organising.kept(session, sudanese, now)
        (embassy, *_) = await posts.covering(session, "SD")
        change = await changes.propose(session, admin, PostChange(embassy.id, {"phone": "1"}), now)
        crisis = await session.get_one(Crisis, scenario.crisis_id)
        kind = OutreachKind.NO_ANSWER
        someone = await session.get_one(Person, scenario.person_id)
        days = (now.date(), now.date() + travelling.DAY)
        trip = await travelling.plan(session, someone, "MT", *days, now)
        warden = await wardening.warden(session, admin, someone, now, Area("SD"))
        call = await outreach.call(session, admin, crisis, scenario.person_id, kind, "", now)
    survey_id = await surveying.drafted(runtime, scenario.staff[Role.HQ_OFFICER], "SD")
    sitrep_id = await sitreps.make(runtime.db, scenario.crisis_id, admin, now)
    return {
        "advisories": [*scenario.advisory_ids.values(), bare.id],
        "sitreps": [sitrep_id],
        "crises": [scenario.crisis_id],
        "exercises": [scenario.crisis_id],
        "cases": [scenario.case_id],
        "outreach": [call.id],
        "people": [scenario.person_id],
        "posts": [embassy.id],
        "organisations": [organisation.id],
        "surveys": [survey_id],
        "changes": [change.id],
        "staff": [admin.id],
        "templates": [scenario.template_id],
        "trips": [trip.id],
        "transports": [seated.transport_id],
        "seats": [seated.invited_id, seated.waiting_id],
        "wardens": [warden.id],
    }


async def snapshot(runtime: Runtime) -> list[tuple[Any, ...]]:
    """All that a route could change, and what the audit trail says."""
    columns = (
        (Advisory.id, Advisory.state, Advisory.version, Advisory.override_seen_at),
        (Crisis.id, Crisis.state, Crisis.public_names, Crisis.reviewed_at, Crisis.sitrep_hours),
        (SitRep.id, SitRep.figures),
        (Ground.id,),
        (Case.id, Case.state, Case.owner_id, Case.held_at, Case.kind, Case.seen_at, Case.outcome),
        (CaseNote.id,),
        (CaseLetter.id, CaseLetter.read_at),
        (Outreach.id, Outreach.undone_at),
        (Post.id, Post.phone, Post.names),
        (Organisation.id, Organisation.phone, Organisation.checked_on),
        (Change.id, Change.state),
        (Survey.id, Survey.state),
        (Person.id, Person.changed_at, Person.forgotten_at),
        (PersonTag.person_id, PersonTag.tag),
        (Seat.id, Seat.state, Seat.people, Seat.transport_id),
        (Staff.id, Staff.role, Staff.blocked_at),
        (Transport.id, Transport.state, Transport.seats),
        (Trip.id, Trip.begins_on, Trip.until, Trip.ended_at),
        (Warden.id, Warden.state),
    )
    rows: list[tuple[Any, ...]] = []
    async with runtime.db.read() as session:
        for some in columns:
            rows.extend(tuple(row) for row in await session.execute(select(*some)))
    return rows


@pytest.mark.parametrize(
    "route", WITH_ID, ids=lambda route: f"{'/'.join(sorted(route.methods or ()))} {route.path}"
)
async def test_nothing_of_another_post_is_shown_or_changed(
    runtime: Runtime, app: Starlette, scenario: Scenario, stranger: Staff, route: Route
) -> None:
    kind = route.path.split("/")[1]
    theirs = await ids(runtime, scenario)
    if kind not in theirs:
        assert not roles.may(stranger, route.may) or OWN_SESSION.match(route.path), route.path
        return
    before = await snapshot(runtime)
    token = await builders.cookie(runtime, stranger)
    async with browsing(app, "ar", token) as browser:
        csrf = Page((await browser.get("/changes")).text).posts[0]["csrf"]
        for number in theirs[kind]:
            path = route.path.replace("{id:int}", str(number))
            if "POST" in (route.methods or ()):
                answer = await browser.client.post(
                    path,
                    data={
                        "csrf": csrf,
                        "tag": "x",
                        "person": str(scenario.person_id),
                        "reason": "لأن الطريق مقطوع الآن",
                        "words": "لأن الطريق مقطوع الآن",
                        "kind": "fault",
                        "outcome": "mistake",
                        "colleague": str(stranger.id),
                        "seats": "9",
                        "most": "9",
                        "state": "withdrawn",
                        "transport": "1",
                        "departs_at": "2026-12-01T10:00",
                        "country": "SD",
                        "hours": "6",
                        "ground": "route",
                        "from": "2026-12-01",
                        "until": "2026-12-02",
                        "description_ar": "طريق",
                        "description_en": "road",
                        "checked_on": "2026-11-20",
                    },
                    headers={"Sec-Fetch-Site": "same-origin"},
                )
            else:
                answer = await browser.client.get(path)
            assert answer.status_code in SHUT, f"{path}: {answer.status_code}"
    assert await snapshot(runtime) == before
    actor = roles.actor(stranger)
    async with runtime.db.read() as session:
        by_stranger = select(AuditNote.action).where(AuditNote.actor == actor)
        assert set(await session.scalars(by_stranger)) <= {"staff.signed_in"}


async def test_lists_and_counts_are_of_the_own_people(
    runtime: Runtime, app: Starlette, scenario: Scenario, stranger: Staff
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await builders.person(session, now, "telegram:77", country="TR")
        own = await lifecycle.draft(session, stranger, Draft(), now)
    async with browsing(app, "en", await builders.cookie(runtime, stranger)) as browser:
        board = (await browser.get("/")).text
        assert "Fighting in Khartoum" not in board
        assert "Sudan" not in board
        assert "Türkiye" in board
        listed = Page((await browser.get("/advisories")).text)
        assert listed.count("main ul.people > li > a") == 1
        assert f'href="/advisories/{own.id}"' in (await browser.get("/advisories")).text
        form = (await browser.get("/advisories/new")).text
        assert "Fighting in Khartoum" not in form
        assert 'name="url"' not in (await browser.get("/advisories/cap")).text


async def test_how_many_are_elsewhere_is_not_told_while_opening_a_crisis(
    app: Starlette, runtime: Runtime, stranger: Staff
) -> None:
    async with browsing(app, "en", await builders.cookie(runtime, stranger)) as browser:
        csrf = Page((await browser.get("/crises/new")).text).posts[0]["csrf"]
        shown = await browser.client.post(
            "/crises/check",
            data={"csrf": csrf, "country": ["SD"]},
            headers={"HX-Request": "true", "Sec-Fetch-Site": "same-origin"},
        )
    assert "Choose a country" in shown.text


async def test_feeds_of_all_are_headquarters_business(
    app: Starlette, runtime: Runtime, stranger: Staff
) -> None:
    async with browsing(app, "en", await builders.cookie(runtime, stranger)) as browser:
        form = {"url": "https://alerts.example/feed", "minutes": "15"}
        await browser.post("/changes", "/advisories/cap/feeds", form, 403)
