"""Finding a person's name in what they wrote: «أنا محمد الورفلي في اسطنبول», "my name is Salma"."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.messages import Entity
from nlu.language import exact
from nlu.language.folding import Word, fold, words
from nlu.language.reading.names import is_name

LONGEST = 60  # letters
MOST_WORDS = 6
MAX_NAME_WORDS = 4  # of a name after "I am"

_SAID = (
    ("اسمي",),
    ("انا", "اسمي"),
    ("my", "name", "is"),
    ("name",),
    ("الاسم",),
    ("ismi",),
    ("esmi",),
    ("ana", "ismi"),
)
_AM = (("انا",), ("i", "am"), ("im",), ("ana",), ("معاك",), ("معاكم",), ("this", "is"))
# Words that end a name, or show that "I am …" was not followed by one.
_NOT_A_NAME = frozenset(
    fold(
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
        "bkhair tawa mish mesh mosh nbi we7na"
    ).split()
)


def introduced(text: str, entities: Collection[Entity] = ()) -> str | None:
    """The name somebody gave with "I am" or "my name is", at most four words; None when there is
    none.
    """
    said = words(text)
    for opening, is_certain in _openings(said):
        name = _name_at(said, opening, entities)
        if name and (is_certain or _is_name(name)):
            return text[name[0].start : name[-1].end].strip(" ,،.")
    return None


def plain(text: str, entities: Collection[Entity] = ()) -> str | None:
    """The name in an answer to "what is your name?"; None when it cannot be one (digits, a
    question, too long).
    """
    if name := introduced(text, entities):
        return name
    said = words(text)
    leading = _name_at(said, 0, entities)
    if len(leading) > 1 and len(said) > len(leading) and is_name(leading[0].folded):
        return text[leading[0].start : leading[-1].end]
    name = " ".join(text.split()).strip(" .,،!")
    letters = (
        name.replace("'", "").replace("’", "").replace("-", "").replace(".", "").replace(" ", "")
    )
    whole = all(letter.isalpha() or 0x64B <= ord(letter) <= 0x65F for letter in letters)
    return (
        name
        if letters and whole and len(name) <= LONGEST and len(name.split()) <= MOST_WORDS
        else None
    )


def _name_at(said: list[Word], first: int, entities: Collection[Entity]) -> list[Word]:
    """Take the words of a name: one, and those after it that are known as names."""
    name: list[Word] = []
    for word in said[first : first + MAX_NAME_WORDS]:
        if not _goes_on(word, entities) or (name and not is_name(word.folded)):
            break
        name.append(word)
    return name


def _openings(said: list[Word]) -> Iterator[tuple[int, bool]]:
    """Where a name may begin, and whether "name" was said."""
    folded = tuple(word.folded for word in said)
    for start in range(len(said)):
        for phrases, is_certain in ((_SAID, True), (_AM, False)):
            for phrase in phrases:
                if folded[start : start + len(phrase)] == phrase:
                    yield start + len(phrase), is_certain


def _goes_on(word: Word, entities: Collection[Entity]) -> bool:
    inside = any(entity.start <= word.start < entity.end for entity in entities)
    return not inside and word.folded not in _NOT_A_NAME and not word.folded.isdigit()


def _is_name(name: list[Word]) -> bool:
    """Whether "I am" was followed by a name, and not by what somebody is."""
    said = " ".join(word.folded for word in name)
    return is_name(name[0].folded) and not exact.match(said)
