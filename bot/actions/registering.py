"""What a person tells of themselves: name, place, how many, number."""

from __future__ import annotations

from typing import Any

from bot.actions.context import Context, Slots, place_words, placed
from bot.consular.crises import checkins
from bot.consular.people import facts
from bot.consular.reference import places
from bot.messages import Language, Location

PAYLOAD = 64  # bytes that a button's payload may have


async def keep_consent(ctx: Context, _slots: Slots) -> Slots:
    """The person agreed, or gave everything in one message, which is agreeing."""
    if ctx.person.consented_at is None:
        await facts.consent(ctx.session, ctx.person, ctx.now)
    return {"consented": True}


async def keep_name(ctx: Context, slots: Slots) -> Slots:
    """The name, when one was given."""
    if slots.get("name") and slots["name"] != ctx.person.name:
        await facts.set_name(ctx.session, ctx.person, slots["name"])
    return {"name": ctx.person.name}


async def keep_party(ctx: Context, slots: Slots) -> Slots:
    """How many they are."""
    if isinstance(size := slots.get("party"), int):
        await facts.set_party(ctx.session, ctx.person, min(size, facts.MAX_PARTY_SIZE))
    return {"party": ctx.person.party_size}


async def keep_phone(ctx: Context, slots: Slots) -> Slots:
    """The number; a card shared in the chat is vouched for by the network."""
    if phone := slots.get("phone"):
        vouched = ctx.inbound.contact is not None and ctx.inbound.contact.own
        await facts.set_phone(ctx.session, ctx.person, phone, vouched, ctx.now)
    return {"has_phone": ctx.person.phone is not None}


async def enlist(ctx: Context, _slots: Slots) -> Slots:
    """The person is on the register from the moment we know where they are."""
    if ctx.person.registered_at is None:
        await facts.register(ctx.session, ctx.person, ctx.now)
    return {"registered": True}


async def weigh_place(ctx: Context, slots: Slots) -> Slots:
    """The place, kept when it is one; `options` to choose from when its name means several cities."""
    value = str(slots["place"])
    if value.startswith("@"):
        return await _keep_point(ctx, value)
    found = meant(value, ctx.person.country, slots.get("options"))
    if len(found) > 1:
        return {"options": [_option(place, ctx.language) for place in found], "placed": False}
    await facts.set_place(ctx.session, ctx.person, places.place_of(found[0]), ctx.now)
    await checkins.attach(ctx.session, ctx.person)
    return {**placed(ctx.person), "options": None, "placed": True}


async def _keep_point(ctx: Context, value: str) -> Slots:
    latitude, longitude = value[1:].split(",")
    exact = Location(float(latitude), float(longitude))
    place = places.place_at(exact)
    if place is None:  # at sea
        return {"options": None, "placed": False}
    await facts.set_place(ctx.session, ctx.person, place, ctx.now, exact)
    await checkins.attach(ctx.session, ctx.person)
    return {**placed(ctx.person), "options": None, "placed": True}


def meant(value: str, home: str | None, options: Any) -> list[str]:
    """The cities a value may mean: one when it says so, when it is at home, or when only one was offered there."""
    offered = [payload for _, payload in options or ()]
    if value in offered or not (found := value.split("|"))[0]:
        return [value]
    if "/" not in value and (there := [place for place in offered if place.startswith(value)]):
        return there[:1]
    at_home = [place for place in found if place[:2] == home]
    return at_home[:1] or found


def _option(place: str, language: Language) -> list[str]:
    fits = len(f"/slot chosen_place {place}".encode()) <= PAYLOAD
    return [f"={place_words(place, language)}", place if fits else place[:2]]
