"""CAP out: what went out is a document that other services can read, whole, in both languages, and
cannot be forged.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import corrections, lifecycle, progress
from bot.consular.cap import documents
from bot.consular.cap.documents import Document, Publisher
from bot.consular.reference import posts
from bot.models import Advisory, AdvisoryKind, Certainty, Severity, Urgency
from bot.runtime.runtime import Runtime
from tests import builders
from tests.consular.cap.profile import all_of, info, one, parsed

BY = Publisher("advisories@mofa.example", "https://tammen.example")
SQUARE = [[36.0, 36.0], [36.0, 37.123456], [37.0, 37.0], [37.0, 36.0]]
HATAY = {"latitude": 36.2, "longitude": 36.16, "km": 50}


def written(document: Document | None) -> Any:
    """The alert, when nothing is wrong with it."""
    assert document is not None
    return parsed(etree.tostring(documents.xml(document, BY)))


async def sent(
    session: AsyncSession, now: datetime, **changes: Any
) -> tuple[builders.Team, Advisory]:
    team = await builders.team(session, now)
    advisory, _ = await builders.approved(session, team, now, **changes)
    return team, advisory


async def test_an_advisory_is_a_valid_document_in_both_languages(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        _, advisory = await sent(
            session,
            now,
            severity=Severity.SEVERE,
            urgency=Urgency.IMMEDIATE,
            certainty=Certainty.OBSERVED,
            instruction_en="Stay inside & <keep> water.",
            instruction_ar="ابقوا في الداخل واحتفظوا بالماء.",
        )
        alert = written(await documents.of(session, advisory, now))
    assert one(alert, "identifier") == f"tammen-{advisory.id}-1"
    assert one(alert, "sender") == "advisories@mofa.example"
    assert one(alert, "sent") == "2026-11-23T09:00:00-00:00"
    assert [one(alert, name) for name in ("status", "msgType", "scope")] == [
        "Actual",
        "Alert",
        "Public",
    ]
    assert all_of(alert, "language") == ["ar", "en"]
    arabic, english = info(alert, "ar"), info(alert, "en")
    assert one(arabic, "headline") == builders.ADVISORY["headline_ar"]
    assert one(arabic, "description") == builders.ADVISORY["text_ar"]
    assert one(english, "instruction") == "Stay inside & <keep> water."
    assert [one(english, name) for name in ("urgency", "severity", "certainty")] == [
        "Immediate",
        "Severe",
        "Observed",
    ]
    assert (all_of(arabic, "areaDesc"), all_of(english, "areaDesc")) == (["تركيا"], ["Türkiye"])
    assert all_of(english, "value") == ["TR"]
    assert one(english, "expires") == "2026-11-30T09:00:00-00:00"
    assert one(english, "web") == f"https://tammen.example/feeds/cap/{advisory.id}.xml"


@pytest.mark.parametrize(
    ("audience", "shapes"),
    [
        ({"circle": HATAY}, ["circle 36.2,36.16 50"]),
        ({"polygon": SQUARE}, ["polygon 36,36 36,37.12346 37,37 37,36 36,36"]),
        ({"cities": ["TR/Istanbul", "SD/Khartoum"]}, ["value TR/Istanbul", "value SD/Khartoum"]),
        (
            {"any": [{"countries": ["TR", "SD"]}, {"circle": HATAY}]},
            ["value TR", "value SD", "circle 36.2,36.16 50"],
        ),
        (
            {"any": [{"countries": ["TR"]}, {"languages": ["ar"]}]},
            ["value TR", "value nationals-abroad"],
        ),
        ({"all": [{"countries": ["TR", "SD"]}, {"countries": ["SD", "EG"]}]}, ["value SD"]),
        (
            {"all": [{"countries": ["TR"]}, {"cities": ["TR/Istanbul", "SD/Khartoum"]}]},
            ["value TR/Istanbul"],
        ),
        (
            {"all": [{"countries": ["TR"]}, {"circle": HATAY}, {"languages": ["ar"]}]},
            ["circle 36.2,36.16 50"],
        ),
        ({"all": [{"countries": ["TR"]}, {"not": {"cities": ["TR/Istanbul"]}}]}, ["value TR"]),
        ({"channels": ["sms"]}, ["value nationals-abroad"]),
        ({"not": {"countries": ["TR"]}}, ["value nationals-abroad"]),
    ],
)
async def test_an_audience_is_the_places_it_names(
    runtime: Runtime, audience: Any, shapes: list[str]
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        _, advisory = await sent(session, now, audience=audience)
        alert = written(await documents.of(session, advisory, now))
    found = info(alert, "en").iterfind(".//{*}area/*")
    told = [
        f"{etree.QName(child).localname} {child.text}"
        for child in found
        if child.tag.endswith(("circle", "polygon"))
    ]
    codes = [f"value {value}" for value in all_of(info(alert, "en"), "value")]
    assert sorted(told + codes) == sorted(shapes)


async def test_a_post_is_its_country_and_a_drawn_area_is_named_by_its_countries(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await posts.seed(session)
        post = (await posts.covering(session, "TN"))[0]
        audience = {
            "any": [
                {"posts": [post.id]},
                {"circle": HATAY},
                {"circle": HATAY | {"latitude": 30, "longitude": -40}},
            ]
        }
        _, advisory = await sent(session, now, audience=audience)
        alert = written(await documents.of(session, advisory, now))
    assert all_of(info(alert, "en"), "areaDesc") == [
        "Tunisia",
        "An area drawn on the map: Syria, Türkiye",
        "An area drawn on the map",
    ]
    assert all_of(info(alert, "ar"), "areaDesc")[1] == "منطقة مرسومة على الخريطة: سوريا، تركيا"


async def test_what_is_for_chosen_people_is_not_for_everybody_to_read(runtime: Runtime) -> None:
    now = runtime.clock()
    audience = {"all": [{"countries": ["SD"]}, {"not": {"not": {"tags": ["convoy 3"]}}}]}
    async with runtime.db.begin() as session:
        _, advisory = await sent(session, now, audience=audience)
        alert = written(await documents.of(session, advisory, now))
        assert await documents.find(session, str(advisory.id), now) is None
        assert await documents.current(session, now) == []
    assert one(alert, "scope") == "Restricted"
    assert "convoy" not in etree.tostring(alert).decode()


async def test_a_drill_is_an_exercise_and_in_no_feed(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, advisory = await sent(session, now, drill=True)
        assert (
            one(written(await documents.find(session, str(advisory.id), now)), "status")
            == "Exercise"
        )
        await corrections.withdraw(session, team.officer, advisory, now + timedelta(minutes=1))
        gone = written(
            await documents.find(session, f"{advisory.id}-cancel", now + timedelta(minutes=1))
        )
        assert one(gone, "status") == "Exercise"
        assert await documents.current(session, now) == []


async def test_a_correction_refers_to_all_it_corrects_and_is_for_the_same_place(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, first = await sent(session, now, audience={"circle": HATAY})
        await progress.settle(session, now)
        wrong, later = first, now
        for _ in range(2):
            later += timedelta(hours=1)
            right = await corrections.begin(session, team.officer, wrong, later)
            await lifecycle.submit(session, team.officer, right, later)
            await lifecycle.approve(session, team.approver, right, later)
            await progress.settle(session, later)
            wrong = right
        alert = written(await documents.of(session, right, later))
        keys = [document.key for document in await documents.current(session, later)]
    assert one(alert, "msgType") == "Update"
    assert one(alert, "references").split() == [
        f"advisories@mofa.example,tammen-{first.id}-1,2026-11-23T09:00:00-00:00",
        f"advisories@mofa.example,tammen-{right.corrects_id}-1,2026-11-23T10:00:00-00:00",
    ]
    assert all_of(info(alert, "en"), "circle") == ["36.2,36.16 50"]
    assert keys[0] == str(right.id)
    assert str(first.id) not in keys  # it holds no more


async def test_a_cancelled_one_has_a_document_that_says_so(runtime: Runtime) -> None:
    now = runtime.clock()
    later = now + timedelta(hours=1)
    async with runtime.db.begin() as session:
        team, advisory = await sent(session, now)
        await progress.settle(session, now)
        assert await documents.find(session, f"{advisory.id}-cancel", now) is None
        await corrections.withdraw(session, team.officer, advisory, later)
        assert [document.key for document in await documents.current(session, later)] == [
            f"{advisory.id}-cancel"
        ]
        alert = written(await documents.find(session, f"{advisory.id}-cancel", later))
        assert (
            one(written(await documents.find(session, str(advisory.id), later)), "msgType")
            == "Alert"
        )  # it stays
        assert await documents.current(session, later + timedelta(days=8)) == []
    assert one(alert, "msgType") == "Cancel"
    assert (
        one(alert, "references")
        == f"advisories@mofa.example,tammen-{advisory.id}-1,2026-11-23T09:00:00-00:00"
    )
    assert one(info(alert, "ar"), "headline") == "هذا لم يعد ساريًا"


async def test_a_withdrawal_that_people_were_told_of_is_the_only_cancel(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, advisory = await sent(session, now)
        await progress.settle(session, now)
        await corrections.withdraw(session, team.officer, advisory, now, tell=True)
        (document,) = await documents.current(session, now)
        assert document.kind is AdvisoryKind.CANCEL
        assert document.advisory.corrects_id == advisory.id
        written(document)
        assert await documents.find(session, f"{advisory.id}-cancel", now) is None


async def test_what_has_not_gone_out_has_no_document(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        draft = await builders.draft(session, team.officer, now)
        tomorrow, _ = await builders.approved(
            session, team, now, valid_from=now + timedelta(days=1)
        )
        never, _ = await builders.approved(session, team, now, valid_from=now + timedelta(days=1))
        await corrections.withdraw(session, team.officer, never, now)
        for advisory in (draft, tomorrow, never):
            assert await documents.find(session, str(advisory.id), now) is None
        assert await documents.current(session, now) == []
        later = now + timedelta(days=1)
        assert (
            one(written(await documents.find(session, str(tomorrow.id), later)), "sent")
            == "2026-11-23T09:00:00-00:00"
        )
        assert await documents.find(session, f"{never.id}-cancel", later) is None


@pytest.mark.parametrize(
    "key", ["", "0", "07", "7", "x", "1-", "1-Cancel", "1-cancel-cancel", "٧", "9" * 30, "1'--"]
)
async def test_a_key_that_is_none_finds_nothing(runtime: Runtime, key: str) -> None:
    async with runtime.db.read() as session:
        assert await documents.find(session, key, runtime.clock()) is None


async def test_what_xml_cannot_hold_is_left_out(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        _, advisory = await sent(session, now, text_en="Stay\x0b at home\x1f ]]> <b>tonight</b>")
        alert = written(await documents.of(session, advisory, now))
    assert one(info(alert, "en"), "description") == "Stay at home ]]> <b>tonight</b>"


def test_the_schema_is_where_it_belongs() -> None:
    assert (Path(__file__).parent / "oasis" / "README.md").exists()
