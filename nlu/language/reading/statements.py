"""What each clause of a text states, before any model has read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from nlu.language import gazetteer, index, people
from nlu.language.folding import Word, fold, words
from nlu.language.gazetteer import Mention
from nlu.language.lexicon import listed
from nlu.language.reading import clauses, company, names, phrases, roles
from nlu.language.reading.clauses import Clause
from nlu.language.reading.phrases import Span
from nlu.language.reading.roles import Role, role
from nlu.language.reading.subjects import Subject, subject

DENIAL_WORDS = 4  # a "not" denies what begins within so many words
# Words beside those who are with the writer.
COMPANY_WORDS = frozenset(
    (
        "و",
        "my",
        "our",
        "and",
        "the",
        "with",
        "just",
        "only",
        "w",
        "مع",
        "بس",
        "فقط",
        "a",
        "plus",
        "bs",
    )
)
PEOPLE = listed("people") | listed("kinds") | frozenset(("us", "احنا", "عائلات", "عائله"))
GROUP = listed("group") | listed("self")
SPOKEN = ("known", "i", "we", "third", "not", "asking", "want", "wanting")  # in no name
NAMED_AS = listed("named_as") | listed("named_me") | {"name"}
NAME_LINKS = listed("name_links")
NOISE = listed("noise")  # "now", "am", "in": words beside a lone name
PLACES = frozenset(("city", "country"))


class Matter(StrEnum):
    """What has happened to somebody, the gravest first."""

    DANGER = "danger"
    HELD = "held"
    HURT = "hurt"
    DEAD = "dead"
    MISSING = "missing"
    CARE = "care"  # something about health: medicine, a hospital; it may be calm
    FOUND = "found"  # found again, released, heard from
    WELL = "well"
    HOUSEHOLD = "household"  # somebody to be added to the writer's party


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place that a clause names, and its role."""

    mention: Mention
    role: Role
    is_inside: bool  # "in" stands before it


@dataclass(frozen=True, slots=True)
class Manner:
    """How a clause says what it says."""

    has_arrived: bool  # "we reached", «وصلنا», "I live in"
    is_question: bool
    goes_on: bool  # "still", «مازال»
    is_hearsay: bool
    is_afar: bool  # what it tells is elsewhere: "there", "he called", "in hospital"
    is_correction: bool
    wants_no_call: bool
    agrees: bool | None  # that we keep what was told; None where the clause does not say
    asks_about_us: bool  # who we are, who reads, what it costs


@dataclass(frozen=True, slots=True)
class Statement:
    """What one clause says, by its words alone."""

    manner: Manner
    clause: Clause
    subject: Subject
    matters: frozenset[Matter]
    denied: frozenset[Matter]  # "not hurt", "no longer safe", "none of us is well"
    mentions: tuple[Mention, ...]
    places: tuple[PlaceMention, ...]
    has_want: bool
    has_cry: bool
    is_bare: bool  # nothing but names of people or places
    is_written_as_name: bool  # a name by its form: «حي السلام», "Chiara Kilani"
    is_like_name: bool  # a name and a word that means nothing here: «سلامة زيدان»
    is_company: bool  # nothing but the writer and those with them: "me, my husband and the baby"
    company: int | None  # how many such a list counts, the writer included, also within a clause
    is_alone: bool  # the writer says that nobody is with them


def read(text: str, home: str | None = None) -> list[Statement]:
    """Read the clauses of a text. `home` (alpha-2) decides between places of one name."""
    statements: list[Statement] = []
    for clause in clauses.split(text):
        tokens = [word for word in words(text) if clause.start <= word.start < clause.end]
        mentions = [
            mention for mention in _mentions(clause, home) if not _is_numbered(tokens, mention)
        ]
        statements.append(_statement(text, clause, tokens, mentions))
    return statements


def _is_numbered(tokens: Sequence[Word], mention: Mention) -> bool:
    """Tell whether a number is that of a house, a gate, an hour, and not of people."""
    if mention.entity != "person_count":
        return False
    before = [word for word in tokens if word.end <= mention.start]
    if phrases.has("numbered", before[-1:]):
        return True
    others = [word for word in tokens if not _is_inside(word, [mention])]
    for name in ("i", "we", "with_me", "many", "one"):
        if phrases.has(name, others):
            return False
    for word in others:
        if _speaks_of_people(word.folded):
            return False
    return bool(others)


def _speaks_of_people(folded: str) -> bool:
    forms = [folded]
    if folded[0] in "ولب":
        forms.append(folded[1:])
    return any(form in PEOPLE or form in GROUP or people.relative(form) for form in forms)


def _mentions(clause: Clause, home: str | None) -> list[Mention]:
    """Find what a clause names; places count from the beginning of the text."""
    mentions: list[Mention] = []
    for mention in gazetteer.find(clause.text, home):
        start = clause.start + mention.start
        end = clause.start + mention.end
        mentions.append(mention._replace(start=start, end=end))
    return mentions


def _statement(
    text: str,
    clause: Clause,
    tokens: Sequence[Word],
    mentions: Sequence[Mention],
) -> Statement:
    matters, denied = _matters(tokens)
    cries = phrases.find("cry", tokens)
    has_cry = not all(_is_of_street(tokens, cry) for cry in cries)
    states_anything = bool(matters or denied) or has_cry
    is_whole = clause.text == text.strip()
    is_bare = _is_bare(tokens, mentions)
    is_of_nobody = is_bare and not phrases.has("i", tokens)
    return Statement(
        manner=_manner(text, clause, tokens),
        clause=clause,
        subject=Subject("unsaid") if is_of_nobody else subject(tokens, mentions),
        matters=matters,
        denied=denied,
        mentions=tuple(mentions),
        places=tuple(_places(tokens, mentions)),
        has_want=phrases.has("want", tokens) and phrases.has("wanting", tokens),
        has_cry=has_cry,
        is_bare=is_bare,
        is_written_as_name=is_whole and _is_written_as_name(text, tokens, states_anything),
        is_like_name=is_whole and not states_anything and _is_like_name(text, tokens),
        is_company=_is_company(tokens, mentions),
        company=company.size(tokens),
        is_alone=phrases.has("alone", tokens),
    )


def _places(tokens: Sequence[Word], mentions: Sequence[Mention]) -> Iterator[PlaceMention]:
    for mention in mentions:
        if mention.entity in PLACES:
            inside = roles.is_inside(tokens, mention)
            yield PlaceMention(mention, role(tokens, mention), inside)


def _manner(text: str, clause: Clause, tokens: Sequence[Word]) -> Manner:
    return Manner(
        has_arrived=phrases.has("arrived", tokens) or phrases.has("reached", tokens),
        is_question=_is_question(text, clause, tokens),
        goes_on=phrases.has("still", tokens),
        is_hearsay=phrases.has("hearsay", tokens) or phrases.has("wish", tokens),
        is_afar=phrases.has("afar", tokens),
        is_correction=phrases.has("wrong", tokens),
        wants_no_call=phrases.has("no_call", tokens) and not phrases.has("police", tokens),
        agrees=_agrees(tokens),
        asks_about_us=_asks_about_us(text, clause, tokens),
    )


def _asks_about_us(text: str, clause: Clause, tokens: Sequence[Word]) -> bool:
    """Tell whether a clause asks who we are, or whether we are real."""
    if phrases.has("who_are_you", tokens):
        return True
    return phrases.has("about_us", tokens) and _is_question(text, clause, tokens)


def _agrees(tokens: Sequence[Word]) -> bool | None:
    if phrases.has("refuse", tokens):
        return False
    return True if phrases.has("agree", tokens) else None


def _is_bare(tokens: Sequence[Word], mentions: Sequence[Mention]) -> bool:
    """Tell whether a clause is but names of people and places, and the small words beside them."""
    places = [mention for mention in mentions if mention.entity in PLACES]
    others = [word for word in tokens if not _is_inside(word, places)]
    unnamed = [word for word in others if word.folded not in NOISE]
    if not unnamed:
        return bool(places)
    return not phrases.has("known", unnamed) and all(names.is_name(word.folded) for word in unnamed)


def _is_written_as_name(text: str, tokens: Sequence[Word], states_anything: bool) -> bool:
    """Tell whether a text is a name of a place or a person by its form: «حي السلام»."""
    is_city = fold(text) in index.index().cities  # of more words than are looked for in a text
    if is_city or names.is_of_place(tokens, text):
        return True
    is_asked = any(phrases.has(name, tokens) for name in ("known", "asking", "i", "we"))
    return not states_anything and not is_asked and names.is_written_as_person(tokens, text)


def _is_like_name(text: str, tokens: Sequence[Word]) -> bool:
    """Tell whether a text that states nothing is likely a name: it has no word of a sentence.

    «كله سالم» is none, though Salem is a name; "Peace Salem" is.
    """
    if names.is_like_place(tokens):
        return True
    is_spoken = any(phrases.has(name, tokens) for name in SPOKEN)
    may_be_well = phrases.has(Matter.WELL.value, tokens) and not names.is_capital(tokens, text)
    return not is_spoken and not may_be_well and names.is_like_person(tokens, text)


def _is_company(tokens: Sequence[Word], mentions: Sequence[Mention]) -> bool:
    """Tell whether a clause lists the people with the writer, and says nothing else."""
    people = [mention for mention in mentions if mention.entity not in PLACES]
    others = [word for word in tokens if not _is_inside(word, people)]
    has_relative = any(mention.entity == "relative" for mention in people)
    is_of_writer = (
        phrases.has("i", tokens) or phrases.has("we", tokens) or phrases.has("with_me", tokens)
    )
    is_plain = all(word.folded in COMPANY_WORDS or _is_pronoun(word) for word in others)
    return has_relative and is_of_writer and is_plain


def _is_pronoun(word: Word) -> bool:
    return any(phrases.has(name, [word]) for name in ("i", "we", "with_me", "not"))


def _is_inside(word: Word, mentions: Sequence[Mention]) -> bool:
    return any(mention.start < word.end and word.start < mention.end for mention in mentions)


def _matters(tokens: Sequence[Word]) -> tuple[frozenset[Matter], frozenset[Matter]]:
    """Tell what a clause says has happened, and what it says has not."""
    found = _find_matters(tokens)
    spans = [span for _matter, span in found]
    denied_spans = _denied(tokens, spans)
    stated: set[Matter] = set()
    denied: set[Matter] = set()
    for matter, span in found:
        is_past = matter is not Matter.WELL and _is_over(tokens, span)
        if is_past or span in denied_spans:
            denied.add(matter)
        else:
            stated.add(matter)
    if Matter.DANGER in stated and phrases.has("far_from_us", tokens):
        stated.remove(Matter.DANGER)
        denied.add(Matter.DANGER)
    return frozenset(stated), frozenset(denied - stated)


def _is_only_a_name(tokens: Sequence[Word], span: Span) -> bool:
    """Tell whether "safe" is but somebody's name: «سالمة، زوجتي»."""
    is_name = span.end - span.start == 1 and names.is_name(tokens[span.start].folded)
    if is_name and _has_family_name(tokens, span):
        return True
    has_subject = any(phrases.has(name, tokens) for name in ("i", "we", "third"))
    return is_name and not has_subject and len(tokens) > 1


def _has_family_name(tokens: Sequence[Word], span: Span) -> bool:
    """Tell whether a family name follows: «سالم الورفلي»."""
    behind = tokens[span.end : span.end + 1]
    return any(names.is_name(word.folded) for word in behind) and not phrases.has("well", behind)


def _is_called(tokens: Sequence[Word], span: Span) -> bool:
    """Tell whether a word follows "his name is": «اسمه شهيد»."""
    before = [word.folded for word in tokens[: span.start]]
    if before and before[-1] in NAME_LINKS:
        before.pop()
    return bool(before) and before[-1] in NAMED_AS


def _find_matters(tokens: Sequence[Word]) -> list[tuple[Matter, Span]]:
    """Find the words of each matter, but for names of people and streets."""
    found: list[tuple[Matter, Span]] = []
    for matter in Matter:
        for span in phrases.find(matter.value, tokens):
            is_name = matter is Matter.WELL and _is_only_a_name(tokens, span)
            is_name = is_name or _is_called(tokens, span)
            if not is_name and not _is_of_street(tokens, span):
                found.append((matter, span))
    return found


def _is_over(tokens: Sequence[Word], span: Span) -> bool:
    """Tell whether a word before says that it is over: «توقف القصف»."""
    return any(_denies(tokens, word, span) for word in phrases.find("over", tokens))


def _is_of_street(tokens: Sequence[Word], span: Span) -> bool:
    """Tell whether a word is the name of a street or a station: «محطة النجدة»."""
    before = tokens[max(0, span.start - 1) : span.start]
    return phrases.has("named_after", before)


def _denied(tokens: Sequence[Word], spans: Sequence[Span]) -> set[Span]:
    """Find what is denied: each "not" denies what comes next, and nothing beyond."""
    denied: set[Span] = set()
    for denial in [*phrases.find("no_longer", tokens), *phrases.find("not", tokens)]:
        reached = [span for span in spans if _denies(tokens, denial, span)]
        nearest = min((span.start for span in reached), default=None)
        denied.update(span for span in reached if span.start == nearest)
    return denied


def _denies(tokens: Sequence[Word], denial: Span, span: Span) -> bool:
    """Tell whether a denial stands shortly before what it denies, with no "and" between."""
    is_near = denial.end <= span.start < denial.end + DENIAL_WORDS
    between = tokens[denial.end : span.start + 1]
    return is_near and not any(_joins(word) for word in between)


def _joins(word: Word) -> bool:
    is_joined = word.folded[0] == "و" and len(word.folded) > 3
    return is_joined or word.folded in {"و", "and", "w"}


def _is_question(text: str, clause: Clause, tokens: Sequence[Word]) -> bool:
    is_marked = text[clause.start : clause.end + 1].rstrip().endswith(("?", "؟"))
    is_marked = is_marked or text[clause.end : clause.end + 1] in {"?", "؟"}
    return is_marked or phrases.has("asking", tokens[:2])
