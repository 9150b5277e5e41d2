"""The reply link: small, kind, without scripts, and recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from starlette.applications import Starlette

from bot.consular.crises import cases, checkins, crises, link_answers
from bot.consular.people import reply_links
from bot.models import Case, CaseKind, CheckIn, CheckInStatus, Crisis, Person, Role
from bot.pages.rendering import STATIC
from bot.runtime.runtime import Runtime
from tests import builders, closing
from tests.builders import Scenario
from tests.clock import SetClock
from tests.console.browser import browsing


@pytest.fixture(autouse=True)
async def asked(runtime: Runtime, scenario: Scenario) -> None:
    """The roll call went out: a link answers it."""
    await ask_everybody(runtime, scenario.crisis_id)


async def ask_everybody(runtime: Runtime, crisis_id: int) -> None:
    """Queue the roll call of a crisis for all whom it asks."""
    async with runtime.db.begin() as session:
        crisis = await session.get_one(Crisis, crisis_id)
        await builders.fan_out(session, crisis.broadcast_id, runtime.clock())


def link(runtime: Runtime, scenario: Scenario) -> str:
    return f"/r/{reply_links.reply_token(runtime.keyring, scenario.person_id, runtime.clock())}"


async def latest(runtime: Runtime, scenario: Scenario) -> CheckIn:
    async with runtime.db.read() as session:
        mine = (
            select(CheckIn)
            .where(CheckIn.person_id == scenario.person_id)
            .order_by(CheckIn.id.desc())
        )
        found = await session.scalar(mine.limit(1))
    assert found is not None
    return found


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_page_fits_one_bar_of_signal(
    runtime: Runtime, app: Starlette, scenario: Scenario, language: str
) -> None:
    async with browsing(app, language) as browser:
        page = (await browser.get(link(runtime, scenario))).text
    assert "<script" not in page
    assert len(page.encode()) + (STATIC / "public/reply.css").stat().st_size < 10_000
    assert page.count('name="status"') == 4


@pytest.mark.parametrize("status", ["safe", "help", "evacuate", "staying"])
async def test_an_answer_is_recorded_even_where_no_cookie_is_kept(
    runtime: Runtime, app: Starlette, scenario: Scenario, status: str
) -> None:
    async with browsing(app) as browser:
        answer = await browser.client.post(
            link(runtime, scenario), data={"status": status, "note": ""}
        )
        assert answer.status_code == 200
    found = await latest(runtime, scenario)
    assert (found.status, found.via) == (CheckInStatus(status), "link")


async def test_a_note_reaches_staff(runtime: Runtime, app: Starlette, scenario: Scenario) -> None:
    async with browsing(app) as browser:
        form = {"status": "evacuate", "note": "نحن خمسة في حي الرياض"}
        answer = await browser.post(link(runtime, scenario), link(runtime, scenario), form, 200)
        assert "كل ما قلته وصل إلى الفريق المناوب" in answer.text
    async with runtime.db.read() as session:
        mine = select(Case).where(
            Case.person_id == scenario.person_id, Case.kind == CaseKind.EVACUATION
        )
        case = await session.scalar(mine)
    assert case is not None
    assert case.note == "من رابط الرد: نحن خمسة في حي الرياض"


async def test_no_answer_is_no_answer(runtime: Runtime, app: Starlette, scenario: Scenario) -> None:
    before = (await latest(runtime, scenario)).id
    async with browsing(app) as browser:
        await browser.post(
            link(runtime, scenario), link(runtime, scenario), {"status": "maybe"}, 422
        )
    assert (await latest(runtime, scenario)).id == before


async def test_an_old_altered_or_orphaned_link_gets_a_kind_answer(
    runtime: Runtime, app: Starlette, scenario: Scenario, clock: SetClock
) -> None:
    good = link(runtime, scenario)
    orphan = f"/r/{reply_links.reply_token(runtime.keyring, 10**6, runtime.clock())}"
    async with browsing(app) as browser:
        for path in (good[:-1] + ("A" if good[-1] != "A" else "B"), orphan, "/r/x"):
            assert "انتهى هذا الرابط" in (await browser.get(path, 404)).text
        clock.advance(seconds=(reply_links.LINK_LIFE + timedelta(hours=2)).total_seconds())
        assert "انتهى هذا الرابط" in (await browser.get(good, 404)).text
        answer = await browser.client.post(good, data={"status": "safe"})
        assert answer.status_code == 404


async def test_somebody_who_was_erased_has_no_link(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        (await session.get_one(Person, scenario.person_id)).forgotten_at = runtime.clock()
    async with browsing(app) as browser:
        await browser.get(link(runtime, scenario), 404)


# What apps and people leave at the end of a link: the page opens all the same.
GLUED = (
    ".", "،", "؛", "؟", ")", "»", "”", "\"", "'", "!", ":", "…", "...", "%20", "%20%20", "%0A",
    "\u200f", "\u200e", "\u061c", "%E2%80%8F", "%D8%9C", "\u202c", "\u2069", "\u00a0", "\ufeff",
    ").", "».", "،\u200f", "_", "-", "*", "**", "~", "\u064b", "✅",
)  # fmt: skip
# What is another token.
ALTERED = ("x", "7", "أ", "و", "Ab.", "=x", "%41", ".x")


async def test_a_link_with_signs_glued_to_it_opens_and_answers(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    path = link(runtime, scenario)
    async with browsing(app) as browser:
        for sign in GLUED:
            page = await browser.get(path + sign)
            assert page.text.count('name="status"') == 4, sign
            answer = await browser.client.post(path + sign, data={"status": "safe", "note": ""})
            assert answer.status_code == 200, sign


async def test_a_link_that_was_altered_is_gone(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    path = link(runtime, scenario)
    async with browsing(app) as browser:
        for sign in ALTERED:
            answer = await browser.client.get(path + sign)
            assert answer.status_code == 404, sign
        for shorter in (path[:-1], path[:-2] + ".", path[:-3] + "»"):
            assert (await browser.client.get(shorter)).status_code == 404, shorter


async def test_a_link_ends_with_its_crisis(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        crisis = await session.get_one(Crisis, scenario.crisis_id)
        await crises.close(session, scenario.staff[Role.HQ_OFFICER], crisis, runtime.clock())
    async with browsing(app) as browser:
        path = link(runtime, scenario)
        await browser.get(path, 404)
        assert (await browser.client.post(path, data={"status": "safe"})).status_code == 404


async def test_a_link_of_an_earlier_crisis_answers_no_later_one(
    runtime: Runtime, app: Starlette, scenario: Scenario, clock: SetClock
) -> None:
    path = link(runtime, scenario)
    clock.advance(seconds=2 * 3600)
    async with runtime.db.begin() as session:
        officer = scenario.staff[Role.HQ_OFFICER]
        crisis = await session.get_one(Crisis, scenario.crisis_id)
        await crises.close(session, officer, crisis, runtime.clock())
        later = await builders.earthquake(session, officer, runtime.clock(), countries=["SD"])
    await ask_everybody(runtime, later.id)
    async with browsing(app) as browser:
        await browser.get(path, 404)
        await browser.get(link(runtime, scenario))


@pytest.mark.parametrize("cry", ["help", "medical", "evacuate"])
async def test_safe_by_a_link_takes_no_cry_back(
    runtime: Runtime, app: Starlette, scenario: Scenario, cry: str
) -> None:
    async with browsing(app) as browser:
        path = link(runtime, scenario)
        await browser.client.post(path, data={"status": cry, "note": "محاصرين"})
        answer = await browser.client.post(path, data={"status": "safe", "note": "كله تمام"})
        assert answer.status_code == 200
        assert "سيتصل فريقنا للاطمئنان" in answer.text
    assert (await latest(runtime, scenario)).status is CheckInStatus(cry)
    async with runtime.db.read() as session:
        of_person = select(Case.note).where(Case.person_id == scenario.person_id)
        notes = "\n".join(note or "" for note in await session.scalars(of_person))
    assert "محاصرين" in notes
    assert "كله تمام" in notes
    assert "من رابط الرد: بخير" in notes


async def test_a_link_is_used_a_few_times_and_a_cry_always_passes(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with browsing(app) as browser:
        path = link(runtime, scenario)
        for _ in range(link_answers.MAX_ANSWERS):
            await browser.client.post(path, data={"status": "safe"})
        before = (await latest(runtime, scenario)).id
        refused = await browser.client.post(path, data={"status": "safe"})
        assert "مرات كثيرة" in refused.text
        assert (await latest(runtime, scenario)).id == before
        await browser.client.post(path, data={"status": "help"})
    assert (await latest(runtime, scenario)).status is CheckInStatus.HELP


async def test_first_words_are_never_pushed_out_of_a_case(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with browsing(app) as browser:
        path = link(runtime, scenario)
        await browser.client.post(path, data={"status": "help", "note": "تحت الأنقاض في حي النصر"})
        for number in range(20):
            note = f"{number} " + "حشو " * 120
            await browser.client.post(path, data={"status": "help", "note": note})
    async with runtime.db.read() as session:
        life = select(Case.note).where(
            Case.person_id == scenario.person_id, Case.kind == CaseKind.LIFE
        )
        notes = list(await session.scalars(life))
    assert any("تحت الأنقاض في حي النصر" in (note or "") for note in notes)
    assert any("19 حشو" in (note or "") for note in notes)
    assert all(len(note or "") <= cases.MAX_NOTE_CHARS for note in notes)


async def test_a_cry_of_an_earlier_crisis_that_is_over_contradicts_nothing(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, scenario.person_id)
        long_ago = now - timedelta(days=90)
        of_person = delete(CheckIn).where(CheckIn.person_id == person.id)
        await session.execute(of_person)
        await checkins.record(session, person, CheckInStatus.HELP, "sms", long_ago)
        officer = scenario.staff[Role.HQ_OFFICER]
        for case in await session.scalars(select(Case).where(Case.person_id == person.id)):
            await closing.close_case(session, officer, case, now)
    async with browsing(app) as browser:
        await browser.client.post(link(runtime, scenario), data={"status": "safe"})
    assert (await latest(runtime, scenario)).status is CheckInStatus.SAFE


async def test_a_link_that_was_forwarded_takes_no_cry_back_and_tells_strangers_nothing(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    path = link(runtime, scenario)
    pressed = ["help", "safe", "staying", "evacuate", "safe"] * 4 + ["safe"] * 10
    async with runtime.db.read() as session:
        person = await session.get_one(Person, scenario.person_id)
        known = [person.name or "", person.phone or "", person.city or "Khartoum"]
    shown = []
    async with browsing(app) as browser:
        for status in pressed:
            shown.append((await browser.client.get(path)).text)
            shown.append((await browser.client.post(path, data={"status": status})).text)
    for page in shown:
        assert not any(fact in page for fact in known)
        assert "طُلبت المساعدة" not in page
    assert (await latest(runtime, scenario)).answer is CheckInStatus.EVACUATE
    async with runtime.db.read() as session:
        of_person = select(Case).where(Case.person_id == scenario.person_id)
        kinds = {case.kind for case in await session.scalars(of_person)}
        by_link = select(CheckIn.id).where(CheckIn.via == link_answers.VIA)
        assert len((await session.scalars(by_link)).all()) <= link_answers.MAX_ANSWERS
    assert {CaseKind.LIFE, CaseKind.EVACUATION, CaseKind.UNCLEAR} <= kinds


@pytest.mark.parametrize("status", ["safe", "help"])
async def test_staff_see_that_a_link_was_used_many_times(
    runtime: Runtime, app: Starlette, scenario: Scenario, status: str
) -> None:
    path = link(runtime, scenario)
    async with browsing(app) as browser:
        for _ in range(link_answers.MAX_ANSWERS):
            await browser.client.post(path, data={"status": status})
        assert not await unclear_notes(runtime, scenario)
        for _ in range(5):
            await browser.client.post(path, data={"status": status})
    [note] = await unclear_notes(runtime, scenario)
    assert note.count("استُعمل مرات كثيرة") == 1


async def unclear_notes(runtime: Runtime, scenario: Scenario) -> list[str]:
    """Return the words of the cases that say that something is unclear."""
    of_person = select(Case.note).where(
        Case.person_id == scenario.person_id, Case.kind == CaseKind.UNCLEAR
    )
    async with runtime.db.read() as session:
        return [note or "" for note in await session.scalars(of_person)]
