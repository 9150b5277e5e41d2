"""The texts that flows say: where each is said first, and whether both catalogues have it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from bot.dialogue.flow import TEXT_PREFIX, Flows, Mistake, Script, Step
from bot.messages import Language
from bot.text.catalogues import SMS_SUFFIX, Catalogue
from bot.text.sender import PLACEHOLDER

Catalogues = Mapping[Language, Catalogue]

NAME = re.compile(r"^[a-z_]+$")  # of a placeholder
# What has no text of its own: keys the program says by itself.
OWN_TEXTS = (
    "utter_bot_is_back",
    "utter_budget_spent",
    "utter_fault",
    "utter_officer_writes",
    "utter_noted",
    "utter_noted_first",
    "utter_safe_also",
    "utter_staying_also",
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text is said first: file, line (from 1), flow and step."""

    file: str
    line: int
    flow: str = ""
    step: str = ""

    def mistake(self, message: str) -> Mistake:
        """Write a mistake about the text."""
        return Mistake(
            self.file,
            self.line,
            self.flow,
            self.step,
            message,
        )


def keys(flows: Flows) -> dict[str, Source]:
    """Find every text that the flows can say, and where it is said first."""
    sources = dict.fromkeys(OWN_TEXTS, Source("bot/conversation.py", 1))
    for script in flows.scripts.values():
        for key, source in _said_by(flows, script):
            sources.setdefault(key, source)
    for key, response in flows.responses.items():
        declared = Source("flows/domain.yml", 1, step=key)
        source = sources.get(key, declared)
        for button in response.buttons:
            sources.setdefault(button.title, source)
    return sources


def _said_by(flows: Flows, script: Script) -> Iterator[tuple[str, Source]]:
    """Yield the texts of one flow: its label and those of its steps."""
    if script.flow.label:
        yield script.flow.label, _source(script, "")
    for step_id, step in script.steps.items():
        source = _source(script, step_id)
        for key in _said(flows, step):
            yield key, source


def _source(script: Script, step_id: str) -> Source:
    place = script.places[step_id]
    return Source(
        place.file,
        place.line,
        script.name,
        step_id,
    )


def _said(flows: Flows, step: Step) -> Iterator[str]:
    """Yield the texts of one step."""
    if step.says:
        yield step.says
    if not step.collect:
        return
    yield step.question
    slot = flows.slots.get(step.collect)
    if slot:
        yield f"utter_retry_{slot.type}"
    for rejection in step.rejections:
        yield rejection.utter
    if step.skip:
        yield "label_skip"


def check(flows: Flows, catalogues: Catalogues) -> Iterator[Mistake]:
    """Check that every text is in both catalogues, is said by something, and fits its slots."""
    sources = keys(flows)
    for language, catalogue in catalogues.items():
        file = _file(language)
        for key, source in sources.items():
            if key not in catalogue.entries:
                yield source.mistake(f"{key} is missing in {file}")
        for key, entry in catalogue.entries.items():
            for message in _entry(flows, sources, key, entry):
                yield _in_catalogue(language, entry, key, message)
    yield from _missing(catalogues, "ar", "en")
    yield from _missing(catalogues, "en", "ar")
    yield from _unequal(catalogues)


def _file(language: str) -> str:
    return f"locales/{language}/LC_MESSAGES/flows.po"


def _in_catalogue(
    language: str,
    entry: Any,
    key: str,
    message: str,
) -> Mistake:
    return Mistake(
        _file(language),
        entry.lineno or 1,
        "",
        key,
        message,
    )


def _entry(
    flows: Flows,
    sources: Container[str],
    key: str,
    entry: Any,
) -> Iterator[str]:
    """Check one text of a catalogue; yield what is wrong, in words."""
    if not all(_forms(entry)):
        yield "has no text"
    if not _is_said(flows, sources, key):
        yield "no flow says this"
    if not key.startswith(TEXT_PREFIX):
        return
    undeclared = _placeholders(entry) - flows.slots.keys() - {PLACEHOLDER}
    for slot in sorted(undeclared):
        yield f"slot {slot} is not declared"


def _is_said(
    flows: Flows,
    sources: Container[str],
    key: str,
) -> bool:
    """Tell whether a flow says a text, on some screen."""
    plain = key.removesuffix(SMS_SUFFIX)
    if not plain.startswith((TEXT_PREFIX, "label_")):
        return True
    return plain in sources or plain in flows.responses


def _missing(
    catalogues: Catalogues,
    language: Language,
    lacking: Language,
) -> Iterator[Mistake]:
    """Find the keys of one language that the other lacks."""
    entries = catalogues[language].entries
    missing = entries.keys() - catalogues[lacking].entries.keys()
    for key in sorted(missing):
        yield _in_catalogue(language, entries[key], key, f"is missing in {lacking}")


def _unequal(catalogues: Catalogues) -> Iterator[Mistake]:
    """Find placeholders that differ between the languages."""
    arabic = catalogues["ar"].entries
    english = catalogues["en"].entries
    for key in sorted(arabic.keys() & english.keys()):
        left = _placeholders(arabic[key])
        right = _placeholders(english[key])
        if left == right:
            continue
        message = f"placeholders differ: ar {sorted(left)}, en {sorted(right)}"
        yield _in_catalogue("ar", arabic[key], key, message)


def _forms(entry: Any) -> list[str]:
    if isinstance(entry.string, str):
        return [entry.string]
    return list(entry.string)


def _placeholders(entry: Any) -> set[str]:
    """Find the names in braces, in any form (a plural form may do without its number)."""
    names = set()
    for form in _forms(entry):
        for _literal, name, _spec, _conversion in Formatter().parse(form):
            if name is None:
                continue
            if NAME.match(name):
                names.add(name)
            else:
                names.add(f"bad name {name!r}")
    return names
