"""Documents as files that the browser keeps."""

from __future__ import annotations

from starlette.responses import Response

from bot.documents.parts import Document
from bot.messages import Language
from bot.pages.visit import Visit
from bot.reports import formats
from bot.reports.formats import MEDIA_TYPES, Format
from bot.text.text import LANGUAGES


def language(visit: Visit) -> Language:
    """Return the language that the address of a file asks for, or the reader's."""
    code = visit.request.query_params.get("in", "")
    for choice in LANGUAGES:
        if choice == code:
            return choice
    return visit.language


async def file(document: Document, file_format: Format, name: str) -> Response:
    """Answer with a document as a file; its name gets the language and the format."""
    content = await formats.write(document, file_format)
    file_name = f"tammen-{name}-{document.language}.{file_format.value}"
    return Response(
        content,
        media_type=MEDIA_TYPES[file_format],
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
