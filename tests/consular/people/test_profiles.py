"""Profiles of the community: what is read from a sentence, and figures that hide small groups."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.errors import ConsularError
from bot.consular.people import merging, profile, profile_figures, profile_words
from bot.consular.people.profile_figures import LEAST, STEP, moved
from bot.consular.trust import export, rights
from bot.models import Person, Profile, ProfileFigure
from bot.runtime.runtime import Runtime
from tests import builders
from tests.wardening import registered

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "codes", "years"),
    [
        (
            "I am a nurse, 5 years in Malta, speak English and Italian, can help with translation",
            {"profession": ["health"], "language": ["en", "it"], "volunteer": ["translation"]},
            5,
        ),
        (
            "ممرضة، خمس سنين في مالطا، نتكلم انجليزي وطلياني، ونقدر نساعد بالترجمة والسياقة",
            {
                "profession": ["health"],
                "language": ["en", "it"],
                "volunteer": ["translation", "driving"],
            },
            5,
        ),
        (
            "مهندس مدني، درست هندسة، ليا ٧ سنين",
            {"profession": ["engineering"], "field": ["engineering"]},
            7,
        ),
        ("taleb, 3andi 3 snin, inglizi", {"profession": ["student"], "language": ["en"]}, 3),
        ("student of medicine", {"profession": ["student"], "field": ["medicine"]}, None),
        ("عندي سيارة ونستضيف", {"skill": ["driving", "hosting"]}, None),
        ("ربة بيت، سنتين", {"profession": ["home"]}, 2),
        ("I am 30 years old, retired", {"profession": ["retired"]}, None),
        ("900 years abroad", {}, None),
        ("the weather is nice", {}, None),
        ("", {}, None),
        ("🙏🙏", {}, None),
    ],
)
def test_a_sentence_is_read(text: str, codes: dict[str, list[str]], years: int | None) -> None:
    told = profile_words.read(text)
    assert (told.codes, told.years) == (codes, years)


def test_every_code_has_a_name_in_both_languages() -> None:
    for (dimension, code), answer in profile_words.answers().items():
        assert dimension in profile_words.DIMENSIONS
        for language in ("ar", "en"):
            name = profile_words.name(dimension, code, language)
            assert name == answer.names[language] != ""


@given(st.lists(st.integers(min_value=0, max_value=60), min_size=2, max_size=30))
def test_two_reports_differ_by_nothing_or_by_as_many_as_may_be_shown(counts: list[int]) -> None:
    shown = 0
    for people in counts:
        before = shown
        shown = moved(shown, people)
        assert shown == 0 or shown >= LEAST
        assert shown % STEP == 0
        assert shown == before or abs(shown - before) >= LEAST


@given(st.integers(min_value=0, max_value=60))
def test_one_person_more_or_less_never_shows_once_a_figure_is_published(people: int) -> None:
    shown = moved(0, people)
    if shown:
        for step in (-1, 1):
            assert moved(shown, shown + step) == shown


async def tell(session: AsyncSession, person: Person, text: str, runtime: Runtime) -> None:
    now = runtime.clock()
    await profile.agree(session, person, now)
    await profile.add(session, person, profile_words.read(text), now)


async def figures(session: AsyncSession) -> dict[tuple[str, str, str], int]:
    rows = await session.scalars(select(ProfileFigure))
    return {(row.city, row.dimension, row.code): row.people for row in rows}


async def test_groups_below_five_are_hidden_and_one_person_changes_nothing(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        people = [await registered(session, now, f"telegram:{n}") for n in range(1, 12)]
        for person in people[:7]:
            await tell(session, person, "nurse, French", runtime)
        for person in people[7:11]:
            await tell(session, person, "engineer", runtime)
        await profile_figures.publish(session, now)
        published = await figures(session)
        assert published == {
            (city, dimension, code): count
            for city in ("", "TN/Sfax")
            for dimension, code, count in (
                ("profession", "", 10),
                ("profession", "health", 5),
                ("language", "", 5),
                ("language", "fr", 5),
            )
        }
        await profile.remove(session, people[0], now)
        newcomer = await registered(session, now, "telegram:90")
        await tell(session, newcomer, "engineer", runtime)
        await profile_figures.publish(session, now)
        after = await figures(session)
        assert after[("", "profession", "engineering")] == 5
        changed = {cell for cell in {*published, *after} if published.get(cell) != after.get(cell)}
        assert {cell[2] for cell in changed} == {"engineering"}
        assert not await profile_figures.publish_due(session, now)
        assert await profile_figures.publish_due(session, now + DAY)


async def test_a_group_that_shrinks_below_five_is_hidden_again(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        people = [await registered(session, now, f"telegram:{n}") for n in range(1, 11)]
        for person in people:
            await tell(session, person, "teacher", runtime)
        await profile_figures.publish(session, now)
        assert (await figures(session))[("", "profession", "education")] == 10
        for person in people[:6]:
            await profile.remove(session, person, now)
        await profile_figures.publish(session, now)
        assert await figures(session) == {}


async def test_synthetic_people_and_people_without_a_place_count_nowhere(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for number in range(1, 11):
            person = await registered(session, now, f"telegram:{number}", synthetic=True)
            await tell(session, person, "teacher", runtime)
        for number in range(11, 21):
            person = await builders.person(session, now, f"telegram:{number}", country=None)
            await tell(session, person, "teacher", runtime)
        await profile_figures.publish(session, now)
        assert await figures(session) == {}


async def test_what_is_told_adds_up_work_is_replaced_and_no_agreement_keeps_nothing(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await registered(session, now, "telegram:1")
        await profile.add(session, person, profile_words.read("nurse"), now)
        assert await profile.of(session, person) is None
        await tell(session, person, "nurse, English, 3 years", runtime)
        await tell(session, person, "teacher, French, 4 years", runtime)
        own = await profile.of(session, person)
        assert own is not None
        assert own.answers == {"profession": ["education"], "language": ["en", "fr"], "years": 4}
        assert own.consent == profile.CONSENT
        twin = await registered(session, now, "telegram:2")
        await merging.merge(session, twin, person.id, "staff:1", now)
        assert (await export.export(session, twin))["profile"]["answers"] == own.answers
        await rights.erase(session, twin, "system", now)
        assert await session.scalar(select(func.count()).select_from(Profile)) == 0


async def test_a_post_sees_the_figures_and_volunteers_of_its_country_only(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for number in range(1, 7):
            person = await registered(session, now, f"telegram:{number}", name=f"Omar {number}")
            await tell(session, person, "can help with translation", runtime)
        await profile_figures.publish(session, now)
        assert await profile_figures.countries(session, team.officer) == ["TN"]
        assert await profile_figures.countries(session, team.auditor) == ["TN"]
        assert await profile_figures.countries(session, team.post) == []
        with pytest.raises(ConsularError):
            await profile_figures.of_country(session, team.post, "TN")
        offering = await profile_figures.volunteers(session, team.officer, "TN", "translation", 4)
        assert len(offering) == 4
        assert not await profile_figures.volunteers(session, team.officer, "TN", "driving", 4)
        for account in (team.post, team.auditor):
            with pytest.raises(ConsularError):
                await profile_figures.volunteers(session, account, "TN", "translation", 4)
        with pytest.raises(ConsularError):
            await profile_figures.publish_by(session, team.post, now)
