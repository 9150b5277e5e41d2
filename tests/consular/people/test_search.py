"""The search of staff: a person is found however their name or number is written."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from bot.consular.people import facts, search, search_keys
from bot.models import NameWord, NumberEnding, Person
from bot.runtime.runtime import Runtime
from tests import builders

# A name as it is kept, and queries that find it.
FOUND = """
عبدالله سالم: عبد الله | Abdullah | abd allah | Abdallah Salem | عبدالله | Abdulla
عبد الرحمٰن التاجوري: عبدالرحمن | Abdurrahman | Abdel Rahman | عبد الرحمان | abdulrahman tajouri
عبد الرحمٰن التاجوري: AbdelRahman Al-Tajuri
Abdessalam Gheryani: عبدالسلام | عبد السلام الغرياني | Abdul Salam | abdusalam
Abdulatif Kikhia: عبد اللطيف | عبداللطيف الكيخيا | Abdel Latif
علي الورفلي: ورفلي | Werfalli | Ali Werfalli | الورفلي علي | Warfali | Aly El-Werfalli | werf
علي الورفلي: Ouerfelli
Ali Werfalli: علي الورفلي | ورفلي | على الورفلى | الورفلّي | Ali Al Werfalli
نور الدين بوشناف: نورالدين | Noureddine | Nur al-Din | nuruddin | Nour El Din Bushnaf | نور
نور الدين بوشناف: ابوشناف
Nouraddin Swehli: نور الدين السويحلي | نورالدين
صلاح الدين المقريف: Salaheddin | salah eldin Magariaf | صلاحالدين | Salah Uddin
Saif al-Islam Hadi: سيف الإسلام | سيف الاسلام الهادي | Seif El Islam
السنوسي: El Senussi | Senussi | Sanusi | سنوسي | As-Senussi | el-snoussi | Alsanousi
Idris El Senussi: السنوسي | إدريس | ادريس السنوسى
أحمد المصراتي: Ahmed | Ahmad | احمد | أحمد مصراتي | Misrati | ahmet | A7med | المصراتى
Ahmad Zintani: أحمد الزنتاني | Ahmed Zentani | احمد
محمد سالم الترهوني: Mohamed | Muhammad | Mohammed | mohammad tarhuni | محمد الترهوني | M7amed
محمد سالم الترهوني: الترهوني محمد | مُحمّد | moham
Muhammed Fitouri: محمد الفيتوري | Mohamad Fituri | فيتوري
خالد بن علي: Khaled Ali | khalid ben ali | Khaled bin Ali | خالد علي | Khaled Benali | خالد ابن علي
Omar Ben Amer: عمر بن عامر | Omar Benamer | عمر عامر | omer bin amer
فاطمة الزهراء الشريف: Fatima | Fatma | فاطمه | فاطمة الزهراء | fatima sherif | Fatimah Zahra
Hamza Bin Ghashir: حمزة | حمزه بن غشير | Hamzah
إسراء أبو زيد: اسراء | Israa Abuzeid | Esraa Abu Zaid | اسراء ابوزيد | بوزيد
أبو بكر يونس: Abubakr | Abu Bakr | ابوبكر | Boubaker Younes | بوبكر
بلقاسم حفتر: Belgasem | ابو القاسم | Abulgasem | Belkacem Haftar | بالقاسم
Mustafa Abushagur: مصطفى ابوشاقور | مصطفي | مصطفى
ليلى هدى منصور: Layla | ليلي | Leila Huda | ليلا
يحيى المهدي: Yahya | Yehia Mahdi | يحيي | El-Mahdi
رؤوف هناء: Raouf | رءوف | روف
Souad O'Brien: سعاد | obrien | O’Brien | o brien
ياسين عثمان: Yassin | Osman | Othman | يس عثمان
نصر الله جابر: Nasrallah | نصرالله | Nasr Allah
جمال القذافي: Gamal | Jamal | Gaddafi | Qadhafi | Kadhafi | قذافي
"""

# A name as it is kept, and queries that do not find it.
NOT_FOUND = """
محمد: محمود | Mahmoud | حمد | أحمد | Ahmed | حميد | امحمد
محمود: محمد | Mohamed | Muhammad
أحمد: حمد | Hamad | حامد | حمدي | محمد | حماد
Ahmed: حميد | Hamed | Hamid | حمدان
علي: علاء | Alaa | ليلى | عالية | علياء
عمر: عمرو | عمار | عامر | Amer | Amir | Ammar
حسن: حسين | Hussein | حسان | حسني | Hosni
Hassan: حسين | حسنى
سالم: سليم | سلمى | سلمان | سالمة | سليمان
كريم: كريمة | Karima | كرم
أمين: أمينة | امنة | Amina
سمير: سميرة | سامر | سمر
عبدالله: عبدالرحمن | عبيد | Abdulaziz | عبدالسلام
عبدالرحمن: عبدالرحيم | عبدالله | Abdelrahim
خالد: خليل | خلود | Khalil
سعيد: سعد | سعاد | Saad
جمال: جميل | كمال | Jamil
نور الدين: نورة | صلاح الدين | بدر الدين | ناصر
الورفلي: الورشفاني | Farouk | فلاح
منى: أمين | منير | أيمن
هدى: هادي | مهدي | Hadi
طارق: تركي | Tarik Aziz
"""

NUMBER = "+905331234567"
# What finds that number, in a search of headquarters and at the post in Turkey.
NUMBER_FOUND = """
+905331234567 | 905331234567 | 00905331234567 | 05331234567 | 5331234567 | 533 123 45 67
0533 123 45 67 | (0533) 123-45-67 | +90 (533) 123 45 67 | +90 (0) 533 123 45 67 | 4567 | 34567
234567 | 123 45 67 | 1234567 | ٠٥٣٣١٢٣٤٥٦٧ | ٤٥٦٧ | ٥٣٣ ١٢٣ ٤٥ ٦٧ | ۰۵۳۳۱۲۳۴۵۶۷ | 0090-533-1234567
0533.123.45.67 | 45 67 | \u200e+905331234567 | رقم 05331234567
"""
NUMBER_NOT_FOUND = """
+905331234568 | 05331234566 | 5331234 | 0533 | 0533123 | 1234 | 4568 | 567 | +915331234567
00218533123456 | 14567 | 0905331234 | محمد 4567
"""


def _cases(table: str) -> list[tuple[str, str]]:
    """Return the pairs of a table: a name, and a query."""
    pairs: list[tuple[str, str]] = []
    for line in table.strip().splitlines():
        name, _, queries = line.partition(":")
        pairs.extend((name.strip(), query.strip()) for query in queries.split("|"))
    return pairs


def _queries(table: str) -> list[str]:
    return [query.strip() for line in table.strip().splitlines() for query in line.split("|")]


async def _outcomes(runtime: Runtime, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], bool]:
    """Search for each pair among all the names; tell which were found."""
    now = runtime.clock()
    outcomes: dict[tuple[str, str], bool] = {}
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        people: dict[str, Person] = {}
        for name in dict.fromkeys(name for name, _ in pairs):
            people[name] = await builders.person(session, now)
            await facts.set_name(session, people[name], name)
        for name, query in pairs:
            found = await search.search(session, team.officer, query, now)
            outcomes[name, query] = people[name] in found
    return outcomes


async def test_people_are_found_in_any_spelling(runtime: Runtime) -> None:
    pairs = _cases(FOUND)
    outcomes = await _outcomes(runtime, pairs)
    assert len(pairs) >= 60
    assert [pair for pair, is_found in outcomes.items() if not is_found] == []


async def test_people_of_other_names_are_not_found(runtime: Runtime) -> None:
    pairs = _cases(NOT_FOUND)
    outcomes = await _outcomes(runtime, pairs)
    assert len(pairs) >= 30
    assert [pair for pair, is_found in outcomes.items() if is_found] == []


@pytest.mark.parametrize(("table", "is_found"), [(NUMBER_FOUND, True), (NUMBER_NOT_FOUND, False)])
async def test_people_are_found_by_their_number_or_its_end(
    runtime: Runtime, table: str, is_found: bool
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        told = await builders.person(session, now)
        await facts.set_phone(session, told, NUMBER, False, now)
        wrote = await builders.person(session, now, f"sms:{NUMBER}")
        await builders.person(session, now, "sms:+218919999999")
        wrong: list[str] = []
        for query in _queries(table):
            people = await search.search(session, team.officer, query, now)
            if people != ([wrote, told] if is_found else []):
                wrong.append(query)
    assert wrong == []


async def test_a_name_and_an_end_of_the_number_find_one_of_many(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        wanted = await builders.person(session, now, "sms:+905331234567")
        other = await builders.person(session, now, "sms:+905337654321")
        for person in (wanted, other):
            await facts.set_name(session, person, "محمد الورفلي")
        assert await search.search(session, team.officer, "Mohamed 4567", now) == [wanted]


@pytest.mark.parametrize("query", ["", "  ", "!!", "-", "()", "\u200f", "12"])
async def test_a_query_that_says_nothing_finds_nobody(runtime: Runtime, query: str) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.person(session, now)
        assert await search.search(session, team.officer, query, now) == []


async def test_no_name_and_no_number_is_readable_in_the_keys(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "sms:+905331234567")
        await facts.set_name(session, person, "علي الورفلي")
        words = list(await session.scalars(select(NameWord.word)))
        endings = list(await session.scalars(select(NumberEnding.ending)))
    assert len(words) > 1
    assert len(endings) > 1
    for digest in [*words, *endings]:
        assert len(bytes.fromhex(digest)) == 17  # the id of the key, and the digest


async def test_keys_of_an_earlier_version_are_made_anew(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "sms:+905331234567")
        await facts.set_name(session, person, "علي الورفلي")
        erased = await builders.person(session, now)
        await session.execute(delete(NameWord))
        await session.execute(delete(NumberEnding))
        await session.execute(
            update(Person).where(Person.id != erased.id).values(search_version=None)
        )
        assert await search.search(session, team.officer, "Werfalli", now) == []
    assert await search_keys.renew(runtime.db) == 1
    assert await search_keys.renew(runtime.db) == 0
    async with runtime.db.begin() as session:
        for query in ("Werfalli", "4567"):
            people = await search.search(session, team.officer, query, now)
            assert [found.id for found in people] == [person.id]


async def test_a_number_that_somebody_typed_stands_below_the_one_that_writes(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        wrote = await builders.person(session, now, f"sms:{NUMBER}")
        await facts.set_phone(session, wrote, NUMBER, False, now)
        typed = await builders.person(session, now, "telegram:9")  # newer: it would come first
        await facts.set_phone(session, typed, NUMBER, False, now)
        people = await search.search(session, team.officer, NUMBER, now)
        assert people == [wrote, typed]
        assert await search.with_confirmed_number(session, people) == {wrote.id}
