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
from nlu.language.reading import phrases, roles
from nlu.language.reading.names import is_name

LONGEST = 60  # letters
MOST_WORDS = 6
MOST_KNOWN_WORDS = 10  # where half of them are known names
MAX_NAME_WORDS = 4  # of a name after "I am"
MIN_FULL_WORDS = 2  # of a name that stands without "I am": one alone may be anybody's
_STRANGE = re.compile(r"\d|[@#:|\\=%?؟]|^\s*/|\w{3,}\.\w{2,}|www\.", re.IGNORECASE)  # in no name
# What the Arabic name of a family begins with.
_FAMILY_PREFIXES = (
    "ال",
    "بن",
    "ben",
    "el",
    "al",
    "abu",
    "bu",
)
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
    ("الاسم", "الصحيح"),
    ("الاسم", "الصح"),
    ("اسمي", "الصحيح"),
    ("اسمي", "الصح"),
    ("the", "correct", "name", "is"),
    ("correct", "name", "is"),
)
_AM = (
    ("انا",),
    ("i", "am"),
    ("im",),
    ("ana",),
    ("معاك",),
    ("معاكم",),
    ("this", "is"),
    ("الصح",),
    ("الصحيح",),
    ("it", "should", "be"),
    ("should", "be"),
)
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
        "غلط خطا خاطي خاطئ ناقص عندكم صحح صححوا بدلوا غيروا wrong incorrect misspelled mistake "
        "spelled ghalat 8alat ghalet 8alet safe fine ok not a "
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
    longest = Opening(0, is_certain=False)
    for opening in _openings_at(_folded(tokens), 0):
        if opening.length > longest.length:
            longest = opening
    return longest


def _folded(tokens: Sequence[Word]) -> tuple[str, ...]:
    return tuple(token.folded for token in tokens)


def _openings_at(folded: tuple[str, ...], start: int) -> Iterator[Opening]:
    """Yield what introduces a name from a word on."""
    for phrases_of_kind, is_certain in ((_SAID, True), (_AM, False)):
        for phrase in phrases_of_kind:
            length = len(phrase)
            if folded[start : start + length] == phrase:
                yield Opening(length, is_certain)


def introduced(text: str, entities: Collection[Entity] = ()) -> str | None:
    """Find the name somebody gave with "I am" or "my name is": four words at most."""
    introduction = unicodedata.normalize("NFC", text)
    if introduction != text:
        return introduced(introduction)
    tokens = words(text)
    folded = _folded(tokens)
    for start in range(len(tokens)):
        for opening in _openings_at(folded, start):
            name = _introduced_at(text, tokens, start, opening, entities)
            if name:
                return _written(text, name).strip(" ,،.")
    return None


def _introduced_at(
    text: str,
    tokens: list[Word],
    start: int,
    opening: Opening,
    entities: Collection[Entity],
) -> list[Word]:
    """Take the name behind an opening that begins at a word."""
    first = start + opening.length
    if opening.is_certain:
        return _called(text, tokens, first)
    name = _name_at(tokens, first, entities)
    if name and _is_name(name):
        return name
    return []


def _written(text: str, name: Sequence[Word]) -> str:
    """Return a name as it stands in a text."""
    return text[name[0].start : name[-1].end]


def leading(text: str) -> str | None:
    """Find two or more known names that a text begins with: «كريمة المنقوش، نرافق والدتي»."""
    tokens = words(text)
    name = _name_at(tokens, 0, ())
    if len(name) < MIN_FULL_WORDS:
        return None
    if not is_name(name[0].folded):
        return None
    return _written(text, name)


def full(text: str, is_awaited: bool = False) -> str | None:
    """Take a text that is but a full name, of which the given name is known.

    Where a name is awaited, none of its words need be known.
    """
    text = decoration.removed(text)
    tokens = words(text)
    if not MIN_FULL_WORDS <= len(tokens) <= MAX_NAME_WORDS:
        return None
    if not all(map(_may_name, tokens)):
        return None
    if not _is_like_full_name(text, tokens, is_awaited):
        return None
    name = " ".join(text.split())
    return name.strip(" .,،!")


def _is_like_full_name(
    text: str,
    tokens: Sequence[Word],
    is_awaited: bool,
) -> bool:
    """Tell whether known names, capitals, or a question that waits make words a name."""
    known_names = [is_name(word.folded) for word in tokens]
    is_capitalised = all(text[word.start].isupper() for word in tokens)
    is_likely = is_capitalised or any(known_names)
    if not known_names[0] and not (is_awaited and is_likely):
        return False
    if is_capitalised or all(known_names):
        return True
    if is_awaited and len(tokens) == MIN_FULL_WORDS:
        return True
    return is_arabic(tokens[0].folded)


def _may_name(word: Word) -> bool:
    """Tell whether a word may be a part of a full name."""
    if not word.folded.isalpha() or word.folded in NO_NAMES:
        return False
    if phrases.has("known", [word]):
        return False
    return not _is_like_verb(word) or is_name(word.folded)


def _is_like_verb(word: Word) -> bool:
    """Tell whether an Arabic word begins as verbs do."""
    return is_arabic(word.folded) and word.folded[0] in "ينت"


def _called(
    text: str,
    tokens: list[Word],
    first: int,
) -> list[Word]:
    """Take the words after "my name is": known names, and one unknown that ends the clause."""
    name: list[Word] = []
    for word in tokens[first : first + MAX_NAME_WORDS]:
        if name and is_cut(text, name[-1], word):
            break
        if not _may_begin_or_go_on(word, name) and not _ends_clause(text, tokens, word):
            break
        if word.folded in NO_NAMES or word.folded.isdigit():
            break
        name.append(word)
    return name


def _may_begin_or_go_on(word: Word, name: list[Word]) -> bool:
    """Tell whether a word may be the first of a name, or a known or family name behind it."""
    if not name or is_name(word.folded):
        return True
    return word.folded.startswith(_FAMILY_PREFIXES)


def never(word: Word) -> bool:
    """Tell whether a word ends a name: it is never a part of one."""
    return word.folded in NO_NAMES


def is_cut(text: str, before: Word, after: Word) -> bool:
    """Tell whether a comma or a full stop stands between two words."""
    between = text[before.end : after.start]
    return _CUT.search(between) is not None


def _ends_clause(
    text: str,
    tokens: list[Word],
    word: Word,
) -> bool:
    """Tell whether a clause ends with a word, or goes on with a name or "and"."""
    following = _following(tokens, word)
    if following is None or is_cut(text, word, following):
        return True
    if is_name(following.folded):
        return True
    return following.folded[0] == "و" or following.folded in {"and", "w"}


def _following(tokens: Sequence[Word], word: Word) -> Word | None:
    """Return the word after another one."""
    for candidate in tokens:
        if candidate.start >= word.end:
            return candidate
    return None


def plain(text: str, entities: Collection[Entity] = ()) -> str | None:
    """Return the name in an answer to "what is your name?"; None when it cannot be one (digits, a
    question, too long).
    """
    if _STRANGE.search(text):
        return None
    written = decoration.removed(text)
    if written != text:
        entities = ()  # they stand elsewhere now
    name = introduced(written, entities) or _beginning(written)
    if name:
        return name
    if decoration.is_name(written) and _is_short(written):
        return written
    return None


def _beginning(text: str) -> str | None:
    """Return the known names that a text begins with and goes on after."""
    opening = leading(text)
    if opening and len(words(text)) > len(words(opening)):
        return opening
    return _before_place(text)


def _before_place(text: str) -> str | None:
    """Return the known names before "from" or "in": «هدى من درنة»."""
    tokens = words(text)
    name = _name_at(tokens, 0, ())
    if not name or not is_name(name[0].folded):
        return None
    behind = tokens[len(name) :]
    if behind and behind[0].folded in roles.FROM | roles.INSIDE:
        return _written(text, name)
    return None


def _is_short(name: str) -> bool:
    """Tell whether a text is no longer than names are; known names may be many."""
    letters = sum(map(str.isalpha, name))
    if letters > LONGEST:
        return False
    return len(name.split()) <= MOST_WORDS or _is_row_of_names(words(name))


def _is_row_of_names(tokens: Sequence[Word]) -> bool:
    """Tell whether half of the words are known names."""
    if len(tokens) > MOST_KNOWN_WORDS:
        return False
    count = 0
    for token in tokens:
        if is_name(token.folded):
            count += 1
    return 2 * count >= len(tokens)


def _name_at(
    tokens: list[Word],
    first: int,
    entities: Collection[Entity],
) -> list[Word]:
    """Take the words of a name: one, and those after it that are known as names."""
    name: list[Word] = []
    for word in tokens[first : first + MAX_NAME_WORDS]:
        if not _goes_on(word, entities):
            break
        if name and not is_name(word.folded):
            break
        name.append(word)
    return name


def _goes_on(word: Word, entities: Collection[Entity]) -> bool:
    """Tell whether a word is no end of a name: no place, no number, no "in"."""
    if word.folded in NO_NAMES or word.folded.isdigit():
        return False
    return not any(entity.start <= word.start < entity.end for entity in entities)


def _is_name(name: list[Word]) -> bool:
    """Tell whether "I am" was followed by a name, and not by what somebody is."""
    if not is_name(name[0].folded):
        return False
    phrase = " ".join(_folded(name))
    return not exact.match(phrase)
