"""What a person tells about themselves: name, place, size of the party, phone number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from bot.actions.context import Context, Slots, place_words, placed
from bot.consular.crises import checkins
from bot.consular.people import facts
from bot.consular.reference import places
from bot.dialogue import presses
from bot.dialogue.presses import Pick
from bot.dialogue.whereabouts import Description, NamedPlace, Whereabouts
from bot.messages import Language, Location, Option, Verbatim

_UNPLACED: Slots = {"options": None, "placed": False}


async def keep_consent(ctx: Context, _slots: Slots) -> Slots:
    """Record consent: the person agreed, or told everything in one message, which is agreeing."""
    if ctx.person.consented_at is None:
        await facts.consent(ctx.session, ctx.person, ctx.now)
    return {"consented": True}


async def keep_name(ctx: Context, slots: Slots) -> Slots:
    """Keep the name, when one was given."""
    name = slots.get("name")
    if name and name != ctx.person.name:
        await facts.set_name(ctx.session, ctx.person, name)
    return {"name": ctx.person.name}


async def keep_party(ctx: Context, slots: Slots) -> Slots:
    """Keep the size of the party, when one was given."""
    size = slots.get("party")
    if isinstance(size, int):
        await facts.set_party(ctx.session, ctx.person, min(size, facts.MAX_PARTY_SIZE))
    return {"party": ctx.person.party_size}


async def keep_phone(ctx: Context, slots: Slots) -> Slots:
    """Keep the number; the network vouches for one's own card shared in the chat."""
    phone = slots.get("phone")
    if phone:
        contact = ctx.inbound.contact
        is_verified = contact is not None and contact.own
        await facts.set_phone(ctx.session, ctx.person, phone, is_verified, ctx.now)
    return {"has_phone": ctx.person.phone is not None}


async def enlist(ctx: Context, _slots: Slots) -> Slots:
    """Register the person: they are on the register from the moment we know where they are."""
    if ctx.person.registered_at is None:
        await facts.register(ctx.session, ctx.person, ctx.now)
    return {"registered": True}


async def weigh_place(ctx: Context, slots: Slots) -> Slots:
    """Keep the place when it is one; fill `options` when its name means several cities."""
    return await keep_place(ctx, slots["place"], slots.get("options") or ())


async def keep_place(ctx: Context, place: Whereabouts, options: Iterable[Option]) -> Slots:
    """Keep where the person is; return `options` to choose from when that is not clear."""
    match place:
        case Location():
            return await _keep_position(ctx, place)
        case NamedPlace():
            return await _keep_named(ctx, meanings(place, ctx.person.country, options))
        case Description():
            return _UNPLACED
        case _:
            assert_never(place)


async def _keep_named(ctx: Context, codes: list[str]) -> Slots:
    if len(codes) > 1:
        options = tuple(_option(code, ctx.language) for code in codes)
        return {"options": options, "placed": False}
    await facts.set_place(ctx.session, ctx.person, places.place_of(codes[0]), ctx.now)
    return await _after_placing(ctx)


async def _keep_position(ctx: Context, position: Location) -> Slots:
    place = places.place_at(position)
    if place is None:  # at sea
        return _UNPLACED
    await facts.set_place(ctx.session, ctx.person, place, ctx.now, position)
    return await _after_placing(ctx)


async def _after_placing(ctx: Context) -> Slots:
    await checkins.attach(ctx.session, ctx.person)
    return {**placed(ctx.person), "options": None, "placed": True}


def meanings(place: NamedPlace, home: str | None, options: Iterable[Option] = ()) -> list[str]:
    """Return the places a name may mean: one when it was offered, or when it is at home
    (alpha-2).
    """
    offered = _offered_codes(options)
    codes = list(place.meanings)
    if len(codes) == 1:
        code = codes[0]
        if code in offered:
            return codes
        in_country = [other for other in offered if other.startswith(code)]
        is_country = "/" not in code
        return in_country[:1] if is_country and in_country else codes
    at_home = [code for code in codes if code[:2] == home]
    return at_home[:1] or codes


def _offered_codes(options: Iterable[Option]) -> list[str]:
    codes = []
    for option in options:
        press = presses.read(option.payload)
        if isinstance(press, Pick):
            codes.append(press.value)
    return codes


def _option(code: str, language: Language) -> Option:
    """Offer a place; by its country where the name of the city is too long for a payload."""
    pick = Pick("chosen_place", code)
    if not presses.fits(pick):
        pick = Pick("chosen_place", code[:2])
    return Option(Verbatim(place_words(code, language)), presses.write(pick))
