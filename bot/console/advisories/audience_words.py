"""An audience in words, in either language, to be read before anybody sends anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from babel.lists import format_list
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import rules
from bot.consular.audiences.kinds import (
    All,
    AnyOf,
    Channels,
    Circle,
    Cities,
    ConfirmedWithinDays,
    Countries,
    Languages,
    Not,
    Point,
    Polygon,
    Posts,
    Received,
    Rule,
    SimpleRule,
    Status,
    Tags,
    parts,
)
from bot.consular.reference import places
from bot.messages import Language, Location
from bot.models import Crisis, Post
from bot.pages import rendering
from bot.pages.rendering import LOCALES, N_
from bot.text.text import ISOLATE, POP, in_language

STATUSES = {
    "safe": N_("safe"),
    "help": N_("need help"),
    "evacuate": N_("want evacuation"),
    "no_answer": N_("no answer"),
    "unreachable": N_("unreachable"),
}
CHANNELS = {"telegram": N_("Telegram"), "sms": N_("SMS"), "phone": N_("phone page")}
LANGUAGE_NAMES = {"ar": N_("Arabic"), "en": N_("English")}
Names = Mapping[int, Mapping[str, str]]
"""Names by language, by the id of a post or a crisis."""


@dataclass(frozen=True, slots=True)
class Known:
    """The names of the posts and crises of a rule."""

    posts: Names = field(default_factory=dict)
    crises: Names = field(default_factory=dict)


async def known(session: AsyncSession, audience: Mapping[str, Any]) -> Known:
    """Look up the names that a stored audience needs."""
    rule = rules.stored(audience)
    if rule is None:
        return Known()
    post_ids: list[int] = []
    crisis_ids: list[int] = []
    for part in parts(rule):
        if isinstance(part, Posts):
            post_ids.extend(part.ids)
        if isinstance(part, Status):
            crisis_ids.append(part.crisis_id)
    posts = select(Post.id, Post.names).where(Post.id.in_(post_ids))
    crises = select(Crisis.id, Crisis.names).where(Crisis.id.in_(crisis_ids))
    return Known(await _names(session, posts), await _names(session, crises))


async def _names(session: AsyncSession, query: Select[int, dict[str, str]]) -> Names:
    rows = await session.execute(query)
    return {row.id: row.names for row in rows}


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker of one language, who puts rules into words."""

    language: Language
    names: Known

    def __call__(self, audience: Mapping[str, Any]) -> str:
        """Return a stored audience as a sentence without its end; empty while nobody is chosen."""
        rule = rules.stored(audience)
        if rule is None:
            return ""
        return self.say(N_("people {rule}"), rule=self._rule(rule))

    def say(self, words: str, **parameters: object) -> str:
        """Return words of the catalogue, filled in."""
        return str(rendering.words(self.language).ugettext(words)).format(**parameters)

    def either(self, names: Sequence[str]) -> str:
        """Return “Turkey, Sudan or Egypt”."""
        return format_list(list(names), style="or", locale=LOCALES[self.language])

    def _rule(self, rule: Rule) -> str:
        match rule:
            case All(rules_within):
                return self._all(rules_within)
            case AnyOf(rules_within):
                return self.say(N_(" or ")).join(map(self._bracketed, rules_within))
            case Not(rule_within):
                return self.say(N_("anywhere, except ({rule})"), rule=self._rule(rule_within))
            case _:
                return self._simple(rule)

    def _all(self, rules_within: Sequence[Rule]) -> str:
        """Say whom the rules mean, then whom they leave out."""
        meant: list[str] = []
        left_out: list[str] = []
        for rule in rules_within:
            match rule:
                case Not(rule_within):
                    exception = self._rule(rule_within)
                    left_out.append(self.say(N_(", except ({rule})"), rule=exception))
                case _:
                    meant.append(self._bracketed(rule))
        sentence = self.say(N_(" and ")).join(meant) or self.say(N_("anywhere"))
        return sentence + "".join(left_out)

    def _bracketed(self, rule: Rule) -> str:
        words = self._rule(rule)
        return f"({words})" if isinstance(rule, All | AnyOf) else words

    def _simple(self, rule: SimpleRule) -> str:  # noqa: C901  # a case for each kind
        match rule:
            case Countries(codes):
                return self._inside([self.country(code) for code in codes])
            case Cities(names):
                return self._inside([self.city(name) for name in names])
            case Circle():
                return self._circle(rule)
            case Polygon(corners):
                return self._polygon(corners)
            case Posts(ids):
                return self._posts(ids)
            case Languages(codes):
                return self.say(N_("who read {names}"), names=self._terms(codes, LANGUAGE_NAMES))
            case Channels(channels):
                return self.say(N_("reached by {names}"), names=self._terms(channels, CHANNELS))
            case Status():
                return self._status(rule)
            case Tags(tags):
                return self._tags(tags)
            case ConfirmedWithinDays(days):
                return self.say(N_("whose place was confirmed in the last {n} days"), n=days)
            case Received(advisory_id):
                return self.say(N_("who got, or may have got, advisory {id}"), id=advisory_id)
            case _:
                assert_never(rule)

    def _inside(self, names: Sequence[str]) -> str:
        return self.say(N_("in {places}"), places=self.either(names))

    def _polygon(self, corners: Sequence[Point]) -> str:
        place = self._near(_middle(corners))
        return self.say(N_("in the area drawn around {place}"), place=place)

    def _tags(self, tags: Sequence[str]) -> str:
        quoted = [f"«{tag}»" for tag in tags]
        return self.say(N_("with the tag {tags}"), tags=self.either(quoted))

    def _circle(self, circle: Circle) -> str:
        place = self._near((circle.latitude, circle.longitude))
        return self.say(N_("within {km} km of {place}"), km=f"{circle.km:g}", place=place)

    def _posts(self, post_ids: Sequence[int]) -> str:
        names = [self._called(self.names.posts, post_id) for post_id in post_ids]
        return self.say(N_("looked after by {posts}"), posts=self.either(names))

    def _status(self, status: Status) -> str:
        answers = self._terms(status.standings, STATUSES)
        crisis = self._called(self.names.crises, status.crisis_id)
        words = N_("whose answer is {answers} in “{crisis}”")
        return self.say(words, answers=answers, crisis=crisis)

    def _terms(self, codes: Sequence[str], names: Mapping[str, str]) -> str:
        """Return the names of codes, translated, joined by “or”."""
        return self.either([self.say(names.get(code, code)) for code in codes])

    def country(self, code: str) -> str:
        """Return a country by its name."""
        return places.country_name(code, self.language)

    def city(self, city: str) -> str:
        """Return a city with its country."""
        country = self.country(city.partition("/")[0])
        return f"{places.city_name(city, self.language)} ({country})"

    def _near(self, point: Point) -> str:
        """Return the city at a position, else the position."""
        latitude, longitude = point
        place = places.place_at(Location(latitude, longitude))
        if place is not None and place.city is not None:
            return self.city(place.city)
        return f"{ISOLATE}{latitude:.2f},\N{NO-BREAK SPACE}{longitude:.2f}{POP}"

    def _called(self, names: Names, identifier: int) -> str:
        """Return the name of a post or a crisis; its number where it is gone."""
        return in_language(names.get(identifier, {}), self.language) or str(identifier)


def _middle(corners: Sequence[Point]) -> Point:
    latitudes = [latitude for latitude, _ in corners]
    longitudes = [longitude for _, longitude in corners]
    return sum(latitudes) / len(corners), sum(longitudes) / len(corners)
