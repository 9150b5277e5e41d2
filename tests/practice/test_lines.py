"""Lines of a conversation: words, and the orders that begin with an exclamation mark."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.messages import Location
from bot.practice.lines import (
    Bracketed,
    Line,
    LineError,
    OpenCrisis,
    Press,
    ShareContact,
    SharePosition,
    Typed,
    Wait,
    parse,
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("help us!", Typed("help us!")),
        ("!!!", Typed("!!!")),
        ("!نجدة", Typed("!نجدة")),
        ("", Typed("")),
        ("/start en", Typed("/start en")),
        ("[Yes]", Bracketed("Yes", "[Yes]")),
        ("!press I'm safe", Press("I'm safe")),
        ("@41.01,28.97", SharePosition(Location(41.01, 28.97))),
        ("!location 15.59, -32.53", SharePosition(Location(15.59, -32.53))),
        ("+218911234567!", ShareContact("+218911234567")),
        ("!contact +218 91 000 00 17", ShareContact("+218910000017")),
        ("!later 3h", Wait(timedelta(hours=3))),
        ("!later 20m", Wait(timedelta(minutes=20))),
        ("!LATER 2 d", Wait(timedelta(days=2))),
        ("!crisis sd|War|حرب", OpenCrisis("SD", "War", "حرب")),
    ],
)
def test_a_line_is_read_as_what_it_is(text: str, line: Line) -> None:
    assert parse(text) == line


@pytest.mark.parametrize(
    "text",
    [
        "!unknown",
        "!crisis",
        "!crisis SD|War",
        "!crisis SD||حرب",
        "!later",
        "!later soon",
        "!later 3w",
        "!location here",
        "!location 95,10",
        "!contact 0911234567",
        "!contact mum",
        "!press",
    ],
)
def test_an_order_that_cannot_be_played_is_refused(text: str) -> None:
    with pytest.raises(LineError, match="!"):
        parse(text)
