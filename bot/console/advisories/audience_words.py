"""An audience in words, in either language: what the rule means is read before anybody presses.

A kind of rule is one entry of `WORDS`, as in `consular.audience.NODES`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from babel.lists import format_list
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.reference import places
from bot.messages import Language, Location
from bot.models import Crisis, Post
from bot.pages import rendering
from bot.pages.rendering import LOCALES, N_
from bot.text.text import ISOLATE, POP, in_language

STATUSES = {
    "safe": N_("safe"), "help": N_("need help"), "evacuate": N_("want evacuation"), "no_answer": N_("no answer"),
    "unreachable": N_("unreachable"),
}  # fmt: skip
CHANNELS = {"telegram": N_("Telegram"), "sms": N_("SMS"), "phone": N_("phone page")}
READ = {"ar": N_("Arabic"), "en": N_("English")}
Names = Mapping[int, Mapping[str, str]]  # words by language, by id


@dataclass(frozen=True, slots=True)
class Known:
    """What the posts and crises of a rule are called."""

    posts: Names = field(default_factory=dict)
    crises: Names = field(default_factory=dict)


async def known(session: AsyncSession, audience: Mapping[str, Any]) -> Known:
    """The names a rule needs."""
    posts = [one for value in _values(audience, "posts") for one in value]
    crises = [value["crisis"] for value in _values(audience, "status")]
    return Known(
        await _names(session, select(Post.id, Post.names).where(Post.id.in_(posts))),
        await _names(session, select(Crisis.id, Crisis.names).where(Crisis.id.in_(crises))),
    )


def _values(audience: Mapping[str, Any], kind: str) -> Iterator[Any]:
    for name, value in audience.items():
        if name == kind:
            yield value
        for part in value if name in {"all", "any"} else [value] if name == "not" else []:
            yield from _values(part, kind)


async def _names(session: AsyncSession, rows: Select[int, dict[str, str]]) -> Names:
    return {number: words for number, words in await session.execute(rows)}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Puts a rule into the words of one language."""

    language: Language
    names: Known

    def __call__(self, audience: Mapping[str, Any]) -> str:
        """The rule as a sentence without its end; empty while nobody is chosen. The rule has been checked."""
        return self.say(N_("people {rule}"), rule=self._rule(audience)) if audience else ""

    def say(self, words: str, **values: object) -> str:
        """Words of the catalogue, filled in."""
        return str(rendering.words(self.language).ugettext(words)).format(**values)

    def either(self, names: Sequence[str]) -> str:
        """“Turkey, Sudan or Egypt”."""
        return format_list(list(names), style="or", locale=LOCALES[self.language])

    def _rule(self, audience: Mapping[str, Any]) -> str:
        [(kind, value)] = audience.items()
        match kind:
            case "all":
                return self._all(value)
            case "any":
                return self.say(N_(" or ")).join(map(self._bracketed, value))
            case "not":
                return self.say(N_("anywhere, except ({rule})"), rule=self._rule(value))
        words = WORDS.get(kind)
        return words(self, value) if words else json.dumps(audience, ensure_ascii=False)

    def _all(self, parts: Sequence[Mapping[str, Any]]) -> str:
        """Those who are meant, then those who are left out."""
        meant = [self._bracketed(part) for part in parts if "not" not in part]
        said = self.say(N_(" and ")).join(meant) or self.say(N_("anywhere"))
        left_out = [self._rule(part["not"]) for part in parts if "not" in part]
        return said + "".join(self.say(N_(", except ({rule})"), rule=rule) for rule in left_out)

    def _bracketed(self, part: Mapping[str, Any]) -> str:
        return f"({self._rule(part)})" if part.keys() & {"all", "any"} else self._rule(part)

    def country(self, code: str) -> str:
        """A country by its name."""
        return places.country_name(code, self.language)

    def city(self, value: str) -> str:
        """A city and its country."""
        return f"{places.city_name(value, self.language)} ({self.country(value[:2])})"

    def near(self, latitude: float, longitude: float) -> str:
        """The city at a position, else the position."""
        found = places.place_at(Location(latitude, longitude))
        return (
            self.city(found.city)
            if found and found.city
            else f"{ISOLATE}{latitude:.2f},\N{NO-BREAK SPACE}{longitude:.2f}{POP}"
        )

    def called(self, names: Names, which: int) -> str:
        """A post's or crisis' name in the language."""
        return in_language(names.get(which, {}), self.language) or str(which)


def _countries(speaker: Speaker, value: list[str]) -> str:
    return speaker.say(
        N_("in {places}"), places=speaker.either([speaker.country(code) for code in value])
    )


def _cities(speaker: Speaker, value: list[str]) -> str:
    return speaker.say(
        N_("in {places}"), places=speaker.either([speaker.city(city) for city in value])
    )


def _circle(speaker: Speaker, value: dict[str, float]) -> str:
    place = speaker.near(value["latitude"], value["longitude"])
    return speaker.say(N_("within {km} km of {place}"), km=f"{value['km']:g}", place=place)


def _polygon(speaker: Speaker, value: list[list[float]]) -> str:
    middle = [sum(corner[axis] for corner in value) / len(value) for axis in (0, 1)]
    return speaker.say(
        N_("in the area drawn around {place}"), place=speaker.near(middle[0], middle[1])
    )


def _posts(speaker: Speaker, value: list[int]) -> str:
    names = [speaker.called(speaker.names.posts, post) for post in value]
    return speaker.say(N_("looked after by {posts}"), posts=speaker.either(names))


def _chosen(words: str, names: Mapping[str, str]) -> Callable[[Speaker, list[str]], str]:
    return lambda speaker, value: speaker.say(
        words, names=speaker.either([speaker.say(names.get(one, one)) for one in value])
    )


def _tags(speaker: Speaker, value: list[str]) -> str:
    return speaker.say(
        N_("with the tag {tags}"), tags=speaker.either([f"«{tag}»" for tag in value])
    )


def _status(speaker: Speaker, value: dict[str, Any]) -> str:
    answers = speaker.either([speaker.say(STATUSES[one]) for one in value["is"]])
    crisis = speaker.called(speaker.names.crises, value["crisis"])
    return speaker.say(
        N_("whose answer is {answers} in “{crisis}”"), answers=answers, crisis=crisis
    )


WORDS: Mapping[str, Callable[[Speaker, Any], str]] = {
    "countries": _countries,
    "cities": _cities,
    "circle": _circle,
    "polygon": _polygon,
    "posts": _posts,
    "languages": _chosen(N_("who read {names}"), READ),
    "channels": _chosen(N_("reached by {names}"), CHANNELS),
    "tags": _tags,
    "status": _status,
    "confirmed_within_days": lambda speaker, value: speaker.say(
        N_("whose place was confirmed in the last {n} days"), n=value
    ),
    "received": lambda speaker, value: speaker.say(
        N_("who got, or may have got, advisory {id}"), id=value
    ),
}
