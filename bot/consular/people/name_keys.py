"""Keys by which a name is found in any spelling: عبدالله and "Abd Allah", «الورفلي» and "Werfalli".

A name is a row of parts. Articles and "son of" fall away; «عبد», «أبو» and «الدين» belong to the
word beside them, written together or not. Each part has a code, or several (`spellings`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.consular.people import spellings
from nlu.language.folding import fold, is_arabic
from nlu.language.reading.names import is_name

MIN_PREFIX_CODE = 2  # letters of a code that find a name by its beginning
MAX_STORED_CODES = 12  # of one word in Latin letters
MAX_SEARCHED_CODES = 48
MAX_PREFIXED_CODES = 4  # of one word, whose beginnings are stored as well
MIN_JOINED = 3  # letters after "al", "ben" or "abu" that is written together with them

WHOLE = "="
BEGINNING = "~"
SERVANT = "D"
FATHER = "B"
LONG_VOWELS = "Awy"
SON = "بن"

_SEPARATORS = re.compile(r"[^\w'’‘ʼ`\u0610-\u061a\u064b-\u065f\u0670\u200b-\u200f]+|_")
_AFTER_APOSTROPHE = re.compile(r"(?<!\w)[A-Za-z]['’‘ʼ`](\w{3,})")  # O'Brien
_INITIAL = re.compile(r"[A-Za-z]\.?")
_BONDS = frozenset(fold("بن ابن بنت ben bin ibn bint").split())
_ARTICLES = frozenset(fold("ال al el").split())
_ASSIMILATED = re.compile(r"[aeiu](sh|ch|th|dh|[dlnrstz])")  # "Es Senussi"
_SERVANTS = frozenset(
    fold("عبد abd abdel abdul abdal abdu abdoul abder abdes abdur abdus abdil").split()
)
_FATHERS = frozenset(fold("ابو بو ابا ابي abu abou bou bu abo").split())
_JOINED_FATHERS = ("ابو", "بو", "abou", "abu", "bou", "bu")
_GOD = re.compile(r"[aeu]?l+[aeu]h?|الله|له|اله|لله")
_AFTER_VOWEL = re.compile(r"[aeou]+(.{2,})")
# What belongs to the word before it, with its article or without.
_TAILS = {
    "dyn": "الدين din eddin eddine uddin aldin eldin deen eldeen aldeen uddeen ddine",
    "alh": "الله allah ullah alla ellah",
    "slm": "الاسلام islam alislam elislam eslam",
    "abd": "العابدين abidin abdin alabidin abideen abedin elabidine",
}
_JOINED_TAIL = re.compile(r"(\w{2,})(?:الدين|الله)")
_JOINED_LATIN_TAIL = re.compile(
    r"(\w{2,}?)(?:[aeiu](?:l|d|tt)?d+[ie]+ne?|(?:al|ul|el)lah?|ullah)",
)
_GODS = ("الله", "ah", "la")  # how «الله» ends in any letters
_TITLES = frozenset(
    fold(
        "دكتور الدكتور د مهندس المهندس استاذ الاستاذ الحاج الحاجة السيدة "
        "dr eng mr mrs ms miss haj hajj"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a name: its codes, those of the words it is made of, and whether it is a name.

    What is no name may be the beginning of one.
    """

    codes: tuple[str, ...]
    inner_codes: tuple[str, ...] = ()
    is_whole: bool = False


def stored(name: str) -> set[str]:
    """Return the keys under which a name is kept: its parts, and their beginnings."""
    keys: set[str] = set()
    after_apostrophe = " ".join(_AFTER_APOSTROPHE.findall(name))
    for part in _parts(f"{name} {after_apostrophe}", MAX_STORED_CODES):
        for code in (*part.codes, *part.inner_codes):
            keys.add(WHOLE + code)
        for code in part.codes[:MAX_PREFIXED_CODES]:
            for length in range(MIN_PREFIX_CODE, len(code)):
                keys.add(BEGINNING + code[:length])
    return keys


def searched(query: str) -> list[set[str]]:
    """Return sets of keys; a name that is meant has one key of each."""
    groups: list[set[str]] = []
    for part in _parts(_without_titles(query), MAX_SEARCHED_CODES):
        keys = {WHOLE + code for code in part.codes}
        if not part.is_whole:
            keys.update(_beginnings(part))
        groups.append(keys)
    return groups


def _beginnings(part: Part) -> Iterator[str]:
    """Yield keys of a part that may be the beginning of a longer one.

    A vowel at its end may be short: "Moha" begins "Mohamed".
    """
    for code in part.codes:
        for beginning in (code, code.rstrip(LONG_VOWELS)):
            if len(beginning) >= MIN_PREFIX_CODE:
                yield BEGINNING + beginning


def _without_titles(query: str) -> str:
    """Leave out titles, and initials in Latin letters."""
    tokens = query.split()
    while len(tokens) > 1 and fold(tokens[0].strip(".")) in _TITLES:
        tokens = tokens[1:]
    names = [token for token in tokens if not _INITIAL.fullmatch(token)]
    return " ".join(names or tokens)


# --- words that belong together -------------------------------------------------------------------


def _parts(
    name: str,
    limit: int,
) -> list[Part]:
    tokens: list[str] = []
    for token in _SEPARATORS.split(fold(name)):
        folded = fold(token)
        if folded:
            tokens.append(folded)
    return list(
        _joined(
            tokens,
            limit,
        )
    )


def _joined(
    tokens: Sequence[str],
    limit: int,
) -> Iterator[Part]:
    """Yield the parts of a name; words that belong together are one."""
    place = 0
    while place < len(tokens):
        token = tokens[place]
        following = _following(
            tokens,
            place,
        )
        if following == place:
            yield _single(token, limit)
            place += 1
            continue
        if token in _BONDS or _is_article(
            token,
            tokens[place + 1],
        ):
            place += 1
            continue
        pair = _pair(
            token,
            tokens[place + 1 : following + 1],
            limit,
        )
        yield pair or _single(token, limit)
        place = following + 1 if pair else place + 1


def _following(
    tokens: Sequence[str],
    place: int,
) -> int:
    """Return the place of the next word that is no article; the same place for the last."""
    last = len(tokens) - 1
    for following in range(place + 1, last):
        if not _is_article(
            tokens[following],
            tokens[following + 1],
        ):
            return following
    return last


def _pair(
    token: str,
    following: Sequence[str],
    limit: int,
) -> Part | None:
    """Read a word with the one that belongs to it, before which an article may stand."""
    if token in _SERVANTS:
        return _servant(following[-1], limit)
    if token in _FATHERS:
        return _father(following[-1], limit)
    tail = _tail(following)
    return (
        _with_tail(
            token,
            tail,
            limit,
        )
        if tail
        else None
    )


def _is_article(
    token: str,
    following: str,
) -> bool:
    """Tell whether a word is "the", also before a sun letter: "Es Senussi"."""
    if token in _ARTICLES:
        return True
    match = _ASSIMILATED.fullmatch(token)
    return match is not None and following.startswith(match[1])


def _tail(tokens: Sequence[str]) -> str | None:
    """Name what belongs to the word before, where these words do."""
    joined = "".join(tokens)
    for kind, tails in _TAILS.items():
        forms = tails.split()
        if tokens[-1] in forms or joined in forms:
            return kind
    return None


# --- one word -------------------------------------------------------------------------------------


def _single(
    token: str,
    limit: int,
) -> Part:
    """Read one word, which may be several written together."""
    forms = spellings.listed(token)
    if forms:
        return _listed(forms)
    if token in _SERVANTS:
        return Part((SERVANT,), is_whole=True)
    for opening in ("عبد", "abd"):
        rest = token.removeprefix(opening)
        if rest != token and len(rest) > 1:
            return _servant(rest, limit)
    tail = _JOINED_TAIL.fullmatch(token) or _JOINED_LATIN_TAIL.fullmatch(token)
    if tail:
        kind = "alh" if token.endswith(_GODS) else "dyn"
        return _with_tail(
            tail[1],
            kind,
            limit,
        )
    return _plain(token, limit)


def _listed(forms: Sequence[str]) -> Part:
    """Read a listed name by its Arabic forms."""
    opening = forms[0]
    tail = _JOINED_TAIL.fullmatch(opening)
    if tail:
        return _with_tail(
            tail[1],
            "dyn",
            1,
        )
    father = opening.removeprefix("ابو")
    if father != opening:
        return _father(spellings.bare(father), 1)
    codes = [spellings.arabic_code(spellings.bare(form)) for form in forms]
    return Part(_distinct(codes), is_whole=True)


def _plain(
    token: str,
    limit: int,
) -> Part:
    """Read a word that is not listed, with and without what may be written together with it."""
    codes: list[str] = []
    for form in _forms(token):
        codes.extend(spellings.codes(form, limit))
    father = _after_father(token)
    if father:
        inner = spellings.codes(father, limit)
        codes.extend(FATHER + code for code in inner)
    is_whole = is_arabic(token) and is_name(token)
    return Part(_distinct(codes), is_whole=is_whole)


def _forms(token: str) -> list[str]:
    """List a word without an article or "son of" that is written together with it, and as it is."""
    forms = [spellings.bare(token)]
    openings: tuple[str, ...] = ("al", "el", "ben", "bin")
    if is_arabic(token):
        openings = () if is_name(token) else (SON,)
    for opening in openings:
        rest = token.removeprefix(opening)
        if rest != token and len(rest) >= MIN_JOINED:
            forms.append(spellings.bare(rest))
    if spellings.DOUBLED_ARTICLE.match(token):
        forms.append(token[1:])
    return forms[::-1]


def _servant(
    token: str,
    limit: int,
) -> Part:
    """Read what follows «عبد»."""
    if _GOD.fullmatch(token):
        return Part((f"{SERVANT}lh",), (SERVANT,), is_whole=True)
    rests = _after_article(token)
    names = [rest for rest in rests if spellings.listed(rest)]
    codes: list[str] = []
    for rest in names or rests:
        codes.extend(spellings.codes(rest, limit))
    inner = _distinct(codes)
    return Part(
        _each_after(
            SERVANT,
            inner,
        ),
        (SERVANT, *inner),
        bool(names),
    )


def _after_article(token: str) -> list[str]:
    """List what may follow «عبد» without its article: "elrahman", "urrahman", "ulatif"."""
    if is_arabic(token):
        return [spellings.bare(token)]
    match = _AFTER_VOWEL.fullmatch(token)
    if match is None or spellings.listed(token):
        return [token]
    rest = match[1]
    has_article = rest.startswith("l") and len(rest) > MIN_JOINED
    return [rest[1:], rest, token] if has_article else [rest, token]


def _father(
    token: str,
    limit: int,
) -> Part:
    """Read what follows «أبو»."""
    inner = _single(token, limit)
    return Part(
        _each_after(
            FATHER,
            inner.codes,
        ),
        inner.codes,
        inner.is_whole,
    )


def _after_father(token: str) -> str | None:
    """Return what is written together with «أبو»."""
    for opening in _JOINED_FATHERS:
        rest = token.removeprefix(opening)
        if rest != token and len(rest) >= MIN_JOINED:
            return rest
    return None


def _with_tail(
    token: str,
    kind: str,
    limit: int,
) -> Part:
    """Read a word with «الدين» or the like; ta marbuta before it is written t: «هبة الله»."""
    inner = _single(token, limit)
    codes: list[str] = []
    for code in inner.codes:
        codes.append(f"{code}+{kind}")
        if code.endswith("A"):
            codes.append(f"{code[:-1]}t+{kind}")
    return Part(_distinct(codes), inner.codes, is_whole=True)


def _each_after(
    opening: str,
    codes: Iterable[str],
) -> tuple[str, ...]:
    return tuple(opening + code for code in codes)


def _distinct(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))
