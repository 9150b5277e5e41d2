"""Whom to call in an emergency, in somebody's words: "my brother Ali +218 91 …"."""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogue import phones
from nlu.language.folding import words
from nlu.language.reading import household_items, names, phrases
from nlu.language.reading.household_items import Item
from nlu.language.reading.phrases import Span

CONTACT = "home_contact"
CONTACT_IF = "home_contact_if"  # says so only with a number: "if something happens, call …"
MAX_NAME_WORDS = 3


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """What was read of a contact; of several numbers, the first that was told counts."""

    name: str | None
    relation: str | None
    phone: str | None


def read(text: str, country: str | None) -> ContactDraft:
    """Read a name, a relation and a number; `country` (alpha-2) is where the writer is."""
    items = household_items.items(text)
    tokens = words(text)
    spans = [
        *phrases.find(CONTACT, tokens),
        *phrases.find(CONTACT_IF, tokens),
    ]
    outside = [item for item in items if not _is_within(item, spans)]
    numbers = phones.numbers(
        text,
        country,
        is_asked=True,
    )
    return ContactDraft(
        _name(text, outside),
        _relation(outside),
        numbers[0] if numbers else None,
    )


def tells_contact(text: str, country: str | None) -> bool:
    """Tell whether a text says whom to call in an emergency; `country` is the writer's."""
    tokens = words(text)
    if phrases.has(CONTACT, tokens):
        return True
    return phrases.has(CONTACT_IF, tokens) and has_number(text, country)


def has_number(text: str, country: str | None) -> bool:
    """Tell whether a text has a telephone number."""
    return bool(phones.numbers(text, country, is_asked=True))


def _is_within(item: Item, spans: list[Span]) -> bool:
    return any(span.start <= item.at < span.end for span in spans)


def _relation(items: list[Item]) -> str | None:
    for item in items:
        if item.kind == "one":
            return item.code
    return None


def _name(text: str, items: list[Item]) -> str | None:
    """Return the first words that are a name: behind a relative, or known names, or capitals."""
    tokens = words(text)
    name: list[str] = []
    for item in items:
        token = tokens[item.at]
        written = text[token.start : token.end]
        is_name = item.kind == "name" or _is_like_name(
            item,
            written,
            token.folded,
        )
        if is_name and len(name) < MAX_NAME_WORDS:
            name.append(item.code if item.kind == "name" else written)
        elif name:
            break
    return " ".join(name) or None


def _is_like_name(
    item: Item,
    written: str,
    folded: str,
) -> bool:
    """Tell whether a word that no list has is a name."""
    if item.kind not in {"unknown", "place"} or not folded.isalpha():
        return False
    return names.is_name(folded) or written[0].isupper()
