"""Names as people write them, with what stands around them: each is asked for in a conversation."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.models import Person
from tests.dialogue.talking import talking

# What somebody answers to "what is your name?", and the name that is kept.
NAMES = {
    "عبد الرحمٰن الورفلي": "عبد الرحمٰن الورفلي",
    "الرحمٰن": "الرحمٰن",
    "عبد\u200cالله سالم": "عبدالله سالم",
    "\u200fسالم علي": "سالم علي",
    "\u061cسالم علي": "سالم علي",
    "\u202bسالم علي\u202c": "سالم علي",
    "سالم\u200f علي\u061c": "سالم علي",
    "سالم علي 🇱🇾": "سالم علي",
    "🇱🇾 سالم 🇱🇾 علي": "سالم علي",
    "❤️ سعاد الزنتاني ❤️": "سعاد الزنتاني",
    "سعاد🌹": "سعاد",
    "Salem Ali 🙏🏽": "Salem Ali",
    "👨\u200d👩\u200d👧 Salem Ali": "Salem Ali",
    "(سالم علي)": "سالم علي",
    "[Salem Ali]": "Salem Ali",
    "«سالم علي»": "سالم علي",
    '"Salem Ali"': "Salem Ali",
    "“Salem Ali”": "Salem Ali",
    "*سالم علي*": "سالم علي",
    "_Salem Ali_": "Salem Ali",
    "Jose\u0301 Haddad": "José Haddad",
    "José": "José",
    "Ayşe Yılmaz": "Ayşe Yılmaz",
    "Zoe\u0308 Maghur": "Zoë Maghur",
    "Souad O’Brien": "Souad O’Brien",
    "Souad O'Brien": "Souad O'Brien",
    "O`Neil": "O`Neil",
    "Souad Oʼbrien": "Souad Oʼbrien",
    "فاطمة الز'هراء": "فاطمة الز'هراء",
    "د. سالم علي": "د. سالم علي",
    "J. R. Haddad": "J. R. Haddad",
    "Anne-Marie Haddad": "Anne-Marie Haddad",
    "Anne‑Marie": "Anne‑Marie",
    "المصراتي - سالم": "المصراتي - سالم",
    "ســـالم عـــلي": "سالم علي",
    "سَالِم عَلِيّ": "سَالِم عَلِيّ",
    "سالم علي.": "سالم علي",
    "سالم علي!!": "سالم علي",
    "  سالم   علي  ": "سالم علي",
    "سالم\nعلي": "سالم علي",
    "Πέτρος": "Πέτρος",
    "محمد عبد السلام أحمد علي بن عامر الورفلي": "محمد عبد السلام أحمد علي بن عامر الورفلي",
    "A" + "b" * 59: "A" + "b" * 59,
    "★ Salem ★": "Salem",
    "~ Salem Ali ~": "Salem Ali",
}
# What is no name: it is asked again, and nothing is kept.
NO_NAMES = (
    "12345",
    "سالم 123",
    "٠٩١٢٣٤٥٦٧",
    "https://example.com",
    "www.example.com",
    "salem.com",
    "@salem",
    "salem@example.com",
    "🙏",
    "❤️❤️",
    "...",
    "()",
    "شن اسمك؟",
    "what is it?",
    "A" + "b" * 60,
    "#سالم",
)


@pytest.mark.parametrize("written", NAMES)
async def test_a_name_is_kept_without_its_decoration(tmp_path: Path, written: str) -> None:
    assert await _name_after(tmp_path, written) == NAMES[written]


@pytest.mark.parametrize("written", NO_NAMES)
async def test_what_is_no_name_is_not_kept(tmp_path: Path, written: str) -> None:
    assert await _name_after(tmp_path, written) is None


async def _name_after(folder: Path, written: str) -> str | None:
    """Register, answer the question for the name so, and return the name that is kept."""
    async with talking(folder) as talk:
        for line in ("/register", "نعم", written):
            await talk.say(line)
        async with talk.runtime.db.read() as session:
            return await session.scalar(select(Person.name))
