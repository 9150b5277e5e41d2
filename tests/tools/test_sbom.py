"""`make sbom`: whole, valid, the same every time."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from bot.runtime.settings import ROOT
from tools import pins, sbom, vex

VENDOR = ROOT / "bot" / "pages" / "static" / "vendor"
FONTS = ROOT / "bot" / "documents" / "fonts"


@pytest.fixture(scope="module")
def bills() -> dict[str, Any]:
    """Both bills, made once."""
    return sbom.bills()


def listed(bill: dict[str, Any]) -> set[tuple[str, str]]:
    return {(entry["name"], entry["version"]) for entry in bill["components"]}


def test_they_are_what_cyclonedx_asks_for(bills: dict[str, Any]) -> None:
    assert {name: sbom.faults(bill) for name, bill in bills.items()} == {"gateway": [], "nlu": []}


@pytest.mark.parametrize("name", ["gateway", "nlu"])
def test_each_package_of_a_lock_is_there_with_its_hashes(bills: dict[str, Any], name: str) -> None:
    packages = {(pin.name, pin.version) for pin in pins.locks()[name]}
    assert packages <= listed(bills[name])
    for entry in bills[name]["components"]:
        if entry["type"] == "library":
            (distribution,) = entry["externalReferences"]
            assert distribution["hashes"], entry["name"]


def test_the_front_end_files_are_there_as_they_are_served(bills: dict[str, Any]) -> None:
    files = {entry["name"]: entry for entry in bills["gateway"]["components"]}
    for path in VENDOR.iterdir():
        if path.name != "MANIFEST.json":
            (digest,) = files[path.name]["hashes"]
            assert digest["content"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_fonts_of_documents_are_there_with_their_licence(bills: dict[str, Any]) -> None:
    fonts = [entry for entry in bills["gateway"]["components"] if entry["name"].endswith(".ttf")]
    assert {entry["name"] for entry in fonts} == {path.name for path in FONTS.glob("*.ttf")}
    for entry in fonts:
        assert entry["licenses"] == [{"license": {"name": "OFL-1.1"}}]
        assert entry["purl"].startswith("pkg:deb/debian/fonts-noto-core@20201225-1#")


def test_rasas_bill_says_what_the_table_says(bills: dict[str, Any]) -> None:
    said = {entry["id"]: entry for entry in bills["nlu"]["vulnerabilities"]}
    names = {name for statement in vex.statements() for name in statement.advisories}
    assert set(said) == names
    skops = said["CVE-2025-54886"]
    assert skops["affects"] == [{"ref": "pkg:pypi/skops@0.9.0"}]
    assert skops["analysis"]["state"] == "not_affected"


def test_the_same_locks_give_the_same_bytes(bills: dict[str, Any]) -> None:
    again = sbom.bills()
    assert {name: sbom.text_of(bill) for name, bill in again.items()} == {
        name: sbom.text_of(bill) for name, bill in bills.items()
    }
