"""A message that no database takes: its writer and staff hear of it, and the next one is taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.inbox.intake import Intake
from bot.messages import Channel, Form, Inbound, Kind
from bot.models import CaseKind, InboundMessage, InboundState
from bot.text.catalogues import say
from tests.correspondent import CHAT, Correspondent


async def test_staff_and_the_writer_hear_of_a_message_that_could_not_be_stored(
    line: Correspondent,
) -> None:
    no_words: Any = object()
    message = Inbound(Channel.TELEGRAM, "5", str(CHAT), Kind.TEXT, Form.CHAT)
    await Intake(line.runtime).put(replace(message, text=no_words))
    await line.settle()
    assert [call.fields["text"] for call in line.shown()] == [say("utter_fault", "ar", Form.CHAT)]
    assert list(await line.cases()) == [CaseKind.FAULT]
    assert [row.state for row in await line.rows(InboundMessage)] == [InboundState.FAILED]

    await line.write("أنا بخير")
    assert len(line.shown()) > 1
