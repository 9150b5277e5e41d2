"""An audience in words, in either language, to be read before anybody sends anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    Posters,
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
    "staying": N_("staying"),
    "no_answer": N_("no answer"),
    "not_asked": N_("not asked yet"),
    "unreachable": N_("unreachable"),
}
CHANNELS = {"telegram": N_("Telegram"), "sms": N_("SMS"), "phone": N_("phone page")}
LANGUAGE_NAMES = {"ar": N_("Arabic"), "en": N_("English")}
NamesById = Mapping[int, Mapping[str, str]]
"""Names by language, by the id of a post or a crisis."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the posts and crises of a rule."""

    posts: NamesById = field(default_factory=dict)
    crises: NamesById = field(default_factory=dict)


async def look_up_names(session: AsyncSession, audience: Mapping[str, Any]) -> Names:
    """Look up the names that a stored audience needs."""
    rule = rules.stored(audience)
    if rule is None:
        return Names()
    post_ids: list[int] = []
    crisis_ids: list[int] = []
    for part in parts(rule):
        if isinstance(part, Posts | Posters):
            post_ids.extend(part.ids)
        if isinstance(part, Status):
            crisis_ids.append(part.crisis_id)
    posts = _select_posts(post_ids)
    crises = _select_crises(crisis_ids)
    return Names(
        posts=await _names_by_id(session, posts),
        crises=await _names_by_id(session, crises),
    )


def _select_posts(post_ids: Sequence[int]) -> Select[int, dict[str, str]]:
    posts = select(Post.id, Post.names)
    return posts.where(Post.id.in_(post_ids))


def _select_crises(crisis_ids: Sequence[int]) -> Select[int, dict[str, str]]:
    crises = select(Crisis.id, Crisis.names)
    return crises.where(Crisis.id.in_(crisis_ids))


async def _names_by_id(session: AsyncSession, query: Select[int, dict[str, str]]) -> NamesById:
    posts_or_crises = await session.execute(query)
    return {named.id: named.names for named in posts_or_crises}


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker of one language, who puts rules into words."""

    language: Language
    names: Names

    def __call__(self, audience: Mapping[str, Any]) -> str:
        """Return a stored audience as a sentence without its end; empty while nobody is chosen."""
        rule = rules.stored(audience)
        if rule is None:
            return ""
        description = self._rule(rule)
        return self.say(N_("people {rule}"), rule=description)

    def say(self, message: str, **parameters: object) -> str:
        """Return a message of the catalogue in the speaker's language, filled in."""
        catalogue = rendering.words(self.language)
        translation = str(catalogue.ugettext(message))
        return translation.format(**parameters)

    def either(self, names: Sequence[str]) -> str:
        """Return “Turkey, Sudan or Egypt”."""
        locale = LOCALES[self.language]
        return format_list(list(names), style="or", locale=locale)

    def _rule(self, rule: Rule) -> str:
        match rule:
            case All(rules_within):
                return self._all(rules_within)
            case AnyOf(rules_within):
                return self._any(rules_within)
            case Not(rule_within):
                exception = self._rule(rule_within)
                return self.say(N_("anywhere, except ({rule})"), rule=exception)
            case _:
                return self._simple(rule)

    def _any(self, rules_within: Sequence[Rule]) -> str:
        conjunction = self.say(N_(" or "))
        return conjunction.join(map(self._bracketed, rules_within))

    def _all(self, rules_within: Sequence[Rule]) -> str:
        """Say whom the rules mean, then whom they leave out."""
        meant: list[str] = []
        left_out: list[str] = []
        for rule in rules_within:
            match rule:
                case Not(rule_within):
                    exception = self._rule(rule_within)
                    clause = self.say(N_(", except ({rule})"), rule=exception)
                    left_out.append(clause)
                case _:
                    meant.append(self._bracketed(rule))
        exceptions = "".join(left_out)
        if not meant:
            return self.say(N_("anywhere")) + exceptions
        conjunction = self.say(N_(" and "))
        return conjunction.join(meant) + exceptions

    def _bracketed(self, rule: Rule) -> str:
        """Put a rule into words, in brackets where it has rules within it."""
        description = self._rule(rule)
        if isinstance(rule, All | AnyOf):
            return f"({description})"
        return description

    def _simple(self, rule: SimpleRule) -> str:  # noqa: C901  # a case for each kind
        match rule:
            case Countries(codes):
                return self._inside(map(self.country, codes))
            case Cities(names):
                return self._inside(map(self.city, names))
            case Circle():
                return self._circle(rule)
            case Polygon(corners):
                return self._polygon(corners)
            case Posts(ids):
                return self._posts(ids)
            case Posters(ids):
                return self._posters(ids)
            case Languages(codes):
                languages = self._terms(codes, LANGUAGE_NAMES)
                return self.say(N_("who read {names}"), names=languages)
            case Channels(channels):
                channel_names = self._terms(channels, CHANNELS)
                return self.say(N_("reached by {names}"), names=channel_names)
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

    def _inside(self, names: Iterable[str]) -> str:
        alternatives = self.either(list(names))
        return self.say(N_("in {places}"), places=alternatives)

    def _polygon(self, corners: Sequence[Point]) -> str:
        middle = _middle(corners)
        place = self._near(middle)
        return self.say(N_("in the area drawn around {place}"), place=place)

    def _tags(self, tags: Sequence[str]) -> str:
        quoted: list[str] = []
        for tag in tags:
            quoted.append(f"«{tag}»")
        alternatives = self.either(quoted)
        return self.say(N_("with the tag {tags}"), tags=alternatives)

    def _circle(self, circle: Circle) -> str:
        center = (circle.latitude, circle.longitude)
        place = self._near(center)
        distance = f"{circle.km:g}"
        return self.say(N_("within {km} km of {place}"), km=distance, place=place)

    def _posters(self, post_ids: Sequence[int]) -> str:
        names = [self._called(self.names.posts, post_id) for post_id in post_ids]
        posts = self.either(names)
        return self.say(N_("who came by the poster of {posts}"), posts=posts)

    def _posts(self, post_ids: Sequence[int]) -> str:
        names: list[str] = []
        for post_id in post_ids:
            name = self._called(self.names.posts, post_id)
            names.append(name)
        alternatives = self.either(names)
        return self.say(N_("looked after by {posts}"), posts=alternatives)

    def _status(self, status: Status) -> str:
        answers = self._terms(status.standings, STATUSES)
        crisis = self._called(self.names.crises, status.crisis_id)
        message = N_("whose answer is {answers} in “{crisis}”")
        return self.say(message, answers=answers, crisis=crisis)

    def _terms(self, codes: Sequence[str], names: Mapping[str, str]) -> str:
        """Return the names of codes, translated, joined by “or”."""
        terms: list[str] = []
        for code in codes:
            name = names.get(code, code)
            terms.append(self.say(name))
        return self.either(terms)

    def country(self, code: str) -> str:
        """Return a country by its name."""
        return places.country_name(code, self.language)

    def city(self, city: str) -> str:
        """Return a city with its country."""
        code, _, _ = city.partition("/")
        country = self.country(code)
        name = places.city_name(city, self.language)
        return f"{name} ({country})"

    def _near(self, point: Point) -> str:
        """Return the city at a position, else the position."""
        latitude, longitude = point
        location = Location(latitude, longitude)
        place = places.place_at(location)
        if place is not None and place.city is not None:
            return self.city(place.city)
        return f"{ISOLATE}{latitude:.2f},\N{NO-BREAK SPACE}{longitude:.2f}{POP}"

    def _called(self, names_by_id: NamesById, identifier: int) -> str:
        """Return the name of a post or a crisis; its number where it is gone."""
        names = names_by_id.get(identifier, {})
        name = in_language(names, self.language)
        return name or str(identifier)


def _middle(corners: Sequence[Point]) -> Point:
    """Return the mean of the corners."""
    count = len(corners)
    latitude_sum = sum(latitude for latitude, _ in corners)
    longitude_sum = sum(longitude for _, longitude in corners)
    return latitude_sum / count, longitude_sum / count
