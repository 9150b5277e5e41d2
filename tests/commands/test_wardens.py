"""Wardens from the terminal: asked, listed, tested, ended; and who has none."""

from __future__ import annotations

import json

from sqlalchemy import select

from bot.consular.people import wardens
from bot.models import OutboundMessage, Person, Warden
from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.database import open_database
from bot.runtime.settings import Settings
from tests import wardening
from tests.shell import Shell, staffed

__all__ = ["staffed"]  # a fixture

BY = ("--by", "officer@mofa.example")


async def registered(shell: Shell, *indices: str) -> str:
    """Register somebody in Sfax; return their number."""
    settings = Settings(TAMMEN_DATA=shell.folder / "var", TAMMEN_KEYS=shell.env["TAMMEN_KEYS"])
    database = open_database(settings.database, settings.keyring())
    async with database.begin() as session:
        person = await wardening.registered(session, SYSTEM_CLOCK(), *indices)
    await database.close()
    return str(person.id)


async def answer(shell: Shell) -> int:
    """Let the only person asked agree; return how many messages they got."""
    settings = Settings(TAMMEN_DATA=shell.folder / "var", TAMMEN_KEYS=shell.env["TAMMEN_KEYS"])
    database = open_database(settings.database, settings.keyring())
    async with database.begin() as session:
        warden = (await session.scalars(select(Warden))).one()
        person = await session.get_one(Person, warden.person_id)
        await wardens.answer(session, person, warden.id, True, SYSTEM_CLOCK())
        of_person = select(OutboundMessage).where(OutboundMessage.person_id == person.id)
        messages = (await session.scalars(of_person)).all()
    await database.close()
    return len(messages)


async def test_a_warden_is_asked_tested_and_ended(staffed: Shell) -> None:
    person = await registered(staffed, "telegram:7001")
    asked = await staffed("wardens", "appoint", person, *BY)
    number = asked.out.strip().removeprefix("id: ")
    assert await answer(staffed) == 1
    again = await staffed("wardens", "appoint", person, *BY)
    assert (again.code, "already" in again.err) == (1, True)
    listed = await staffed("wardens", "list", "--country", "tn", "--json", *BY)
    [entry] = json.loads(listed.out)
    assert (entry["id"], entry["person"]) == (int(number), int(person))
    assert (entry["state"], entry["city"], entry["tested_at"]) == ("active", "TN/Sfax", None)
    assert (await staffed("wardens", "test", number, *BY)).out == f"asked: {number}\n"
    listed = await staffed("wardens", "list", "--json", *BY)
    assert json.loads(listed.out)[0]["tested_at"]
    assert (await staffed("wardens", "end", number, *BY)).out == f"ended: {number}\n"
    assert await answer(staffed) == 3
    listed = await staffed("wardens", "list", "--state", "active", *BY)
    assert listed.out == "wardens: 0\n"
    for command in ("test", "end"):
        refused = await staffed("wardens", command, number, *BY)
        assert refused.code == 1


async def test_coverage_names_places_without_a_warden(staffed: Shell) -> None:
    await registered(staffed, "telegram:7001")
    covered = await staffed("wardens", "coverage", "--country", "TN", "--json", *BY)
    sfax = [place for place in json.loads(covered.out) if place["city"] == "TN/Sfax"]
    assert sfax == [{"country": "TN", "city": "TN/Sfax", "people": 1, "wardens": 0, "without": 1}]
    refused = await staffed("wardens", "coverage", "--country", "XX", *BY)
    assert (refused.code, "Not a country code" in refused.err) == (1, True)


async def test_nobody_is_asked_who_cannot_be_reached_or_does_not_exist(staffed: Shell) -> None:
    person = await registered(staffed)
    refused = await staffed("wardens", "appoint", person, *BY)
    assert (refused.code, "No message reaches" in refused.err) == (1, True)
    assert (await staffed("wardens", "appoint", "987654", *BY)).code == 1
    listed = await staffed("wardens", "list", *BY)
    assert listed.out == "wardens: 0\n"
