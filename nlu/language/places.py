"""Finds a city or a country where a word of a text begins to name one."""

from __future__ import annotations

from collections.abc import Iterable

from nlu.language import index, typos
from nlu.language.clitics import Readings
from nlu.language.folding import is_arabic, spell
from nlu.language.lexicon import listed
from nlu.language.passages import Candidate, Passage, Sighting, candidates, whole
from nlu.language.reading.names import is_name
from nlu.language.skeleton import skeleton

NAME_LENGTHS = (4, 3, 2, 1)  # words of a name, the longest first
MAX_COUNTRY_WORDS = 3  # "united arab emirates"
PLACING = listed("placing")  # "in", "at"
SENDING = PLACING | listed("towards")
# Letters of a word in Arabizi that may be a town, and of one without "in" or "from" before it.
_MIN_CODE_LETTERS = 4
_MIN_CLEAR_LETTERS = 6
_BEFORE_CODE = listed("before_town")
# Not after "to" or «ل»: "to leave" and the like are verbs.
_BEFORE_TYPO = frozenset(("في", "ف", "فى", "من", "مدينه", "in", "from", "near", "at"))
# Of a name with a typo: its letters within a sentence, and those of each of several words.
_MIN_LATIN_LETTERS = 7
_MIN_ARABIC_LETTERS = 6
_MIN_WORD_LETTERS = 4
_FEW_WORDS = 3
_ARTICLES = frozenset(("al", "el"))
_ARABIC_ARTICLE = "ال"
# Towns have these names, and nobody means them.
_NO_PLACES = frozenset(("the village", "our town", "the bottom"))
TYPO_LENGTHS = (2, 1, 3)  # words of a name with a typo
_CAPITALS = {"US": "US", "UK": "GB", "UAE": "AE"}  # "us" is a pronoun, "US" is not
_BEFORE_US = PLACING | {"the"}
_JOINED_TO_COUNTRY = "لب"
_PEOPLE = listed("people")
_PRAYERS = listed("prayers")
_PRAYER_TIME = listed("prayer_time")


def find_at(
    passage: Passage,
    at: int,
    first_readings: Readings,
) -> Sighting | None:
    """Find the place whose name begins with a word, which can be read in these ways."""
    word = passage.tokens[at]
    typed = passage.text[word.start : word.end]
    code = _CAPITALS.get(typed)
    if code:
        return _by_capitals(
            passage,
            at,
            code,
        )
    for length in NAME_LENGTHS:
        sighting = _by_name(
            passage,
            at,
            length,
            first_readings,
        )
        if sighting and length == 1:
            return (
                _whole_by_typo(
                    passage,
                    at,
                    first_readings,
                )
                or sighting
            )
        if sighting:
            return sighting
    return _by_typo(
        passage,
        at,
        first_readings,
        TYPO_LENGTHS,
    ) or _by_code(
        passage,
        at,
    )


def is_place(folded: str) -> bool:
    """Tell whether a word is a name of a city or a country."""
    places = index.index()
    return folded in places.cities or folded in places.countries


def is_clear_place(folded: str) -> bool:
    """Tell whether a word is such a name, and no everyday word."""
    places = index.index()
    if places.cities.is_weak(folded) or folded in places.weak_countries:
        return False
    return is_place(folded)


def _by_capitals(
    passage: Passage,
    at: int,
    code: str,
) -> Sighting | None:
    """Read an abbreviation as a country, but for "HELP US" in a text of capitals."""
    abbreviation = whole(
        passage,
        at,
    )
    is_shouted = code == "US" and passage.text.isupper()
    if is_shouted and abbreviation.before not in _BEFORE_US:
        return None
    return abbreviation.sight(
        "country",
        code,
    )


def _by_name(
    passage: Passage,
    at: int,
    length: int,
    first_readings: Readings,
) -> Sighting | None:
    """Find a place whose name has so many words."""
    names = candidates(
        passage,
        at,
        length,
        first_readings,
        heads=index.index().heads,
    )
    for candidate in names:
        if not is_place(candidate.name) or candidate.name in _NO_PLACES:
            continue
        if _is_unsplit(candidate):
            return None
        sighting = _meant(candidate)
        if sighting:
            return sighting
    return None


def _is_unsplit(candidate: Candidate) -> bool:
    """Tell whether a name would be cut out of a word that is never cut."""
    if candidate.length > 1 or not candidate.is_joined:
        return False
    return candidate.word in index.index().whole


def _meant(candidate: Candidate) -> Sighting | None:
    """Tell which place a name means; an everyday word counts only where the text places it."""
    if _is_other_word(candidate):
        return None
    places = index.index()
    code = places.countries.get(candidate.name)
    if code and _is_country(candidate):
        return candidate.sight(
            "country",
            code,
        )
    numbers = places.cities.get(candidate.name)
    if not numbers:
        return None
    of_country = _of_country(
        candidate,
        _country_behind(candidate),
    )
    if of_country:
        return _city(
            candidate,
            of_country,
        )
    if _is_city(candidate):
        at_home = _of_country(
            candidate,
            candidate.passage.home,
        )
        return _city(
            candidate,
            at_home or numbers,
        )
    return None


def _of_country(
    candidate: Candidate,
    country: str | None,
) -> str:
    """Choose the cities of a name that lie in a country: "Cordoba, Spain"; none without one."""
    if country is None:
        return ""
    rows = index.index().rows
    beginning = f"{country}\t".encode()
    inside = []
    for number in index.index().cities.with_country(candidate.name):
        if rows.starts_with(
            number,
            beginning,
        ):
            inside.append(str(number))
    return ",".join(inside)


def _country_behind(candidate: Candidate) -> str | None:
    """Return the country whose name stands right behind a name."""
    places = index.index()
    end = candidate.at + candidate.length
    behind = spell(candidate.passage.tokens[end : end + MAX_COUNTRY_WORDS])
    for length in range(
        len(behind),
        0,
        -1,
    ):
        name = " ".join(behind[:length])
        code = places.countries.get(name)
        if code and name not in places.weak_countries:
            return code
    return None


def _is_other_word(candidate: Candidate) -> bool:
    """Tell whether the word before makes a name something else: an hour of prayer, a Libyan."""
    before = candidate.before
    if candidate.name in _PRAYERS and before in _PRAYER_TIME:
        return True
    if candidate.name != "ليبيا" or not before.endswith("ا"):
        return False
    return before in _PEOPLE  # مواطنا ليبيا


def _is_country(candidate: Candidate) -> bool:
    if candidate.name not in index.index().weak_countries:
        return True
    if _is_sent(candidate):
        return True
    return candidate.is_alone()


def _is_sent(candidate: Candidate) -> bool:
    """Tell whether "in", "to" or the like stands before a name, or is joined to it."""
    if candidate.is_joined:
        return candidate.word[0] in _JOINED_TO_COUNTRY
    return candidate.before in SENDING


def _is_city(candidate: Candidate) -> bool:
    if not index.index().cities.is_weak(candidate.name):
        return True
    is_placed = candidate.before in PLACING
    if is_placed and not candidate.is_joined:
        return True
    return candidate.is_alone()


def _by_code(
    passage: Passage,
    at: int,
) -> Sighting | None:
    """Find a town or a country in Latin letters, however spelt.

    It stands after "fi", "men" and the like, or is unmistakable.
    """
    candidate = whole(
        passage,
        at,
    )
    numbers = _coded(candidate)
    if not numbers:
        return None
    if numbers.isalpha():
        return candidate.sight(
            "country",
            numbers,
        )
    return _city(
        candidate,
        numbers,
    )


def _whole_by_typo(
    passage: Passage,
    at: int,
    first_readings: Readings,
) -> Sighting | None:
    """Find a city of which a text is the name but for a typo: "Marsa Matrhu" is not Marsa."""
    length = len(passage.tokens) - at
    if length not in TYPO_LENGTHS or length == 1:
        return None
    return _by_typo(
        passage,
        at,
        first_readings,
        (length,),
    )


def _by_typo(
    passage: Passage,
    at: int,
    first_readings: Readings,
    lengths: Iterable[int],
) -> Sighting | None:
    """Find a city with one typo in its name, after "in" and the like or alone in the text."""
    for length in lengths:
        if at + length > len(passage.tokens):
            continue
        for reading in first_readings:
            if length > 1 and reading.name not in index.index().heads:
                continue
            rest = spell(passage.tokens[at + 1 : at + length])
            candidate = Candidate(
                passage,
                name=" ".join([reading.name, *rest]),
                start=reading.start,
                at=at,
                length=length,
            )
            cities = _mistyped(candidate)
            if cities:
                return candidate.sight(
                    "city",
                    cities[0].value,
                )
    return None


def _mistyped(candidate: Candidate) -> list[index.City]:
    """Return the cities that a name means with one typo, where the text has a place for one."""
    if candidate.is_joined or not _is_long_enough(candidate):
        return []  # «بياناتي» is no town after "in"
    if not _is_placed(candidate) or is_name(candidate.word):
        return []
    if index.is_everyday(candidate.word):
        return []
    return typos.cities(
        candidate.name,
        candidate.passage.home,
    )


def _is_long_enough(candidate: Candidate) -> bool:
    """Tell whether a name is too long to be another word by chance.

    Of several words none may be short; a text of a few words says little beside a place.
    """
    words = [
        word.removeprefix(_ARABIC_ARTICLE)
        for word in candidate.name.split()
        if word not in _ARTICLES
    ]
    if candidate.length > 1 and min(map(len, words), default=0) < _MIN_WORD_LETTERS:
        return False
    if len(candidate.passage.tokens) <= _FEW_WORDS:
        return True
    letters = sum(map(len, words))
    least = _MIN_ARABIC_LETTERS if is_arabic(candidate.name) else _MIN_LATIN_LETTERS
    return letters >= least


def _is_placed(candidate: Candidate) -> bool:
    """Tell whether a text says that a place comes here, or says nothing else."""
    if candidate.before in _BEFORE_CODE or candidate.before in _BEFORE_TYPO:
        return True
    return candidate.is_alone()


def _city(
    candidate: Candidate,
    numbers: str,
) -> Sighting:
    """Take the likeliest of the cities that a name may mean."""
    home = candidate.passage.home
    likeliest, *_ = index.ranked(
        numbers,
        home,
    )
    return candidate.sight(
        "city",
        likeliest.value,
    )


def _coded(candidate: Candidate) -> str | None:
    """Look up the consonants of a word: numbers of cities, or a country; None for other words."""
    folded = candidate.word
    if len(folded) < _MIN_CODE_LETTERS:
        return None
    if folded.isdigit() or not folded[0].isascii():
        return None
    places = index.index()
    is_placed = candidate.before in _BEFORE_CODE
    if not is_placed and len(folded) < _MIN_CLEAR_LETTERS:
        return None
    codes = places.codes if is_placed else places.clear_codes
    code = skeleton(folded)
    return codes.get(code)
