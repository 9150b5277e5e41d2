"""How many the writer and those with them are, where a clause lists them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.language import numbers, people
from nlu.language.folding import Word
from nlu.language.reading import names, phrases

MOST = 20  # people of a list; a higher number counts something else
# Words between the people of a list.
BETWEEN = frozenset(
    (
        *("و", "w", "and", "my", "our", "the", "a", "el", "al", "with", "plus", "also", "&"),
        *("بس", "فقط", "just", "only", "bs", "bas", "الا", "غير", "متاعي", "mta3i", "مع", "m3a"),
    )
)
ARTICLES = ("ال", "al", "el")


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


def size(tokens: Sequence[Word]) -> int | None:
    """Count a list of the writer and their company: "me, my wife and two girls" is 4.

    None where there is no list, or a part of it has no number ("me and the kids").
    """
    start = 0 if _ends_with_writer(tokens) else _after_writer(tokens)
    company = _List()
    for word in tokens[start or 0 :]:
        if not _take(company, word):
            if start is None:
                return None
            break
    if start is None and not _is_whole_list(company):
        return None
    if company.group or company.members == 0:
        return None
    return company.total if company.total <= MOST else None


def _is_whole_list(company: _List) -> bool:
    """Tell whether a list without "me" counts those beside the writer: "wife and 2 kids"."""
    has_relative = company.relatives > 0
    return has_relative and company.members > 1


def _after_writer(tokens: Sequence[Word]) -> int | None:
    """Find where those beside the writer begin: after "me", "with me"."""
    for name in ("with_me", "myself"):
        for span in phrases.find(name, tokens):
            if not phrases.has("with_us", tokens[span.start : span.end]):
                return span.end
    return _after_name(tokens)


def _ends_with_writer(tokens: Sequence[Word]) -> bool:
    """Tell whether a list names the writer last: "my husband and I"."""
    spans = phrases.find("myself", tokens)
    if not spans:
        return False
    last = spans[-1]
    return last.start > 0 and last.end == len(tokens)


def _after_name(tokens: Sequence[Word]) -> int | None:
    """Find the end of the writer's name before "and my wife"."""
    start = 0
    while start < len(tokens) and names.is_name(tokens[start].folded):
        start += 1
    is_joined = 0 < start < len(tokens) and tokens[start].folded[0] in "وw"
    return start if is_joined else None


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
    elif "one" in kinds or any(_is_one_relative(form) for form in forms):
        company.relatives += 1
        company.add(company.pending or 1)
    else:
        return word.folded in BETWEEN
    return True


def _take_group(company: _List) -> None:
    """Take a noun in the plural; its number may come after it: «البنات الثلاثة»."""
    if company.pending:
        company.add(company.pending)
    else:
        company.group = True


def _is_of(name: str, forms: Sequence[str]) -> bool:
    known = phrases.lists()[name].by_word
    return any((form,) in known.get(form, ()) for form in forms)


def _number(forms: Sequence[str]) -> int | None:
    for form in forms:
        number = numbers.value(form)
        if number:
            return number
    return None


def _kinds(forms: Sequence[str]) -> list[str]:
    kinds: list[str] = []
    for name in ("two", "many", "one"):
        if _is_of(name, forms):
            kinds.append(name)
    return kinds


def _is_one_relative(form: str) -> bool:
    return people.relative(form) not in {None, "family"}


def _forms(folded: str) -> list[str]:
    """Give a word as it stands, without an "and", and without an article."""
    forms = [folded]
    if folded[0] == "و" and len(folded) > 3:
        forms.append(folded[1:])
    bare: list[str] = []
    for form in forms:
        for article in ARTICLES:
            bare.append(form.removeprefix(article))
    distinct = dict.fromkeys([*forms, *bare])
    return list(filter(None, distinct))
