"""Missing people as PFIF 1.4 (zesty.ca/pfif/1.4), for other organisations that search.

Out go reports whose reporter agreed to it, as questions: nothing that we know of anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lxml import etree
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import cases, crises, reports
from bot.consular.crises.pfif_reading import NAMESPACE, SOUGHT, Record
from bot.consular.crises.reports import Description
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import Case, CaseState, Crisis, Person, SoughtPerson, Staff

LIFE = timedelta(days=30)  # of an exported record: then whoever has it deletes it
MAX_RECORDS = 5000  # of one export
NO_HOST = "tammen.invalid"  # begins the numbers of records where no address is set
NO_WORDS = "-"  # PFIF wants a text in every note

Element = Any  # lxml's; its stubs know it as a private class


@dataclass(frozen=True, slots=True)
class Import:
    """What came of a file: the numbers of the new cases, and how many records were left out."""

    case_ids: list[int]
    known: int  # they are here already
    expired: int  # their time is over


async def export(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    host: str,
    now: datetime,
) -> bytes:
    """Write the reports of a crisis that reporters let us share, as one document in UTF-8.

    `host` is the domain that the numbers of records begin with. The audit trail knows how many.
    Raises ConsularError.
    """
    roles.require(staff, "exchange")
    document: Element = etree.Element(_name("pfif"), nsmap={"pfif": NAMESPACE})
    shared = (await session.execute(_shared(crisis))).all()
    for report, sought in shared:
        document.append(_person(report, sought, host, now))
    actor = roles.actor(staff)
    subject = f"crisis:{crisis.id}"
    await trail.note(session, actor, "reports.exported", subject, now, people=len(shared))
    written: bytes = etree.tostring(
        document,
        encoding="UTF-8",
        xml_declaration=True,
        pretty_print=True,
    )
    return written


def _shared(crisis: Crisis) -> Any:
    """Select open reports of a crisis that other organisations may read, with what they tell.

    Whether somebody was found on record changes nothing here: who reads the document must not
    learn from a gap that somebody is.
    """
    return (
        select(Case, SoughtPerson)
        .join(SoughtPerson, SoughtPerson.case_id == Case.id)
        .join(Person, Person.id == Case.person_id)
        .where(
            Case.crisis_id == crisis.id,
            Case.relation.is_not(None),
            Case.about_name.is_not(None),
            Case.state != CaseState.CLOSED,
            SoughtPerson.shared_at.is_not(None),
            SoughtPerson.record_index.is_(None),  # what others gave us is theirs to share
            Person.synthetic.is_(crisis.drill),
        )
        .order_by(Case.id)
        .limit(MAX_RECORDS)
    )


def _person(
    report: Case,
    sought: SoughtPerson,
    host: str,
    now: datetime,
) -> Element:
    """Write one person by name, with a note that asks about them."""
    record_id = f"{host}/report-{report.id}"
    name = report.about_name or ""
    first_names, _, family_name = name.rpartition(" ")
    is_split = bool(first_names)
    person: Element = etree.Element(_name("person"))
    _add(person, "person_record_id", record_id)
    _add(person, "entry_date", _time(report.opened_at))
    _add(person, "expiry_date", _time(now + LIFE))
    _add(person, "author_name", host)
    _add(person, "source_name", host)
    _add(person, "source_date", _time(report.written_at or report.opened_at))
    _add(person, "full_name", name)
    _add(person, "given_name", first_names or name)
    _add(person, "family_name", family_name if is_split else "")
    person.append(_note(report, sought, record_id, host))
    return person


def _note(
    report: Case,
    sought: SoughtPerson,
    record_id: str,
    host: str,
) -> Element:
    """Write the question: where the person was seen last, and when they were heard of."""
    note: Element = etree.Element(_name("note"))
    _add(note, "note_record_id", f"{record_id}.1")
    _add(note, "person_record_id", record_id)
    _add(note, "entry_date", _time(report.opened_at))
    _add(note, "author_name", host)
    _add(note, "source_date", _time(report.written_at or report.opened_at))
    _add(note, "author_made_contact", "false")
    _add(note, "status", SOUGHT)
    _add(note, "last_known_location", sought.last_place or "")
    _add(note, "text", sought.last_contact or NO_WORDS)
    return note


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _add(parent: Element, tag: str, words: str) -> None:
    """Add a field; one without words is left out."""
    if words:
        field: Element = etree.SubElement(parent, _name(tag))
        field.text = words


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


async def take(
    session: AsyncSession,
    staff: Staff,
    records: list[Record],
    crisis: Crisis | None,
    now: datetime,
) -> Import:
    """Open a case for each record of a file that is new and still holds. Raises ConsularError.

    The reporter of all of them stands for whoever made the file: nobody can write to them.
    """
    roles.require(staff, "exchange")
    if crisis is not None and not crises.concerns(staff, crisis):
        raise ConsularError("There is no such crisis.")
    current = [record for record in records if record.holds(now)]
    case_ids = await _open_each(session, current, crisis, now)
    actor = roles.actor(staff)
    count = len(case_ids)
    await trail.note(session, actor, "reports.imported", "cases", now, people=count)
    return Import(
        case_ids,
        known=len(current) - count,
        expired=len(records) - len(current),
    )


async def _open_each(
    session: AsyncSession,
    records: list[Record],
    crisis: Crisis | None,
    now: datetime,
) -> list[int]:
    """Open a case for each record that is not here; return their numbers."""
    case_ids: list[int] = []
    source: Person | None = None
    for record in records:
        if await _is_known(session, record):
            continue
        if source is None:
            source = await _source(session, record, now)
        report = await _open(session, source, record, now)
        report.crisis_id = crisis.id if crisis else None
        case_ids.append(report.id)
    await session.flush()
    return case_ids


async def _is_known(session: AsyncSession, record: Record) -> bool:
    query = select(SoughtPerson.case_id).where(SoughtPerson.record_index == record.record_id)
    return await session.scalar(query.limit(1)) is not None


async def _source(session: AsyncSession, record: Record, now: datetime) -> Person:
    """Add the person who stands for whoever made a file; they have no address."""
    source = Person(created_at=now, name=record.source)
    session.add(source)
    await session.flush()
    return source


async def _open(
    session: AsyncSession,
    source: Person,
    record: Record,
    now: datetime,
) -> Case:
    report = await cases.open_about(session, source, record.words(), now)
    told = Description(
        record.name,
        record.last_place,
        record.last_contact,
        record.phone,
    )
    sought = await reports.describe(session, report, told)
    sought.source = record.source
    sought.record = record.record_id
    sought.record_index = record.record_id
    return report
