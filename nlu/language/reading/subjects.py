"""Who a clause is about: the writer, the writer and others, or somebody else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from nlu.language.clitics import without_and
from nlu.language.folding import Words
from nlu.language.gazetteer import Mention, Mentions
from nlu.language.reading import excerpts, phrases
from nlu.language.reading.phrases import Span

Who = Literal["i", "we", "other", "unsaid"]

# What is done to us: الحقوني, ساعدونا, حاصرونا, 7aserona.
DONE_TO_US = re.compile(r"\w{2,}(?:وني|ونا|ouni|oni|ouna|ona)")
OURS = re.compile(r"\w{3,}نا")  # our house, they threw us out
NOT_OURS = frozenset(("هنا", "ههنا", "مينا", "سينا", "فيينا", "اثينا", "رنا", "دنا", "منا", "ابنا"))
DONE_TO_ME = re.compile(r"\w{3,}(?:ني|نى)")
# Phrases of that form that tell, ask or excuse: «كلموني», «ساعدوني», «سامحوني».
NOT_SUFFERED = ("told_me", "cry", "sorry")
# What is done to him, her or them: طلعوه, خذوها, لقيناهم.
DONE_TO_OTHER = re.compile(r"\w{2,}(?:وه|وها|وهم|ناه|ناها|ناهم|ouh|ouha|ouhom|oha|ohom)")
NOT_DONE = frozenset(
    ("ايوه", "اييوه", "ايووه", "وجوه", "مكروه", "وجوها", "هناه", "معناه", "معناها", "غدوه")
)
# We do, in Libya: ن…وا, n…ou.
WE_DO = re.compile(r"ن\w{2,}وا|n\w{2,}ou")
I_DO = re.compile(r"ن\w{2,}")
JOINED = "ولب"  # "and", "to", "with"
OPENING_WORDS = 2  # of a clause, that say whether it is about the writer
NEAR_WORDS = 2  # before a relative, for "with", "and", "tell"
POSSESSIVES = frozenset(("my", "our", "the"))
GRAVE = ("missing", "held", "dead")  # matters that are the relative's, whoever tells them


class Subject(NamedTuple):
    """Who a clause is about. `relation` is that of the relative named (see INTERFACE), if any.

    `unsaid` is a clause without any word about a person: the text around it decides.
    """

    who: Who
    relation: str | None = None


@dataclass(frozen=True, slots=True)
class _Persons:
    """The grammatical persons that a clause speaks in."""

    is_i: bool
    is_we: bool


def subject(tokens: Words, mentions: Mentions) -> Subject:
    """Tell who the clause is about. `mentions` are those of the clause."""
    if phrases.has("my_name", tokens):
        return Subject("i")
    persons = _Persons(
        is_i=_is_i(tokens),
        is_we=_is_we(tokens),
    )
    relation = _relation(tokens, mentions)
    if relation is not None:
        return _of_relative(tokens, relation, persons)
    is_ours = persons.is_we or _has_form(OURS, tokens, NOT_OURS)
    if _is_other(tokens, is_of_writer=persons.is_i or is_ours):
        return Subject("other")
    if is_ours:
        return Subject("we")
    if persons.is_i:
        return Subject("i")
    return Subject("unsaid")


# --- the writer -----------------------------------------------------------------------------------


def _is_i(tokens: Words) -> bool:
    """Tell whether a clause says "I", by a word or by the form of a verb."""
    if _says_i(tokens):
        return True
    if _has_form(DONE_TO_ME, tokens):
        return True
    return _does(tokens)


def _is_we(tokens: Words) -> bool:
    """Tell whether a clause says "we", by a word or by the form of a verb."""
    if phrases.has("we", tokens):
        return True
    if _has_form(WE_DO, tokens):
        return True
    return _has_form(DONE_TO_US, tokens)


def _says_i(tokens: Words) -> bool:
    """Tell whether "I" does more than think or guess."""
    asides = phrases.find("i_think", tokens)
    return _has_beyond("i", tokens, asides)


def _does(tokens: Words) -> bool:
    """Tell whether a verb says "I …": ن…, which nouns and names begin with, too."""
    nouns = phrases.lists()["not_i_do"].by_word
    for word in tokens:
        bare = without_and(word.folded)
        if bare not in nouns and I_DO.fullmatch(bare):
            return True
    return False


def _begins_with_writer(tokens: Words) -> bool:
    opening = tokens[:OPENING_WORDS]
    if _is_of_writer(opening):
        return True
    return _does(opening)


def _is_of_writer(tokens: Words) -> bool:
    return phrases.has_any(("i", "we"), tokens)


def _is_done_to_writer(tokens: Words) -> bool:
    """Tell whether somebody does something to the writer: «زوجي يضرب فيا», "he beats me"."""
    if phrases.has("done_to_me", tokens) or _is_treated(tokens):
        return True
    objects = phrases.find("me", tokens)
    if not objects or objects[-1].start == 0:
        return False
    return phrases.has("doing", tokens)


def _is_treated(tokens: Words) -> bool:
    """Tell whether others do a thing to the writer, who does not ask for it: «راهم طلعوني»."""
    wished: list[Span] = []
    for name in NOT_SUFFERED:
        spans = phrases.find(name, tokens)
        wished.extend(spans)
    for place, word in enumerate(tokens):
        is_done = DONE_TO_US.fullmatch(word.folded)
        if is_done is None:
            continue
        end = place + 1
        span = Span(place, end)
        if not _overlaps(span, wished):
            return True
    return False


# --- others ---------------------------------------------------------------------------------------


def _is_other(tokens: Words, is_of_writer: bool) -> bool:
    """Tell whether a clause is about somebody else: "he", "they", «طلعوه»."""
    if not _has_third(tokens, is_of_writer):
        return False
    if _is_about_attackers(tokens):
        return False
    return not _is_done_to_writer(tokens)


def _has_third(tokens: Words, is_of_writer: bool) -> bool:
    """Tell whether a clause has a third person.

    As an object only where the writer is in none, or was told: «كلمتني قالت كسرو عليها الباب».
    """
    if phrases.has("third", tokens):
        return True
    if _has_form(DONE_TO_OTHER, tokens, NOT_DONE):
        return True
    if is_of_writer and not phrases.has("told_me", tokens):
        return False
    return phrases.has("third_object", tokens)


def _is_about_attackers(tokens: Words) -> bool:
    """Tell whether "they" are those who do harm, to nobody else in particular."""
    attacks = phrases.find("hostile", tokens)
    if not attacks:
        return False
    has_others = _has_beyond("third", tokens, attacks)
    return not has_others


def _has_beyond(
    name: str,
    tokens: Words,
    covered: Sequence[Span],
) -> bool:
    """Tell whether a clause has a phrase of a list outside of some spans."""
    spans = phrases.find(name, tokens)
    return not all(_overlaps(span, covered) for span in spans)


def _overlaps(span: Span, covered: Sequence[Span]) -> bool:
    return any(map(span.overlaps, covered))


# --- relatives ------------------------------------------------------------------------------------


def _relation(tokens: Words, mentions: Mentions) -> str | None:
    """Return the relation of the first relative who is more than company."""
    for mention in mentions:
        if mention.entity == "relative" and not _is_beside(tokens, mention):
            return str(mention.value)
    return None


def _of_relative(
    tokens: Words,
    relation: str,
    persons: _Persons,
) -> Subject:
    """Decide between the relative and the writer, where a clause names a relative."""
    if phrases.has("with_me", tokens):
        return Subject("we", relation)
    if _is_done_to_writer(tokens):
        return Subject("i", relation)
    if not _begins_with_writer(tokens) or phrases.has_any(GRAVE, tokens):
        return Subject("other", relation)
    if persons.is_we:
        return Subject("we", relation)
    if persons.is_i:
        return Subject("i", relation)
    return Subject("other", relation)


def _is_beside(tokens: Words, mention: Mention) -> bool:
    """Tell whether a relative is only company, a host, or somebody to be told."""
    before = excerpts.before(tokens, mention.start)
    near = before[-NEAR_WORDS:]
    if _is_after_beside(near):
        if not before or phrases.has("host", near):
            return True
        return _is_of_writer(tokens)
    if not _is_joined(tokens, mention):
        return False
    return _is_of_writer(before[-1:])


def _is_after_beside(near: Words) -> bool:
    """Tell whether "with", "and" or "tell" stands before a relative, or before "my" and them."""
    for span in phrases.find("beside", near):
        between = [word.folded for word in near[span.end :]]
        if POSSESSIVES.issuperset(between):
            return True
    return False


def _is_joined(tokens: Words, mention: Mention) -> bool:
    """Tell whether "and", "to" or "with" is written together with a relative."""
    for word in tokens:
        if word.start < mention.start < word.end:
            return word.folded[0] in JOINED
    return False


# --- forms of words -------------------------------------------------------------------------------


def _has_form(
    pattern: re.Pattern[str],
    tokens: Words,
    without: frozenset[str] = frozenset(),
) -> bool:
    """Tell whether a word has a form, and is none of those that only look like it."""
    for word in tokens:
        bare = without_and(word.folded)
        if bare not in without and pattern.fullmatch(bare):
            return True
    return False
