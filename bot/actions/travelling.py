"""Trips that a person tells of: read, kept with what is known of them, and said back."""

from __future__ import annotations

from bot.actions import trip_words
from bot.actions.context import Context, Slots, placed
from bot.actions.placing import meanings, offered
from bot.consular.crises import checkins, coverage, journeys
from bot.consular.people import facts, trips
from bot.consular.people.trips import Fault, Plan
from bot.dialogue.whereabouts import NamedPlace
from bot.models import Trip
from nlu.language.reading import itineraries
from nlu.language.reading.dates import Problem

UNPLANNED: Slots = {
    "trip_id": None,
    "trip_from": None,
    "trip_until": None,
    "trip_day": None,
    "trip_last_day": None,
    "trip_code": None,
    "trip_problem": None,
    "options": None,
}


async def read_trip(ctx: Context, _slots: Slots) -> Slots:
    """Read the days of a trip in the message that tells of it."""
    itinerary = itineraries.read(ctx.heard.text, trip_words.today(ctx))
    if itinerary.problem is not None:
        return {**UNPLANNED, "trip_problem": trip_words.problem(ctx, itinerary.problem)}
    return {
        **UNPLANNED,
        "trip_from": trip_words.iso(itinerary.begins_on),
        "trip_until": trip_words.iso(itinerary.until),
    }


async def weigh_trip_place(ctx: Context, slots: Slots) -> Slots:
    """Find out where a trip leads; fill `options` where the name means several cities."""
    place = slots.get("trip_place")
    if not isinstance(place, NamedPlace):
        return {"options": None}
    codes = meanings(
        place,
        ctx.person.country,
        slots.get("options") or (),
    )
    countries = {code[:2] for code in codes}
    if len(countries) > 1:
        return {"options": offered(ctx, codes)}
    if len(codes) > 1:  # «تونس»: the country and its capital
        return {"options": None, "trip_code": codes[0][:2]}
    return {"options": None, "trip_code": codes[0]}


async def take_trip_day(ctx: Context, slots: Slots) -> Slots:
    """Take the answer to "which day do you leave?"; it may tell until when as well."""
    words = str(slots["trip_day"])
    itinerary = itineraries.read(words, trip_words.today(ctx))
    day = itinerary.begins_on or itineraries.answer(words, trip_words.today(ctx))
    if isinstance(day, Problem):
        return {"trip_problem": trip_words.problem(ctx, day)}
    return {
        "trip_from": trip_words.iso(day),
        "trip_until": trip_words.iso(itinerary.until) or slots.get("trip_until"),
    }


async def take_trip_last_day(ctx: Context, slots: Slots) -> Slots:
    """Take the answer to "until when?", counted from the first day."""
    begins_on = trip_words.day_of(slots.get("trip_from")) or trip_words.today(ctx)
    base = max(begins_on, trip_words.today(ctx))
    day = itineraries.answer(str(slots["trip_last_day"]), base)
    if isinstance(day, Problem):
        return {"trip_problem": trip_words.problem(ctx, day)}
    return {"trip_until": trip_words.iso(day)}


async def keep_trip(ctx: Context, slots: Slots) -> Slots:
    """Keep a trip with what is known of it, and say it back; `trip_problem` says why not."""
    begins_on = trip_words.day_of(slots["trip_from"])
    assert begins_on is not None
    plan = Plan(
        trip_words.place_of(slots.get("trip_code")),
        begins_on,
        trip_words.day_of(slots.get("trip_until")),
    )
    trip = await _planned(ctx, slots)
    fault = await _fault(
        ctx,
        plan,
        trip,
    )
    if fault is not None:
        return {"trip_problem": ctx.say(f"trip_{fault.value}")}
    if trip is None:
        trip = await trips.plan(
            ctx.session,
            ctx.person,
            plan,
            ctx.written_at,
            ctx.now,
        )
    else:
        await _change(
            ctx,
            trip,
            plan,
        )
    await _settle(ctx, trip)
    return {
        **placed(ctx.person),
        "trip_problem": None,
        "trip_id": trip.id,
        "trip_code": trip.city or trip.country,
        "trip_until": trip_words.iso(trip.until),
        "trip_words": trip_words.trip(ctx, trip),
    }


async def _fault(ctx: Context, plan: Plan, trip: Trip | None) -> Fault | None:
    """Tell why a plan cannot be kept."""
    if trip is None:
        open_trips = await trips.open_ones(ctx.session, ctx.person.id)
        if len(open_trips) >= trips.MAX_OPEN_TRIPS:
            return Fault.MANY
    return trips.fault(plan, trip_words.today(ctx))


async def _planned(ctx: Context, slots: Slots) -> Trip | None:
    """Return the trip that the flow asks about, while it is still planned or under way."""
    trip_id = slots.get("trip_id")
    for trip in await trips.open_ones(ctx.session, ctx.person.id):
        if trip.id == trip_id:
            return trip
    return None


async def _change(ctx: Context, trip: Trip, plan: Plan) -> None:
    await trips.change(
        ctx.session,
        ctx.person,
        trip,
        plan,
        facts.subject(ctx.person),
        ctx.written_at,
        ctx.now,
    )


async def _settle(ctx: Context, trip: Trip) -> None:
    """Begin a trip whose day has come; note the way of somebody who leaves a crisis."""
    person = ctx.person
    await journeys.settle(
        ctx.session,
        person,
        ctx.now,
    )
    await checkins.attach(
        ctx.session,
        person,
        ctx.now,
    )
    if trip.country is None or person.country == trip.country:
        return
    is_way_out = await coverage.is_left(
        ctx.session,
        person.country,
        trip.country,
        person.synthetic,
    )
    if is_way_out:
        await facts.set_bound_for(
            ctx.session,
            person,
            trip.country,
            ctx.now,
        )
