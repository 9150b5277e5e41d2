"""Other people's PFIF 1.4, read with suspicion: a file is taken as a whole or refused.

Nothing here opens a file or an address, expands an entity or follows a reference. A refusal names
the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from bot.consular.errors import N_, ConsularError, Quote
from bot.text.text import clean

NAMESPACE = "http://zesty.ca/pfif/1.4"
SOUGHT = "information_sought"
STATUSES = (
    SOUGHT,
    "believed_missing",
    "believed_alive",
    "believed_dead",
    "is_note_author",
)
MAX_DOCUMENT_BYTES = 5_000_000
MAX_PEOPLE = 500  # of one file: each becomes a case that somebody must read
MAX_FIELD_CHARS = 200
MAX_TEXT_CHARS = 1500
MAX_QUOTED_CHARS = 40  # of a wrong value in a message
_RECORD_ID = re.compile(r"[A-Za-z0-9.-]{1,100}/[^\s<>]{1,200}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)

Element = Any  # lxml's; its stubs know it as a private class


class PfifError(ConsularError):
    """A refusal of a file; the words name the line."""


@dataclass(frozen=True, slots=True)
class Record:
    """A person in a file, with the latest of the notes about them; "" for what is not told."""

    record_id: str
    name: str
    source: str
    home_country: str
    last_place: str
    last_contact: str
    phone: str
    status: str
    expiry: datetime | None

    def holds(self, now: datetime) -> bool:
        """Tell whether the time of the record is not over."""
        return self.expiry is None or self.expiry > now

    def words(self) -> str:
        """Write what the file tells, as staff read it in the case."""
        lines = [
            f"PFIF · {self.source} · {self.record_id}",
            self.name,
            self.home_country,
            self.last_place,
            self.last_contact,
            self.phone,
            f"[{self.status}]" if self.status else "",
        ]
        return "\n".join(filter(None, lines))


def read(document: bytes) -> list[Record]:
    """Read all people of a file. Raises PfifError when one of them is refused."""
    root = _root(document)
    if root.tag != _name("pfif"):
        raise PfifError(
            N_(
                "Line {line}: this is not PFIF 1.4, whose outermost element is pfif in {namespace}."
            ),
            line=_line(root),
            namespace=Quote(NAMESPACE),
        )
    people = root.findall(_name("person"))
    if not people:
        raise PfifError(N_("There is no person in it."))
    if len(people) > MAX_PEOPLE:
        raise PfifError(N_("It holds more than {most} people: send it in parts."), most=MAX_PEOPLE)
    notes = root.findall(_name("note"))
    return [_record(person, notes) for person in people]


def _root(document: bytes) -> Element:
    """Parse a document that holds no trap, and return its outermost element."""
    if len(document) > MAX_DOCUMENT_BYTES:
        megabytes = MAX_DOCUMENT_BYTES // 1_000_000
        raise PfifError(N_("It is larger than {most} MB."), most=megabytes)
    if b"\0" in document:
        raise PfifError(N_("It is not in UTF-8: save it as UTF-8."))
    for marker in (b"<!DOCTYPE", b"<!ENTITY"):
        before, found_marker, _after = document.partition(marker)
        if found_marker:
            raise _has_document_type(before.count(b"\n") + 1)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root: Element = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise PfifError(
            N_("It is not XML that can be read, from line {line} on."), line=line
        ) from None
    if root.getroottree().docinfo.doctype:
        raise _has_document_type(1)
    return root


def _has_document_type(line: int) -> PfifError:
    return PfifError(
        N_("Line {line}: it has a document type (DTD). PFIF needs none, and it may be a trap."),
        line=line,
    )


def _record(person: Element, notes: list[Element]) -> Record:
    """Read one person with the notes inside it, and those beside it that are about it."""
    record_id = _required(person, "person_record_id")
    if _RECORD_ID.fullmatch(record_id) is None:
        raise _wrong(person, "person_record_id", record_id)
    own_notes = person.findall(_name("note"))
    for note in notes:
        if _field(note, "person_record_id") == record_id:
            own_notes.append(note)
    latest = _latest(own_notes)
    return Record(
        record_id=record_id,
        name=_full_name(person),
        source=_field(person, "source_name") or record_id.partition("/")[0],
        home_country=_field(person, "home_country"),
        last_place=_of_note(latest, "last_known_location"),
        last_contact=_of_note(latest, "text", MAX_TEXT_CHARS),
        phone=_of_note(latest, "phone_of_found_person"),
        status=_status(latest),
        expiry=_time(person, "expiry_date"),
    )


def _full_name(person: Element) -> str:
    """Return the name of a person, from its parts where it is not there whole."""
    name = _field(person, "full_name")
    if name:
        return name
    parts = [_field(person, "given_name"), _field(person, "family_name")]
    joined = " ".join(filter(None, parts))
    return joined or _required(person, "full_name")


def _latest(notes: list[Element]) -> Element | None:
    """Return the note that was written last."""
    latest: Element | None = None
    latest_at: datetime | None = None
    for note in notes:
        written_at = _time(note, "source_date") or _time(note, "entry_date")
        is_later = latest_at is None or (written_at is not None and written_at >= latest_at)
        if is_later:
            latest = note
            latest_at = written_at
    return latest


def _of_note(note: Element | None, tag: str, limit: int = MAX_FIELD_CHARS) -> str:
    if note is None:
        return ""
    return _field(note, tag, limit)


def _status(note: Element | None) -> str:
    status = _of_note(note, "status")
    if status and status not in STATUSES:
        raise _wrong(note, "status", status)
    return status


def _time(element: Element, tag: str) -> datetime | None:
    written = _field(element, tag)
    if not written:
        return None
    if _TIME.fullmatch(written) is None:
        raise _wrong(element, tag, written)
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except ValueError:
        raise _wrong(element, tag, written) from None


def _required(element: Element, tag: str) -> str:
    content = _field(element, tag)
    if not content:
        raise PfifError(
            N_("Line {line}: {field} is missing."),
            line=_line(element),
            field=Quote(tag),
        )
    return content


def _field(element: Element, tag: str, limit: int = MAX_FIELD_CHARS) -> str:
    """Return the words of a field; "" where it is not there."""
    return clean(element.findtext(_name(tag)) or "", limit)


def _wrong(element: Element, tag: str, content: str) -> PfifError:
    field = element.find(_name(tag))
    return PfifError(
        N_("Line {line}: {field} cannot be “{content}”."),
        line=_line(field),
        field=Quote(tag),
        content=Quote(content[:MAX_QUOTED_CHARS]),
    )


def _line(element: Element) -> int:
    return int(element.sourceline or 1)


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"
