"""The trainer's sheet of a scenario as Markdown: when what happens, what to do, what to watch."""

from __future__ import annotations

from collections.abc import Mapping

from bot.consular.drills.scenarios import Inject, Scenario, Words
from bot.messages import Language

WORDS: Mapping[str, Mapping[Language, str]] = {
    "exercise": {"ar": "تمرين - ليس حقيقيًا", "en": "EXERCISE - not real"},
    "sheet": {"ar": "ورقة المدرّب", "en": "Trainer’s sheet"},
    "minutes": {"ar": "المدة: {n} دقيقة", "en": "Duration: {n} minutes"},
    "people": {
        "ar": "أشخاص تجريبيون: {n}، ولا يُسأل أحد حقيقي",
        "en": "Invented people: {n}; nobody real is asked",
    },
    "known": {
        "ar": "الهدف: نعرف حال {percent}٪ خلال {minutes} دقيقة",
        "en": "Goal: {percent} % known within {minutes} minutes",
    },
    "life": {
        "ar": "الهدف: يُفتح كل خطر على الحياة خلال {minutes} دقيقة",
        "en": "Goal: each life at risk is opened within {minutes} minutes",
    },
    "begin": {
        "ar": "البداية: لوحة طمّن ← التمارين ← ابدأ. النهاية: أوقف التمرين ثم امسحه.",
        "en": "Begin: the console, Exercises, Start. End: stop the exercise, then wipe it.",
    },
    "minute": {"ar": "الدقيقة {n}", "en": "Minute {n}"},
    "happens": {"ar": "ما يحدث", "en": "What happens"},
    "writes": {"ar": "تصل هذه الرسالة", "en": "This message comes"},
    "do": {"ar": "ما يفعله المتدربون", "en": "What trainees should do"},
    "watch": {"ar": "ما تراقبه", "en": "What to watch"},
    "notes": {"ar": "ملاحظات المدرّب", "en": "Trainer’s notes"},
}
NOTE_LINE = "…" * 30


def written(scenario: Scenario, language: Language) -> str:
    """Write the sheet in one language."""
    goals = scenario.goals
    lines = [
        f"# {_in(scenario.title, language)}",
        "",
        f"**{_say('exercise', language)}** · {_say('sheet', language)}",
        "",
        f"- {_say('minutes', language, n=scenario.minutes)}",
        f"- {_say('people', language, n=scenario.people.number)}",
        f"- {_goal('known', language, goals.known_percent, goals.known_minutes)}",
        f"- {_goal('life', language, 0, goals.life_seen_minutes)}",
        f"- {_say('begin', language)}",
    ]
    for inject in scenario.happened(scenario.minutes):
        lines += ["", *lines_of(inject, language), "", NOTE_LINE]
    lines += ["", f"## {_say('notes', language)}", "", NOTE_LINE, "", NOTE_LINE]
    return "\n".join(lines) + "\n"


def lines_of(inject: Inject, language: Language) -> list[str]:
    """Write one inject as lines of Markdown."""
    lines = [
        f"## {_say('minute', language, n=inject.minute)}",
        "",
        f"**{_say('happens', language)}.** {_in(inject.happens, language)}",
    ]
    if inject.writes is not None:
        lines += ["", f"{_say('writes', language)}:", ""]
        lines += [f"> {line}" for line in inject.writes.texts]
    lines += [
        "",
        f"**{_say('do', language)}.** {_in(inject.do, language)}",
        "",
        f"**{_say('watch', language)}.** {_in(inject.watch, language)}",
    ]
    return lines


def _goal(key: str, language: Language, percent: int, minutes: float) -> str:
    return _say(key, language, percent=percent, minutes=round(minutes))


def _say(key: str, language: Language, **numbers: int) -> str:
    """Say words of the sheet with their numbers."""
    return WORDS[key][language].format(**numbers)


def _in(words: Words, language: Language) -> str:
    return words.by_language()[language]
