"""What somebody types on the page of a reply link: where, how many, a number to call, a note.

It is read by what stands on the page alone, never by what is known of the person: whoever has the
link must not learn from an error, or from a question, in which country they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from bot.consular.people.facts import MAX_PARTY_SIZE, MAX_PLACE_CHARS
from bot.dialogue import named_places, phones
from bot.text.text import ascii_digits, clean
from nlu.language import gazetteer, numbers

MAX_NOTE_CHARS = 500
MAX_FIELD_CHARS = 120
MIN_PHONE_DIGITS = 7
MAX_PHONE_DIGITS = 15
_WHOLE_NUMBER = re.compile(r"(?<![\d.,\-−])\d+(?![\d]|[.,]\d)")
_ANY_DIGIT = re.compile(r"\d")
_PHONE = re.compile(r"[\d\s()+./\-]+")


class Mistake(Enum):
    """A field that cannot be read."""

    PARTY = "party"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields as they were typed."""

    note: str = ""
    where: str = ""
    party: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What the fields say. `places` are codes; several are asked about on the next page.

    `place_words` are there where they are more than the name of one place that we know.
    `local_phone` is a number without its country, where the place on the page does not tell it.
    """

    note: str = ""
    places: tuple[str, ...] = ()
    place_words: str = ""
    party: int | None = None
    phone: str | None = None
    local_phone: str = ""
    mistakes: frozenset[Mistake] = frozenset()
    unread: str = ""  # what was typed into fields that cannot be read

    @property
    def is_empty(self) -> bool:
        """Whether nothing but an answer came."""
        has_place = bool(self.places or self.place_words)
        has_number = self.phone is not None or bool(self.local_phone)
        return not (self.note or has_place or has_number or self.party)


NOTHING = Told()


def read(fields: Fields) -> Told:
    """Read the fields of the page."""
    where = clean(fields.where, MAX_PLACE_CHARS)
    typed_phone = clean(fields.phone, MAX_FIELD_CHARS)
    typed_party = clean(fields.party, MAX_FIELD_CHARS)
    places = _places(where)
    phone = _phone(typed_phone, places)
    local_phone = ""
    if phone is None:
        local_phone = _local_phone(typed_phone)
    party = _party(typed_party)
    unread = {}
    if typed_party and party is None:
        unread[Mistake.PARTY] = f"👥 {typed_party}"
    if typed_phone and phone is None and not local_phone:
        unread[Mistake.PHONE] = f"📞 {typed_phone}"
    return Told(
        note=clean(fields.note, MAX_NOTE_CHARS),
        places=places,
        place_words=_place_words(where, places),
        party=party,
        phone=phone,
        local_phone=local_phone,
        mistakes=frozenset(unread),
        unread="\n".join(unread.values()),
    )


def _place_words(where: str, places: tuple[str, ...]) -> str:
    """Return the words for a place where they are more than the name of one that we know."""
    if len(places) == 1 and is_only_place(where):
        return ""
    return where


def _places(where: str) -> tuple[str, ...]:
    """Return the codes that a place may mean, wherever the person is."""
    mentions = gazetteer.find(where, None)
    named = named_places.named(named_places.entities(mentions), where)
    if named is None:
        return ()
    return named.meanings


def is_only_place(where: str) -> bool:
    """Tell whether a text is the name of a place and nothing else."""
    rest = where
    for mention in gazetteer.find(where, None):
        if mention.entity in ("city", "country"):
            rest = rest.replace(mention.text, " ")
    return not any(map(str.isalnum, rest))


def _party(typed: str) -> int | None:
    """Read how many they are, in digits of any script or in words; None where that is no number."""
    plain = ascii_digits(typed)
    digits = _WHOLE_NUMBER.findall(plain)
    size = None
    if len(digits) == 1:
        size = int(digits[0][:4])
    elif not _ANY_DIGIT.search(plain):
        size = numbers.number(plain) or _counted(plain)
    is_size = size is not None and 1 <= size <= MAX_PARTY_SIZE
    if not is_size:
        return None
    return size


def _counted(plain: str) -> int | None:
    for mention in gazetteer.find(plain):
        if mention.entity == "person_count":
            return int(mention.value)
    return None


def _phone(typed: str, places: tuple[str, ...]) -> str | None:
    """Read a number in E.164, as dialled abroad, where the place on the page is, or in Libya."""
    country = phones.HOME_REGION
    if len(places) == 1:
        country = places[0][:2]
    typed_numbers = phones.numbers(
        typed,
        country,
        is_asked=True,
    )
    if len(typed_numbers) != 1:
        return None
    return typed_numbers[0]


def _local_phone(typed: str) -> str:
    """Return a number that may be one as dialled in some country; "" for what is none."""
    plain = ascii_digits(typed).strip()
    digits = re.sub(r"\D", "", plain)
    is_number = _PHONE.fullmatch(plain) is not None
    is_abroad = plain.startswith("+") or digits.startswith("00")
    has_length = MIN_PHONE_DIGITS <= len(digits) <= MAX_PHONE_DIGITS
    if is_number and has_length and not is_abroad:
        return plain
    return ""
