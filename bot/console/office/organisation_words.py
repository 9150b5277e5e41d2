"""What a change of the directory of organisations would change, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.office.differences import Difference
from bot.consular.changes.kinds import OrganisationEntry, OrganisationRemoval
from bot.consular.reference import organisation_entries, organisation_kinds, places
from bot.consular.reference.organisation_entries import Entry
from bot.messages import Language
from bot.models import Organisation, OrganisationKind
from bot.pages import rendering
from bot.pages.rendering import N_
from bot.text.text import in_language

# The fields that are words, days and numbers as they stand.
PLAIN = {
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "website": N_("Web address"),
    "contact_name": N_("Person responsible"),
    "contact_agreed_on": N_("Agreed to be named on"),
    "source": N_("Source"),
    "checked_on": N_("Last checked"),
}


async def of_entry(
    session: AsyncSession,
    change: OrganisationEntry,
    language: Language,
) -> list[Difference]:
    """Compare what the directory says with what it would say."""
    before: dict[str, str] = {}
    organisation = await session.get(Organisation, change.organisation_id or 0)
    if organisation is not None:
        before = _lines(organisation_entries.of(organisation), language)
    after = _lines(change.entry, language)
    country = places.country_name(change.entry.country, language)
    differences = [Difference(in_language(change.entry.names, language), "", country)]
    for label, words in after.items():
        words_before = before.get(label, "")
        if words != words_before:
            differences.append(Difference(label, words_before, words))
    return differences


def _lines(entry: Entry, language: Language) -> dict[str, str]:
    """Return what an entry says, by the label of each field."""
    city = places.city_name(entry.city, language) if entry.city else ""
    kind = organisation_kinds.name(OrganisationKind(entry.kind), language)
    lines = {
        **_by_language(N_("Name"), entry.names, language),
        _say(N_("Kind"), language): kind,
        _say(N_("City"), language): city,
        **_by_language(N_("Description"), entry.descriptions, language),
    }
    for field, label in PLAIN.items():
        lines[_say(label, language)] = getattr(entry, field)
    return lines


def _by_language(
    label: str,
    words: Mapping[str, str],
    language: Language,
) -> dict[str, str]:
    lines: dict[str, str] = {}
    for code, text in words.items():
        lines[f"{_say(label, language)} ({rendering.language_name(code, language)})"] = text
    return lines


async def of_removal(
    session: AsyncSession,
    change: OrganisationRemoval,
    language: Language,
) -> list[Difference]:
    """Name the organisation that people would no longer be told of, and why."""
    organisation = await session.get(Organisation, change.organisation_id)
    name = str(change.organisation_id)
    if organisation is not None:
        name = in_language(organisation.names, language)
    return [
        Difference(name, _say(N_("in the list"), language), _say(N_("removed"), language)),
        Difference(_say(N_("Why"), language), "", change.reason),
    ]


def _say(message: str, language: Language) -> str:
    return str(rendering.words(language).ugettext(message))
