"""Files that people send: asked from the provider by the worker, kept encrypted with the case."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.types import Encrypted, RowId, enum_column


class FileState(StrEnum):
    """A file waits to be fetched, is stored, or was refused for its type, its size or its age."""

    WAITING = "waiting"
    STORED = "stored"
    REFUSED = "refused"


class CaseFile(RowKeyed, Base):
    """A photo, recording or document of a case. `kind` is that of `messages.MediaKind`.

    `source` is the provider's id of the file, until it is stored or refused.
    """

    __tablename__ = "case_files"

    id: Mapped[RowId]
    case_id: Mapped[int] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"),
        index=True,
    )
    kind: Mapped[str] = mapped_column(String(12))
    source: Mapped[str | None] = mapped_column(
        Encrypted("case_files.source"),
    )
    at: Mapped[datetime]
    state: Mapped[FileState] = mapped_column(
        enum_column(FileState),
        default=FileState.WAITING,
    )
    due_at: Mapped[datetime]  # not before
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    media_type: Mapped[str | None] = mapped_column(String(40))
    size: Mapped[int | None]  # in bytes

    __table_args__ = (Index("ix_case_files_due", "state", "due_at"),)


class CaseFilePart(RowKeyed, Base):
    """A piece of a file, in base64: small, so that nobody has to hold many files in memory."""

    __tablename__ = "case_file_parts"

    id: Mapped[RowId]
    file_id: Mapped[int] = mapped_column(
        ForeignKey("case_files.id", ondelete="CASCADE"),
        index=True,
    )
    number: Mapped[int] = mapped_column(SmallInteger)
    content: Mapped[str] = mapped_column(
        Encrypted("case_file_parts.content"),
    )
