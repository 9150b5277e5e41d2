"""What people are told when they ask for advice: what holds now, for the country they name,
wherever they are.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions import information
from bot.actions.context import Context
from bot.consular.advisories import advice, corrections, lifecycle, progress
from bot.consular.audiences import areas
from bot.dialogue.whereabouts import NamedPlace
from bot.messages import Channel, Form, Heard, Inbound, Kind, Location
from bot.models import Address, Person, PersonTag, Post
from bot.runtime.runtime import Runtime
from tests import builders

KHARTOUM = {"latitude": 15.5, "longitude": 32.56, "km": 60}
SQUARE = [[14.0, 31.0], [14.0, 34.0], [17.0, 34.0], [17.0, 31.0]]
AROUND_LEBANON = [[35.5, 34.5], [35.5, 37.5], [32.5, 37.5], [32.5, 34.5]]


async def asked(
    session: AsyncSession,
    runtime: Runtime,
    person: Person,
    address: Address,
    place: str | Location | None,
) -> str:
    """What the flow tells this person about a place."""
    inbound = Inbound(Channel.TELEGRAM, "1", "1", Kind.TEXT, address.form, text="إرشادات")
    now = runtime.clock()
    ctx = Context(session, person, address, inbound, Heard(Kind.TEXT), now, now, now)
    whereabouts = NamedPlace((place,)) if isinstance(place, str) else place
    found = await information.find_advice(ctx, {"place": whereabouts})
    return str(found["advice"]).replace("\u2068", "").replace("\u2069", "")


async def someone(
    session: AsyncSession, runtime: Runtime, where: str = "telegram:1", **columns: Any
) -> tuple[Person, Address]:
    person = await builders.person(session, runtime.clock(), **columns)
    return person, await builders.address(session, person, where, runtime.clock())


@pytest.mark.parametrize(
    ("audience", "countries"),
    [
        ({"countries": ["SD"]}, "SD"),
        ({"cities": ["SD/Khartoum"]}, "SD"),
        ({"circle": KHARTOUM}, "SD"),
        ({"polygon": SQUARE}, "SD"),
        ({"any": [{"circle": KHARTOUM}, {"countries": ["EG"]}]}, "SD EG"),
        ({"all": [{"countries": ["SD", "EG"]}, {"not": {"cities": ["SD/Khartoum"]}}]}, "SD EG"),
        ({"all": [{"circle": KHARTOUM}, {"languages": ["ar"]}]}, "SD"),
        ({"channels": ["sms"]}, ""),
        ({"not": {"countries": ["EG"]}}, ""),
        ({"all": [{"countries": ["SD", "EG"]}, {"not": {"countries": ["EG"]}}]}, "SD"),
    ],
)
async def test_it_is_told_for_the_countries_it_is_about(
    runtime: Runtime, audience: Any, countries: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.approved(session, team, now, audience=audience)
        told = [
            code
            for code in ("SD", "EG", "TR", "LY")
            if await advice.for_country(session, code, now, 3)
        ]
    assert told == countries.split()


async def test_advice_for_the_people_of_a_post_is_told_for_its_country(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        post = Post(country="SD", names={"en": "Embassy", "ar": "سفارة"})
        session.add(post)
        await session.flush()
        audience = {"all": [{"posts": [post.id]}, {"languages": ["ar"]}]}
        advisory, _ = await builders.approved(session, team, now, audience=audience)
        assert await advice.for_country(session, "SD", now, 3) == [advisory]
        assert await advice.for_country(session, "EG", now, 3) == []


@pytest.mark.parametrize(
    ("circle", "countries"),
    [
        ({"latitude": -16.5, "longitude": 179.9, "km": 60}, {"FJ"}),  # across the date line
        ({"latitude": 41.9029, "longitude": 12.4534, "km": 2}, {"VA", "IT"}),
        ({"latitude": 10.0, "longitude": -40.0, "km": 100}, set()),
    ],
)
def test_a_circle_is_about_every_country_it_reaches(
    circle: dict[str, float], countries: set[str]
) -> None:
    assert areas.countries_in({"circle": circle}, {}) == countries


def test_a_country_inside_of_a_drawn_area_is_not_missed() -> None:
    assert "LB" in areas.countries_in({"polygon": AROUND_LEBANON}, {})
    assert "LB" in areas.countries_in(
        {"circle": {"latitude": 34.6, "longitude": 37.0, "km": 250}}, {}
    )
    corner = [[10.0, 10.0], [10.0, 11.0], [11.0, 10.0]]
    assert areas.countries_in({"polygon": corner}, {}) == {"NG"}


@pytest.mark.parametrize(
    "said",
    [{"drill": True}, {"valid_from": timedelta(days=1)}, {"valid_until": timedelta(hours=1)}],
)
async def test_drills_what_begins_later_and_what_is_over_are_not_told(
    runtime: Runtime, said: dict[str, Any]
) -> None:
    now = runtime.clock()
    said = {
        name: now + value if isinstance(value, timedelta) else value for name, value in said.items()
    }
    async with runtime.db.begin() as session:
        await builders.approved(session, await builders.team(session, now), now, **said)
        assert await advice.for_country(session, "TR", now + timedelta(hours=1), 3) == []


async def test_a_correction_takes_the_place_of_what_was_wrong(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        wrong, _ = await builders.approved(session, team, now, audience={"circle": KHARTOUM})
        await progress.settle(session, now)
        right = await corrections.begin(session, team.officer, wrong, now)
        assert (
            await advice.for_country(session, "SD", now, 3) == []
        )  # nobody reads the wrong words meanwhile
        await lifecycle.submit(session, team.officer, right, now)
        await lifecycle.approve(session, team.approver, right, now)
        assert await advice.for_country(session, "SD", now, 3) == [right]
        await corrections.withdraw(session, team.officer, right, now, tell=True)
        assert await advice.for_country(session, "SD", now, 3) == []


async def test_who_asks_while_it_is_corrected_hears_so_and_not_that_there_is_none(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person, other = (
            await someone(session, runtime),
            await someone(session, runtime, "telegram:2", language="en"),
        )
        wrong, _ = await builders.approved(session, team, now, audience={"circle": KHARTOUM})
        right = await corrections.begin(session, team.officer, wrong, now)
        assert (
            await asked(session, runtime, *person, "SD")
            == "نصحّح الآن إرشادات السودان. اسألنا بعد قليل من فضلك."
        )
        told = await asked(session, runtime, *other, "SD")
        assert told == "The advice for Sudan is being corrected right now. Please ask again soon."
        assert await asked(session, runtime, *person, "EG") == ""
        late = now + lifecycle.VALID_FOR + timedelta(minutes=1)
        assert not await advice.is_being_corrected(session, "SD", late, person[0].id)
        await lifecycle.submit(session, team.officer, right, now)
        await lifecycle.approve(session, team.approver, right, now)
        assert "نصحّح" not in await asked(session, runtime, *person, "SD")
        again = await corrections.begin(session, team.officer, right, now)
        await corrections.withdraw(session, team.officer, again, now)
        assert await asked(session, runtime, *person, "SD") == ""


async def test_what_is_for_chosen_people_is_told_to_them_alone(runtime: Runtime) -> None:
    now = runtime.clock()
    audience = {"all": [{"countries": ["TR"]}, {"tags": ["convoy 3"]}]}
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        chosen, other = await builders.person(session, now), await builders.person(session, now)
        session.add(PersonTag(person_id=chosen.id, tag="convoy 3", words="convoy 3"))
        advisory, _ = await builders.approved(session, team, now, audience=audience)
        assert await advice.for_country(session, "TR", now, 3, chosen.id) == [advisory]
        assert await advice.for_country(session, "TR", now, 3, other.id) == []
        assert await advice.for_country(session, "TR", now, 3) == []


async def test_the_answer_is_in_the_persons_language_and_time(runtime: Runtime) -> None:
    now = runtime.clock()
    said: dict[str, Any] = {
        "audience": {"circle": KHARTOUM},
        "valid_until": now + timedelta(days=1),
    }
    said |= {"instruction_ar": "خذوا الماء.", "instruction_en": "Take water."}
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.approved(session, team, now, **said)
        arabic, english = (
            await someone(session, runtime),
            await someone(session, runtime, "telegram:2", language="en"),
        )
        assert await asked(session, runtime, *arabic, "SD/Khartoum") == (
            "ابقوا في بيوتكم الليلة\nالطرق حول هاتاي مقفلة حتى الصباح. نحن معكم.\nخذوا الماء.\n"
            "يسري حتى الثلاثاء 24 نوفمبر، 12:00 بتوقيتك."
        )
        told = await asked(session, runtime, *english, "SD")
        assert told.endswith("Take water.\nValid until Tuesday 24 November, 12:00, your time.")
        assert (
            await asked(session, runtime, *arabic, None) == ""
        )  # nothing for Turkey, where they are
        assert await asked(session, runtime, *arabic, Location(15.6, 32.5)) != ""  # a shared place
        nowhere = await someone(session, runtime, "telegram:3", language="en", country=None)
        assert (await asked(session, runtime, *nowhere, "SD")).endswith("24 November, 09:00 UTC.")
        assert await asked(session, runtime, *nowhere, None) == ""


async def test_by_sms_the_short_text_is_told(runtime: Runtime) -> None:
    now = runtime.clock()
    long = "الطريق مقفل عند الجسر الكبير. " * 40
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.approved(session, team, now - timedelta(minutes=1), text_ar=long)
        await builders.approved(
            session, team, now, sms_ar="هاتاي: الزموا البيوت.", sms_en="Hatay: stay at home."
        )
        person, address = await someone(session, runtime, "sms:+905550001122")
        assert address.form is Form.TEXT
        first, second = (await asked(session, runtime, person, address, "TR")).split("\n\n")
    assert first.startswith("هاتاي: الزموا البيوت.\nيسري حتى")
    assert len(second) < 420
    assert " ...\n" in second


@pytest.mark.parametrize(
    ("words", "most", "short"),
    [("a b", 3, "a b"), ("ab cd", 4, "ab ..."), ("abcdef", 3, "abc ...")],
)
def test_words_are_cut_between_words(words: str, most: int, short: str) -> None:
    assert information.shorten(words, most) == short
