"""What a person tells about themselves: name, place, size of the party, phone number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.actions.context import Context, Slots, place_name, place_words, placed
from bot.consular.crises import checkins, crises
from bot.consular.people import facts
from bot.consular.reference import places
from bot.consular.reference.places import Place
from bot.dialogue import presses
from bot.dialogue.presses import Pick
from bot.dialogue.whereabouts import Description, NamedPlace, Whereabouts
from bot.messages import Kind, Language, Location, Option, Verbatim
from bot.text.text import country_of_number
from nlu.language.reading import spots, statements
from nlu.language.reading.roles import Role

HOME = "LY"
_UNPLACED: Slots = {
    "options": None,
    "placed": False,
    "leaving": None,
    "needs_country": None,
}


async def keep_consent(ctx: Context, slots: Slots) -> Slots:
    """Record that the person agreed, and keep what was told until then."""
    person = ctx.person
    if person.consented_at is None:
        await facts.consent(ctx.session, person, ctx.now)
    updates = await keep_everything(ctx, slots)
    return {**updates, "consented": True}


async def keep_name(ctx: Context, slots: Slots) -> Slots:
    """Keep the name, when one was given."""
    person = ctx.person
    name = slots.get("name")
    if name and name != person.name and not (person.name and _is_older(ctx)):
        await facts.set_name(ctx.session, person, name)
    return {"name": person.name}


async def keep_party(ctx: Context, slots: Slots) -> Slots:
    """Keep the size of the party, when one was given."""
    person = ctx.person
    size = slots.get("party")
    if isinstance(size, int) and not (person.party_size and _is_older(ctx)):
        party_size = min(size, facts.MAX_PARTY_SIZE)
        await facts.set_party(ctx.session, person, party_size)
    return {"party": person.party_size}


async def keep_phone(ctx: Context, slots: Slots) -> Slots:
    """Keep the number; fill `options` where several were told.

    The network vouches for one's own card shared in the chat.
    """
    person = ctx.person
    numbers = str(slots.get("phone") or "").split()
    if len(numbers) > 1:
        options = [_number_option(number) for number in numbers]
        return {"options": tuple(options)}
    for phone in numbers:
        contact = ctx.inbound.contact
        is_verified = contact is not None and contact.own
        await facts.set_phone(
            ctx.session,
            person,
            phone,
            is_verified,
            ctx.now,
        )
    return {"has_phone": person.phone is not None, "options": None}


def _number_option(number: str) -> Option:
    pick = Pick("chosen_phone", number)
    return Option(Verbatim(number), presses.write(pick))


async def keep_told(ctx: Context, slots: Slots) -> Slots:
    """Keep what was told in passing; only a place without consent, but for somebody in need."""
    updates: Slots = {}
    if ctx.person.consented_at is not None or slots.get("has_own_case"):
        updates = await keep_everything(ctx, slots)
    elif slots.get("place"):
        updates = await keep_place(ctx, slots["place"], slots)
    return {**updates, "told_words": _told_words(ctx, slots)}


async def keep_everything(ctx: Context, slots: Slots) -> Slots:
    """Keep the name, the party, the telephone and the place, as far as they were told."""
    updates: dict[str, Any] = {}
    updates |= await keep_name(ctx, slots)
    updates |= await keep_party(ctx, slots)
    if " " not in str(slots.get("phone")):  # of several, the flow asks which
        updates |= await keep_phone(ctx, slots)
    if slots.get("place"):
        updates |= await keep_place(ctx, slots["place"], slots)
    return updates


def _is_older(ctx: Context) -> bool:
    """Tell whether we heard something that the person wrote later than this message."""
    return ctx.heard.arrival.is_overtaken


def _told_words(ctx: Context, slots: Slots) -> str:
    """Word what is on record now, to be said back; the name as well where it was corrected.

    Before they agree, what they told waits: it is said back all the same.
    """
    person = ctx.person
    parts = [place_name(person, ctx.language)]
    if ctx.inbound.kind is Kind.EDITED or ctx.heard.arrival.question:
        parts.insert(0, person.name or slots.get("name"))
    party = person.party_size or slots.get("party")
    if party:
        parts.append(ctx.say("told_party", count=party))
    return "\n".join(filter(None, parts))


async def enlist(ctx: Context, _slots: Slots) -> Slots:
    """Register the person: they are on the register from the moment we know where they are."""
    person = ctx.person
    if person.registered_at is None:
        await facts.register(ctx.session, person, ctx.now)
    return {"registered": True}


async def weigh_place(ctx: Context, slots: Slots) -> Slots:
    """Keep the place when it is one; fill `options` when its name means several cities."""
    return await keep_place(ctx, slots["place"], slots)


async def keep_left(ctx: Context, slots: Slots) -> Slots:
    """Keep the place outside the area of a crisis, where the person says they are now."""
    return await keep_place(ctx, slots["place"], {**slots, "asked_if_left": slots["leaving"]})


async def note_way(ctx: Context, slots: Slots) -> Slots:
    """Note that the person is on the way out of the area of a crisis; the old place stays."""
    await facts.set_bound_for(ctx.session, ctx.person, slots["leaving"], ctx.now)
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
            codes = meanings(place, ctx.person.country, slots.get("options") or ())
            if len(codes) > 1:
                return _offered(ctx, codes)
            return await _keep_named(ctx, places.place_of(codes[0]), place, slots)
        case Description():
            return await _keep_described(ctx, place, slots)


def _offered(ctx: Context, codes: list[str]) -> Slots:
    options = tuple(_option(code, ctx.language) for code in codes)
    return {**_UNPLACED, "options": options}


async def _keep_named(
    ctx: Context,
    destination: Place,
    told: Whereabouts,
    slots: Slots,
    words: str | None = None,
) -> Slots:
    """Keep a place with the words for it, unless somebody must first say that they have left."""
    if _is_overtaken(ctx):
        return await _after_placing(ctx)
    if await _may_be_leaving(ctx, destination.country, slots):
        name = place_words(destination.city or destination.country, ctx.language, words)
        return {
            **_UNPLACED,
            "leaving": destination.country,
            "place": told,
            "destination": name,
        }
    await facts.set_place(
        ctx.session,
        ctx.person,
        destination,
        ctx.now,
        words=words,
        placed_at=ctx.written_at,
    )
    return await _after_placing(ctx)


async def _may_be_leaving(ctx: Context, country: str, slots: Slots) -> bool:
    """Tell whether somebody in the area of a crisis names a place outside it for the first time.

    Somebody in need is not asked.
    """
    if slots.get("has_own_case") or slots.get("asked_if_left") == country:
        return False
    if _says_they_left(ctx):
        return False
    return await crises.is_left(ctx.session, ctx.person.country, country)


def _says_they_left(ctx: Context) -> bool:
    """Tell whether a message says by itself that they left where they were, and have arrived."""
    home = ctx.person.country
    told = statements.read(ctx.heard.text, home)
    has_arrived = any(statement.manner.has_arrived for statement in told)
    places_told = [place for statement in told for place in statement.places]
    left = [place for place in places_told if place.role in {Role.NOT, Role.FROM}]
    return has_arrived and any(str(place.mention.value)[:2] == home for place in left)


async def _keep_described(ctx: Context, place: Description, slots: Slots) -> Slots:
    """Keep the words for a place, in the country that is known from elsewhere."""
    person = ctx.person
    around = _around(ctx, place, slots)
    if isinstance(around, NamedPlace):
        return await _choose_around(ctx, place, around, slots)
    if around is not None:
        return await _keep_named(ctx, around, place, slots, place.text)
    await facts.set_place_words(ctx.session, person, place.text)
    return {**_UNPLACED, **placed(person), "needs_country": True}


async def _choose_around(
    ctx: Context,
    place: Description,
    named: NamedPlace,
    slots: Slots,
) -> Slots:
    """Keep words for a place within one that was named with them."""
    codes = meanings(named, ctx.person.country)
    around = places.place_of(codes[0])
    if len(codes) > 1:
        around = Place(around.country)
    return await _keep_named(ctx, around, place, slots, place.text)


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
    chosen = slots.get("within")
    if isinstance(chosen, NamedPlace):
        return chosen
    person = ctx.person
    if person.country is not None:
        is_elsewhere = person.city is None or spots.may_be_anywhere(place.text)
        return places.place_of(person.country if is_elsewhere else str(person.city))
    numbers = [person.phone, ctx.inbound.phone]
    regions = [country_of_number(number) for number in numbers if number]
    abroad = [region for region in regions if region and region != HOME]
    return Place(abroad[0]) if abroad else None


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
    await checkins.attach(ctx.session, person)
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
