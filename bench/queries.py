"""What officers type into the search: names with the slips people make, Latin names, numbers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from random import Random

from sqlalchemy import select

from bot.consular.people import spellings
from bot.models import Address, Person
from bot.runtime.database import Database
from nlu.language.folding import fold, is_arabic

SEED = 14  # the same queries in every run
QUERIES = 200  # of each kind
SHORT_ENDING = 4  # digits
LONG_ENDING = 7
COMMON_NAMES = ("محمد", "علي", "Mohamed", "فاطمة", "أحمد المصراتي", "Ali Salem")
# Letters that people exchange; the first one of a name that has any is written wrongly.
SLIPS = (("ص", "س"), ("ط", "ت"), ("ذ", "د"), ("ظ", "ض"), ("أ", "ا"), ("ة", "ه"), ("ى", "ي"))

Queries = dict[str, list[str]]


async def made(database: Database) -> Queries:
    """Make queries of each kind, about people who are there."""
    chance = Random(SEED)
    queries: Queries = {}
    for name, number in await _people(database, chance):
        asked = {
            "Arabic name, misspelt": misspelt(name),
            "Latin name": latin(name, chance),
            "whole number": number,
            "last seven digits": number[-LONG_ENDING:],
            "last four digits": number[-SHORT_ENDING:],
            "common name": chance.choice(COMMON_NAMES),
        }
        for kind, query in asked.items():
            of_kind = queries.setdefault(
                kind,
                [],
            )
            of_kind.append(query)
    return queries


async def _people(database: Database, chance: Random) -> list[tuple[str, str]]:
    """Choose people; return their names and numbers."""
    columns = select(
        Person.name,
        Address.address,
    )
    query = columns.join(Address).order_by(Person.id)
    people: list[tuple[str, str]] = []
    async with database.read() as session:
        for name, address in await session.execute(query):
            _form, _colon, number = address.rpartition(":")
            people.append((str(name), number))
    return chance.sample(people, QUERIES)


def misspelt(name: str) -> str:
    """Write a name with a letter exchanged; a name without such letters stays as it is."""
    for letter, slip in SLIPS:
        if letter in name:
            return name.replace(letter, slip, 1)
    return name


def latin(name: str, chance: Random) -> str:
    """Write the parts of a name that are listed in Latin letters, each in one of its spellings."""
    known = _spellings()
    written: list[str] = []
    for part in name.split():
        forms = known.get(fold(part))
        if forms:
            written.append(chance.choice(forms))
    return " ".join(written) or name


@cache
def _spellings() -> dict[str, list[str]]:
    """Read the spellings in Latin letters of each Arabic name."""
    file = spellings.FOLDER / "spellings.txt"
    by_name: dict[str, list[str]] = {}
    for line in file.read_text("utf-8").splitlines():
        arabic, colon, latin_forms = line.partition(":")
        if not colon or line.startswith("#"):
            continue
        forms = arabic.split()
        for form in _arabic(forms):
            by_name[form] = latin_forms.split()
    return by_name


def _arabic(forms: Iterable[str]) -> list[str]:
    """Return the Arabic forms of a line, with and without their article."""
    written: list[str] = []
    for form in forms:
        if is_arabic(form):
            written += [form, f"ال{form}"]
    return written
