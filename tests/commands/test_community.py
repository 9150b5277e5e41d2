"""Figures of the community from the terminal."""

from __future__ import annotations

import json

from bot.consular.people import profile, profile_words
from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.database import open_database
from bot.runtime.settings import Settings
from tests import wardening
from tests.shell import Shell, staffed

__all__ = ["staffed"]  # a fixture

BY = ("--by", "officer@mofa.example")


async def nurses(shell: Shell, count: int) -> None:
    """Register nurses in Reykjavik who have profiles."""
    settings = Settings(TAMMEN_DATA=shell.folder / "var", TAMMEN_KEYS=shell.env["TAMMEN_KEYS"])
    database = open_database(settings.database, settings.keyring())
    now = SYSTEM_CLOCK()
    async with database.begin() as session:
        for number in range(count):
            address = f"telegram:70{number}"
            person = await wardening.registered(session, now, address, city="IS/Reykjavik")
            await profile.agree(session, person, now)
            await profile.add(session, person, profile_words.read("ممرضة"), now)
    await database.close()


async def test_figures_are_published_and_printed(staffed: Shell) -> None:
    await nurses(staffed, 7)
    assert (await staffed("community", "publish", *BY)).out == "published\n"
    printed = await staffed("community", "figures", "is", "--json", *BY)
    people = {
        (figure["city"], figure["question"], figure["answer"]): figure["people"]
        for figure in json.loads(printed.out)
    }
    assert people == {
        (city, "profession", answer): 5
        for city in (None, "IS/Reykjavik")
        for answer in (None, "health")
    }
    assert "figures: 4" in (await staffed("community", "figures", "IS", *BY)).out
    assert (await staffed("community", "figures", "TN", *BY)).out == "figures: 0\n"
