"""Households at a terminal: real processes, their output and exit codes."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people import emergency_contact, household
from bot.models import Person
from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.database import open_database
from bot.runtime.settings import Settings
from tests.shell import Shell, staffed

__all__ = ["staffed"]  # a fixture
pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow


async def tell(session: AsyncSession) -> None:
    now = SYSTEM_CLOCK()
    person = await session.get_one(Person, 1)
    told = {"members": [{"relation": "wife", "name": "Salma", "needs": ["pregnant"]}]}
    await household.tell(session, person, told, now)
    await emergency_contact.keep(session, person, "+218912345678", now, "Ali", "brother")


async def test_a_household_is_printed(staffed: Shell) -> None:
    settings = Settings(TAMMEN_DATA=staffed.folder / "var", TAMMEN_KEYS=staffed.env["TAMMEN_KEYS"])
    database = open_database(settings.database, settings.keyring())
    async with database.begin() as session:
        await tell(session)
    await database.close()
    shown = (await staffed("people", "household", "1", "--json")).json
    assert shown["members"] == [
        {"relation": "wife", "name": "Salma", "age": None, "needs": ["pregnant"]}
    ]
    assert shown["contact"] == {"name": "Ali", "relation": "brother", "phone": "+218912345678"}
    printed = await staffed("people", "household", "1")
    assert "wife: Salma, pregnant" in printed.out
    exported = (await staffed("export", "person", "1")).json
    assert exported["household"]["members"][0]["name"] == "Salma"
    assert exported["emergency_contact"][0]["phone"] == "+218912345678"
    nobody = await staffed("people", "household", "99999")
    assert (nobody.code, nobody.err) == (1, "tammen: There is no such person.\n")


async def test_a_need_that_is_none_is_refused(staffed: Shell) -> None:
    refused = await staffed("crises", "people", "1", "--need", "gold", "--by", "post@mofa.example")
    assert refused.code == 2
    assert "--need is one of detained, alone, medical" in refused.err
