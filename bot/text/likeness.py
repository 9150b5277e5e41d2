"""Is a text a copy of another? Forgiving to copying, strict with what a forger would change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from rapidfuzz.distance import LCSseq
from rapidfuzz.distance.Indel import normalized_similarity

from bot.text.tokens import Sort, Token
from nlu.language import folding, gazetteer

MIN_RUN_WORDS = 3  # in a row: fewer is chance
MIN_COPY_WORDS = 6  # of a part of a text; a whole text or headline may have fewer
MIN_HEADLINE_WORDS = 3
MIN_LIKENESS = 0.6  # of the copied passage, in words: below it is another text
ALIKE = 0.8  # below it too many words differ for slips of a copyist
# What must be copied of what somebody shows us, unless a text is whole in it.
MIN_SHARE = 0.4
MIN_SHORT_SHARE = 0.75  # where less than LONG_COPY_WORDS are equal: phrases are common
LONG_COPY_WORDS = 12
WHOLE = 0.85  # of a text that is there
MAX_ADDED_WORDS = 12  # around a copy: a greeting, "look at this"
MAX_GAP_WORDS = 25  # between two runs of one copy
SAME_SPELLING = 0.7  # of two words of one meaning, misspelt
MIN_NATIONAL_DIGITS = 7  # of a telephone number without its country
MAX_COUNTRY_DIGITS = 3
MIN_ADDED_DIGITS = 3  # of a number beside a copy that somebody could dial or pay

_GRAVE_WORDS = """
no not don't dont never without except unless only avoid stop cancelled canceled closed open
do doesn't isn't aren't won't cannot can't
لا لن لم ليس ليست ما مش موش غير بدون بلا الا فقط ممنوع تجنب تجنبوا ملغي ملغاه
مغلق مغلقه مفتوح مفتوحه
today tomorrow tonight yesterday morning noon evening midnight now
اليوم غدا بكره الليله امس صباحا ظهرا مساء ليلا الان توا
monday tuesday wednesday thursday friday saturday sunday
الاحد الاثنين الثلاثاء الاربعاء الخميس الجمعه السبت
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep sept oct nov dec
يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر
جانفي فيفري افريل ماي جوان جويليه اوت كانون شباط اذار نيسان ايار حزيران تموز اب ايلول تشرين
one two three four five six seven eight nine ten twelve twenty thirty hundred thousand million
واحد اثنين اثنان ثلاثه اربعه خمسه سته سبعه ثمانيه تسعه عشره عشرين ثلاثين خمسين مئه ميه الف مليون
north south east west شمال جنوب شرق غرب
dollar dollars euro euros dinar dinars lira pounds دولار يورو دينار دنانير ليره جنيه
"""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a text is a copy of an original.

    `start` and `end` bound the copied passage in the tokens of the text. `is_tampered`: what a
    forger would change differs (a number, a link, a date, a place, "not"), or much was added.
    `is_altered`: some other words differ. `score` puts the best original first.
    """

    start: int
    end: int
    equal: int
    is_tampered: bool
    is_altered: bool
    is_whole: bool

    @property
    def score(self) -> tuple[int, bool, bool]:
        """Return what puts the best original first: as it is written, and the most of it."""
        return self.equal, not self.is_tampered, not self.is_altered


@dataclass(frozen=True, slots=True)
class _Gap:
    """What stands between two equal runs: in the text, and in the original."""

    shown: Sequence[Token]
    original: Sequence[Token]


@dataclass(frozen=True, slots=True)
class _Run:
    """Tokens that are equal: where they begin in the text and in the original, and how many."""

    shown: int
    original: int
    length: int


@cache
def _grave_words() -> frozenset[str]:
    """Return words that turn the meaning of a sentence, in their one spelling."""
    words = _GRAVE_WORDS.split()
    return frozenset(map(folding.fold, words))


def overlap(
    shown: Sequence[Token],
    original: Sequence[Token],
) -> int:
    """Count the words that a text may have from an original: a first look, which is quick."""
    return _length(_runs(shown, original))


def compare(
    shown: Sequence[Token],
    original: Sequence[Token],
    heading: Sequence[Token] = (),
) -> Likeness | None:
    """Compare a text with an original; None where it is no copy.

    `heading` is the headline of the original, which may be shown alone.
    """
    runs = _runs(shown, original)
    if not runs:
        return None
    likeness = _measure(shown, original, runs)
    is_heading = tuple(shown) == tuple(heading) and len(heading) >= MIN_HEADLINE_WORDS
    if is_heading or _is_copy(likeness, shown):
        return likeness
    return None


def _measure(
    shown: Sequence[Token],
    original: Sequence[Token],
    runs: Sequence[_Run],
) -> Likeness:
    """Say how much is equal, and how grave it is what is not."""
    heads = _heads(shown, original, runs[0])
    tails = _tails(shown, original, runs[-1])
    start = len(heads.shown)
    start -= _cut_words(heads, is_head=True)
    end = len(shown) - len(tails.shown)
    end += _cut_words(tails, is_head=False)
    gaps = list(_gaps(shown, original, runs))
    between = sum(len(gap.shown) for gap in gaps)
    misspelt = sum(map(_misspelt, gaps))
    equal = _length(runs) + misspelt
    is_loose = equal < ALIKE * (end - start)
    is_tampered = _is_tampered(gaps, heads, tails)
    return Likeness(
        start,
        end,
        equal,
        is_tampered=is_loose or is_tampered,
        is_altered=misspelt < between,
        is_whole=equal >= WHOLE * len(original),
    )


def _is_tampered(
    gaps: Sequence[_Gap],
    heads: _Gap,
    tails: _Gap,
) -> bool:
    """Tell whether anything differs that a forger would change."""
    if any(map(_is_grave, gaps)):
        return True
    return _is_grave_edge(heads) or _is_grave_edge(tails)


def _heads(
    shown: Sequence[Token],
    original: Sequence[Token],
    first: _Run,
) -> _Gap:
    return _Gap(
        shown[: first.shown],
        original[: first.original],
    )


def _tails(
    shown: Sequence[Token],
    original: Sequence[Token],
    last: _Run,
) -> _Gap:
    shown_end = last.shown + last.length
    original_end = last.original + last.length
    return _Gap(
        shown[shown_end:],
        original[original_end:],
    )


def _cut_words(edge: _Gap, *, is_head: bool) -> int:
    """Count the word at an edge that whoever copied cut in two: it is the original's as well."""
    if len(edge.shown) != 1 or not edge.original:
        return 0
    cut = edge.shown[0].text
    if is_head:
        word = edge.original[-1].text
        return int(word.endswith(cut))
    word = edge.original[0].text
    return int(word.startswith(cut))


def _is_grave_edge(edge: _Gap) -> bool:
    """Tell whether a number or place stands before or after a copy in the place of another."""
    if not edge.shown or not edge.original:
        return False
    if len(edge.shown) > MAX_ADDED_WORDS:
        return False
    if _cut_words(edge, is_head=True):
        return False
    if _cut_words(edge, is_head=False):
        return False
    if _digits(edge.shown) not in _digits(edge.original):
        return True
    is_in_its_place = len(edge.shown) <= len(edge.original)
    original_graves = _graves(edge.original)
    new_graves = [word for word in _graves(edge.shown) if word not in original_graves]
    if is_in_its_place and new_graves:
        return True
    new_places = _places(edge.shown) - _places(edge.original)
    return bool(new_places)


def _is_copy(
    likeness: Likeness,
    shown: Sequence[Token],
) -> bool:
    """Tell whether so much is equal that it cannot be chance, or phrases that all texts have."""
    length = likeness.end - likeness.start
    if likeness.equal < MIN_LIKENESS * length:
        return False
    is_short_whole = likeness.is_whole and likeness.equal >= MIN_RUN_WORDS
    if likeness.equal < MIN_COPY_WORDS and not is_short_whole:
        return False
    if likeness.is_whole:
        return True
    is_long = likeness.equal >= LONG_COPY_WORDS
    share = MIN_SHARE if is_long else MIN_SHORT_SHARE
    return likeness.equal >= share * len(shown)


def _runs(
    shown: Sequence[Token],
    original: Sequence[Token],
) -> list[_Run]:
    """List the equal runs of the passage that is copied, without words that are equal by chance."""
    shown_texts = [token.text for token in shown]
    original_texts = [token.text for token in original]
    edits = LCSseq.editops(shown_texts, original_texts)
    blocks = edits.as_matching_blocks()
    runs = [_Run(block.a, block.b, block.size) for block in blocks if block.size]
    strong = [number for number, run in enumerate(runs) if run.length >= MIN_RUN_WORDS]
    if not strong:
        return []
    first = strong[0]
    last = strong[-1]
    return _together(runs[first : last + 1])


def _together(runs: list[_Run]) -> list[_Run]:
    """Keep the longest chain of runs between which no long text of somebody else's stands."""
    chains = [[runs[0]]]
    for before, run in pairwise(runs):
        if run.shown - before.shown - before.length > MAX_GAP_WORDS:
            chains.append([])
        chains[-1].append(run)
    return max(chains, key=_length)


def _length(runs: Sequence[_Run]) -> int:
    return sum(run.length for run in runs)


def _gaps(
    shown: Sequence[Token],
    original: Sequence[Token],
    runs: Sequence[_Run],
) -> Iterator[_Gap]:
    """Yield what differs between the runs, and the word at either edge that was cut in two."""
    for before, run in pairwise(runs):
        shown_end = before.shown + before.length
        original_end = before.original + before.length
        yield _Gap(
            shown[shown_end : run.shown],
            original[original_end : run.original],
        )


def _misspelt(gap: _Gap) -> int:
    """Count the words of a gap that are words of the original, misspelt."""
    if len(gap.shown) != len(gap.original):
        return 0
    same_words = map(_is_same_word, gap.shown, gap.original)
    return sum(same_words)


def _is_same_word(
    shown: Token,
    original: Token,
) -> bool:
    if shown.sort is not Sort.WORD or original.sort is not Sort.WORD:
        return False
    graves = _grave_words()
    if shown.text in graves or original.text in graves:
        return False
    shown_places = _places([shown])
    original_places = _places([original])
    if shown_places and original_places and shown_places != original_places:
        return False
    return normalized_similarity(shown.text, original.text) >= SAME_SPELLING


def _is_grave(gap: _Gap) -> bool:
    """Tell whether a gap changes what a forger would change."""
    if _differ_in_numbers(gap):
        return True
    if _links(gap.shown) != _links(gap.original):
        return True
    if len(gap.shown) == len(gap.original) == _misspelt(gap):
        return False
    if _graves(gap.shown) != _graves(gap.original):
        return True
    return _differ_in_places(gap)


def _differ_in_numbers(gap: _Gap) -> bool:
    shown = _digits(gap.shown)
    original = _digits(gap.original)
    return shown != original and not _is_same_number(shown, original)


def _digits(part: Sequence[Token]) -> str:
    return "".join(token.text for token in part if token.sort is Sort.NUMBER)


def _is_same_number(
    shown: str,
    original: str,
) -> bool:
    """Tell whether one is the other with or without its country: 0218… and +218…, 091… and 91…."""
    short, long = sorted(
        (shown.lstrip("0"), original.lstrip("0")),
        key=len,
    )
    added_digits = len(long) - len(short)
    if added_digits > MAX_COUNTRY_DIGITS:
        return False
    if len(short) < MIN_NATIONAL_DIGITS:
        return False
    return long.endswith(short)


def _links(part: Sequence[Token]) -> list[str]:
    return [token.text for token in part if token.sort is Sort.LINK]


def _graves(part: Sequence[Token]) -> list[str]:
    """List the words that turn a sentence, or name a day or an amount."""
    return [token.text for token in part if token.text in _grave_words()]


def _differ_in_places(gap: _Gap) -> bool:
    return _places(gap.shown) != _places(gap.original)


def _places(part: Sequence[Token]) -> set[str]:
    text = " ".join(token.text for token in part if token.sort is Sort.WORD)
    mentions = gazetteer.find(text) if text else []
    return {str(mention.value) for mention in mentions if mention.entity in {"city", "country"}}


def is_added_grave(around: Sequence[Token]) -> bool:
    """Tell whether what stands around a copy could lead people astray: a number, a link, a lot."""
    for token in around:
        if token.sort is Sort.LINK:
            return True
        if token.sort is Sort.NUMBER and len(token.text) >= MIN_ADDED_DIGITS:
            return True
    return len(around) > MAX_ADDED_WORDS
