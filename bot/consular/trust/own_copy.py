"""A copy of everything that we keep about a person, for that person to read: no codes, no JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people import profile_words
from bot.consular.reference import places
from bot.consular.trust import export, looks
from bot.consular.trust.looks import Look, Looks
from bot.documents.parts import Block, Document, Note, Section, Table
from bot.messages import Form, Language
from bot.models import Person
from bot.text import times
from bot.text.catalogues import UnknownKeyError, say
from bot.text.text import in_language

ZONE = "UTC"
COMMAS: Mapping[Language, str] = {"ar": "، ", "en": ", "}
MAX_LOOKS = 1000
# The parts of an export that are shown as tables, and their columns; what is empty is left out.
TABLES: Mapping[str, Sequence[str]] = {
    "addresses": ("channel", "address", "created_at"),
    "consents": ("version", "agreed_at"),
    "residence": ("country", "city", "told_at"),
    "trips": ("country", "city", "begins_on", "until", "told_at", "ended_at"),
    "place_confirmed": ("at", "confirmer"),
    "place_asked": ("asked_at", "answered_at", "answer"),
    "household": ("relation", "name", "age", "needs"),
    "emergency_contact": ("name", "relation", "phone", "told_at"),
    "profile": ("profession", "field", "skill", "language", "volunteer", "years", "consented_at"),
    "wardens": ("country", "city", "community", "state", "answered_at"),
    "told_by_wardens": ("at", "answer", "words"),
    "shared_with_wardens": ("shared",),
    "came_by_poster": ("names", "since"),
    "merged": ("at", "former"),
    "check_ins": ("at", "status", "via"),
    "cases": ("opened_at", "kind", "state", "about_name", "note"),
    "letters": ("at", "direction", "words"),
    "files": ("received_at", "kind"),
    "seats": ("asked_at", "state", "people", "needs"),
    "sought": ("last_place", "last_contact", "phone"),
    "asked": ("asked_at", "answered_at", "may_tell"),
    "surveys": (
        "asked_at",
        "names",
        "question",
        "reply",
        "answer",
        "companions",
        "answered_at",
    ),
    "received": ("received_at", "words"),
    "sent": ("created_at", "words"),
}
TIMES = frozenset(
    {
        "at",
        "agreed_at",
        "answered_at",
        "asked_at",
        "consented_at",
        "created_at",
        "ended_at",
        "opened_at",
        "placed_at",
        "received_at",
        "since",
        "told_at",
    }
)
# Columns that hold a word of ours; its text is `copy_word_…`.
WORDS = frozenset(
    {
        "age",
        "answer",
        "channel",
        "confirmer",
        "direction",
        "kind",
        "may_tell",
        "needs",
        "relation",
        "shared",
        "state",
        "status",
        "via",
    }
)
# Columns that hold words by language.
TEXTS = frozenset({"names", "question", "reply"})
# Whose words stand in the catalogues for conversations already.
WORD_PREFIXES = {"age": "age", "needs": "need", "relation": "relation"}
PERSON_FACTS = (
    "name",
    "phone",
    "country",
    "city",
    "place_words",
    "location",
    "party_size",
    "placed_at",
    "consented_at",
    "registered_at",
    "stopped_at",
)


async def write(
    session: AsyncSession,
    person: Person,
    language: Language,
    now: datetime,
) -> Document:
    """Write everything that we keep about a person as a document in a language."""
    exported = await export.export(session, person)
    seen = await looks.of(session, person.id, MAX_LOOKS)
    return Document(
        language=language,
        title=_say("copy_title", language),
        subtitle=times.spoken(now, ZONE, language),
        facts=_facts(exported["person"], language),
        sections=[
            *_sections(exported, language),
            _looks_section(seen, language),
        ],
        foot=_say("copy_foot", language),
    )


def _say(
    key: str,
    language: Language,
    **placeholders: Any,
) -> str:
    return say(key, language, Form.CHAT, **placeholders)


def _facts(
    person: Mapping[str, Any],
    language: Language,
) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for column in PERSON_FACTS:
        if person.get(column) is not None:
            label = _say(f"copy_{column}", language)
            lines.append(
                (
                    label,
                    _cell(column, person[column], language),
                )
            )
    return lines


def _sections(
    exported: Mapping[str, Any],
    language: Language,
) -> list[Section]:
    """Write the tables that have rows; the tags stand in a line of their own."""
    sections: list[Section] = []
    if exported["tags"]:
        tags = "، ".join(exported["tags"])
        sections.append(
            Section(
                _say("copy_tags", language),
                [Note(tags)],
            )
        )
    for name, columns in TABLES.items():
        rows = _rows_of(exported[name])
        if rows:
            title = _say(f"copy_{name}", language)
            sections.append(
                Section(
                    title,
                    [_table(rows, columns, language)],
                )
            )
    return sections


def _rows_of(part: Any) -> list[Mapping[str, Any]]:
    """Return a part of an export as rows: several, one, or a single word."""
    match part:
        case None:
            return []
        case str():
            return [{"shared": part}]
        case {"self": own, "members": members}:
            own_rows = [{"needs": own["own_needs"]}] if own.get("own_needs") else []
            return [*own_rows, *members]
        case {"answers": answers}:
            return [{**part, **answers}]
        case Mapping():
            return [part]
        case _:
            return list(part)


def _table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    language: Language,
) -> Table:
    """Write rows with those columns of which any row has something."""
    plain_rows = [_with_words(record) for record in rows]
    used = [column for column in columns if any(record.get(column) for record in plain_rows)]
    cells: list[list[str]] = []
    for record in plain_rows:
        cells.append([_cell(column, record.get(column), language) for column in used])
    headings = [_say(f"copy_{column}", language) for column in used]
    return Table(headings, cells)


def _with_words(record: Mapping[str, Any]) -> dict[str, Any]:
    """Add the words of a message, which stand in its content."""
    content = record.get("content")
    if not isinstance(content, Mapping):
        return dict(record)
    phrases = [
        str(content.get("text", "")),
        str(content.get("payload", "")),
    ]
    for part in ("location", "contact"):
        if content.get(part):
            phrases.append(", ".join(map(str, content[part].values())))
    return {**record, "words": " ".join(filter(None, phrases))}


def _cell(
    column: str,
    content: Any,
    language: Language,
) -> str:
    """Write one thing that we keep, as people say it."""
    if content is None or content == "":
        return ""
    if column in TIMES:
        return times.spoken(
            datetime.fromisoformat(content),
            ZONE,
            language,
        )
    if column == "country":
        return places.country_name(content, language)
    if column == "city":
        return places.city_name(content, language)
    if column in profile_words.DIMENSIONS and not isinstance(content, int):
        return _joined([profile_words.name(column, code, language) for code in content], language)
    if column in TEXTS:
        return in_language(content, language)
    if column == "former":
        return "\n".join(f"{label}: {words}" for label, words in _facts(content, language))
    if column in WORDS:
        return _joined([_word(column, code, language) for code in _codes(content)], language)
    return str(content)


def _codes(content: Any) -> list[str]:
    """Return the codes of a column: needs are several in one text."""
    return str(content).lower().split(",")


def _joined(words: Sequence[str], language: Language) -> str:
    return COMMAS[language].join(words)


def _word(
    column: str,
    code: str,
    language: Language,
) -> str:
    """Write a code of ours as a word."""
    prefix = WORD_PREFIXES.get(column, "copy_word")
    try:
        return _say(f"{prefix}_{code.strip()}", language)
    except UnknownKeyError:
        return code


def _looks_section(
    seen: Looks,
    language: Language,
) -> Section:
    rows = [
        [
            times.spoken(look.at, ZONE, language),
            office(look, language),
            act(look, language),
        ]
        for look in seen.latest
    ]
    headings = [_say(f"copy_{column}", language) for column in ("at", "office", "act")]
    blocks: list[Block] = [Note(_say("looks_lists", language, count=seen.lists))]
    if rows:
        blocks.insert(0, Table(headings, rows))
    return Section(_say("copy_looks", language), blocks)


def office(
    look: Look,
    language: Language,
) -> str:
    """Name the kind of office of a look: "the post in Tunisia"."""
    country = places.country_name(look.country, language) if look.country else ""
    return _say(
        f"look_{look.office}",
        language,
        country=country,
    )


def act(
    look: Look,
    language: Language,
) -> str:
    """Name what was done: "looked at your record"."""
    return _say(f"look_{look.act}", language)
