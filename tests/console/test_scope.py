"""A post sees nothing of other countries, on no page, in no file, and from no command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette

from bot.consular.crises import cases
from bot.consular.people import profile, profile_figures, profile_words
from bot.consular.staff import accounts
from bot.models import CaseKind, Staff
from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.database import open_database
from bot.runtime.runtime import Runtime
from bot.runtime.settings import Settings
from tests import builders, travelling, wardening
from tests.builders import Team
from tests.console.browser import Browser, browsing
from tests.shell import Shell, staffed

__all__ = ["staffed"]  # a fixture

# Of people in Tunisia; the post is in Turkey.
NAME = "القابسية"
NUMBER = "20123456"
SECRETS = (NAME, NUMBER)
PLACES = ("Tunisia", "Sfax", "تونس", "صفاقس")


@dataclass(frozen=True, slots=True)
class Abroad:
    """Numbers of what is in Tunisia, as they stand in addresses and commands."""

    person: int
    other: int
    trip: int
    warden: int
    case: int
    crisis: int


async def _tunisia(session: AsyncSession, team: Team, now: datetime) -> Abroad:
    """Add people in Sfax: two records of one, a warden, a trip, a case, profiles, a crisis."""
    people = []
    for number in range(6):
        indices = [f"telegram:91{number}"]
        person = await wardening.registered(session, now, *indices, name=f"فاطمة {NAME}")
        person.phone = f"+216{NUMBER}"
        await profile.agree(session, person, now)
        told = profile_words.read("I speak French, can help with translation")
        await profile.add(session, person, told, now)
        people.append(person)
    await profile_figures.publish(session, now)
    warden = await wardening.warden(session, team.officer, people[0], now)
    trip = await travelling.plan(session, people[1], "IT", now.date(), None, now)
    crisis = await builders.earthquake(session, team.officer, now, countries=["TN"])
    case = await cases.open_case(session, people[2], CaseKind.LIFE, f"أنا فاطمة {NAME}", now)
    await session.flush()
    first, second, *_others = people
    return Abroad(second.id, first.id, trip.id, warden.id, case.id, crisis.id)


@pytest.fixture
async def team(runtime: Runtime) -> Team:
    async with runtime.db.begin() as session:
        return await builders.team(session, runtime.clock())


@pytest.fixture
async def abroad(runtime: Runtime, team: Team) -> Abroad:
    async with runtime.db.begin() as session:
        return await _tunisia(session, team, runtime.clock())


@pytest.fixture
async def post(runtime: Runtime, app: Starlette, team: Team) -> AsyncIterator[Browser]:
    async with browsing(app, "en", await builders.cookie(runtime, team.post)) as browser:
        yield browser


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, team: Team) -> AsyncIterator[Browser]:
    async with browsing(app, "en", await builders.cookie(runtime, team.officer)) as browser:
        yield browser


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/people?country=TN", SECRETS[:1]),
        ("/people?country=", SECRETS[:1]),
        ("/people?country=&need=vulnerable", ()),
        ("/people/{person}", SECRETS),
        ("/people/duplicates", SECRETS[:1]),
        ("/people/{person}/same/{other}", SECRETS),
        ("/people/trips", SECRETS[:1]),
        ("/people/trips?country=IT", SECRETS[:1]),
        ("/people/trips/file?kind=csv", ("Italy",)),
        ("/communities", ("/communities?country=TN",)),
        ("/communities?country=TN", ("Sfax",)),
        ("/wardens", SECRETS[:1]),
        ("/wardens?country=TN", SECRETS[:1]),
        ("/wardens/coverage.csv", PLACES[:2]),
        ("/wardens/coverage.csv?country=TN", PLACES[:2]),
        ("/community?country=TN", ("French",)),
        ("/community/figures.csv", PLACES[:1]),
        ("/community/figures.csv?country=TN", PLACES[:1]),
        ("/community/volunteers?country=TN&skill=translation", SECRETS[:1]),
        ("/cases", SECRETS[:1]),
        ("/cases/{case}", SECRETS[:1]),
        ("/crises/{crisis}", ("Sfax",)),
        ("/crises/{crisis}/people", SECRETS[:1]),
        ("/crises/{crisis}/people/sheet", SECRETS[:1]),
        ("/crises/{crisis}/wardens", SECRETS[:1]),
        ("/posts?country=TN", ()),
        ("/posts/file?kind=csv", ()),
        ("/emergency/file?kind=csv", PLACES[:1]),
    ],
)
async def test_no_page_shows_a_post_what_is_elsewhere(
    post: Browser, officer: Browser, abroad: Abroad, path: str, told: tuple[str, ...]
) -> None:
    address = path.format_map(abroad_as_words(abroad))
    headquarters = (await officer.client.get(address)).text
    shown = (await post.client.get(address)).text
    for words in told:
        assert words in headquarters, f"headquarters sees no {words}"
        assert words not in shown
    for words in SECRETS:
        assert words not in shown


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/people?country=TN", NAME),
        ("/people/duplicates", NAME),
        ("/people/trips", NAME),
        ("/communities", "/communities?country=TN"),
        ("/wardens", NAME),
        ("/wardens/coverage.csv", "Sfax"),
        ("/community/figures.csv?country=TN", "Tunisia"),
    ],
)
async def test_a_post_sees_the_countries_that_it_is_accredited_to(
    runtime: Runtime, post: Browser, team: Team, abroad: Abroad, path: str, words: str
) -> None:
    async with runtime.db.begin() as session:
        account = await session.get_one(Staff, team.post.id)
        account.accredited_countries = ["TN"]
    assert words in (await post.client.get(path)).text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/people", {"query": NAME}),
        ("/people?country=TN", {"query": NAME}),
        ("/people/file", {"country": "TN", "kind": "csv"}),
        ("/people/file", {"kind": "csv"}),
        ("/people/{person}/confirm", {}),
        ("/people/{person}/tags", {"tag": "x"}),
        ("/people/{person}/same/{other}", {}),
        ("/trips/{trip}/end", {}),
        ("/crises/{crisis}/people/file", {"kind": "csv"}),
        ("/cases/{case}/take", {}),
    ],
)
async def test_no_form_gives_a_post_what_is_elsewhere(
    runtime: Runtime, post: Browser, abroad: Abroad, path: str, form: dict[str, str]
) -> None:
    address = path.format_map(abroad_as_words(abroad))
    shown = await post.client.get("/people")
    assert shown.status_code == 200
    csrf = shown.text.partition('name="csrf" value="')[2].partition('"')[0]
    answer = await post.client.post(
        address,
        data={"csrf": csrf, **form},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code in {200, 404, 409}
    for words in (NUMBER, f"فاطمة {NAME}"):
        assert words not in answer.text


def abroad_as_words(abroad: Abroad) -> dict[str, int]:
    return {name: getattr(abroad, name) for name in Abroad.__slots__}


@pytest.mark.parametrize(
    "command",
    [
        "people list --country TN",
        "people list",
        "people list --json",
        f"people search {NAME} --json",
        "people duplicates --json",
        "people merge {person} {other}",
        "people merge {person} {other} --dry-run",
        "people set-apart {person} {other}",
        "trips list --json",
        "trips end {trip}",
        "wardens list --country TN --json",
        "wardens coverage --country TN --json",
        "wardens end {warden}",
        "wardens test {warden}",
        "community figures TN --json",
        "communities list --json",
        "cases list --json",
        "cases show {case}",
        "cases take {case}",
        "crises people {crisis} --json",
        "posts list --country TN --json",
    ],
)
async def test_no_command_shows_a_post_what_is_elsewhere(staffed: Shell, command: str) -> None:
    abroad = await _in_shell(staffed)
    words = command.format_map(abroad_as_words(abroad)).split()
    said = await staffed(*words, "--by", "post@mofa.example")
    everything = f"{said.out}{said.err}"
    for secret in (f"فاطمة {NAME}", NUMBER, "Sfax", '"TN"'):
        assert secret not in everything
    assert said.code in {0, 1}, everything


async def _in_shell(shell: Shell) -> Abroad:
    settings = Settings(TAMMEN_DATA=shell.folder / "var", TAMMEN_KEYS=shell.env["TAMMEN_KEYS"])
    database = open_database(settings.database, settings.keyring())
    async with database.begin() as session:
        officer = await accounts.by_email(session, "officer@mofa.example")
        post = await accounts.by_email(session, "post@mofa.example")
        assert officer is not None
        assert post is not None
        team = Team(officer, officer, officer, post, officer)
        abroad = await _tunisia(session, team, SYSTEM_CLOCK())
    await database.close()
    return abroad
