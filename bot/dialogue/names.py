"""Finding a person's name in what they wrote: «أنا محمد الورفلي في اسطنبول», "my name is Salma"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from bot.dialogue import decoration
from bot.messages import Entity
from nlu.language import exact
from nlu.language.folding import Word, fold, is_arabic, words
from nlu.language.reading import phrases
from nlu.language.reading.names import is_name

LONGEST = 60  # letters
MOST_WORDS = 6
MOST_KNOWN_WORDS = 10  # where half of them are known names
MAX_NAME_WORDS = 4  # of a name after "I am"
MIN_FULL_WORDS = 2  # of a name that stands without "I am": one alone may be anybody's
_STRANGE = re.compile(r"\d|[@#:|\\=%?؟]|^\s*/|\w{3,}\.\w{2,}|www\.", re.IGNORECASE)  # in no name
_CUT = re.compile(r"[,،.;؛\n/|:()-]")

_SAID = (
    ("اسمي",),
    ("انا", "اسمي"),
    ("my", "name", "is"),
    ("name",),
    ("الاسم",),
    ("والاسم",),
    ("الاسم", "اللي", "في", "الجواز"),
    ("الاسم", "اللي", "ف", "الجواز"),
    ("name", "in", "passport"),
    ("name", "on", "my", "passport", "is"),
    ("اسمي", "هو"),
    ("my", "names"),
    ("i", "am", "called"),
    ("im", "called"),
    ("ismi",),
    ("esmi",),
    ("ana", "ismi"),
)
_AM = (("انا",), ("i", "am"), ("im",), ("ana",), ("معاك",), ("معاكم",), ("this", "is"))
# Words that end a name, or show that "I am …" was not followed by one.
NO_NAMES = frozenset(
    fold(
        "راهو راهي راهم راني راك rahou rahu raho "
        "في من ومن ومعايا معايا ومعاي معاي معي ومعي وعندي عندي ساكن ساكنه نسكن مقيم مقيمه "
        "موجود موجوده توا "
        "الان هنا مش مو موش ليبي ليبيه مواطن مواطنه طالب طالبه مريض مريضه محاصر محاصره عالق "
        "خايف خايفه بخير "
        "كويس تمام عمري رقمي ورقمي وساكن ونسكن واحنا احنا ونحن نحن وزوجتي وعائلتي والعيله "
        "وعيلتي نبي اريد "
        "محتاج لست ما غير زعلان تعبان جعان بردان in at from with and here now living live "
        "safe fine ok not a "
        "an the we libyan student citizen my from im i scared hurt sick hungry lost stuck "
        "trapped alone cold "
        "ill afraid calling writing looking trying going so very fi men min m3aya ma3aya w "
        "wm3aya b5air "
        "bkhair tawa mish mesh mosh nbi we7na is was no yes اللي الكامل كامل تاعي متاعي هو "
        "doctor engineer nurse worker taleb taleba talib tabib mhandes دكتور مهندس ممرض سواق عامل"
    ).split()
)


class Opening(NamedTuple):
    """How many words come before a name, and whether they say that it is one."""

    length: int
    is_certain: bool


def opening_length(tokens: Sequence[Word]) -> Opening:
    """Measure "I am", "my name is" or the like, with which a text begins."""
    folded = tuple(token.folded for token in tokens)
    longest = Opening(0, is_certain=False)
    for phrases_of_kind, is_certain in ((_SAID, True), (_AM, False)):
        for phrase in phrases_of_kind:
            length = len(phrase)
            if folded[:length] == phrase and length > longest.length:
                longest = Opening(length, is_certain)
    return longest


def introduced(text: str, entities: Collection[Entity] = ()) -> str | None:
    """Find the name somebody gave with "I am" or "my name is": four words at most."""
    introduction = unicodedata.normalize("NFC", text)
    if introduction != text:
        return introduced(introduction)
    said = words(text)
    for opening, is_certain in _openings(said):
        if is_certain:
            name = _called(text, said, opening)
        else:
            name = _name_at(said, opening, entities)
            name = name if name and _is_name(name) else []
        if name:
            return text[name[0].start : name[-1].end].strip(" ,،.")
    return None


def leading(text: str) -> str | None:
    """Find two or more known names that a text begins with: «كريمة المنقوش، نرافق والدتي»."""
    said = words(text)
    name = _name_at(said, 0, ())
    if len(name) < MIN_FULL_WORDS or not is_name(name[0].folded):
        return None
    return text[name[0].start : name[-1].end]


def full(text: str, is_awaited: bool = False) -> str | None:
    """Take a text that is but a full name, of which the given name is known.

    Where a name is awaited, none of its words need be known.
    """
    text = decoration.removed(text)
    said = words(text)
    if not MIN_FULL_WORDS <= len(said) <= MAX_NAME_WORDS:
        return None
    known = [is_name(word.folded) for word in said]
    is_capitalised = all(text[word.start].isupper() for word in said)
    is_likely = known[0] or (is_awaited and (is_capitalised or any(known)))
    is_pair = len(said) == MIN_FULL_WORDS and is_awaited
    is_written = all(known) or is_capitalised or is_pair or is_arabic(said[0].folded)
    if not (is_likely and is_written) or not all(_may_name(word) for word in said):
        return None
    return " ".join(text.split()).strip(" .,،!")


def _may_name(word: Word) -> bool:
    is_plain = word.folded.isalpha() and word.folded not in NO_NAMES
    is_known = phrases.has("known", [word])
    is_verb = is_arabic(word.folded) and word.folded[0] in "ينت" and not is_name(word.folded)
    return is_plain and not is_known and not is_verb


def _called(text: str, said: list[Word], first: int) -> list[Word]:
    """Take the words after "my name is": known names, and one unknown that ends the clause."""
    name: list[Word] = []
    for word in said[first : first + MAX_NAME_WORDS]:
        if name and is_cut(text, name[-1], word):
            break
        if not _may_begin_or_go_on(word, name) and not _ends_clause(text, said, word):
            break
        name.append(word)
        if word.folded in NO_NAMES or word.folded.isdigit():
            return name[:-1]
    return name


def _may_begin_or_go_on(word: Word, name: list[Word]) -> bool:
    is_family = bool(name) and word.folded.startswith(("ال", "بن", "ben", "el", "al", "abu", "bu"))
    return not name or is_name(word.folded) or is_family


def never(word: Word) -> bool:
    """Tell whether a word ends a name: it is never a part of one."""
    return word.folded in NO_NAMES


def is_cut(text: str, before: Word, after: Word) -> bool:
    """Tell whether a comma or a full stop stands between two words."""
    return bool(_CUT.search(text[before.end : after.start]))


def _ends_clause(text: str, said: list[Word], word: Word) -> bool:
    """Tell whether a clause ends with a word, or goes on with a name or "and"."""
    following = [other for other in said if other.start >= word.end][:1]
    if not following or is_cut(text, word, following[0]):
        return True
    if is_name(following[0].folded):
        return True
    return following[0].folded[0] == "و" or following[0].folded in {"and", "w"}


def plain(text: str, entities: Collection[Entity] = ()) -> str | None:
    """Return the name in an answer to "what is your name?"; None when it cannot be one (digits, a
    question, too long).
    """
    if _STRANGE.search(text):
        return None
    written = decoration.removed(text)
    if name := introduced(written, entities if written == text else ()):
        return name
    said = words(written)
    opening = leading(written)
    if opening and len(said) > len(words(opening)):
        return opening
    return written if decoration.is_name(written) and _is_short(written) else None


def _is_short(name: str) -> bool:
    """Tell whether a text is no longer than names are; known names may be many."""
    tokens = words(name)
    known = [token for token in tokens if is_name(token.folded)]
    is_row_of_names = len(tokens) <= MOST_KNOWN_WORDS and 2 * len(known) >= len(tokens)
    letters = sum(letter.isalpha() for letter in name)
    return letters <= LONGEST and (len(name.split()) <= MOST_WORDS or is_row_of_names)


def _name_at(said: list[Word], first: int, entities: Collection[Entity]) -> list[Word]:
    """Take the words of a name: one, and those after it that are known as names."""
    name: list[Word] = []
    for word in said[first : first + MAX_NAME_WORDS]:
        if not _goes_on(word, entities) or (name and not is_name(word.folded)):
            break
        name.append(word)
    return name


def _openings(said: list[Word]) -> Iterator[tuple[int, bool]]:
    """Return where a name may begin, and whether "name" was said."""
    folded = tuple(word.folded for word in said)
    for start in range(len(said)):
        for openings, is_certain in ((_SAID, True), (_AM, False)):
            for phrase in openings:
                if folded[start : start + len(phrase)] == phrase:
                    yield start + len(phrase), is_certain


def _goes_on(word: Word, entities: Collection[Entity]) -> bool:
    inside = any(entity.start <= word.start < entity.end for entity in entities)
    return not inside and word.folded not in NO_NAMES and not word.folded.isdigit()


def _is_name(name: list[Word]) -> bool:
    """Tell whether "I am" was followed by a name, and not by what somebody is."""
    said = " ".join(word.folded for word in name)
    return is_name(name[0].folded) and not exact.match(said)
