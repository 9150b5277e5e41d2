"""Organisations in chat for somebody who is registered: their own country, their own city first."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.messages import Language
from bot.practice.talk import Screen
from bot.text.sms import for_sms, sms_parts
from bot.text.text import ISOLATE, POP
from tests import organising
from tests.dialogue.talking import record, talking

REGISTERED: dict[Language, str] = {
    "ar": "أنا سالم الورفلي في ليدز",
    "en": "I am Salem Warfalli in Leeds",
}
AGREE: dict[Language, str] = {"ar": "نعم", "en": "yes"}
ALONE: dict[Language, str] = {"ar": "وحدي", "en": "alone"}
ASKED: dict[Language, str] = {"ar": "الروابط", "en": "organisations"}


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("screen", ["telegram", "sms"])
async def test_whoever_is_registered_reads_those_nearest_to_them_first(
    tmp_path: Path, language: Language, screen: Screen
) -> None:
    async with talking(tmp_path, language, screen) as person:
        await organising.act(person.runtime, "list organisations")
        await person.say(REGISTERED[language])
        await person.say(AGREE[language])
        await person.say(ALONE[language])
        before = await record(person.runtime)
        assert before["place"] == "GB/Leeds"
        [said] = await person.say(ASKED[language])
        name = str(organising.OTHERS[0]["names"][language])
        other_name = str(organising.SCHOOL["names"][language])
        assert said.text.index(name) < said.text.index(other_name)
        assert await record(person.runtime) == before
        if screen == "sms":
            assert sms_parts(for_sms(said.text)).count <= 2


async def test_a_long_list_stays_one_message_and_says_how_many_more(tmp_path: Path) -> None:
    async with talking(tmp_path, "ar", "telegram") as person:
        now = person.runtime.clock()
        async with person.runtime.db.begin() as session:
            for number in range(12):
                names = {"ar": f"جمعية رقم {number} " + "ل" * 90, "en": f"Society {number}"}
                words = {"ar": "و" * 300, "en": "d" * 300}
                entry = organising.other(0, names=names, descriptions=words)
                await organising.kept(session, entry, now)
        [said] = await person.say("فيه جمعية ليبية في ليدز؟")
        assert len(said.text) < 4096
        shown = said.text.count("جمعية رقم")
        assert 4 <= shown <= 8
        plain = said.text.replace(ISOLATE, "").replace(POP, "")
        assert f"وعددها {12 - shown}" in plain


async def test_the_person_responsible_is_named_in_a_chat_alone(tmp_path: Path) -> None:
    contact = str(organising.SCHOOL["contact_name"])
    async with talking(tmp_path, "ar", "telegram") as person:
        await organising.act(person.runtime, "list a school in Britain")
        [said] = await person.say("وين المدرسة الليبية في مانشستر")
        assert contact in said.text
    async with talking(tmp_path, "ar", "sms") as person:
        [said] = await person.say("وين المدرسة الليبية في مانشستر")
        assert contact not in said.text
