"""Texts that introduce somebody: a name, a place, a number, and no alarm whatever a reader guesses.

The reader of these tests takes every text for a cry for help, as readers do with strange names.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.dialogue.facts import Companions, Danger, Doubt, Fact, Here, Name, Party, Report
from bot.dialogue.reading import read
from bot.dialogue.state import State
from bot.dialogue.whereabouts import NamedPlace
from bot.models import Case, Person
from bot.practice.talk import EXACT
from tests.dialogue.talking import FLOWS, Scripted, talking

CRY = (("need_help", 0.95), ("out_of_scope", 0.04))
# The text, and the name, the place and the number of people that it tells.
INTRODUCTIONS: dict[str, tuple[str, str | None, int | None]] = {
    "I am Omar Haddad in Istanbul": ("Omar Haddad", "TR/Istanbul", None),
    "I am Omar Haddad in Istanbul, 3 people": ("Omar Haddad", "TR/Istanbul", 3),
    "Omar Haddad, Istanbul, 1 person": ("Omar Haddad", "TR/Istanbul", 1),
    "Omar Haddad, Istanbul, 4 persons": ("Omar Haddad", "TR/Istanbul", 4),
    "Chad Haddad - Cairo - 2 persons": ("Chad Haddad", "EG/Cairo", 2),
    "ana Salma fi Tunis m3aya wlad": ("Salma", "TN/Tunis", None),
    "ana Jordan Haddad fi Malta": ("Jordan Haddad", "MT", None),
    "esmi Najat Salem fi Tunis m3aya wlad": ("Najat Salem", "TN/Tunis", None),
    "my name is Jordan Smith": ("Jordan Smith", None, None),
    "My name is Jordan Smith, Amman": ("Jordan Smith", "JO/Amman", None),
    "im jordan smith in amman": ("jordan smith", "JO/Amman", None),
    "I am Chad Haddad": ("Chad Haddad", None, None),
    "i am chad haddad in cairo": ("chad haddad", "EG/Cairo", None),
    "my name is Malta Zammit, in Istanbul": ("Malta Zammit", "TR/Istanbul", None),
    "hi my name is Faraj Najat, living in Khartoum": ("Faraj Najat", "SD/Khartoum", None),
    "Hello, this is Salem Faraj from Istanbul": ("Salem Faraj", None, None),
    "أنا فرج حداد في القاهرة": ("فرج حداد", "EG/Cairo", None),
    "انا عمر حداد في اسطنبول معايا زوجتي وطفلين": ("عمر حداد", "TR/Istanbul", 4),
    "أنا سالم حداد، اسطنبول، 4 اشخاص": ("سالم حداد", "TR/Istanbul", 4),
    "اسمي نجاة سالم، في مالطا": ("نجاة سالم", "MT", None),
    "اسمي نجاة": ("نجاة", None, None),
    "اسمي تونس بن علي في الأردن": ("تونس بن علي", "JO", None),
    "السلام عليكم، أنا نجاة فرج في القاهرة ومعايا زوجي": ("نجاة فرج", "EG/Cairo", 2),
    "محمد الورفلي، القاهرة، 5": ("محمد الورفلي", "EG/Cairo", 5),
    "سالم فرج / مالطا / شخص واحد": ("سالم فرج", "MT", 1),
    "Omar Haddad Istanbul 3 persons": ("Omar Haddad", "TR/Istanbul", 3),
    "Name: Jordan Smith, City: Istanbul, 3 persons": ("Jordan Smith", "TR/Istanbul", 3),
    "الاسم: سالم حداد، المدينة: القاهرة، العدد: 4": ("سالم حداد", "EG/Cairo", 4),
    "أنا السيدة نجاة حداد وزوجي في تونس": ("نجاة حداد", "TN", None),
    "This is Faraj Salem writing from Tunis": ("Faraj Salem", "TN/Tunis", None),
    "ana Omar Haddad w 2 wlad fi Tunis": ("Omar Haddad", "TN/Tunis", 3),
    "Register me please: Salma Ben Ali, Manchester, alone": ("Salma Ben Ali", "GB/Manchester", 1),
    "هلا، خالد من بنغازي ساكن في تونس نحنا خمسة": ("خالد", "TN", 5),
    "Nadia and two kids, Cairo": ("Nadia", "EG/Cairo", 3),
    "London, Yusuf, 2": ("Yusuf", "GB/London", 2),
    "تونس - سارة - وحدي": ("سارة", "TN", 1),
    "4 people / Hamburg / Abdulrahman": ("Abdulrahman", "DE/Hamburg", 4),
    "سجلوني: كمال، الدوحة، مع زوجتي": ("كمال", "QA/Doha", None),
    "I would like to register. Mariam, Valletta, 2 adults": ("Mariam", "MT/Valletta", 2),
    "Ahmed from Misrata here, in Tunis now, 3 of us": ("Ahmed", "TN/Tunis", 3),
    "وليد تونس 3": ("وليد", "TN", 3),
    "Walid Tunis 3": ("Walid", "TN/Tunis", 3),
    "3ali, sfax, 4": ("3ali", "TN/Sfax", 4),
    "نجاة حداد\n\u0627\u0644\u0642\u0627\u0647\u0631\u0629\n٣ اشخاص": ("نجاة حداد", "EG/Cairo", 3),
}
# What begins like an introduction and is a cry all the same, or about somebody else.
CRIES = (
    "my name is Jordan Smith and I need help",
    "I am Omar, my house was hit",
    "أنا عمر محاصر في الخرطوم",
    "أنا فرج نحتاج مساعدة",
    "نجدة، اسطنبول، 3 اشخاص",
    "Help, Istanbul, 3 persons",
    "I am trapped Haddad in Istanbul",
    "my name is not important, help me",
    "اسمي نجاة سالم والقصف علينا",
    "I am Omar Haddad in Khartoum they are shooting at us",
    "أنا خلف الستارة",
    "I am Omar Haddad under the rubble in Istanbul",
    "أنا عمر حداد في السجن",
    "I am Omar Haddad stuck in Istanbul",
    "انا عمر حداد بلا اكل في الخرطوم",
    "علي، الخرطوم، الحقونا",
    "Khartoum, Yusuf, trapped",
    "Register: Walid, Sabha, help us",
)
REPORTS = (
    "I am Omar Haddad my brother is missing in Istanbul",
    "اسمي عمر وخوي مفقود",
    "I am Omar Haddad in Istanbul and my brother in Khartoum is hurt",
    "Register: Fathi, Istanbul, missing son",
)


async def _facts(text: str) -> tuple[Fact, ...]:
    heard = await EXACT(text, None)
    if heard.intent is None:
        heard = replace(
            heard, intent=CRY[0][0], confidence=CRY[0][1], ranking=CRY, clauses=(), by="rasa"
        )
    return read(FLOWS, State(known={}), heard).facts


@pytest.mark.parametrize("text", INTRODUCTIONS)
async def test_an_introduction_tells_who_where_and_how_many(text: str) -> None:
    name, place, party = INTRODUCTIONS[text]
    expected: list[Fact] = [Name(name)]
    if party:
        expected.append(Party(party))
    facts = await _facts(text)
    places = [fact.place for fact in facts if isinstance(fact, Here)]
    others = [fact for fact in facts if not isinstance(fact, Here | Companions)]
    assert sorted(others, key=repr) == expected
    assert len(places) == (1 if place else 0)
    for named in places:
        assert isinstance(named, NamedPlace)
        assert named.meanings[0] in {place, str(place)[:2]}


@pytest.mark.parametrize("text", CRIES)
async def test_a_cry_behind_a_name_is_a_cry(text: str) -> None:
    facts = await _facts(text)
    assert any(isinstance(fact, Danger | Doubt) for fact in facts)


@pytest.mark.parametrize("text", REPORTS)
async def test_who_is_missing_behind_a_name_is_reported(text: str) -> None:
    facts = await _facts(text)
    assert any(isinstance(fact, Report) for fact in facts)


@pytest.mark.parametrize(
    ("text", "name"),
    [("Chad Haddad", "Chad Haddad"), ("Jordan Smith", "Jordan Smith"), ("نجاة فرج", "نجاة فرج")],
)
async def test_a_name_that_is_asked_for_is_no_place_and_no_cry(
    tmp_path: Path, text: str, name: str
) -> None:
    understanding = Scripted()
    async with talking(tmp_path, understanding=understanding) as talk:
        for line in ("/register", "نعم"):
            await talk.say(line)
        understanding.guess = dict(CRY)
        await talk.say(text)
        async with talk.runtime.db.read() as session:
            person = (await session.scalars(select(Person))).one()
            cases = list(await session.scalars(select(Case)))
    assert (person.name, person.country, cases) == (name, None, [])
