"""An evacuation from the terminal: a bus is added, announced, filled, boarded and cancelled."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.models import Person, Role, Staff
from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.database import open_database
from bot.runtime.settings import Settings
from tests import builders, evacuating
from tests.shell import Shell, staffed

__all__ = ["staffed"]  # a fixture

BY = ("--by", "officer@mofa.example")
WORDS = (
    *("--to-ar", "أنقرة", "--to-en", "Ankara"),
    *("--meet-ar", "أمام الملعب", "--meet-en", "At the stadium"),
    *("--bring-ar", "الجوازات", "--bring-en", "Passports"),
)


async def wishes(shell: Shell) -> str:
    """Open a drill in Turkey that two households of two want to leave; return its number."""
    settings = Settings(TAMMEN_DATA=shell.folder / "var", TAMMEN_KEYS=shell.env["TAMMEN_KEYS"])
    database = open_database(settings.database, settings.keyring())
    now = SYSTEM_CLOCK()
    async with database.begin() as session:
        officers = select(Staff).where(Staff.role == Role.HQ_OFFICER)
        officer = (await session.scalars(officers)).one()
        crisis = await builders.earthquake(session, officer, now, drill=True)
        in_turkey = select(Person).where(Person.country == "TR").order_by(Person.id).limit(2)
        for person in await session.scalars(in_turkey):
            person.name, person.party_size = "هدى الزنتاني", 2
            await evacuating.leaving(session, person, now)
    await database.close()
    return str(crisis.id)


async def test_an_evacuation_from_the_terminal(staffed: Shell) -> None:
    crisis = await wishes(staffed)
    departs_at = (SYSTEM_CLOCK() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    bus = ("--kind", "bus", "--country", "tr", "--seats", "3", "--departs", departs_at, *WORDS)
    refused = await staffed(
        "evacuation", "add", crisis, "--by", "approver@mofa.example", *bus[:-1], ""
    )
    assert (refused.code, "both languages" in refused.err) == (1, True)
    number = (await staffed("evacuation", "add", crisis, *BY, *bus)).id
    early = await staffed("evacuation", "fill", number, *BY)
    assert (early.code, early.err) == (1, "tammen: The transport is not in a state for this.\n")
    proposed = await staffed("evacuation", "announce", number, *BY)
    change = proposed.out.removeprefix("change: ").strip()
    approver = "approver@mofa.example"
    code = await staffed.code(approver)
    approved = await staffed("changes", "approve", change, "--by", approver, *code)
    assert approved.code == 0, approved
    filled = await staffed("evacuation", "fill", number, *BY)
    assert filled.out == "invited: 1\nfree: 1\n"
    listed = (await staffed("evacuation", "list", crisis, *BY, "--json")).json
    assert listed["waiting"] == {"households": 1, "people": 2}
    (line,) = listed["transports"]
    assert (line["state"], line["taken"], line["free"]) == ("announced", 2, 1)
    shown = (await staffed("evacuation", "show", number, *BY, "--json")).json
    (household,) = shown["households"]
    assert (household["name"], household["people"]) == ("هدى الزنتاني", 2)
    assert (await staffed("evacuation", "board", number, *BY)).out == f"boarding: {number}\n"
    seat = str(household["seat"])
    boarded = await staffed("evacuation", "seat", seat, "--state", "boarded", *BY)
    assert boarded.out == f"boarded: {seat}\n"
    cancelled = await staffed("evacuation", "cancel", number, *BY)
    assert cancelled.out == f"cancelled: {number}\n"
    late = await staffed("evacuation", "depart", number, *BY)
    assert (late.code, "cancelled and cannot become departed" in late.err) == (1, True)
    text = (await staffed("evacuation", "list", crisis, *BY)).out
    assert text.endswith("waiting: 4 people, 2 households\n")
