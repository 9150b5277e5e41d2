"""Files for spreadsheets: right to left in Arabic, and no cell is a formula."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from bot.messages import Language
from bot.text import spreadsheets

TITLES = ("الاسم", "الهاتف")
FORMULA = '=HYPERLINK("http://evil.example";"اضغط")'


@pytest.mark.parametrize(("language", "is_from_the_right"), [("ar", True), ("en", False)])
def test_a_sheet_runs_as_its_language_and_holds_texts_alone(
    tmp_path: Path, language: Language, is_from_the_right: bool
) -> None:
    path = tmp_path / "people.xlsx"
    sheet = spreadsheets.Sheet(path, TITLES, language)
    sheet.write([("هدى الزنتاني", "+249912345678"), (FORMULA, "https://tammen.example")])
    sheet.close()
    with zipfile.ZipFile(path) as packed:
        cells = packed.read("xl/worksheets/sheet1.xml").decode()
        names = packed.namelist()
    assert ('rightToLeft="1"' in cells) is is_from_the_right
    assert "هدى الزنتاني" in cells
    assert "+249912345678" in cells
    assert "<f>" not in cells
    assert "hyperlink" not in cells
    assert not any("_rels/sheet" in name for name in names)
    assert [file.name for file in tmp_path.iterdir()] == ["people.xlsx"]  # nothing is left over


@pytest.mark.parametrize("cell", [FORMULA, "+1", "-1", "@A1", "\t=1", "  =1", "＝1"])
def test_a_line_quotes_what_would_be_a_formula(cell: str) -> None:
    assert spreadsheets.without_formula(cell) == f"'{cell}"
    assert spreadsheets.without_formula("هدى") == "هدى"
