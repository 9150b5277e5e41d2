"""What each clause of a text states, before any model has read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlu.language import gazetteer, people
from nlu.language.folding import Word, Words, words
from nlu.language.gazetteer import Mention, Mentions
from nlu.language.lexicon import listed
from nlu.language.reading import clauses, company, excerpts, fragments, matters, phrases, roles
from nlu.language.reading.clauses import Clause
from nlu.language.reading.fragments import COMPANY_WORDS, NOISE, PLACES
from nlu.language.reading.matters import Matter
from nlu.language.reading.roles import Role
from nlu.language.reading.subjects import Subject, subject

__all__ = ["COMPANY_WORDS", "NOISE", "Manner", "Matter", "PlaceMention", "Statement", "read"]

PEOPLE = listed("people") | listed("kinds") | frozenset(("us", "احنا", "عائلات", "عائله"))
GROUP = listed("group") | listed("self")
COUNTED = ("i", "we", "with_me", "many", "one")  # beside a number that counts people
JOINED = "ولب"  # "and", "to", "with"
OPENING_WORDS = 2  # with which a question may begin
CLOSING_WORDS = 2  # … and end: "or not"
QUESTION_MARKS = ("?", "؟")
# Two words and more: one alone is a name, or what we said to write: «اكتب «بخير»».
QUOTATIONS = re.compile(r"\"[^\"\s]+\s[^\"]+\"|«[^«»\s]+\s[^«»]+»|“[^“”\s]+\s[^“”]+”")


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
    all_tokens = words(text)
    for clause in clauses.split(text):
        tokens = excerpts.between(all_tokens, clause.start, clause.end)
        mentions = _mentions(clause, tokens, home)
        statement = _statement(
            text,
            clause,
            tokens,
            mentions,
        )
        statements.append(statement)
    return statements


def _statement(
    text: str,
    clause: Clause,
    tokens: Words,
    mentions: Mentions,
) -> Statement:
    stated, denied = matters.read(tokens)
    has_cry = matters.is_cry(tokens)
    states_anything = has_cry or bool(stated) or bool(denied)
    is_whole = clause.text == text.strip()
    is_bare = fragments.is_bare(tokens, mentions)
    is_of_nobody = is_bare and not phrases.has("i", tokens)
    is_written_as_name = is_whole and fragments.is_written_as_name(text, tokens, states_anything)
    is_like_name = is_whole and not states_anything and fragments.is_like_name(text, tokens)
    return Statement(
        manner=_manner(text, clause, tokens),
        clause=clause,
        subject=Subject("unsaid") if is_of_nobody else subject(tokens, mentions),
        matters=stated,
        denied=denied,
        mentions=tuple(mentions),
        places=tuple(_places(tokens, mentions)),
        has_want=_has_want(tokens),
        has_cry=has_cry,
        is_bare=is_bare,
        is_written_as_name=is_written_as_name,
        is_like_name=is_like_name,
        is_company=fragments.is_company(tokens, mentions),
        company=company.size(tokens),
        is_alone=phrases.has("alone", tokens),
    )


def _has_want(tokens: Words) -> bool:
    """Tell whether a clause asks for something that we can give: "I want to go home"."""
    if not phrases.has("want", tokens):
        return False
    return phrases.has("wanting", tokens)


# --- mentions -------------------------------------------------------------------------------------


def _mentions(
    clause: Clause,
    tokens: Words,
    home: str | None,
) -> list[Mention]:
    """Find what a clause names; places count from the beginning of the text."""
    mentions: list[Mention] = []
    for in_clause in gazetteer.find(clause.text, home):
        mention = in_clause._replace(
            start=clause.start + in_clause.start,
            end=clause.start + in_clause.end,
        )
        if not _is_numbered(tokens, mention):
            mentions.append(mention)
    return mentions


def _is_numbered(tokens: Words, mention: Mention) -> bool:
    """Tell whether a number is that of a house, a gate, an hour, and not of people."""
    if mention.entity != "person_count":
        return False
    before = excerpts.before(tokens, mention.start)
    behind = excerpts.behind(tokens, mention.end)
    last = before[-1:]
    if phrases.has("numbered", last):
        return True
    others = before + behind
    if not others:
        return False
    if phrases.has_any(COUNTED, others):
        return False
    return not any(map(_speaks_of_people, others))


def _speaks_of_people(word: Word) -> bool:
    """Tell whether a word is one for people, as it stands or behind "and", "to" or "with"."""
    folded = word.folded
    if _is_people(folded):
        return True
    if folded[0] not in JOINED:
        return False
    return _is_people(folded[1:])


def _is_people(folded: str) -> bool:
    if folded in PEOPLE or folded in GROUP:
        return True
    return people.relative(folded) is not None


def _places(tokens: Words, mentions: Mentions) -> Iterator[PlaceMention]:
    for mention in mentions:
        if mention.entity in PLACES:
            yield PlaceMention(
                mention,
                role=roles.role(tokens, mention),
                is_inside=roles.is_inside(tokens, mention),
            )


# --- manners --------------------------------------------------------------------------------------


def _manner(
    text: str,
    clause: Clause,
    tokens: Words,
) -> Manner:
    is_question = _is_question(text, clause, tokens)
    return Manner(
        has_arrived=phrases.has_any(("arrived", "reached"), tokens),
        is_question=is_question,
        goes_on=phrases.has("still", tokens),
        is_hearsay=phrases.has_any(("hearsay", "wish"), tokens) or _is_quoted(text, clause),
        is_afar=phrases.has("afar", tokens),
        is_correction=phrases.has("wrong", tokens),
        wants_no_call=_wants_no_call(tokens),
        agrees=_agrees(tokens),
        asks_about_us=_asks_about_us(tokens, is_question),
    )


def _is_question(
    text: str,
    clause: Clause,
    tokens: Words,
) -> bool:
    """Tell whether a question mark or "or not" ends a clause, or a question word opens it."""
    with_mark = text[clause.start : clause.end + 1].rstrip()
    if with_mark.endswith(QUESTION_MARKS):
        return True
    closing = tokens[-CLOSING_WORDS:]
    if phrases.has("or_not", closing):
        return True
    return phrases.has("asking", tokens[:OPENING_WORDS])


def _is_quoted(text: str, clause: Clause) -> bool:
    """Tell whether a clause has words in quotation marks, and the text has others."""
    for quotation in QUOTATIONS.finditer(text):
        if quotation[0] == text.strip():
            continue
        begins_before = quotation.start() < clause.end
        ends_behind = quotation.end() > clause.start
        if begins_before and ends_behind:
            return True
    return False


def _wants_no_call(tokens: Words) -> bool:
    """Tell whether we must not call: "do not call", but not "do not call the police"."""
    if phrases.has("police", tokens):
        return False
    return phrases.has("no_call", tokens)


def _asks_about_us(tokens: Words, is_question: bool) -> bool:
    """Tell whether a clause asks who we are, or whether we are real."""
    if phrases.has("who_are_you", tokens):
        return True
    return is_question and phrases.has("about_us", tokens)


def _agrees(tokens: Words) -> bool | None:
    """Tell whether the writer lets us keep what was told; None where the clause does not say."""
    if phrases.has("refuse", tokens):
        return False
    if phrases.has("agree", tokens):
        return True
    return None
