"""Where people are, however they say it: coordinates, links, flags, foreign names, their own words,
and whether they have left the area of a crisis.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.messages import Content
from bot.practice.facts import Facts
from bot.practice.talk import Screen, Talk
from tests.dialogue.talking import talking

DAMASCUS = "SY/Damascus"


async def told(folder: Path, lines: Sequence[str], screen: Screen = "telegram") -> Facts:
    """Play lines; return what staff would see then."""
    async with talking(folder, "ar", screen) as person:
        for line in lines:
            await person.say(line)
        return await person.facts()


async def answer(person: Talk, line: str) -> str:
    """Play a line; return all that is answered."""
    contents: list[Content] = await person.say(line)
    return "\n".join(content.text for content in contents)


@pytest.mark.parametrize(
    "text",
    [
        "33.51, 36.29",
        "33.5138 36.2765",
        "33°30'N 36°18'E",
        "33° 30′ 45″ N, 36° 18′ 10″ E",
        "٣٣٫٥١، ٣٦٫٢٩",
        "٣٣°٣٠′ شمالا ٣٦°١٨′ شرقا",
        "lat:33.51 lon:36.29",
        "lon: 36.29 lat: 33.51",
        "خط العرض 33.51 خط الطول 36.29",
        "N33.51 E36.29",
        "(33.51,36.29)",
        "33,5138; 36,2765",
        "https://www.google.com/maps/@33.51,36.29,15z",
        "https://www.google.com/maps/place/X/@31.0,35.0,12z/data=!3m1!3d33.5138!4d36.2765",
        "https://maps.google.com/?q=33.51,36.29",
        "https://www.google.com/maps/search/?api=1&query=33.51%2C36.29",
        "maps.google.com/maps?ll=33.51,36.29&z=10",
        "https://maps.apple.com/?ll=33.51,36.29&q=Home",
        "https://www.openstreetmap.org/?mlat=33.51&mlon=36.29#map=15/33.51/36.29",
        "https://www.openstreetmap.org/#map=15/33.51/36.29",
        "geo:33.51,36.29?z=11",
        "geo:0,0?q=33.51,36.29(Home)",
        "https://waze.com/ul?ll=33.51,36.29&navigate=yes",
        "https://yandex.com/maps/?ll=36.29,33.51&z=12",
    ],
)
@pytest.mark.parametrize("screen", ["telegram", "sms"])
async def test_a_position_in_any_form_is_a_place(text: str, screen: Screen, tmp_path: Path) -> None:
    facts = await told(tmp_path, [text], screen)
    assert (facts.place, facts.open_cases) == (DAMASCUS, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("95.00, 200.00", "الإحداثيات"),
        ("95, 200", "الإحداثيات"),
        ("https://maps.google.com/?q=95.0,200.0", "الإحداثيات"),
        ("https://maps.app.goo.gl/AbCdEf", "الرابط"),
        ("https://goo.gl/maps/AbCdEf", "الرابط"),
        ("goo.gl/maps/AbCdEf", "الرابط"),
        ("https://maps.apple/p/AbCdEf", "الرابط"),
        ("https://waze.com/ul/hsv8tyu", "الرابط"),
        ("///filled.count.soap", "what3words"),
        ("https://w3w.co/filled.count.soap", "what3words"),
        ("https://what3words.com/filled.count.soap", "what3words"),
    ],
)
@pytest.mark.parametrize("first", ["مكاني", "السلام عليكم"])
async def test_a_position_that_cannot_be_read_is_answered_and_the_name_asked_for(
    text: str, words: str, first: str, tmp_path: Path
) -> None:
    async with talking(tmp_path) as person:
        await person.say(first)
        reply = await answer(person, text)
        assert words in reply
        assert "في أي مدينة أنت الآن" in reply
        assert (await person.facts()).place is None
        await person.say("دمشق")
        assert (await person.facts()).place == DAMASCUS


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("🇸🇩", "SD"),
        ("🇹🇷 ", "TR"),
        ("SD", "SD"),
        ("TR", "TR"),
        ("sdn", "SD"),
        ("istanbul'da", "TR/Istanbul"),
        ("İstanbul’dayım", "TR/Istanbul"),
        ("istanbuldayım", "TR/Istanbul"),
        ("حماة", "SY/Hamah"),
        ("حماه", "SY/Hamah"),
        ("Allemagne", "DE"),
        ("Deutschland", "DE"),
        ("Türkiye", "TR"),
        ("Mısır", "EG"),
        ("Tunisie", "TN"),
        ("Almanya'dayım", "DE"),
        ("Германия", "DE"),
        ("Londres", "GB/London"),
        ("Il Cairo", "EG/Cairo"),
        ("Wien", "AT/Vienna"),
        ("عُمان", "OM"),
        ("عَمّان", "JO/Amman"),
        ("سلطنة عمان", "OM"),
        ("القدس", "PS/Jerusalem"),
        ("Alexandria", "EG/Alexandria"),
        ("London, Ontario", "CA/London"),
        ("طرطوس", "SY/Tartus"),
        ("النيجر", "NE"),
        ("Nigeria", "NG"),
        ("Dominican Republic", "DO"),
        ("مسقط، عمان", "OM/Muscat"),
        ("دارفور", "SD"),
    ],
)
async def test_a_place_in_any_spelling_is_known(text: str, place: str, tmp_path: Path) -> None:
    facts = await told(tmp_path, ["مكاني", text])
    assert facts.place == place


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("عمان", "عمان، الأردن", "عُمان"),
        ("الكونغو", "الكونغو - كينشاسا", "الكونغو - برازافيل"),
        ("congo", "الكونغو - كينشاسا", "الكونغو - برازافيل"),
        ("جورجيا", "جورجيا", "الولايات المتحدة"),
        ("طرابلس", "طرابلس، ليبيا", "طرابلس، لبنان"),
        ("Birmingham", "برمنغهام، المملكة المتحدة", "برمنغهام، الولايات المتحدة"),
    ],
)
async def test_a_name_of_two_places_is_asked_about_naming_both(
    text: str, first: str, second: str, tmp_path: Path
) -> None:
    async with talking(tmp_path) as person:
        await person.say("مكاني")
        (question,) = await person.say(text)
        assert [button.label for button in question.buttons][:2] == [first, second]
        assert (await person.facts()).place is None


async def test_a_name_of_two_places_means_that_of_the_country_where_they_are(
    tmp_path: Path,
) -> None:
    assert (await told(tmp_path, ["مكاني", "مسقط", "مكاني", "عمان"])).place == "OM"


@pytest.mark.parametrize(
    ("position", "name"),
    [
        ("@41.0054,28.9768", "إسطنبول، تركيا"),
        ("@41.0165,28.9640", "إسطنبول، تركيا"),
        ("@40.9900,29.0250", "إسطنبول، تركيا"),
        ("@30.0500,31.2400", "القاهرة، مصر"),
        ("@48.8867,2.3431", "باريس، فرنسا"),
        ("@51.5400,-0.1030", "لندن، المملكة المتحدة"),
        ("@33.8960,35.4780", "بيروت، لبنان"),
        ("@52.5000,13.3900", "برلين، ألمانيا"),
        ("@32.8872,13.1913", "طرابلس، ليبيا"),
        ("@41.8890,12.4690", "روما، إيطاليا"),
    ],
)
async def test_a_position_in_a_city_is_called_by_the_city_in_the_readers_script(
    position: str, name: str, tmp_path: Path
) -> None:
    async with talking(tmp_path) as person:
        reply = await answer(person, position)
        assert name in reply
        letters = [letter for letter in reply if letter.isalpha() and letter.isascii()]
        assert letters == []


@pytest.mark.parametrize(
    "words",
    [
        "كامبو 5",
        "مدرسة النور",
        "قرية ود النور",
        "مخيم كلمة الجديد",
        "فندق السلام الكبير",
        "شارع الستين",
        "مربع 8",
        "Hotel Sahara",
        "block 8",
        "Wad Elnour village",
    ],
)
@pytest.mark.parametrize("screen", ["telegram", "sms"])
async def test_a_place_no_gazetteer_knows_is_kept_in_words(
    words: str, screen: Screen, tmp_path: Path
) -> None:
    async with talking(tmp_path, "ar", screen) as person:
        for line in ("مكاني", "السودان", "مكاني"):
            await person.say(line)
        reply = await answer(person, words)
        facts = await person.facts()
        assert (facts.place, facts.place_words) == ("SD", words)
        assert f"{words}، السودان" in reply
        assert f"{words}، السودان" in await answer(person, "بياناتي")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("أنا في كامبو 5", "SD", "كامبو 5"),
        ("I am in camp 5", "SD", "camp 5"),
        ("احنا في مدرسة النور", "SD", "مدرسة النور"),
        ("انا ساكن في حي ود البشير الجديد", "SD", "حي ود البشير الجديد"),
        ("I'm staying at hotel Sahara with my wife", "SD", "hotel Sahara"),
        ("ana fi kambo 5", "SD", "kambo 5"),
        ("نحن في فندق القمر الكبير", "SD", "فندق القمر الكبير"),
        ("We are in block 12", "SD", "block 12"),
        ("أنا في ام دخينات", "SD", "ام دخينات"),
        ("I am in camp 7, Sudan", "SD", "camp 7"),
    ],
)
async def test_words_after_i_am_in_are_kept(
    text: str, place: str, words: str, tmp_path: Path
) -> None:
    facts = await told(tmp_path, [*REGISTERED_IN_SUDAN, text])
    assert (facts.place, facts.place_words) == (place, words)


REGISTERED_IN_SUDAN = ("تسجيل", "نعم", "سالم الورفلي", "السودان", "1", "تخطي")


@pytest.mark.parametrize(
    "text",
    [
        "نبي ماء وأكل",
        "القصف فوقنا",
        "ما نعرفش وين أنا",
        "why do you ask?",
        "الحمد لله بخير",
        "في البيت",
        "أنام في المسجد منذ ليلتين",
        "أكتب إليكم من هاتف إمام المسجد",
        "عائشة",
        "خوي مفقود",
        "hello",
        "لا",
    ],
)
async def test_a_sentence_or_a_cry_is_no_place(text: str, tmp_path: Path) -> None:
    facts = await told(tmp_path, ["مكاني", "السودان", "مكاني", text])
    assert facts.place_words is None


@pytest.mark.parametrize("text", ["كامبو 5", "block 8", "مدرسة النور", "قرية ود النور"])
async def test_after_another_question_a_text_is_no_place(text: str, tmp_path: Path) -> None:
    facts = await told(tmp_path, ["تسجيل", "نعم", "سالم الورفلي", "السودان", text])
    assert facts.place_words is None


async def test_the_country_of_a_place_in_words_is_asked_for_when_nobody_knows_it(
    tmp_path: Path,
) -> None:
    async with talking(tmp_path) as person:
        await person.say("مكاني")
        assert "في أي بلد" in await answer(person, "كامبو 5")
        await person.say("السودان")
        facts = await person.facts()
        assert (facts.place, facts.place_words) == ("SD", "كامبو 5")


async def test_a_cry_keeps_the_words_for_the_place_and_a_post_sees_the_case(
    tmp_path: Path,
) -> None:
    facts = await told(tmp_path, [*REGISTERED_IN_SUDAN, "نجدة", "لا", "كامبو 5"])
    (case,) = facts.open_cases
    assert (facts.place, facts.place_words) == ("SD", "كامبو 5")
    assert "كامبو 5" in case.notes
