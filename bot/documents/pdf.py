"""PDF by typst, in a thread: a template of ours, and data that can never become its code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Literal

import typst

from bot.documents.data import contents
from bot.documents.parts import Document
from bot.runtime import characters

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
TEMPLATES = HERE / "templates"
DOCUMENT = TEMPLATES / "document.typ"
MAX_COMPILING = 2  # at a time in one process: each takes a core

Format = Literal["pdf", "png"]

_compilers = ThreadPoolExecutor(MAX_COMPILING, "typst")


async def write(document: Document) -> bytes:
    """Write a document as PDF."""
    return await compiled(DOCUMENT, contents(document))


async def compiled(
    template: Path,
    data: Mapping[str, Any],
    output: Format = "pdf",
) -> bytes:
    """Compile a template of `templates/`, which reads its data by `json(bytes(sys.inputs.data))`.

    What people typed belongs into the data alone: nothing of it is read as markup. As PNG the
    document must have one page.
    """
    text = json.dumps(_clean(data), ensure_ascii=False)
    compiling = partial(_compile, template, text, output)
    return await asyncio.get_running_loop().run_in_executor(_compilers, compiling)


def _compile(template: Path, text: str, output: Format) -> bytes:
    document: bytes = typst.compile(
        str(template),
        root=str(TEMPLATES),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format=output,
        sys_inputs={"data": text},
    )
    return document


def _clean(part: Any) -> Any:
    """Take what acts on a screen out of every text."""
    if isinstance(part, str):
        return characters.removed(part)
    if isinstance(part, Mapping):
        return dict(zip(part, map(_clean, part.values()), strict=True))
    if isinstance(part, (list, tuple)):
        return list(map(_clean, part))
    return part
