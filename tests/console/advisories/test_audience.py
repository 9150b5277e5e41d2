"""Whom an advisory is for: fields make a rule, a rule makes the fields again, and both languages
say what it means.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.console.advisories import audience, audience_words
from bot.console.advisories.audience_words import Names, Speaker
from bot.consular.audiences import kinds, rules
from bot.consular.errors import ConsularError
from bot.models import Role, Staff
from bot.pages import zones
from bot.runtime.runtime import Runtime
from tests.builders import Scenario

OFFICER = Staff(role=Role.HQ_OFFICER)
POST = Staff(role=Role.POST_OFFICER, post_country="SD")
NAMES = Names(
    {4: {"ar": "سفارة ليبيا - الخرطوم", "en": "Embassy of Libya, Khartoum"}},
    {3: {"ar": "اشتباكات", "en": "Fighting"}},
)

KINDS: list[tuple[dict[str, Any], str, str]] = [
    ({"countries": ["TR", "SD"]}, "people in Türkiye or Sudan", "الذين في تركيا أو السودان"),
    ({"cities": ["TR/Antakya"]}, "people in Antakya (Türkiye)", "الذين في أنطاكيا (تركيا)"),
    (
        {"circle": {"latitude": 36.2, "longitude": 36.16, "km": 50}},
        "people within 50 km of Antakya (Türkiye)",
        "الذين ضمن 50 كم من أنطاكيا (تركيا)",
    ),
    (
        {"polygon": [[36.0, 36.0], [36.4, 36.0], [36.4, 36.4], [36.0, 36.4]]},
        "people in the area drawn around Antakya (Türkiye)",
        "الذين في المنطقة المرسومة حول أنطاكيا (تركيا)",
    ),
    (
        {"posts": [4]},
        "people looked after by Embassy of Libya, Khartoum",
        "الذين تتابعهم سفارة ليبيا - الخرطوم",
    ),
    (
        {"posters": [4]},
        "people who came by the poster of Embassy of Libya, Khartoum",
        "الذين جاؤوا عن طريق ملصق سفارة ليبيا - الخرطوم",
    ),
    ({"languages": ["ar"]}, "people who read Arabic", "الذين يقرؤون العربية"),
    (
        {"channels": ["sms", "telegram"]},
        "people reached by SMS or Telegram",
        "الذين تصلهم رسائلنا عبر",
    ),
    (
        {"status": {"crisis": 3, "is": ["help"]}},
        "people whose answer is need help in “Fighting”",
        "في «اشتباكات»",
    ),
    ({"tags": ["طالب"]}, "people with the tag «طالب»", "الذين وسمهم «طالب»"),
    ({"confirmed_within_days": 30}, "in the last 30 days", "في آخر 30 يومًا"),
    ({"received": 12}, "people who got, or may have got, advisory 12", "وصلهم الإرشاد 12"),
    (
        {"all": [{"countries": ["TR"]}, {"languages": ["ar"]}, {"not": {"tags": ["طالب"]}}]},
        "people in Türkiye and who read Arabic, except (with the tag «طالب»)",
        "الذين في تركيا ويقرؤون العربية، ما عدا (وسمهم «طالب»)",
    ),
    (
        {"any": [{"all": [{"countries": ["TR"]}, {"languages": ["ar"]}]}, {"countries": ["SD"]}]},
        "people (in Türkiye and who read Arabic) or in Sudan",
        "الذين (في تركيا ويقرؤون العربية) أو في السودان",
    ),
    (
        {"not": {"countries": ["TR"]}},
        "people anywhere, except (in Türkiye)",
        "الذين في أي مكان، ما عدا (في تركيا)",
    ),
]


@pytest.mark.parametrize(("rule", "english", "arabic"), KINDS)
def test_a_rule_is_said_in_both_languages(rule: dict[str, Any], english: str, arabic: str) -> None:
    assert english in Speaker("en", NAMES)(rule)
    assert arabic in Speaker("ar", NAMES)(rule)


def test_every_kind_of_rule_has_words() -> None:
    assert {kind for rule, _, _ in KINDS for kind in rule} == set(kinds.KINDS)


SHOWN: list[dict[str, Any]] = [
    *(rule for rule, _, _ in KINDS if rule.keys().isdisjoint({"received", "posters"})),
    {
        "all": [
            {"any": [{"countries": ["TR"]}, {"cities": ["SD/Khartoum"]}]},
            {"not": {"tags": ["حاج"]}},
        ]
    },
    {
        "all": [
            {"countries": ["SD"]},
            {"not": {"all": [{"languages": ["en"]}, {"channels": ["sms"]}]}},
        ]
    },
]


@pytest.mark.parametrize("rule", SHOWN)
def test_fields_make_the_rule_they_were_made_from(rule: dict[str, Any]) -> None:
    rules.check(rule)
    groups, expert = audience.shown(rule)
    assert expert == ""
    assert audience.rule(OFFICER, groups, "") == rule


@pytest.mark.parametrize(
    "rule",
    [
        {"received": 12},
        {"any": [{"countries": ["TR"]}, {"not": {"languages": ["ar"]}}]},
        {"all": [{"tags": ["طالب"]}, {"tags": ["حاج"]}]},
        {"not": {"not": {"countries": ["TR"]}}},
    ],
)
def test_what_no_fields_make_is_kept_as_json(rule: dict[str, Any]) -> None:
    groups, expert = audience.shown(rule)
    assert groups == [audience.empty()]
    assert audience.rule(OFFICER, groups, expert) == rule


def test_a_country_for_all_is_shown_in_each_group() -> None:
    rule = {"all": [{"countries": ["SD"]}, {"any": [{"languages": ["ar"]}, {"tags": ["طالب"]}]}]}
    groups, _ = audience.shown(rule)
    assert [(group["country"], group["language"], group["tag"]) for group in groups] == [
        (["SD"], ["ar"], []), (["SD"], [], ["طالب"])
    ]  # fmt: skip


LIMITED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"countries": ["SD"]}, {"countries": ["SD"]}),
    ({"countries": ["TR"]}, {"countries": ["TR"]}),  # refused when it is saved, with the reason
    ({"languages": ["ar"]}, {"all": [{"countries": ["SD"]}, {"languages": ["ar"]}]}),
    ({"countries": ["SD", "TR"]}, {"all": [{"countries": ["SD"]}, {"countries": ["SD", "TR"]}]}),
    (
        {"all": [{"languages": ["ar"]}, {"tags": ["حاج"]}]},
        {"all": [{"countries": ["SD"]}, {"languages": ["ar"]}, {"tags": ["حاج"]}]},
    ),
    ({"any": [{"tags": ["حاج"]}]}, {"all": [{"countries": ["SD"]}, {"any": [{"tags": ["حاج"]}]}]}),
]


@pytest.mark.parametrize(("written", "limited"), LIMITED)
def test_the_country_of_a_post_is_added_by_itself(
    written: dict[str, Any], limited: dict[str, Any]
) -> None:
    assert audience.limited(POST, written) == limited
    assert audience.limited(OFFICER, written) == written


BAD: list[tuple[dict[str, Any], str]] = [
    ({"latitude": "36"}, "A circle has a latitude, a longitude and km."),
    (
        {"latitude": "١٠٫٥", "longitude": "x", "km": "5"},
        "A circle has a latitude, a longitude and km.",
    ),
    ({"polygon": "36.1, 36.2\n36.3"}, "Not a corner: 36.3. Write its latitude and longitude."),
    ({"status": ["help"]}, "Choose the crisis people answered in."),
]


@pytest.mark.parametrize(("fields", "words"), BAD)
def test_fields_that_mean_nothing_say_so(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ConsularError) as refused:
        audience.rule(OFFICER, [audience.empty() | fields], "")
    assert str(refused.value) == words


def test_numbers_are_read_as_people_write_them() -> None:
    group = audience.empty() | {
        "polygon": "٣٦٫١، ٣٦٫٢؛ 36.3 -36.4\n37,36",
        "more_tags": "طالب، حاج,طالب",
        "confirmed": "٣٠",
    }
    assert audience.rule(OFFICER, [group], "") == {
        "all": [
            {"polygon": [[36.1, 36.2], [36.3, -36.4], [37.0, 36.0]]},
            {"tags": ["طالب", "حاج"]},
            {"confirmed_within_days": 30},
        ]
    }


@pytest.mark.parametrize(
    "written", ["{", "[" * 5000, '"x"', '{"planet": ["Mars"]}', '{"countries": [NaN]}']
)
def test_a_strange_rule_is_refused_with_words(written: str) -> None:
    with pytest.raises(ConsularError):
        audience.rule(OFFICER, [audience.empty()], written)


async def test_names_of_posts_and_crises_are_found(runtime: Runtime, scenario: Scenario) -> None:
    rule = {
        "any": [
            {"posts": [scenario.post_id]},
            {"not": {"status": {"crisis": scenario.crisis_id, "is": ["help"]}}},
        ]
    }
    async with runtime.db.read() as session:
        names = await audience_words.look_up_names(session, rule)
    assert "Fighting in Khartoum" in Speaker("en", names)(rule)
    assert "سفارة ليبيا" in Speaker("ar", names)(rule)


def test_times_are_read_by_the_readers_clock() -> None:
    at = zones.read("٢٠٢٦-١١-٢٥T١٨:٣٠", "Europe/Istanbul")
    assert at is not None
    assert at.isoformat() == "2026-11-25T15:30:00+00:00"
    assert zones.shown(at, "Africa/Tripoli") == "2026-11-25T17:30"
    assert zones.read("", "Africa/Tripoli") is None
    now = datetime.fromisoformat("2026-11-25T12:00+00:00")
    assert zones.name("Africa/Tripoli", "en", now) == "Libya Time, GMT+02:00"
    assert zones.name("Africa/Tripoli", "ar", now).startswith("توقيت ليبيا، ")
    for bad in ("25/11/2026", "2026-13-01T00:00", "0001-01-01T00:00"):
        with pytest.raises(ConsularError):
            zones.read(bad, "Asia/Tokyo")
