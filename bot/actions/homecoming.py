"""The other ends of a trip: back, later, not at all; and where the person lives."""

from __future__ import annotations

from datetime import date

from bot.actions import trip_words
from bot.actions.context import Context, Slots, placed
from bot.actions.placing import keep_place, meanings, offered
from bot.actions.travelling import UNPLANNED, keep_trip, read_trip, weigh_trip_place
from bot.consular.crises import journeys
from bot.consular.people import facts, residence, trips
from bot.consular.reference import places
from bot.dialogue.whereabouts import NamedPlace
from bot.models import Residence, Trip, TripEnding
from nlu.language.reading import itineraries
from nlu.language.reading.dates import Problem
from nlu.language.reading.journeys import Journey


async def come_back(ctx: Context, slots: Slots) -> Slots:
    """End the trips under way: the person is where they live, or where they say.

    `asks_home`: nobody told where they live. In a crisis "back" is asked about, as any place is.
    """
    place = slots.get("place")
    if place is None:
        home = await residence.of(ctx.session, ctx.person.id)
        if home is None:
            return {"asks_home": True}
        place = NamedPlace((home.city or home.country,))
    updates = await keep_place(
        ctx,
        place,
        slots,
    )
    if updates.get("placed"):
        await trips.end_begun(
            ctx.session,
            ctx.person,
            TripEnding.BACK,
            ctx.now,
        )
    return {**updates, "asks_home": None}


async def find_trip(ctx: Context, slots: Slots) -> Slots:
    """Find the trip that is told to last longer, and the day, where the message has one."""
    trip = await trips.current(ctx.session, ctx.person.id)
    if trip is None:
        return {**UNPLANNED}
    base = max(trip_words.today(ctx), trip.until or trip.begins_on)
    updates = {
        **UNPLANNED,
        "trip_id": trip.id,
        "trip_from": trip_words.iso(trip.begins_on),
        "trip_until": trip_words.iso(trip.until),
        "trip_code": trip.city or trip.country,
    }
    day = _told_day(
        ctx,
        slots,
        base,
    )
    if isinstance(day, Problem):
        return {**updates, "trip_problem": trip_words.problem(ctx, day)}
    return {
        **updates,
        "trip_last_day": trip_words.iso(day),
        "trip_until": trip_words.iso(day or trip.until),
    }


def _told_day(ctx: Context, slots: Slots, base: date) -> date | Problem | None:
    """Read until when somebody stays: "ten days more" count from the last day told before."""
    if slots.get("journey") is None:
        return None  # a button
    itinerary = itineraries.read(ctx.heard.text, trip_words.today(ctx))
    if itinerary.until or itinerary.problem:
        return itinerary.until or itinerary.problem
    return itineraries.answer(ctx.heard.text, base)


async def cancel_trip(ctx: Context, slots: Slots) -> Slots:
    """Cancel the trip that is meant: to the place named, or the one told last."""
    meant = await _meant(ctx, slots)
    if meant is None:
        return {"trip_words": None}
    was_away = meant.began_at is not None
    await trips.end(
        ctx.session,
        ctx.person,
        meant,
        TripEnding.CANCELLED,
        facts.subject(ctx.person),
        ctx.now,
    )
    if was_away and not await journeys.is_held(ctx.session, ctx.person):
        await trips.go_home(
            ctx.session,
            ctx.person,
            ctx.now,
            placed_at=ctx.written_at,
        )
    return {**placed(ctx.person), "trip_words": trip_words.trip(ctx, meant)}


async def _meant(ctx: Context, slots: Slots) -> Trip | None:
    open_trips = await trips.open_ones(ctx.session, ctx.person.id)
    place = slots.get("place")
    if isinstance(place, NamedPlace):
        country = place.meanings[0][:2]
        open_trips = [trip for trip in open_trips if trip.country == country] or open_trips
    if not open_trips:
        return None
    return open_trips[-1]


async def tell_trips(ctx: Context, _slots: Slots) -> Slots:
    """Word where the person lives, and the trips that are planned or under way."""
    lines: list[str] = []
    home = await residence.of(ctx.session, ctx.person.id)
    if home is not None:
        lines.append(ctx.say("trip_home", place=trip_words.home(ctx, home)))
    for trip in await trips.open_ones(ctx.session, ctx.person.id):
        lines.append(trip_words.trip(ctx, trip))
    return {"trip_words": "\n".join(lines) or None}


# --- where they live ------------------------------------------------------------------------------


async def keep_residence(ctx: Context, slots: Slots) -> Slots:
    """Keep where the person lives; it is where they are now, unless they travel.

    Whoever moved has no trip under way any more.
    """
    updates = await _weigh_residence(ctx, slots)
    if updates.get("options"):
        return updates
    home = await _reside(ctx, slots)
    if updates.get("placed") and slots.get("journey") == Journey.MOVED:
        await trips.end_begun(
            ctx.session,
            ctx.person,
            TripEnding.MOVED,
            ctx.now,
        )
    if home is None:
        return updates
    return {**updates, "home": trip_words.home(ctx, home)}


async def _weigh_residence(ctx: Context, slots: Slots) -> Slots:
    """Keep the place where somebody lives as where they are, unless they are on a trip."""
    place = slots["place"]
    has_moved = slots.get("journey") == Journey.MOVED
    open_trips = await trips.open_ones(ctx.session, ctx.person.id)
    is_away = trips.under_way(open_trips) is not None
    if has_moved or not is_away or not isinstance(place, NamedPlace):
        return await keep_place(
            ctx,
            place,
            slots,
        )
    codes = meanings(
        place,
        ctx.person.country,
        slots.get("options") or (),
    )
    if len(codes) > 1:
        return {"options": offered(ctx, codes)}
    return {"options": None, "placed": None}


async def _reside(ctx: Context, slots: Slots) -> Residence | None:
    """Keep the place that was told as the residence; what no gazetteer knows is none."""
    place = slots.get("place")
    if isinstance(place, NamedPlace):
        codes = meanings(
            place,
            ctx.person.country,
            slots.get("options") or (),
        )
        told = places.place_of(codes[0])
        await residence.set_told(
            ctx.session,
            ctx.person,
            told,
            ctx.written_at,
        )
    return await residence.of(ctx.session, ctx.person.id)


async def keep_journey(ctx: Context, slots: Slots) -> Slots:
    """Keep what was said of a trip beside another matter, without a question."""
    match slots["journey"]:
        case Journey.LEAVES:
            told = {**slots, **await read_trip(ctx, slots)}
            told = {**told, **await weigh_trip_place(ctx, told)}
            if told["trip_from"] is None:
                return {}
            updates = await keep_trip(ctx, told)
            return {name: updates[name] for name in placed(ctx.person) if name in updates}
        case Journey.BACK:
            return await come_back(ctx, slots)
        case _:
            await _reside(ctx, slots)
            return {}
