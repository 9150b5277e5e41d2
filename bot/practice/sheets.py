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
    lines = _beginning(scenario, language)
    for inject in scenario.happened(scenario.minutes):
        lines.append("")
        lines += lines_of(inject, language)
        lines += ["", NOTE_LINE]
    notes = _say("notes", language)
    lines += ["", f"## {notes}", "", NOTE_LINE, "", NOTE_LINE, ""]
    return "\n".join(lines)


def _beginning(scenario: Scenario, language: Language) -> list[str]:
    """Write what the trainer has to know before it begins."""
    title = _in(scenario.title, language)
    mark = _say("exercise", language)
    sheet = _say("sheet", language)
    minutes = _say("minutes", language, n=scenario.minutes)
    people = _say("people", language, n=scenario.people.number)
    goals = scenario.goals
    known = _goal("known", language, goals.known_percent, goals.known_minutes)
    life = _goal("life", language, 0, goals.life_seen_minutes)
    begin = _say("begin", language)
    return [
        f"# {title}",
        "",
        f"**{mark}** · {sheet}",
        "",
        f"- {minutes}",
        f"- {people}",
        f"- {known}",
        f"- {life}",
        f"- {begin}",
    ]


def lines_of(inject: Inject, language: Language) -> list[str]:
    """Write one inject as lines of Markdown."""
    minute = _say("minute", language, n=inject.minute)
    happens = _paragraph("happens", inject.happens, language)
    lines = [f"## {minute}", "", happens]
    if inject.writes is not None:
        comes = _say("writes", language)
        lines += ["", f"{comes}:", ""]
        lines += [f"> {line}" for line in inject.writes.texts]
    lines += ["", _paragraph("do", inject.do, language)]
    lines += ["", _paragraph("watch", inject.watch, language)]
    return lines


def _paragraph(
    key: str,
    words: Words,
    language: Language,
) -> str:
    label = _say(key, language)
    text = _in(words, language)
    return f"**{label}.** {text}"


def _goal(key: str, language: Language, percent: int, minutes: float) -> str:
    return _say(key, language, percent=percent, minutes=round(minutes))


def _say(key: str, language: Language, **numbers: int) -> str:
    """Say words of the sheet with their numbers."""
    return WORDS[key][language].format(**numbers)


def _in(words: Words, language: Language) -> str:
    return words.by_language()[language]
