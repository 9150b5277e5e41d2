"""Documents of parts: PDF whose text can be read, spreadsheets; what people typed stays text."""

from __future__ import annotations

import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from zipfile import ZipFile

import pytest
from lxml import etree

from bot.documents import data, html, pdf, sheets
from bot.documents.parts import (
    Area,
    Block,
    Document,
    Dot,
    Label,
    Line,
    Note,
    Number,
    Picture,
    Section,
    Table,
)
from bot.messages import Language

MAIN = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
HOSTILE = (
    '#panic("x") *bold* $ x^2 $ @ref <label> \\ ` // /*',
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "سالم\u202e بن\x00 عمران",
)
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not here")


def document(language: Language, texts: tuple[str, ...] = ("سالم",)) -> Document:
    rows = [(text, Number(1200, "1,200")) for text in texts]
    picture = Picture(
        100,
        50,
        [
            Area([(0, 0), (50, 0), (50, 40)], "land"),
            Line([(0, 40), (90, 10)], "safe"),
            Dot((20, 20), 4, "people"),
            Label((20, 14), texts[0]),
        ],
        texts[0],
        [("safe", texts[0])],
    )
    table = Table(["الاسم", "العدد"], rows, total=["المجموع", Number(1200, "1,200")])
    blocks: list[Block] = [Note(texts[0], is_warning=True), table, picture]
    return Document(
        language,
        "تقرير عن الوضع",
        texts[0],
        [("البلد", texts[0])],
        [Section("حسب المكان", blocks)],
        mark="تمرين",
        foot=texts[0],
    )


def text_of(content: bytes, folder: Path) -> str:
    path = folder / "document.pdf"
    path.write_bytes(content)
    return printed("pdftotext", "-layout", str(path), "-")


def printed(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def look(content: bytes, name: str, path: str) -> list[str]:
    """What XPath finds in a file of a spreadsheet: texts of attributes or elements."""
    with ZipFile(BytesIO(content)) as archive:
        tree = etree.fromstring(archive.read(name))
    return [str(text) for text in cast(list[Any], tree.xpath(path, namespaces=MAIN))]


@needs_poppler
async def test_the_text_of_a_pdf_can_be_read_in_both_languages(tmp_path: Path) -> None:
    for language in ("ar", "en"):
        content = await pdf.write(document(language))
        text = text_of(content, tmp_path)
        for words in ("تقرير عن الوضع", "تمرين", "المجموع", "1,200"):
            assert words in text
        assert "NotoSansArabic" in printed("pdffonts", str(tmp_path / "document.pdf"))


@needs_poppler
async def test_what_people_typed_is_no_code_of_typst(tmp_path: Path) -> None:
    text = text_of(await pdf.write(document("en", HOSTILE)), tmp_path)
    assert '#panic("x") *bold* $ x^2 $ @ref <label> \\ ` // /*' in text
    assert "\u202e" not in text


async def test_the_template_gets_texts_as_they_are() -> None:
    contents = data.contents(document("ar", HOSTILE))
    table = contents["sections"][0]["blocks"][1]
    assert [row[0] for row in table["rows"]] == list(HOSTILE)
    assert table["rows"][0][1] == {
        "kind": "number",
        "amount": 1200,
        "text": "1,200",
        "is_share": False,
    }


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr")])
def test_a_page_escapes_what_people_typed(language: Language, direction: str) -> None:
    hostile = document(language, ("<script>alert(1)</script>",))
    page = html.write(hostile).decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert f'lang="{language}" dir="{direction}"' in page
    assert html.body(hostile).rstrip() in page


async def test_a_spreadsheet_holds_no_formula_and_no_link() -> None:
    content = await sheets.write(document("ar", HOSTILE))
    with ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()
    assert not [name for name in names if "externalLink" in name or "_rels/sheet" in name]
    assert look(content, "xl/worksheets/sheet2.xml", "//x:f") == []
    texts = look(content, "xl/sharedStrings.xml", "//x:t/text()")
    assert '=HYPERLINK("http://evil.example","x")' in texts
    assert "سالم بن عمران" in texts
    assert look(content, "xl/worksheets/sheet2.xml", "//x:c[@r='B3']/x:v/text()") == ["1200"]


@pytest.mark.parametrize(("language", "flags"), [("ar", ["1"]), ("en", [])])
async def test_an_arabic_spreadsheet_runs_from_right_to_left(
    language: Language, flags: list[str]
) -> None:
    content = await sheets.write(document(language))
    for number in (1, 2):
        name = f"xl/worksheets/sheet{number}.xml"
        assert look(content, name, "//x:sheetView/@rightToLeft") == flags


def test_sheets_have_names_that_differ_and_that_excel_takes() -> None:
    table = Table(["a"], [])
    title = "A long name: with [signs]/that * Excel ? refuses"
    content = sheets.book("en", [sheets.Sheet(title, [], table)] * 3)
    names = look(content, "xl/workbook.xml", "//x:sheet/@name")
    assert len(set(names)) == 3
    assert max(map(len, names)) <= 31
    assert not set("[]:*?/\\") & set("".join(names))
