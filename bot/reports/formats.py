"""The formats of a report as files."""

from __future__ import annotations

from enum import StrEnum

from bot.documents import html, pdf, sheets
from bot.documents.parts import Document


class Format(StrEnum):
    """A format of a file."""

    PDF = "pdf"
    XLSX = "xlsx"
    HTML = "html"


MEDIA_TYPES = {
    Format.PDF: "application/pdf",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def write(document: Document, file_format: Format) -> bytes:
    """Write a document in a format."""
    match file_format:
        case Format.PDF:
            return await pdf.write(document)
        case Format.XLSX:
            return await sheets.write(document)
        case Format.HTML:
            return html.write(document)
