"""How many the writer and those with them are, where a clause lists them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.language import numbers, people
from nlu.language.clitics import without_and
from nlu.language.folding import Word, Words, fold, spell
from nlu.language.reading import names, phrases

MOST = 20  # people of a list; a higher number counts something else
# Words between the people of a list.
BETWEEN = frozenset(
    fold(
        "و w and my our the a el al with plus also & بس فقط just only bs bas الا غير متاعي mta3i "
        "مع m3a"
    ).split()
)
WITH = frozenset(fold("مع ومع with m3a ma3a wm3a").split())
IN = frozenset(fold("في ف in fi f fe").split())
TALKING = frozenset(fold("contact touch love trouble اتصال تواصل مشكله خلاف").split())
ARTICLES = ("ال", "al", "el")
AND = ("و", "w")

Forms = Sequence[str]  # of a word


@dataclass(slots=True)
class _List:
    """A list under way."""

    total: int = 1  # the writer
    pending: int | None = None  # a number before its noun
    group: bool = False  # a noun in the plural without its number
    members: int = 0
    relatives: int = 0  # named one by one

    def add(self, number: int) -> None:
        self.total += number
        self.members += 1
        self.pending = None


def size(tokens: Words) -> int | None:
    """Count a list of the writer and their company: "me, my wife and two girls" is 4.

    None where there is no list, or a part of it has no number ("me and the kids").
    """
    start = _start(tokens)
    if start is None:
        return _without_writer(tokens)
    company = _List()
    _take_all(company, tokens[start:])
    if company.members == 0:
        others = tokens[start:]
        return _with_writer(others)
    return _total(company)


def _without_writer(tokens: Words) -> int | None:
    """Count a list that does not name the writer, or those with whom "I am" somewhere."""
    company = _List()
    is_whole = _take_all(company, tokens)
    if is_whole and _counts_company(company):
        return _total(company)
    if phrases.has("i", tokens):
        return _with_writer(tokens)
    return None


def _with_writer(tokens: Words) -> int | None:
    """Count a list behind "with": «أنا سالم في إزمير مع زوز صغار»."""
    company = _List()
    behind = _behind_with(tokens)
    _take_all(company, behind)
    return _total(company)


def _start(tokens: Words) -> int | None:
    """Find where those beside the writer begin; None where a text does not name the writer."""
    if _ends_with_writer(tokens):
        return 0
    return _after_writer(tokens)


def _behind_with(tokens: Words) -> Words:
    """Return what follows "in … with"; nothing for "I talked with my brother"."""
    is_placed = False
    for at, folded in enumerate(spell(tokens)):
        if folded in IN:
            is_placed = True
        if folded in TALKING:
            break
        if folded in WITH and is_placed:
            behind = at + 1
            return tokens[behind:]
    return tokens[:0]


def _take_all(company: _List, tokens: Words) -> bool:
    """Take the words of a list; False where it ends before they do."""
    return all(_take(company, word) for word in tokens)


def _total(company: _List) -> int | None:
    """Return how many a list counts; None where a part has no number, or there are too many."""
    if company.group or company.members == 0:
        return None
    if company.total > MOST:
        return None
    return company.total


def _counts_company(company: _List) -> bool:
    """Tell whether a list without "me" counts those beside the writer: "wife and 2 kids"."""
    if company.relatives == 0:
        return False
    return company.members > 1


def _after_writer(tokens: Words) -> int | None:
    """Find where those beside the writer begin: after "me", "with me"."""
    for name in ("with_me", "myself"):
        for span in phrases.find(name, tokens):
            phrase = tokens[span.start : span.end]
            if not phrases.has("with_us", phrase):
                return span.end
    return _after_name(tokens)


def _ends_with_writer(tokens: Words) -> bool:
    """Tell whether a list names the writer last: "my husband and I"."""
    spans = phrases.find("myself", tokens)
    if not spans:
        return False
    last = spans[-1]
    if last.start == 0:
        return False
    return last.end == len(tokens)


def _after_name(tokens: Words) -> int | None:
    """Find the end of the writer's name before "and my wife"."""
    for at, folded in enumerate(spell(tokens)):
        if names.is_name(folded):
            continue
        is_joined = folded.startswith(AND)
        return at if at > 0 and is_joined else None
    return None


def _take(company: _List, word: Word) -> bool:
    """Take the next word of a list; False where the list ends."""
    forms = _forms(word.folded)
    number = _number(forms)
    kinds = _kinds(forms)
    if number and company.group:
        company.add(number)
        company.group = False
    elif number:
        company.pending = number
    elif "two" in kinds:
        company.add(2)
    elif "many" in kinds:
        _take_group(company)
    elif company.group and _is_of_kin(word, forms):
        return True  # «ولاد عمي»: whose children the group is
    elif "one" in kinds or any(map(_is_one_relative, forms)):
        company.relatives += 1
        company.add(company.pending or 1)
    else:
        return word.folded in BETWEEN
    return True


def _is_of_kin(word: Word, forms: Forms) -> bool:
    """Tell whether a word names a relative without "and" before it."""
    is_joined = word.folded.startswith("و")
    if is_joined:
        return False
    return any(map(_is_one_relative, forms))


def _take_group(company: _List) -> None:
    """Take a noun in the plural; its number may come after it: «البنات الثلاثة»."""
    if company.pending:
        company.add(company.pending)
    else:
        company.group = True


def _is_of(name: str, forms: Forms) -> bool:
    """Tell whether a form of a word is a whole phrase of a list."""
    by_word = phrases.lists()[name].by_word
    for form in forms:
        listed = by_word.get(form, [])
        if (form,) in listed:
            return True
    return False


def _number(forms: Forms) -> int | None:
    """Return the number that a form of a word stands for."""
    for form in forms:
        number = numbers.value(form)
        if number:
            return number
    return None


def _kinds(forms: Forms) -> list[str]:
    kinds: list[str] = []
    for name in ("two", "many", "one"):
        if _is_of(name, forms):
            kinds.append(name)
    return kinds


def _is_one_relative(form: str) -> bool:
    return people.relative(form) not in {None, "family"}


def _forms(folded: str) -> Forms:
    """Give a word as it stands, without an "and", and without an article."""
    forms = [folded, without_and(folded)]
    bare: list[str] = []
    for form in forms:
        for article in ARTICLES:
            noun = form.removeprefix(article)
            bare.append(noun)
    distinct = dict.fromkeys(forms + bare)
    return list(filter(None, distinct))
