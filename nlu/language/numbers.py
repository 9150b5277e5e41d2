"""Numbers from one to ninety-nine in words and digits: standard Arabic, Libyan,
Arabizi, English.
"""

from __future__ import annotations

from functools import lru_cache

from nlu.language.folding import spell, words

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
_TEN = 10
_HIGHEST = 99
_MAX_DIGITS = 2
_AND = "و"
_NOT_BEHIND_AND = frozenset(("احد", "حد"))  # واحد and وحد are no "and"


@lru_cache(maxsize=1)
def _numbers() -> dict[str, int]:
    """Read the numbers by their words."""
    numbers: dict[str, int] = {}
    for line in _WORDS.strip().splitlines():
        digits, *spellings = line.split()
        number = int(digits)
        for spelling in spellings:
            numbers[spelling] = number
    return numbers


def is_number(folded: str) -> bool:
    """Tell whether a folded word is a number as it stands, with nothing joined to it."""
    return folded in _numbers()


@lru_cache(maxsize=20_000)
def value(folded: str) -> int | None:
    """Return the number one folded word stands for (1 to 99), also with a leading و ("and")."""
    if folded.isascii() and folded.isdigit():
        return _in_digits(folded)
    if folded in _numbers():
        return _numbers()[folded]
    bare = folded.removeprefix(_AND)
    if bare in _NOT_BEHIND_AND:
        return None
    return _numbers().get(bare)


def _in_digits(folded: str) -> int | None:
    if len(folded) > _MAX_DIGITS:
        return None
    return int(folded) or None


def number(text: str) -> int | None:
    """Return the number a whole message is ("٥", "خمسة", "five", "خمسة وعشرين"), or None."""
    numbers = list(map(value, spell(words(text))))
    match numbers:
        case [single]:
            return single
        case [int(first), int(second)]:
            return compound(first, second)
    return None


def compound(first: int, second: int) -> int | None:
    """Return two words as one number, None when they are not.

    20 and 5 (English), 5 and 20 (Arabic), 3 and 10 (thirteen).
    """
    total = first + second
    if total > _HIGHEST:
        return None
    if second == _TEN and first < _TEN:
        return total
    has_tens = first in _TENS or second in _TENS
    has_ones = first < _TEN or second < _TEN
    if has_tens and has_ones:
        return total
    return None
