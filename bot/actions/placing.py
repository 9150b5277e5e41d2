"""Where a person is: kept as told, chosen from what a name may mean, or asked about first."""

from __future__ import annotations

from collections.abc import Iterable

from bot.actions.context import Context, Slots, place_words, placed
from bot.consular.crises import checkins, coverage
from bot.consular.people import facts, trips
from bot.consular.reference import places
from bot.consular.reference.places import Place
from bot.dialogue import presses
from bot.dialogue.presses import Pick
from bot.dialogue.whereabouts import Description, NamedPlace, Whereabouts
from bot.messages import Language, Location, Option, Verbatim
from bot.text.text import country_of_number
from nlu.language.reading import spots, statements
from nlu.language.reading.roles import Role
from nlu.language.reading.statements import Statement

HOME = "LY"
_UNPLACED: Slots = {
    "options": None,
    "placed": False,
    "leaving": None,
    "needs_country": None,
}


async def weigh_place(ctx: Context, slots: Slots) -> Slots:
    """Keep the place when it is one; fill `options` when its name means several cities."""
    return await keep_place(ctx, slots["place"], slots)


async def keep_left(ctx: Context, slots: Slots) -> Slots:
    """Keep the place outside the area of a crisis, where the person says they are now."""
    view = {**slots, "asked_if_left": slots["leaving"]}
    return await keep_place(ctx, slots["place"], view)


async def note_way(ctx: Context, slots: Slots) -> Slots:
    """Note that the person is on the way out of the area of a crisis; the old place stays."""
    await facts.set_bound_for(
        ctx.session,
        ctx.person,
        slots["leaving"],
        ctx.now,
    )
    return {}


async def keep_place(
    ctx: Context,
    place: Whereabouts,
    slots: Slots,
) -> Slots:
    """Keep where the person is; return `options` to choose from when that is not clear.

    A place outside the crisis where they are is kept once they say that they are there: see
    `leaving`.
    """
    match place:
        case Location():
            return await _keep_position(ctx, place)
        case NamedPlace():
            return await _keep_meaning(ctx, place, slots)
        case Description():
            return await _keep_described(ctx, place, slots)


async def _keep_meaning(
    ctx: Context,
    place: NamedPlace,
    slots: Slots,
) -> Slots:
    """Keep a place by its name; offer the choice where the name means several."""
    earlier = slots.get("options") or ()
    codes = meanings(place, ctx.person.country, earlier)
    if len(codes) > 1:
        return {**_UNPLACED, "options": offered(ctx, codes)}
    destination = places.place_of(codes[0])
    return await _keep_named(ctx, destination, place, slots)


def offered(ctx: Context, codes: list[str]) -> tuple[Option, ...]:
    """Return the options for what a name may mean."""
    options = []
    for code in codes:
        options.append(_option(code, ctx.language))
    return tuple(options)


async def _keep_named(
    ctx: Context,
    destination: Place,
    place: Whereabouts,
    slots: Slots,
    description: str | None = None,
) -> Slots:
    """Keep a place with the words for it, unless somebody must first say that they have left."""
    if _is_overtaken(ctx):
        return await _after_placing(ctx)
    kept = (destination, description)
    if ctx.kept_place == kept:  # a flow asks for what came with the consent
        return await _attached(ctx)
    if await _may_be_leaving(ctx, destination.country, slots):
        code = destination.city or destination.country
        return {
            **_UNPLACED,
            "leaving": destination.country,
            "place": place,
            "destination": place_words(code, ctx.language, description),
        }
    await facts.set_place(
        ctx.session,
        ctx.person,
        destination,
        ctx.now,
        words=description,
        placed_at=ctx.written_at,
    )
    ctx.kept_place = kept
    return await _after_placing(ctx)


async def _may_be_leaving(
    ctx: Context,
    country: str,
    slots: Slots,
) -> bool:
    """Tell whether somebody in the area of a crisis names a place outside it for the first time.

    Somebody in need is not asked.
    """
    if slots.get("has_own_case") or slots.get("asked_if_left") == country:
        return False
    if _says_they_left(ctx):
        return False
    return await coverage.is_left(
        ctx.session,
        ctx.person.country,
        country,
        ctx.person.synthetic,
    )


def _says_they_left(ctx: Context) -> bool:
    """Tell whether a message says by itself that they left where they were, and have arrived."""
    home = ctx.person.country
    has_arrived = False
    has_left = False
    for statement in statements.read(ctx.heard.text, home):
        if statement.manner.has_arrived:
            has_arrived = True
        if _tells_of_leaving(statement, home):
            has_left = True
    return has_arrived and has_left


def _tells_of_leaving(statement: Statement, country: str | None) -> bool:
    """Tell whether a clause says that somebody is no longer in a country."""
    for place in statement.places:
        if place.role not in {Role.NOT, Role.FROM}:
            continue
        code = str(place.mention.value)
        if code[:2] == country:
            return True
    return False


async def _keep_described(
    ctx: Context,
    place: Description,
    slots: Slots,
) -> Slots:
    """Keep the words for a place, in the country that is known from elsewhere."""
    around = _around(ctx, place, slots)
    if isinstance(around, NamedPlace):
        around = _place_of(around, ctx.person.country)
    if around is None:
        await facts.set_place_words(ctx.session, ctx.person, place.text)
        return {
            **_UNPLACED,
            **placed(ctx.person),
            "needs_country": True,
        }
    return await _keep_named(
        ctx,
        around,
        place,
        slots,
        place.text,
    )


def _place_of(named: NamedPlace, home: str | None) -> Place:
    """Return the place that a name means; its country alone where it may mean several."""
    codes = meanings(named, home)
    place = places.place_of(codes[0])
    if len(codes) > 1:
        return Place(place.country)
    return place


def _around(
    ctx: Context,
    place: Description,
    slots: Slots,
) -> Place | NamedPlace | None:
    """Find what lies around a described place: what was named with it, or is known already.

    A street is in the town where the person was; a camp may be anywhere in the country. The number
    of somebody at home says nothing about where they are.
    """
    if place.within:
        return NamedPlace(place.within)
    within = slots.get("within")
    if isinstance(within, NamedPlace):
        return within
    person = ctx.person
    if person.country is None:
        return _country_of_numbers(ctx)
    if person.city is None or spots.may_be_anywhere(place.text):
        return places.place_of(person.country)
    return places.place_of(person.city)


def _country_of_numbers(ctx: Context) -> Place | None:
    """Return the country abroad that a number of the person belongs to."""
    for number in (ctx.person.phone, ctx.inbound.phone):
        if not number:
            continue
        country = country_of_number(number)
        if country and country != HOME:
            return Place(country)
    return None


async def _keep_position(ctx: Context, position: Location) -> Slots:
    place = places.place_at(position)
    if place is None:  # at sea
        return _UNPLACED
    if not _is_overtaken(ctx):
        await facts.set_place(
            ctx.session,
            ctx.person,
            place,
            ctx.now,
            position,
            placed_at=ctx.written_at,
        )
    return await _after_placing(ctx)


def _is_overtaken(ctx: Context) -> bool:
    """Tell whether the person told a place later than this message was written."""
    placed_at = ctx.person.placed_at
    return placed_at is not None and placed_at > ctx.written_at


async def _after_placing(ctx: Context) -> Slots:
    person = ctx.person
    if person.country is not None:
        place = places.place_of(person.city or person.country)
        await trips.note_place(ctx.session, person, place, ctx.written_at, ctx.now)
    return await _attached(ctx)


async def _attached(ctx: Context) -> Slots:
    """Let answers count in the crisis at the person's place; return what the place fills."""
    person = ctx.person
    await checkins.attach(ctx.session, person, ctx.now)
    return {
        **_UNPLACED,
        **placed(person),
        "placed": True,
    }


def meanings(
    place: NamedPlace,
    home: str | None,
    options: Iterable[Option] = (),
) -> list[str]:
    """Return the places a name may mean.

    It is one when it was offered, or when one of them is at home (alpha-2).
    """
    codes = list(place.meanings)
    if len(codes) == 1:
        code = codes[0]
        return [_offered_city(code, options) or code]
    for code in codes:
        if code[:2] == home:
            return [code]
    return codes


def _offered_city(
    country: str,
    options: Iterable[Option],
) -> str | None:
    """Return the city that was offered in a country; None for the code of a city."""
    if "/" in country:
        return None
    codes = _offered_codes(options)
    if country in codes:
        return country
    for code in codes:
        if code.startswith(country):
            return code
    return None


def _offered_codes(options: Iterable[Option]) -> list[str]:
    codes = []
    for option in options:
        press = presses.read(option.payload)
        if isinstance(press, Pick):
            codes.append(press.answer)
    return codes


def _option(code: str, language: Language) -> Option:
    """Offer a place; by its country where the name of the city is too long for a payload."""
    pick = Pick("chosen_place", code)
    if not presses.fits(pick):
        pick = Pick("chosen_place", code[:2])
    label = Verbatim(place_words(code, language))
    return Option(label, presses.write(pick))
