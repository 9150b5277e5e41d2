"""Words that alone are an order to stop or start messages, as networks everywhere know them.

The English ones are the list on which providers act by themselves (Twilio's default keywords):
whoever sends one of them by SMS gets nothing more from the provider, whatever we understood.
"""

from __future__ import annotations

from typing import Literal

from nlu.language.folding import fold, words

Order = Literal["stop", "start"]

MAX_KEYWORD_CHARS = 60  # a longer text says something else


def _phrases(*listed: str) -> frozenset[str]:
    phrases = set()
    for phrase in listed:
        phrases.add(" ".join(_folded(phrase)))
    return frozenset(phrases)


def _folded(text: str) -> list[str]:
    return [word.folded for word in words(text)]


STOP = _phrases(
    "stop", "stopall", "stop all", "unsubscribe", "revoke", "optout", "opt out", "end",
    "إيقاف", "أوقف", "قف", "توقف", "إلغاء الاشتراك",
)  # fmt: skip
# By SMS the provider acts on these as well; in a chat they leave the question that waits.
STOP_BY_SMS = _phrases("cancel", "quit")
START = _phrases("start", "unstop", "resume", "ابدأ", "ابدا")
# A yes starts again whoever had stopped, when no question waits for it.
START_ONCE_STOPPED = _phrases("yes", "نعم")

# What people put around a keyword out of courtesy, longest first.
_COURTESIES = sorted(
    (fold(phrase).split() for phrase in (
        "thank you very much", "thank you so much", "thank you", "thanks a lot", "many thanks",
        "thanks", "thankyou", "thx", "ty", "please", "pls", "plz", "kindly", "sir", "madam",
        "شكرا جزيلا", "شكرا لكم", "شكرا لك", "شكرا", "مشكورين", "مشكور", "لو سمحتم", "لو سمحت",
        "لو سمحتوا", "من فضلكم", "من فضلك", "رجاء", "رجاءا", "ارجوكم", "ارجوك", "بالله عليكم",
        "بالله", "بارك الله فيكم", "بارك الله فيك", "الله يبارك فيكم", "shukran", "choukran",
    )),
    key=len,
    reverse=True,
)  # fmt: skip


def order(
    text: str,
    *,
    is_sms: bool,
    may_start: bool,
) -> Order | None:
    """Return the order that a whole text is, in any case, with thanks, signs and emoji around it.

    `may_start`: its writer had stopped, and no question waits for a yes.
    """
    if len(text) > MAX_KEYWORD_CHARS:
        return None
    typed = _without_courtesies(_folded(text))
    keyword = " ".join(_without_repeats(typed))
    if keyword in STOP:
        return "stop"
    if is_sms and keyword in STOP_BY_SMS:
        return "stop"
    if keyword in START:
        return "start"
    if may_start and keyword in START_ONCE_STOPPED:
        return "start"
    return None


def _without_courtesies(typed: list[str]) -> list[str]:
    rest = []
    place = 0
    while place < len(typed):
        length = _courtesy_length(typed, place)
        if length:
            place += length
        else:
            rest.append(typed[place])
            place += 1
    return rest


def _courtesy_length(typed: list[str], place: int) -> int:
    """Return how many words from a place on are a courtesy."""
    for courtesy in _COURTESIES:
        length = len(courtesy)
        if typed[place : place + length] == courtesy:
            return length
    return 0


def _without_repeats(typed: list[str]) -> list[str]:
    """Write «stop stop stop» once."""
    if len(set(typed)) == 1:
        return typed[:1]
    return typed
