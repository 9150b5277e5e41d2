"""What a warden tells of people by their numbers: "3 safe", «١ و٤ بخير», "5 help", "all safe".

A text is a report when nothing in it is anything else; otherwise it is conversation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nlu.language.folding import fold, words

Status = Literal["safe", "help", "evacuate", "staying", "not_reached"]

MAX_REPORT_CHARS = 300
# «3بخير», «و٤»: a digit beside an Arabic letter.
_GLUED = re.compile(r"(?<=\d)(?=[ء-ي])|(?<=[ء-ي])(?=\d)")


def _folded(*phrases: str) -> frozenset[str]:
    return frozenset(" ".join(fold(phrase).split()) for phrase in phrases)


# Of the command that lists people, in `flows/domain.yml` too: a warden sends it again and again.
LIST_WORDS = _folded(
    "mypeople",
    "my people",
    "list",
    "جماعتي",
    "قائمتي",
    "jama3ti",
)
_ALL = _folded(
    "all", "everyone", "everybody", "they all", "they are all", "all of them",
    "كلهم", "الكل", "الجميع", "جميعهم", "كلهم جميعا", "kolhom", "kulhum", "kolhum", "elkol",
)  # fmt: skip
# Words that say nothing of how somebody is.
_FILLERS = _folded(
    "and", "number", "no.", "is", "are", "ok so", "و", "رقم", "الرقم", "هو", "هي", "هم", "هما",
    "w", "wa", "raqm", "rakam",
)  # fmt: skip
_STATUSES: dict[Status, frozenset[str]] = {
    "safe": _folded(
        "safe", "ok", "okay", "fine", "good", "well", "alright", "safe and well", "all right",
        "بخير", "كويس", "كويسة", "كويسين", "باهي", "باهية", "باهيين", "سالم", "سالمة", "سالمين",
        "تمام", "بأمان", "امان", "آمن", "آمنة", "بخير الحمد لله", "بخير والحمد لله",
        "b5air", "b5er", "bkhair", "bkheir", "bi5air", "kwayes", "kwaysa", "kwaysin", "tamam",
        "bahi", "salem",
    ),
    "help": _folded(
        "help", "needs help", "need help", "in danger", "hurt", "injured", "trapped",
        "مساعدة", "يحتاج مساعدة", "تحتاج مساعدة", "يحتاجون مساعدة", "محتاج مساعدة",
        "محتاجة مساعدة", "محتاجين مساعدة", "يبي مساعدة", "تبي مساعدة", "يبو مساعدة", "نجدة",
        "محتاج", "محتاجة", "محتاجين", "في خطر", "مصاب", "مصابة", "محاصر", "محاصرة",
        "mosa3da", "musa3da", "mo7taj", "m7taj", "yabi mosa3da", "tabi mosa3da", "fi 5atar",
    ),
    "evacuate": _folded(
        "evacuate", "wants to leave", "want to leave", "wants evacuation", "evacuation",
        "إجلاء", "يريد الإجلاء", "تريد الإجلاء", "يبي يطلع", "تبي تطلع", "يبو يطلعو", "يبي إجلاء",
        "ijla2", "yabi yatla3", "tabi tatla3",
    ),
    "staying": _folded(
        "staying", "stays", "is staying", "wants to stay",
        "باقي", "باقية", "باقين", "قاعد", "قاعدة", "قاعدين", "يبي يقعد", "تبي تقعد",
        "bagi", "ba9i", "ga3ed", "ga3da",
    ),
    "not_reached": _folded(
        "no answer", "not reached", "cannot reach", "can't reach", "not found", "unknown",
        "no reply", "does not answer", "doesn't answer",
        "لا يرد", "لا ترد", "ما يردش", "ما تردش", "مش لاقيه", "مش لاقيها", "لم أصل إليه",
        "لم أصل إليها", "ما لقيتاش", "ما لقيتهاش", "لا جواب", "ما يردوش",
        "mayrodish", "ma yrodish", "ma yroddesh", "la yarod",
    ),
}  # fmt: skip
_STATUS_OF = {phrase: status for status, phrases in _STATUSES.items() for phrase in phrases}


@dataclass(frozen=True, slots=True)
class Told:
    """How people are, by their numbers; no numbers mean all of them."""

    numbers: tuple[int, ...]
    status: Status


def read(text: str) -> list[Told]:
    """Read a text as a report; an empty list where it is none."""
    if len(text) > MAX_REPORT_CHARS:
        return []
    spaced = _GLUED.sub(" ", text)
    tokens = [word.folded for word in words(spaced)]
    return list(_read(tokens)) if _is_report(tokens) else []


def asks_for_list(text: str) -> bool:
    """Tell whether a whole text asks for the list of people."""
    tokens = [word.folded for word in words(text)]
    return " ".join(tokens) in LIST_WORDS


def _is_report(tokens: list[str]) -> bool:
    """Tell whether all words are numbers, "all", or how somebody is."""
    rest = tokens
    while rest:
        subject_length = _subject_length(rest)
        status_length = _status_length(rest[subject_length:])
        if not subject_length or not status_length:
            return False
        rest = rest[subject_length + status_length :]
    return bool(tokens)


def _read(tokens: list[str]) -> Iterator[Told]:
    rest = tokens
    while rest:
        subject_length = _subject_length(rest)
        subject = rest[:subject_length]
        rest = rest[subject_length:]
        status_length = _status_length(rest)
        phrase = _without_fillers(rest[:status_length])
        rest = rest[status_length:]
        numbers = tuple(int(token) for token in subject if token.isdecimal())
        yield Told(numbers, _STATUS_OF[phrase])


def _subject_length(tokens: list[str]) -> int:
    """Return how many words at the beginning say whom: numbers, or all; 0 where none does."""
    for length in (3, 2, 1):
        if " ".join(tokens[:length]) in _ALL:
            return length
    length = 0
    has_number = False
    for token in tokens:
        if token.isdecimal() and len(token) <= 4:
            has_number = True
        elif token not in _FILLERS:
            break
        length += 1
    return length if has_number else 0


def _status_length(tokens: list[str]) -> int:
    """Return how many words at the beginning say how somebody is, fillers after them too."""
    for length in range(
        min(len(tokens), 5),
        0,
        -1,
    ):
        phrase = _without_fillers(tokens[:length])
        if phrase in _STATUS_OF:
            return length + _fillers_after(tokens[length:])
    return 0


def _fillers_after(tokens: list[str]) -> int:
    count = 0
    for token in tokens:
        if token not in _FILLERS:
            break
        count += 1
    return count


def _without_fillers(tokens: list[str]) -> str:
    return " ".join(token for token in tokens if token not in _FILLERS)
