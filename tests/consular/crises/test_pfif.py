"""Missing people in PFIF 1.4: what goes out, what comes in, and what is refused with its line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import caseload, cases, matches, pfif, pfif_reading, reports
from bot.consular.crises.pfif_reading import NAMESPACE, PfifError
from bot.consular.crises.reports import Description
from bot.consular.errors import ConsularError
from bot.consular.people import facts
from bot.models import Case, CaseKind, Crisis, OutboundMessage, Person, SoughtPerson
from bot.runtime.runtime import Runtime
from tests import builders

HOST = "tammen.example"
FILE = f"""<?xml version="1.0" encoding="UTF-8"?>
<pfif:pfif xmlns:pfif="{NAMESPACE}">
  <pfif:person>
    <pfif:person_record_id>redcrescent.example/p-17</pfif:person_record_id>
    <pfif:entry_date>2026-11-20T08:00:00Z</pfif:entry_date>
    <pfif:expiry_date>2027-11-20T08:00:00Z</pfif:expiry_date>
    <pfif:source_name>الهلال الأحمر</pfif:source_name>
    <pfif:full_name>Ahmed Salem</pfif:full_name>
    <pfif:home_country>LY</pfif:home_country>
    <pfif:note>
      <pfif:source_date>2026-11-20T08:00:00Z</pfif:source_date>
      <pfif:status>believed_missing</pfif:status>
      <pfif:last_known_location>Antakya</pfif:last_known_location>
      <pfif:text>Last seen at the station</pfif:text>
    </pfif:note>
    <pfif:note>
      <pfif:source_date>2026-11-22T08:00:00Z</pfif:source_date>
      <pfif:status>information_sought</pfif:status>
      <pfif:last_known_location>أنطاكيا</pfif:last_known_location>
      <pfif:phone_of_found_person>+218912345678</pfif:phone_of_found_person>
      <pfif:text>شوهد عند المحطة</pfif:text>
    </pfif:note>
  </pfif:person>
  <pfif:person>
    <pfif:person_record_id>redcrescent.example/p-18</pfif:person_record_id>
    <pfif:given_name>هدى</pfif:given_name>
    <pfif:family_name>الزنتاني</pfif:family_name>
  </pfif:person>
</pfif:pfif>
"""


def field(element: Any, tag: str) -> str | None:
    words: str | None = element.findtext(f"{{{NAMESPACE}}}{tag}")
    return words


async def shared_report(
    session: AsyncSession, crisis: Crisis, name: str, runtime: Runtime, is_shared: bool = True
) -> Case:
    """A report of this crisis, about somebody of this name."""
    now = runtime.clock()
    reporter = await builders.person(session, now, "sms:+218925550000", phone="+218925550000")
    await facts.set_name(session, reporter, "منى الورفلي")
    report = await cases.report(session, reporter, "brother", "missing", "خوي مفقود", now)
    report.crisis_id = crisis.id
    await reports.describe(
        session, report, Description(name, "الخرطوم", "من يومين", "+218911112222")
    )
    if is_shared:
        await reports.share(session, report, reporter, now)
    return report


async def test_a_file_asks_about_people_and_tells_nothing_of_anybody(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        report = await shared_report(session, crisis, "علي سالم الورفلي", runtime)
        sought = await builders.person(session, now)
        await facts.set_name(session, sought, "Ali Salem Werfalli")
        await matches.confirm(session, team.officer, report, sought.id, now)
        document = await pfif.export(session, team.officer, crisis, HOST, now)
        notes = await trail.of(session, f"crisis:{crisis.id}")
    assert document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    for secret in ("منى", "+218925550000", "+218911112222", "Werfalli", "TR"):
        assert secret.encode() not in document
    root = etree.fromstring(document)
    (person,) = root
    (note,) = person.findall(f"{{{NAMESPACE}}}note")
    assert field(person, "person_record_id") == f"{HOST}/report-{report.id}"
    assert field(person, "full_name") == "علي سالم الورفلي"
    assert (field(person, "given_name"), field(person, "family_name")) == ("علي سالم", "الورفلي")
    assert field(person, "entry_date") == now.strftime("%Y-%m-%dT%H:%M:%SZ")
    ending = now + timedelta(days=30)
    assert field(person, "expiry_date") == ending.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert field(note, "status") == "information_sought"
    assert field(note, "last_known_location") == "الخرطوم"
    assert field(note, "text") == "من يومين"
    assert notes[0].action == "reports.exported"
    assert notes[0].detail["people"] == 1


async def test_only_open_reports_that_their_reporters_shared_go_out(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        await shared_report(session, crisis, "علي", runtime, is_shared=False)
        imported = await pfif.take(
            session, team.officer, pfif_reading.read(FILE.encode()), crisis, now
        )
        assert len(imported.case_ids) == 2
        document = await pfif.export(session, team.officer, crisis, HOST, now)
        assert list(etree.fromstring(document)) == []
        for account in (team.post, team.auditor):
            with pytest.raises(ConsularError, match="may not do that"):
                await pfif.export(session, account, crisis, HOST, now)


async def test_a_file_becomes_reports_once_and_they_are_matched(runtime: Runtime) -> None:
    now = runtime.clock()
    records = pfif_reading.read(FILE.encode())
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        known = await builders.person(session, now, "sms:+218912345678")
        await facts.set_name(session, known, "أحمد سالم")
        taken = await pfif.take(session, team.officer, records, None, now)
        again = await pfif.take(session, team.officer, records, None, now)
        assert (len(taken.case_ids), taken.known) == (2, 0)
        assert (again.case_ids, again.known) == ([], 2)
        assert await session.scalar(select(func.count()).select_from(SoughtPerson)) == 2
        dossier = await caseload.look(session, team.officer, taken.case_ids[0], now)
        report = dossier.row.case
        assert (report.kind, report.relation, report.matter) == (
            CaseKind.RELATIVE,
            "other",
            "missing",
        )
        assert report.note == (
            "PFIF · الهلال الأحمر · redcrescent.example/p-17\nAhmed Salem\nLY\nأنطاكيا\n"
            "شوهد عند المحطة\n+218912345678\n[information_sought]"
        )
        search = dossier.search
        assert search is not None
        assert search.sought is not None
        assert (search.sought.source, search.sought.record) == (
            "الهلال الأحمر",
            "redcrescent.example/p-17",
        )
        assert [(each.person.id, each.points) for each in search.candidates] == [(known.id, 120)]
        await matches.confirm(session, team.officer, report, known.id, now)
        assert await session.scalar(select(func.count()).select_from(OutboundMessage)) == 0
        second = await cases.get(session, taken.case_ids[1])
        assert second.about_name == "هدى الزنتاني"


async def test_records_whose_time_is_over_are_left_out(runtime: Runtime) -> None:
    records = pfif_reading.read(FILE.encode())
    later = runtime.clock() + timedelta(days=1000)
    async with runtime.db.begin() as session:
        team = await builders.team(session, later)
        taken = await pfif.take(session, team.officer, records, None, later)
        assert (len(taken.case_ids), taken.expired) == (1, 1)
        assert await session.scalar(select(func.count()).select_from(Person)) == 1


def changed(old: str, new: str) -> bytes:
    assert old in FILE
    return FILE.replace(old, new).encode()


REFUSED = [
    (b"", "from line 1 on"),
    (b"name;place\nAhmed;Antakya", "from line 1 on"),
    (changed("</pfif:given_name>", "</pfif:name>"), "from line 26 on"),
    (changed(NAMESPACE, "http://zesty.ca/pfif/1.3"), "Line 2: this is not PFIF 1.4"),
    (b'<pfif xmlns="http://zesty.ca/pfif/1.4"/>', "There is no person in it"),
    (
        changed("<pfif:full_name>Ahmed Salem</pfif:full_name>", ""),
        "Line 3: full_name is missing",
    ),
    (
        changed("<pfif:person_record_id>redcrescent.example/p-18</pfif:person_record_id>", ""),
        "Line 24: person_record_id is missing",
    ),
    (changed("redcrescent.example/p-18", "p 18"), "Line 25: person_record_id cannot be “p 18”"),
    (changed("believed_missing</", "missing</"), None),  # of a note that a later one overtook
    (changed("information_sought</", "sought</"), "Line 18: status cannot be “sought”"),
    (changed("2027-11-20T08:00:00Z", "in a year"), "Line 6: expiry_date cannot be “in a year”"),
    (changed("2027-11-20T08:00:00Z", "2027-13-40T08:00:00Z"), "Line 6: expiry_date cannot be"),
    (changed("<pfif:pfif ", '<!DOCTYPE x [<!ENTITY a "b">]>\n<pfif:pfif '), "Line 2: it has a doc"),
    (b"\xff\xfe" + FILE.encode("utf-16-le"), "not in UTF-8"),
    (b" " * 5_000_001, "larger than 5 MB"),
]


@pytest.mark.parametrize(("document", "reason"), REFUSED)
def test_a_file_with_a_mistake_is_refused_as_a_whole_with_its_line(
    document: bytes, reason: str | None
) -> None:
    if reason is None:
        assert len(pfif_reading.read(document)) == 2
        return
    with pytest.raises(PfifError) as refusal:
        pfif_reading.read(document)
    assert reason in str(refusal.value)


def test_a_file_of_too_many_people_is_refused() -> None:
    person = "<person><person_record_id>a.example/{}</person_record_id></person>"
    people = "".join(map(person.format, range(501)))
    with pytest.raises(PfifError, match="more than 500 people"):
        pfif_reading.read(f'<pfif xmlns="{NAMESPACE}">{people}</pfif>'.encode())


def test_what_we_write_we_can_read() -> None:
    records = pfif_reading.read(FILE.encode())
    assert [record.name for record in records] == ["Ahmed Salem", "هدى الزنتاني"]
    assert records[1].source == "redcrescent.example"
