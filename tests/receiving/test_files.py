"""Photos, recordings and documents: fetched from Telegram, checked, kept with the case."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, text

from bot.consular.crises import cases, files, joining_cases
from bot.consular.trust import export, rights
from bot.models import CaseFile, CaseFilePart, CaseKind, FileState, Person
from bot.receiving.files import fetch_due
from tests import builders
from tests.correspondent import Correspondent
from tests.servers.telegram import DOWN

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 400
OGG = b"OggS\x00\x02" + b"\0" * 22 + b"\x01\x13OpusHead" + b"\0" * 100
HTML = b"<html><script>alert(1)</script></html>"


def photo(file_id: str) -> list[dict[str, Any]]:
    """A photo as Telegram tells of it."""
    return [{"file_id": file_id, "file_unique_id": "u", "width": 9, "height": 9}]


async def begun(line: Correspondent) -> int:
    """Have the person known, with an open case; return its number."""
    await line.settled_in()
    now = line.clock()
    async with line.runtime.db.begin() as session:
        person = (await session.scalars(select(Person))).one()
        case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
        return case.id


async def states(line: Correspondent) -> list[tuple[str, str | None, int | None]]:
    return [(file.state.value, file.media_type, file.size) for file in await line.rows(CaseFile)]


async def test_a_photo_of_somebody_with_a_case_is_fetched_and_kept_encrypted(
    line: Correspondent,
) -> None:
    case_id = await begun(line)
    line.bot_api.files["p1"] = PNG
    await line.write(photo=photo("p1"))
    assert await states(line) == [("waiting", None, None)]
    assert await fetch_due(line.runtime) == 1
    assert await states(line) == [("stored", "image/png", len(PNG))]
    assert await fetch_due(line.runtime) == 0
    now = line.clock()
    async with line.runtime.db.begin() as session:
        team = await builders.team(session, now)
        case = await cases.get(session, case_id)
        assert await files.read(session, team.post, case, 1, now) == ("image/png", PNG)
        stored = await session.scalars(text("SELECT content FROM case_file_parts ORDER BY number"))
        pieces = [bytes(piece) for piece in stored]
    assert len(pieces) == 3
    assert not any(b"PNG" in piece for piece in pieces)


async def test_whoever_has_no_case_has_no_file_kept(line: Correspondent) -> None:
    await line.settled_in()
    await line.write(photo=photo("p1"))
    assert await states(line) == []


@pytest.mark.parametrize("content", [HTML, b"", b"MZ\x90\0" + b"\0" * 99, b"hello"])
async def test_other_types_are_refused(line: Correspondent, content: bytes) -> None:
    await begun(line)
    line.bot_api.files["d1"] = content
    document = {"file_id": "d1", "file_unique_id": "u", "mime_type": "image/png"}
    await line.write(document=document)
    await fetch_due(line.runtime)
    assert await states(line) == [("refused", None, None)]
    assert [file.source for file in await line.rows(CaseFile)] == [None]


async def test_a_file_that_is_too_large_is_not_read_to_its_end(line: Correspondent) -> None:
    await begun(line)
    line.bot_api.files["d1"] = PNG + bytes(files.MAX_FILE_BYTES)
    await line.write(photo=photo("d1"))
    await fetch_due(line.runtime)
    assert await states(line) == [("refused", None, None)]
    assert await line.rows(CaseFilePart) == []


async def test_a_file_is_tried_again_while_telegram_is_away(line: Correspondent) -> None:
    await begun(line)
    await line.write(voice={"file_id": "v1", "file_unique_id": "u", "duration": 4})
    line.bot_api.troubles.append(DOWN)
    assert await fetch_due(line.runtime) == 1
    assert await states(line) == [("waiting", None, None)]
    assert await fetch_due(line.runtime) == 0
    line.bot_api.files["v1"] = OGG
    line.clock.advance(minutes=3)
    assert await fetch_due(line.runtime) == 1
    assert await states(line) == [("stored", "audio/ogg", len(OGG))]


async def test_files_follow_a_case_that_is_joined_and_go_with_the_person(
    line: Correspondent,
) -> None:
    older_id = await begun(line)
    now = line.clock()
    async with line.runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = (await session.scalars(select(Person))).one()
        newer = await cases.open_case(session, person, CaseKind.HUMAN, "أريد موظفًا", now)
        await files.expect(session, person, "photo", "p1", now)
        (waiting,) = await files.claim(session, now)
        await files.store(session, waiting.id, PNG)
        await session.flush()
        older = await cases.get(session, older_id)
        await joining_cases.merge(session, team.officer, newer, older, now)
        (file,) = await files.of(session, older)
        assert file.state is FileState.STORED
        (exported,) = (await export.export(session, person))["files"]
        assert (exported["kind"], exported["size"]) == ("photo", len(PNG))
        await rights.erase(session, person, "system", now)
        for table in (CaseFile, CaseFilePart):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
