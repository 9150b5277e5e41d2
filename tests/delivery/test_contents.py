"""A reply link in an SMS ends with a blank, so that apps take nothing else for a part of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import update

from bot.models import Broadcast
from tests import builders
from tests.line import NUMBER, Line


@pytest.mark.parametrize(
    "text", ["هل أنت بخير؟ {link}.", "({link})", "{link}، أو رد برقم", "{link}"]
)
async def test_nothing_is_glued_to_a_link_that_we_send(house: Line, text: str) -> None:
    content: dict[str, Any] = {"chat": {"text": text}, "text": {"text": text}}
    await builders.broadcast(house.runtime, f"sms:{NUMBER}")
    async with house.runtime.db.begin() as session:
        await session.execute(update(Broadcast).values(contents={"ar": content, "en": content}))
    await house.send()
    (sent,) = house.texts()
    assert re.search(r"/r/[\w-]+(\s|$)", sent), sent
