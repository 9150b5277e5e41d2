"""What is left of an introduction without its name: where, how many and with whom, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.language import exact
from nlu.language.folding import Word, fold, words
from nlu.language.lexicon import listed
from nlu.language.reading import phrases, statements
from nlu.language.reading.statements import COMPANY_WORDS, NOISE, Manner, Statement

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
        "المدينه البلد الدوله فيكم لكم معكم name is place i my number count to you "
        "نحن نحنا احنا حني we are"
    ).split()
)
# Words of a clause that asks to be registered and says nothing else.
REGISTERING = frozenset(
    fold(
        "register registering registration sign up سجل سجلني سجلوني سجلونا سجلنا نسجل نسجلو اسجل "
        "تسجيل التسجيل للتسجيل sajjel sajelni sajluni nsajel nsejel"
    ).split()
)
ASKING = REGISTERING | frozenset(
    fold(
        "i we id would like to want wanna need please me us my our family for myself the can you "
        "hi hello انا نحن نبي نبو نبوا اريد نريد بدي ممكن لو سمحت سمحتم من فضلك فضلكم رجاء الرجاء "
        "عايز عاوز حاب حابه نحب اود يا ريت ياريت nebi nabi n7eb 3awez men fadlek fadlkom"
    ).split()
)
PLAIN_WORDS = NOISE | COMPANY_WORDS | PLAIN | ENDS | listed("people")
# Phrases that say with whom somebody is.
PLAIN_KINDS = ("one", "many", "two", "with_me", "alone")


def is_plain(rest: str, openings: Sequence[Word]) -> bool:
    """Tell whether the rest of a text says but where, how many and with whom."""
    starts = {token.start for token in openings}
    return all(_is_plain_statement(statement, starts) for statement in statements.read(rest))


def _is_plain_statement(statement: Statement, openings: set[int]) -> bool:
    clause = statement.clause
    tokens = words(clause.text)
    if all(clause.start + token.start in openings for token in tokens):
        return True
    is_opening = clause.start in openings
    if _asks_to_register(tokens):
        return True
    if exact.match(clause.text) and not is_opening:
        return False
    if _says_what_happened(statement) or _is_no_statement(statement.manner):
        return False
    for token in tokens:
        start = clause.start + token.start
        end = clause.start + token.end
        if start in openings or _is_mentioned(statement, start, end):
            continue
        if not _is_plain_word(token):
            return False
    return _is_with_writer(statement, tokens)


def _asks_to_register(tokens: Sequence[Word]) -> bool:
    """Tell whether words ask to be registered, and say nothing else."""
    folded = {token.folded for token in tokens}
    return bool(folded & REGISTERING) and folded <= ASKING


def _says_what_happened(statement: Statement) -> bool:
    if statement.matters or statement.denied:
        return True
    return statement.has_want or statement.has_cry


def _is_no_statement(manner: Manner) -> bool:
    """Tell whether a clause asks, passes on, corrects, forbids or agrees to something."""
    if manner.is_question or manner.is_hearsay or manner.is_correction:
        return True
    return manner.wants_no_call or manner.agrees is not None


def _is_mentioned(
    statement: Statement,
    start: int,
    end: int,
) -> bool:
    return any(mention.start < end and start < mention.end for mention in statement.mentions)


def _is_plain_word(token: Word) -> bool:
    folded = token.folded
    if folded.isdigit() or folded in PLAIN_WORDS | REGISTERING:
        return True
    return any(phrases.has(kind, [token]) for kind in PLAIN_KINDS)


def _is_with_writer(statement: Statement, tokens: Sequence[Word]) -> bool:
    """Tell whether relatives that a clause names are with the writer: "and my wife"."""
    relatives = [mention for mention in statement.mentions if mention.entity == "relative"]
    if not relatives or phrases.has("with_me", tokens):
        return True
    if not any(map(_joins, tokens)):
        return False
    last = relatives[-1]
    behind = [place for place in statement.places if place.mention.start > last.start]
    is_elsewhere = 0 < len(behind) < len(statement.places)
    return not is_elsewhere


def _joins(token: Word) -> bool:
    """Tell whether a word puts people together: "and", "with"."""
    return token.folded in COMPANY_WORDS or token.folded[0] == "و"
