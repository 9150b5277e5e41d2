"""Numbers from one to ninety-nine in words and digits: standard Arabic, Libyan,
Arabizi, English.
"""

from __future__ import annotations

from functools import lru_cache

from nlu.language.folding import is_arabic, words

_WORDS = """
1 واحد احد احدي واحده وحده wa7ed wahed wa7id wahid wa7da one
2 اثنين اثنا اثني اثنان اثنتين اثنتان اتنين تنين ثنين زوز جوز ethnen ethnin etnin etnen tnin thnin
2 zouz zoz joz
2 jouz two
3 ثلاثه ثلاث تلاته تلات تلته thalatha tlata talata thlatha tlatha theletha tleta tlet thlath tlat
3 three
4 اربعه اربع arba3a arb3a arba3 rb3a erb3a erba3a 2arb3a four
5 خمسه خمس khamsa 5amsa khams 5ams 5msa xamsa khmsa 5emsa five
6 سته ست sitta setta sita stta six
7 سبعه سبع sab3a seb3a sba3a sb3a seven
8 ثمانيه ثماني ثمان تمنيه تمانيه تماني ثمنيه tmanya thmanya tmania thamanya tamanya themanya eight
9 تسعه تسع tes3a tis3a tas3a ts3a nine
10 عشره عشر 3ashra 3achra 3shra 3ashara 3achara ten
11 احدعشر حداش احداش حداشر احداشر 7dash 7dach eleven
12 اثناعشر اثنعشر اطناش طناش اثناش اتناش اطناشر طناشر اتناشر اثناشر tnash etnash tnach etnach 6nach
12 6nash twelve dozen
13 ثلاثهعشر ثلطاش تلطاش ثلطاشر تلطاشر تلتاشر ثلتاشر تلتاش ثلتاش tlettash tlettach thlettach
13 thlattach tlattach thirteen
14 اربعتاش اربعطاش اربعتاشر اربعطاشر arba3tash arb3tash arba3tach arb3tach fourteen
15 خمستاش خمسطاش خمستعش خمستاشر خمسطاشر khamstash 5amstash khmstach 5amstach khamstach khamsta3sh
15 5amsta3ch
15 5amstashar fifteen
16 ستاش سطاش ستاشر سطاشر sttash settash sottach settach sixteen
17 سبعتاش سبعطاش سبعتاشر سبعطاشر sab3tash sb3tash sab3tach sb3tach seventeen
18 ثمنتاش ثمنطاش تمنتاش تمنطاش تمنتاشر تمنطاشر ثمنتاشر tmantash thmantash tmantach thmantach
18 eighteen
19 تسعتاش تسعطاش تسعتاشر تسعطاشر tes3tash ts3tash tes3tach ts3tach nineteen
20 عشرين عشرون 3eshrin 3ishrin 3echrin 3ichrin 3shrin twenty
30 ثلاثين ثلاثون تلاتين tlatin thlathin thalathin thirty
40 اربعين اربعون arb3in arba3in forty
50 خمسين خمسون 5amsin khamsin fifty
60 ستين ستون setin settin sixty
70 سبعين سبعون seventy
80 ثمانين ثمانون eighty
90 تسعين تسعون ninety
"""
_TENS = frozenset(range(20, 100, 10))
_HIGHEST = 99


@lru_cache(maxsize=1)
def _known() -> dict[str, int]:
    rows = (line.split() for line in _WORDS.strip().splitlines())
    return {word: int(row[0]) for row in rows for word in row[1:]}


def is_number(folded: str) -> bool:
    """Whether a folded word is a number as it stands, with nothing joined to it."""
    return folded in _known()


@lru_cache(maxsize=20_000)
def value(folded: str) -> int | None:
    """The number one folded word stands for (1 to 99), also with a leading و ("and")."""
    if folded.isascii() and folded.isdigit():
        return int(folded) if len(folded) <= 2 and int(folded) else None
    bare = folded[1:] if folded.startswith("و") and is_arabic(folded) else folded
    return _known().get(folded) or (_known().get(bare) if bare not in {"احد", "حد"} else None)


def number(text: str) -> int | None:
    """The number a whole message is ("٥", "خمسة", "five", "خمسة وعشرين"), or None."""
    values = [value(word.folded) for word in words(text)]
    if len(values) == 1:
        return values[0]
    if len(values) == 2 and None not in values:
        return compound(*(found for found in values if found))
    return None


def compound(first: int, second: int) -> int | None:
    """Two words as one number: 20 and 5 (English), 5 and 20 (Arabic), 3 and 10 (thirteen); None
    when they are not.
    """
    if {first, second} & _TENS and min(first, second) < 10:
        return first + second if first + second <= _HIGHEST else None
    if second == 10 and first < 10:
        return first + second
    return None
