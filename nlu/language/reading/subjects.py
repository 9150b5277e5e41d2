"""Who a clause is about: the writer, the writer and others, or somebody else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from nlu.language.folding import Word
from nlu.language.gazetteer import Mention
from nlu.language.reading import phrases
from nlu.language.reading.phrases import Span

Who = Literal["i", "we", "other", "unsaid"]

# What is done to us: الحقوني, ساعدونا, حاصرونا, 7aserona.
DONE_TO_US = re.compile(r"\w{2,}(?:وني|ونا|ouni|oni|ouna|ona)")
OURS = re.compile(r"\w{3,}نا")  # our house, they threw us out
NOT_OURS = frozenset(("هنا", "ههنا", "مينا", "سينا", "فيينا", "اثينا", "رنا", "دنا", "منا", "ابنا"))
DONE_TO_ME = re.compile(r"\w{3,}(?:ني|نى)")
# What is done to him, her or them: طلعوه, خذوها, لقيناهم.
DONE_TO_OTHER = re.compile(r"\w{2,}(?:وه|وها|وهم|ناه|ناها|ناهم|ouh|ouha|ouhom|oha|ohom)")
NOT_DONE = frozenset(
    ("ايوه", "اييوه", "ايووه", "وجوه", "مكروه", "وجوها", "هناه", "معناه", "معناها")
)
# We do, in Libya: ن…وا, n…ou.
WE_DO = re.compile(r"ن\w{2,}وا|n\w{2,}ou")
I_DO = re.compile(r"ن\w{2,}")
JOINED = "ولب"  # "and", "to", "with"
NEAR_WORDS = 2  # before a relative, for "with", "and", "tell"


class Subject(NamedTuple):
    """Who a clause is about. `relation` is that of the relative named (see INTERFACE), if any.

    `unsaid` is a clause without any word about a person: the text around it decides.
    """

    who: Who
    relation: str | None = None


def subject(tokens: Sequence[Word], mentions: Sequence[Mention]) -> Subject:
    """Tell who the clause is about. `mentions` are those of the clause."""
    if phrases.has("my_name", tokens):
        return Subject("i")
    relations = [
        str(mention.value)
        for mention in mentions
        if mention.entity == "relative" and not _is_beside(tokens, mention)
    ]
    is_we = phrases.has("we", tokens) or _any(WE_DO, tokens) or _any(DONE_TO_US, tokens)
    is_i = _says_i(tokens) or _any(DONE_TO_ME, tokens) or _does(tokens)
    is_together = phrases.has("with_me", tokens)
    if relations:
        return _of_relative(tokens, relations[0], is_we, is_i, is_together)
    is_we = is_we or _any(OURS, tokens, NOT_OURS)
    is_third = phrases.has("third", tokens) or _any(DONE_TO_OTHER, tokens, NOT_DONE)
    is_third = is_third or (phrases.has("third_object", tokens) and not is_i and not is_we)
    if is_third and not _is_about_attackers(tokens) and not _is_done_to_writer(tokens):
        return Subject("other")
    if is_we:
        return Subject("we")
    if is_i:
        return Subject("i")
    return Subject("unsaid")


def _says_i(tokens: Sequence[Word]) -> bool:
    """Tell whether "I" does more than think or guess."""
    asides = phrases.find("i_think", tokens)
    return any(not _overlaps(span, asides) for span in phrases.find("i", tokens))


def _is_about_attackers(tokens: Sequence[Word]) -> bool:
    """Tell whether "they" are those who do harm, to nobody else in particular."""
    attacks = phrases.find("hostile", tokens)
    others = [span for span in phrases.find("third", tokens) if not _overlaps(span, attacks)]
    return bool(attacks) and not others


def _overlaps(span: Span, others: Sequence[Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)


def _of_relative(
    tokens: Sequence[Word],
    relation: str,
    is_we: bool,
    is_i: bool,
    is_together: bool,
) -> Subject:
    """Decide between the relative and the writer, where a clause names a relative."""
    if is_together:
        return Subject("we", relation)
    if _is_done_to_writer(tokens):
        return Subject("i", relation)
    is_about_writer = (is_i or is_we) and _begins_with_writer(tokens)
    has_matter = any(phrases.has(name, tokens) for name in ("missing", "held", "dead"))
    if is_about_writer and not has_matter:
        return Subject("we" if is_we else "i", relation)
    return Subject("other", relation)


def _begins_with_writer(tokens: Sequence[Word]) -> bool:
    opening = tokens[:2]
    return phrases.has("we", opening) or phrases.has("i", opening) or _does(opening)


def _is_done_to_writer(tokens: Sequence[Word]) -> bool:
    """Tell whether somebody does something to the writer: «زوجي يضرب فيا», "he beats me"."""
    if phrases.has("done_to_me", tokens):
        return True
    objects = phrases.find("me", tokens)
    return bool(objects) and objects[-1].start > 0 and phrases.has("doing", tokens)


def _is_beside(tokens: Sequence[Word], mention: Mention) -> bool:
    """Tell whether a relative is only company, a host, or somebody to be told."""
    before = [word for word in tokens if word.end <= mention.start]
    near = before[-NEAR_WORDS:]
    spans = phrases.find("beside", near)
    if any(_reaches(span.end, near) for span in spans):
        is_host = phrases.has("host", near)
        return is_host or _is_of_writer(tokens) or not before
    if not _is_joined(tokens, mention):
        return False
    last = before[-1:]
    return _is_of_writer(last)


def _is_of_writer(tokens: Sequence[Word]) -> bool:
    return phrases.has("i", tokens) or phrases.has("we", tokens)


def _is_joined(tokens: Sequence[Word], mention: Mention) -> bool:
    """Tell whether "and", "to" or "with" is written together with a relative."""
    for word in tokens:
        if word.start < mention.start < word.end:
            return word.folded[0] in JOINED
    return False


def _reaches(end: int, near: Sequence[Word]) -> bool:
    """Tell whether only "my" or "our" stands between a phrase and the relative."""
    return all(word.folded in {"my", "our", "the"} for word in near[end:])


def _does(tokens: Sequence[Word]) -> bool:
    """Tell whether a verb says "I …": ن…, which nouns and names begin with, too."""
    verbs = [word for word in tokens if _bare(word) not in phrases.lists()["not_i_do"].by_word]
    return _any(I_DO, verbs)


def _any(
    pattern: re.Pattern[str],
    tokens: Sequence[Word],
    without: frozenset[str] = frozenset(),
) -> bool:
    for word in tokens:
        bare = _bare(word)
        if bare not in without and pattern.fullmatch(bare):
            return True
    return False


def _bare(word: Word) -> str:
    """Give a word without an "and" written together with it."""
    is_joined = word.folded[0] == "و" and len(word.folded) > 3
    return word.folded[1:] if is_joined else word.folded
