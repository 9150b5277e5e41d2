"""Whole messages in every variety, and what is named in them: hard ones, some of which were once
read wrongly.
"""

from __future__ import annotations

import pytest

from nlu.language import gazetteer

MESSAGES = """
احنا عالقين في مطار بورتسودان من يومين => city SD/Port Sudan
خمستاشر نفر محاصرين في ام درمان => person_count 15, city SD/Omdurman
١٥ نفر في العمارة والحريقة فوقنا => person_count 15
احنا تلاتة انا ومرتي وولدي => person_count 3, relative wife, relative son
عندي زوز صغار ونبوا نطلعوا لمصر => person_count 2, country EG
انا ومرتي وزوز صغار في غازي عنتاب => relative wife, person_count 4, city TR/Gaziantep
طالعين م تونس توا => country TN
وللقاهرة كيف نمشوا => city EG/Cairo
الضرب عالخرطوم ما وقفش => city SD/Khartoum
فبنغازي مافيش حد => city LY/Benghazi
الحاجة طايحة في الحوش => relative mother
ولد خالتي مفقود في درنة => relative other, city LY/Darnah
الساعة ٥ نكونوا في راس جدير => city TN/Ras Ajdir
عمري ٢٥ سنة ونقرا في تركيا => country TR
رقمي 0912345678 =>
ساكن في الدور التالت شقة 7 =>
الباص رقم 5 وين يمشي =>
التذكرة ب 300 دولار =>
عندي صور بنعث هالكم =>
شن هالحال يا خوي =>
قاعدين فالامارات => country AE
عدد العالقين عشرين واحد => person_count 20
معاي خمس بنات وثلاث اولاد => person_count 9
قالولي عيلة سورية ساكنة معانا =>
باقي واحد ليبي في السجن =>
نقرا في كوالالمبور ماليزيا => city MY/Kuala Lumpur, country MY
كنا في الحوش قبل المغرب =>
ورقة العيلة ضاعت =>
نحن خمسة أشخاص عالقون في مطار الخرطوم => person_count 5, city SD/Khartoum
أنا وزوجتي وثلاثة أطفال في بيروت => relative wife, person_count 5, city LB/Beirut
مقاعد لخمسة أشخاص => person_count 5
ثلاثون طالباً في السكن => person_count 30
اثنان وعشرون مواطنا ليبيا على متن الحافلة => person_count 22
اكثر من 200 شخص في المدرسة => person_count 200
مية وعشرين شخص عالقين => person_count 120
أريد السفر من عمّان إلى الدوحة => city JO/Amman, city QA/Doha
ابنتي عمرها ست سنوات وتحتاج إلى طبيب => relative daughter
أسكن في الطابق الثاني عشر =>
وبالقاهرة أهلي جميعا بخير => city EG/Cairo, relative family
كتيب العائلة مفقود =>
انتقلت إلى مدينة أخرى =>
لماذا السماء زرقاء =>
جزاك الله كل خير اخي =>
ana fi trablous w 5ouya fi tounes => city LY/Tripoli, relative brother, country TN
a7na tlata w nebbou netl3ou l masr => person_count 3, country EG
m3aya marti w zouz sghar => relative wife, person_count 4
boy mrid fi sfa9es => relative father, city TN/Sfax
a boy next door =>
el 7doud ma3a tounes msakra? => country TN
3omri 22 sna =>
el sa3a 5 nji =>
chokran khouya =>
sa7a 5oy =>
barka men tanbihat =>
chin tdir enta =>
5amsta3ch nafar fel borj => person_count 15
nebi nghader elyemen => country YE
3alguin fi matar istanbol => city TR/Istanbul
el elahli wella ittihad =>
both of us are ok => person_count 2
both borders are closed =>
me and my two kids are stuck in Port Sudan => person_count 3, relative family, city SD/Port Sudan
there are 12 of us at Beirut airport => person_count 12, city LB/Beirut
there's 4 adults and 3 kids => person_count 7, relative family
seats for three people => person_count 3
my flight TK652 is at 9:30 =>
five star hotel =>
my son is 5 => relative son
We live on the 6th floor, 3 Baker Street =>
the taxi costs 50 euros =>
my brother in law is in Aleppo => relative other, city SY/Aleppo
his mother called =>
a friend told me =>
family of six in Gaziantep => person_count 6, city TR/Gaziantep
family booklet lost =>
evacuate the women, not me bro =>
working in KSA => country SA
studying in Holland => country NL
HELP US =>
he lives in the US => country US
what about Niger => country NE
split up near Split => city HR/Split
i want to take a bath =>
ana stuck في مطار Istanbul => city TR/Istanbul
احنا 4 people نبوا evacuation => person_count 4
marti حامل وفي شهرها 8 => relative wife
شكرا bro =>
"""

PLACES = """
MK مقدونيا Macedonia
GB بريطانيا Britain
US أمريكا America
AE الإمارات Emirates
PK/Islamabad إسلام_آباد Islamabad
CN/Shanghai شنغهاي Shanghai
ID/Jakarta جاكرتا Jakarta
ES/Valencia فالنسيا Valencia
PT/Lisbon لشبونة Lisbon
FR/Paris باريس Paris
QA/Doha الدوحة Doha
SA/Dammam الدمام Dammam
SY/Ar_Raqqah الرقة Raqqa
TN/Gafsa قفصة Gafsa
TN/Djerba جربة Djerba
EG/Salloum السلوم Salloum
LY/Darnah درنة Derna
GB/Newcastle_upon_Tyne نيوكاسل Newcastle
DE/Dusseldorf دوسلدورف Dusseldorf
AZ/Baku باكو Baku
US/Dallas دالاس Dallas
UA/Mykolayiv ميكولايف Mykolaiv
"""


def _rows(table: str) -> list[list[str]]:
    return [
        [part.replace("_", " ") for part in line.split()] for line in table.strip().splitlines()
    ]


def _named(text: str) -> list[str]:
    return sorted(f"{mention.entity} {mention.value}" for mention in gazetteer.find(text))


@pytest.mark.parametrize("line", MESSAGES.strip().splitlines())
def test_a_message_names(line: str) -> None:
    text, _, expected = line.partition("=>")
    assert _named(text.strip()) == sorted(
        part.strip() for part in expected.split(",") if part.strip()
    )


@pytest.mark.parametrize(("value", "arabic", "latin"), _rows(PLACES))
def test_a_place_is_known_in_both_scripts_and_behind_prefixes(
    value: str, arabic: str, latin: str
) -> None:
    kind = "city" if "/" in value else "country"
    sent = "لل" + arabic[2:] if arabic.startswith("ال") else "ل" + arabic
    texts = [arabic, f"انا في {arabic}", f"نمشي {sent}", f"احنا ب{arabic}", f"كيف الوضع و{arabic}"]
    texts += [f"ana fi {latin.lower()}", f"is {latin} safe"]
    assert [text for text in texts if _named(text) != [f"{kind} {value}"]] == []
