"""Files of cases: what a person sends while somebody looks after them, kept encrypted.

The worker fetches them outside of any transaction. Only images, recordings and PDF are kept.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

import puremagic
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import case_scope, cases
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import Case, CaseFile, CaseFilePart, FileState, Person, Staff

MAX_FILE_BYTES = 10_000_000
MAX_ATTEMPTS = 5
MAX_FILES = 50  # of a case
RETRY_AFTER = timedelta(minutes=2)  # also for a file whose worker died
PART_BYTES = 49_152  # of a file in a row
# What is kept, by the ending that puremagic finds in the first bytes, and how it is called.
MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ogg": "audio/ogg",
    ".mp3": "audio/mpeg",
    ".mp1": "audio/mpeg",  # a recording without tags
    ".m4a": "audio/mp4",
    ".mp4": "video/mp4",
    ".pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file to fetch, and its id at the provider."""

    id: int
    source: str


async def expect(
    session: AsyncSession,
    person: Person,
    kind: str,
    source: str,
    now: datetime,
) -> None:
    """Note a file to be fetched for the newest open case of the person; nothing without one."""
    case = await cases.newest_open(session, person)
    if case is None or len(await of(session, case)) >= MAX_FILES:
        return
    file = CaseFile(
        case_id=case.id,
        kind=kind,
        source=source,
        at=now,
        due_at=now,
    )
    session.add(file)
    await session.flush()


async def claim(
    session: AsyncSession,
    now: datetime,
    limit: int = 3,
) -> list[Waiting]:
    """Take files that are due, so that no other worker fetches them meanwhile."""
    due = select(CaseFile).where(
        CaseFile.state == FileState.WAITING,
        CaseFile.due_at <= now,
    )
    due = due.order_by(CaseFile.due_at).limit(limit)
    claimed: list[Waiting] = []
    for file in await session.scalars(due.with_for_update(skip_locked=True)):
        file.due_at = now + RETRY_AFTER
        file.attempts += 1
        claimed.append(Waiting(file.id, file.source or ""))
    return claimed


async def store(session: AsyncSession, file_id: int, content: bytes) -> None:
    """Keep what was fetched, or refuse it for its type."""
    file = await session.get(CaseFile, file_id, with_for_update=True)
    if file is None or file.state is not FileState.WAITING:
        return
    media_type = media_type_of(content)
    if media_type is None:
        _refuse(file)
        return
    file.state = FileState.STORED
    file.source = None
    file.media_type = media_type
    file.size = len(content)
    for number, start in enumerate(range(0, len(content), PART_BYTES)):
        piece = content[start : start + PART_BYTES]
        part = CaseFilePart(file_id=file.id, number=number, content=b64encode(piece).decode())
        session.add(part)


async def give_up(
    session: AsyncSession,
    file_id: int,
    *,
    is_final: bool,
) -> None:
    """Refuse a file that cannot be fetched; one that may come later is tried a few times."""
    file = await session.get(CaseFile, file_id, with_for_update=True)
    if file is None or file.state is not FileState.WAITING:
        return
    if is_final or file.attempts >= MAX_ATTEMPTS:
        _refuse(file)


def _refuse(file: CaseFile) -> None:
    file.state = FileState.REFUSED
    file.source = None


def media_type_of(content: bytes) -> str | None:
    """Return the type of a file by its first bytes; None for what is not kept."""
    try:
        matches = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return None
    for match in matches:
        if match.extension in MEDIA_TYPES:
            return MEDIA_TYPES[match.extension]
    return None


async def of(session: AsyncSession, case: Case) -> list[CaseFile]:
    """Return the files of a case, the first one first."""
    query = select(CaseFile).where(CaseFile.case_id == case.id)
    return list(await session.scalars(query.order_by(CaseFile.id)))


async def read(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    file_id: int,
    now: datetime,
) -> tuple[str, bytes]:
    """Return the type and the content of a file of a case; the look is noted.

    Raises ConsularError.
    """
    await case_scope.require(session, staff, case)
    file = await session.get(CaseFile, file_id)
    if file is None or file.case_id != case.id or file.media_type is None:
        raise ConsularError("There is no such file.")
    query = select(CaseFilePart.content).where(CaseFilePart.file_id == file.id)
    pieces = await session.scalars(query.order_by(CaseFilePart.number))
    content = b"".join(map(b64decode, pieces))
    actor = roles.actor(staff)
    await trail.note(session, actor, "case.file_read", f"case:{case.id}", now, file=file.id)
    return file.media_type, content
