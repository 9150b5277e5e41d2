"""CAP in: what is right becomes a draft for staff, once, and waits for whatever is missing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree
from sqlalchemy import func, select

from bot.consular.advisories import lifecycle, wording
from bot.consular.cap import documents, drafts
from bot.consular.cap.documents import Publisher
from bot.consular.errors import ConsularError
from bot.models import Advisory, Category, Certainty, Severity, Urgency
from bot.runtime.runtime import Runtime
from tests import builders
from tests.consular.cap.alerts import ARABIC, AREA, ENGLISH, NOW, SQUARE, alert, read


def drafted(words: str, **known: int) -> wording.Draft:
    return drafts.draft(read(words), known, NOW)


def test_each_language_gets_its_own_words() -> None:
    said = drafted(alert())
    assert (said.texts["en"].headline, said.texts["ar"].headline) == (
        "Heavy rain on the coast",
        "أمطار غزيرة على الساحل",
    )
    assert (said.texts["en"].text, said.texts["ar"].text) == (
        "Streets may be under water.",
        "قد تغمر المياه الشوارع.",
    )
    assert (said.texts["en"].instruction, said.texts["ar"].instruction) == (
        "Stay on upper floors.",
        "الزموا الطوابق العليا.",
    )
    facts = (said.category, said.severity, said.urgency, said.certainty, said.drill)
    assert facts == (Category.MET, Severity.SEVERE, Urgency.EXPECTED, Certainty.LIKELY, False)
    assert (said.valid_from, said.valid_until) == (None, datetime(2026, 11, 24, 9, tzinfo=UTC))
    assert said.audience == {"polygon": SQUARE}


def test_what_begins_later_goes_out_later() -> None:
    said = drafted(alert(("2026-11-23T08:00:00-00:00", "2026-11-23T20:00:00+02:00")))
    assert said.valid_from == datetime(2026, 11, 23, 18, tzinfo=UTC)


def test_a_language_that_is_missing_stays_empty() -> None:
    said = drafted(alert(infos=ARABIC.replace("<language>ar<", "<language>ar-LY<")))
    assert (said.texts["en"].headline, said.texts["en"].text) == ("", "")
    assert said.texts["ar"].headline == "أمطار غزيرة على الساحل"
    assert (
        drafted(alert(infos=ENGLISH.replace("<language>en-GB</language>", ""))).texts["en"].headline
    )  # CAP: English unless told


def test_in_neither_language_the_original_waits_for_a_translator() -> None:
    said = drafted(alert(("<language>en-GB<", "<language>tr<"), infos=ENGLISH))
    assert (said.texts["en"].headline, said.texts["ar"].headline, said.texts["ar"].text) == (
        "",
        "",
        "",
    )
    assert (
        said.texts["en"].text
        == "Heavy rain on the coast\n\nStreets may be under water.\n\nStay on upper floors."
    )
    assert said.severity is Severity.SEVERE
    assert said.audience == {"polygon": SQUARE}


def test_of_two_blocks_in_a_language_the_worst_is_taken() -> None:
    mild = ENGLISH.replace("Severe", "Minor").replace("Heavy rain", "Some rain")
    assert drafted(alert(infos=mild + ENGLISH)).texts["en"].headline == "Heavy rain on the coast"


def test_an_exercise_is_a_drill() -> None:
    assert drafted(alert(("Actual", "Exercise"))).drill


def test_an_update_says_what_it_is_about_and_waits_for_staff() -> None:
    before = "warn@met.example,MET-6,2026-11-22T10:00:00+02:00"
    other = "warn@met.example,MET-5,2026-11-21T10:00:00+02:00"
    changes = (
        (">Alert<", ">Update<"),
        ("</scope>", f"</scope><references>{before} {other}</references>"),
    )
    said = drafted(alert(*changes), **{before: 12})
    assert said.texts["en"].headline == "{UPDATE} Heavy rain on the coast"
    assert said.texts["ar"].headline.startswith("{تحديث} ")
    assert said.texts["en"].text == "{UPDATE} #12 MET-5\n\nStreets may be under water."


def test_a_cancel_may_say_nothing_else() -> None:
    changes = (
        (">Alert<", ">Cancel<"),
        (
            "</scope>",
            "</scope><references>a@b.example,MET-6,2026-11-22T10:00:00+02:00</references>",
        ),
    )
    said = drafted(alert(*changes, infos=""))
    assert (said.texts["en"].headline, said.texts["en"].text, said.texts["ar"].text) == (
        "",
        "{CANCEL} MET-6",
        "{إلغاء} MET-6",
    )
    assert said.audience == {}


def test_what_is_too_long_is_cut_and_says_so() -> None:
    said = drafted(
        alert(
            ("Streets may be under water.", "Rain. " * 2000),
            ("Heavy rain on the coast", "Rain " * 80),
        )
    )
    assert len(said.texts["en"].text) <= 3500
    assert len(said.texts["en"].headline) <= 200
    assert said.texts["en"].text.endswith("{CUT}")
    assert said.texts["en"].headline.endswith("{CUT}")


async def test_an_alert_is_a_draft_once(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        made = await drafts.take(session, team.officer, read(alert()), now)
        assert made is not None
        assert made.imported_from == "warn@met.example,MET-7,2026-11-23T10:00:00+02:00"
        assert await drafts.take(session, None, read(alert()), now) is None
        again = await drafts.take(session, None, read(alert(("MET-7", "MET-8"))), now)
        assert again is not None
        assert again.created_by is None
        assert await session.scalar(select(func.count()).select_from(Advisory)) == 2
        await lifecycle.submit(session, team.officer, made, now)  # whole, in both languages


async def test_an_update_cannot_be_submitted_before_somebody_looked_at_it(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        first = await drafts.take(session, None, read(alert()), now)
        assert first is not None
        about = f"</scope><references>{first.imported_from}</references>"
        update = alert((">Alert<", ">Update<"), ("MET-7", "MET-8"), ("</scope>", about))
        made = await drafts.take(session, None, read(update), now)
        assert made is not None
        assert made.texts["ar"].text.startswith(f"{{تحديث}} #{first.id}\n")
        with pytest.raises(ConsularError, match="Still to be filled in: UPDATE, تحديث"):
            await lifecycle.submit(session, team.officer, made, now)


async def test_one_language_cannot_be_submitted_before_it_is_translated(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        made = await drafts.take(session, team.officer, read(alert(infos=ARABIC)), now)
        assert made is not None
        with pytest.raises(ConsularError, match="both languages"):
            await lifecycle.submit(session, team.officer, made, now)


async def test_a_post_officer_takes_only_what_is_for_the_post(runtime: Runtime) -> None:
    now = runtime.clock()
    codes = "<geocode><valueName>ISO 3166-1</valueName><value>{}</value></geocode>"
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        assert await drafts.take(session, team.post, read(alert((AREA, codes.format("TR")))), now)
        other = read(alert((AREA, codes.format("SD")), ("MET-7", "MET-8")))
        with pytest.raises(ConsularError):
            await drafts.take(session, team.post, other, now)


async def test_what_we_write_we_can_read(runtime: Runtime) -> None:
    now = runtime.clock()
    rule = {"any": [{"countries": ["SD", "TR"]}, {"cities": ["TR/Istanbul"]}, {"polygon": SQUARE}]}
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        ours, _ = await builders.approved(
            session, team, now, audience=rule, severity=Severity.EXTREME
        )
        document = await documents.of(session, ours, now)
        assert document is not None
        data = etree.tostring(
            documents.xml(document, Publisher("advisories@mofa.example", "https://tammen.example"))
        )
        made = await drafts.take(session, team.officer, read(data), now)
        assert made is not None
        for name in (
            "texts",
            "severity",
            "audience",
            "valid_until",
        ):
            assert getattr(made, name) == getattr(ours, name), name
