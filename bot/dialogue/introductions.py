"""Texts that introduce somebody and say nothing else: "I am Chad Haddad in Istanbul, 3 people".

What is a name in them is no place, no word of alarm and no relative, whatever else it means.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue import names
from nlu.language import exact, gazetteer, numbers
from nlu.language.folding import Word, fold, is_arabic, words
from nlu.language.gazetteer import Mention
from nlu.language.languages import detect
from nlu.language.lexicon import listed
from nlu.language.meanings import meanings
from nlu.language.reading import phrases, statements
from nlu.language.reading.names import is_capital, is_name
from nlu.language.reading.statements import COMPANY_WORDS, NOISE, Matter, Statement

SEPARATORS = re.compile(r"[\n/|,،;:]+|\s-\s")
FULL_NAME_WORDS = 2
MAX_WORDS = 5  # of a name
PLACES = frozenset({"city", "country"})
GREETINGS = frozenset(
    fold(
        "السلام عليكم ورحمة الله وبركاته سلام مرحبا مرحبتين اهلا هلا صباح الخير مساء النور hi "
        "hello hey dear sir salam salamu assalam alaikum alaykum alikom slm good morning evening"
    ).split()
)
TITLES = frozenset(
    fold("السيدة الحاج الحاجة الدكتور الدكتورة دكتور دكتورة المهندس mr mrs ms miss dr eng").split()
)
# Words that end a name.
ENDS = frozenset(
    fold(
        "في من ف ب مع الى عند in from at with and w wa fi fe f b men min m3aya ma3aya m3ay wm3aya "
        "معايا معاي معي ومعايا ومعاي ومعي living live currently staying based here now tawa توا "
        "حاليا saken sakna sakn ساكن ساكنه مقيم مقيمه نسكن موجود موجوده alone بروحي وحدي لوحدي "
        "قاعد قاعده نازل نازله عايش عايشه ga3ed ga3da 9a3ed gaed "
        "writing calling texting speaking نكتب نكلم اكتب اكلمكم نكلمكم نراسلكم"
    ).split()
)
# Words beside a name, a place and a number that say nothing more.
PLAIN = frozenset(
    fold(
        "قاعد قاعده نازل نازله عايش عايشه ga3ed ga3da 9a3ed gaed "
        "living live lives staying stay based currently here city country person persons people "
        "individual individuals adults total of us family saken sakna sakn nes9en ساكن ساكنه مقيم "
        "مقيمه نسكن موجود موجوده مدينه دوله بلد عددنا عدد العدد شخص اشخاص افراد نفر فرد عائله "
        "ومعايا ومعاي wm3aya alone just me only بروحي وحدي لوحدي اسمي الاسم المكان العدد رقمي "
        "المدينه البلد الدوله فيكم لكم معكم name is place i my number count to you"
    ).split()
)
PEOPLE = listed("people") | frozenset(fold("شخص فرد نفر person persons people").split())
# Words that are in no name, whatever comes before them.
GRAVE = ("danger", "held", "hurt", "dead", "missing", "care", "cry", "want", "wanting", "not")
# Names that mean "safety": "ana aman".
SAFETY = frozenset(fold("aman amaan امان سلامه salama").split())
# Prepositions that are names, too: «أنا خلف الباب».
BESIDE = frozenset(fold("خلف قرب بعد قبل حول امام جنب وسط ورا تحت فوق عند").split())


@dataclass(frozen=True, slots=True)
class Introduction:
    """The name of the writer, and the text with blanks in its place.

    `is_said`: words before it say that it is the writer's.
    """

    name: str
    rest: str
    is_said: bool


def read(text: str, is_name_asked: bool = False) -> Introduction | None:
    """Find the name in a text that is an introduction and nothing else.

    `is_name_asked`: we asked for a name, and the text may be but one.
    """
    tokens = words(text)
    start = _after(GREETINGS, tokens, 0)
    opening = names.opening_length(tokens[start:])
    first = _after(TITLES, tokens, start + opening.length)
    name = _name(text, tokens[first:])
    if not name or not _may_be_name(text, name, opening.is_certain):
        return None
    if opening.length:
        is_name = opening.is_certain or not _says_how(text, tokens[start:first], name)
    else:
        is_name = _stands_alone(text, name, tokens[first:], is_name_asked)
    introduction = _introduction(text, name, bool(opening.length))
    is_plain = is_name and _is_plain(introduction.rest, tokens[:first])
    return introduction if is_plain else None


def _introduction(text: str, name: Sequence[Word], is_said: bool) -> Introduction:
    beginning = name[0].start
    end = name[-1].end
    blanks = " " * (end - beginning)
    rest = text[:beginning] + blanks + text[end:]
    return Introduction(text[beginning:end], rest, is_said)


def _after(skipped: frozenset[str], tokens: Sequence[Word], start: int) -> int:
    """Return the place of the first word that is none of these."""
    place = start
    while place < len(tokens) and tokens[place].folded in skipped:
        place += 1
    return place


def _name(text: str, tokens: Sequence[Word]) -> list[Word]:
    """Take the words up to a comma, a preposition, a number or a relative."""
    mentions = gazetteer.find(text)
    name: list[Word] = []
    for token in tokens[:MAX_WORDS]:
        if name and names.is_cut(text, name[-1], token):
            break
        if token.folded in ENDS or not token.folded.isalpha() or _is_other(token, mentions):
            break
        if len(name) >= FULL_NAME_WORDS and _is_place(token, mentions):
            break
        name.append(token)
    return name


def _is_other(token: Word, mentions: Sequence[Mention]) -> bool:
    """Tell whether a word is a relative, a number, or has "and" or "in" written before it."""
    if is_name(token.folded):
        return False
    if is_arabic(token.folded) and token.folded[0] == "و" and token.folded[1:]:
        return not is_name(token.folded)
    for mention in mentions:
        is_inside = token.start <= mention.start < token.end
        if is_inside and (mention.entity not in PLACES or mention.start > token.start):
            return True
    return False


def _may_be_name(
    text: str,
    name: Sequence[Word],
    is_certain: bool,
) -> bool:
    """Tell whether each word is a known name, a place as in "Chad Haddad", or means nothing."""
    mentions = gazetteer.find(text)
    known = [token for token in name if is_name(token.folded)]
    strange = [token for token in name if token not in known]
    if any(token.folded in names.NO_NAMES for token in strange):
        return False
    for token in strange:
        is_harmless = bool(known) and is_certain and not _is_grave(token)
        if meanings([token.folded]) and not is_harmless and not _is_place(token, mentions):
            return False
    return is_certain or (bool(known) and _is_written_as_name(text, name, strange))


def _is_written_as_name(text: str, name: Sequence[Word], strange: Sequence[Word]) -> bool:
    """Tell whether words that nothing says to be a name are one: «أنا خلف الستارة» is none."""
    if any(token.folded in names.NO_NAMES | BESIDE for token in name):
        return False
    things = [token for token in strange if _is_thing(token)]
    return not things and (len(strange) < 2 or is_capital(name, text))


def _is_thing(token: Word) -> bool:
    """Tell whether an Arabic word has an article and is no family's name."""
    return token.folded.startswith("ال") and not _is_family(token)


def _is_grave(token: Word) -> bool:
    """Tell whether a word says that something is wrong, wanted or denied."""
    return any(phrases.has(kind, [token]) for kind in GRAVE)


def _is_place(token: Word, mentions: Sequence[Mention]) -> bool:
    starts = [mention.start for mention in mentions if mention.entity in PLACES]
    return token.start in starts


def _says_how(text: str, opening: Sequence[Word], name: Sequence[Word]) -> bool:
    """Tell whether a lone name is a word for how somebody is: «أنا سالم»."""
    well = [token for token in name if phrases.has(Matter.WELL.value, [token])]
    if len(name) > 1:
        others = [token for token in name if token not in well]
        return all(meanings([token.folded]) for token in others)
    phrase = " ".join(token.folded for token in [*opening, *name])
    if exact.match(name[0].folded) or exact.match(phrase) or name[0].folded in SAFETY:
        return True
    if is_capital(name, text):
        return False
    return bool(well or meanings([name[0].folded])) or detect(name[0].folded) == "en"


def _stands_alone(
    text: str,
    name: Sequence[Word],
    tokens: Sequence[Word],
    is_name_asked: bool,
) -> bool:
    """Tell whether a name that nothing introduces is one: of two words, before a comma or "in"."""
    if len(name) < FULL_NAME_WORDS:
        return False
    following = tokens[len(name) : len(name) + 1]
    if not following:
        return is_name_asked
    is_placed = _is_place(following[0], gazetteer.find(text)) or following[0].folded in ENDS
    is_cut = names.is_cut(text, name[-1], following[0])
    is_parted = is_placed or is_cut
    known = [token for token in name if is_name(token.folded) or _is_family(token)]
    strange = len(name) - len(known)
    is_written_so = strange == 0 or (is_cut and strange == 1) or is_capital(name, text)
    return is_parted and is_written_so


def _is_family(token: Word) -> bool:
    """Tell whether an Arabic word is written as the name of a family is: «المصراتي»."""
    return token.folded.startswith("ال") and token.folded.endswith("ي")


def _is_plain(rest: str, openings: Sequence[Word]) -> bool:
    """Tell whether the rest of a text says but where, how many and with whom."""
    starts = {token.start for token in openings}
    return all(_is_plain_statement(statement, starts) for statement in statements.read(rest))


def _is_plain_statement(statement: Statement, openings: set[int]) -> bool:
    manner = statement.manner
    is_opening = statement.clause.start in openings
    if exact.match(statement.clause.text) and not is_opening:
        return False
    is_grave = statement.matters or statement.denied or statement.has_want or statement.has_cry
    is_open = manner.is_question or manner.is_hearsay or manner.is_correction
    if is_grave or is_open or manner.wants_no_call or manner.agrees is not None:
        return False
    tokens = words(statement.clause.text)
    for token in tokens:
        start = statement.clause.start + token.start
        is_named = _is_mentioned(statement, start, statement.clause.start + token.end)
        if start not in openings and not is_named and not _is_plain_word(token):
            return False
    return _is_with_writer(statement, tokens)


def number(rest: str) -> int | None:
    """Read how many people stand between commas, in a text that does not say "we": «القاهرة، 5»."""
    for part in SEPARATORS.split(rest):
        tokens = words(part)
        counts = [numbers.value(token.folded) for token in tokens]
        known = [count for count in counts if count]
        others = [token for token in tokens if not numbers.value(token.folded)]
        if len(known) == 1 and all(token.folded in PEOPLE for token in others):
            return known[0]
    return None


def _is_mentioned(statement: Statement, start: int, end: int) -> bool:
    return any(mention.start < end and start < mention.end for mention in statement.mentions)


def _is_plain_word(token: Word) -> bool:
    folded = token.folded
    if folded.isdigit() or folded in NOISE | COMPANY_WORDS | PLAIN | ENDS | listed("people"):
        return True
    return any(phrases.has(kind, [token]) for kind in ("one", "many", "two", "with_me", "alone"))


def _is_with_writer(statement: Statement, tokens: Sequence[Word]) -> bool:
    """Tell whether relatives that a clause names are with the writer: "and my wife"."""
    relatives = [mention for mention in statement.mentions if mention.entity == "relative"]
    if not relatives or phrases.has("with_me", tokens):
        return True
    joined = [token for token in tokens if token.folded in COMPANY_WORDS or token.folded[0] == "و"]
    last = relatives[-1]
    behind = [place for place in statement.places if place.mention.start > last.start]
    is_elsewhere = 0 < len(behind) < len(statement.places)
    return bool(joined) and not is_elsewhere
