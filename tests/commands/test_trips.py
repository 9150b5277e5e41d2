"""Trips from the terminal: who is where on which day, and the end of one."""

from __future__ import annotations

import json

from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.database import open_database
from bot.runtime.settings import Settings
from tests import travelling
from tests.shell import Shell, staffed
from tests.travelling import DAY

__all__ = ["staffed"]  # a fixture

BY = ("--by", "officer@mofa.example")


async def _traveller(shell: Shell) -> int:
    """Add somebody who is in Malta until tomorrow; return the number of the trip."""
    settings = Settings(TAMMEN_DATA=shell.folder / "var", TAMMEN_KEYS=shell.env["TAMMEN_KEYS"])
    database = open_database(settings.database, settings.keyring())
    now = SYSTEM_CLOCK()
    async with database.begin() as session:
        person = await travelling.resident(session, now, "telegram:7001")
        today = now.date()
        trip = await travelling.plan(session, person, "MT", today, today + DAY, now)
    await database.close()
    return trip.id


async def test_trips_are_listed_and_ended(staffed: Shell) -> None:
    trip_id = await _traveller(staffed)
    listed = json.loads((await staffed("trips", "list", "--country", "mt", "--json", *BY)).out)
    (trip,) = listed["trips"]
    assert (trip["id"], trip["place"], listed["total"]) == (trip_id, "MT", 1)
    assert list(listed["days"]["MT"].values()) == [1, 1, 0, 0, 0, 0, 0]
    wrong = await staffed("trips", "list", "--country", "Malta", *BY)
    assert (wrong.code, "two letters" in wrong.err) == (2, True)
    ended = await staffed("trips", "end", str(trip_id), *BY)
    assert (ended.code, ended.out.strip()) == (0, f"ended: {trip_id}")
    again = await staffed("trips", "end", str(trip_id), *BY)
    assert (again.code, "over already" in again.err) == (1, True)
    missing = await staffed("trips", "end", "99999", *BY)
    assert (missing.code, "no such trip" in missing.err) == (1, True)
    refused = await staffed("trips", "list", "--by", "auditor@mofa.example")
    assert refused.code == 1
