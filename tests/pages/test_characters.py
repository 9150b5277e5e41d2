"""Names and words from before they were cleaned: no page and no file turns around by them."""

from __future__ import annotations

from starlette.applications import Starlette

from bot.models import Person, Role
from bot.pages import rendering
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import browsing

ACTING = "\x1b\x9b\u202e\u061c\x07"


async def test_a_record_shows_a_name_without_what_acts_on_a_screen(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, scenario.person_id)
        person.name = f"سالم{ACTING}"
        person.place_words = f"{ACTING}exe.txt"
    officer = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "ar", officer) as browser:
        record = (await browser.get(f"/people/{scenario.person_id}")).text
    assert "سالم" in record
    assert not set(record) & set(ACTING)


def test_the_isolates_around_a_number_stay() -> None:
    template = rendering.environment("ar").from_string("{{ number | isolated }}")
    assert template.render(number="+218") == "\u2068+218\u2069"


def test_a_cell_of_a_file_is_plain() -> None:
    from bot.text import spreadsheets  # noqa: PLC0415

    assert spreadsheets.lines([[f"{ACTING}=1+1"]]) == '"\'=1+1"\r\n'
