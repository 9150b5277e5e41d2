"""The actions that flows name, each written with the functions of `consular`.

An action takes the context of the turn and the slots that the flow sees, and returns slots to fill.
Those about the person (`country`, `place_name`, …) have the names of `known`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from babel.dates import format_timedelta
from sqlalchemy import ColumnElement, exists, func, or_, select

from bot.actions import (
    confirming,
    homecoming,
    household,
    information,
    notes,
    organising,
    placing,
    profiling,
    record,
    registering,
    safety,
    seating,
    seeking,
    travelling,
    warding,
)
from bot.actions.context import Action, Context, Slots, known
from bot.actions.safety import keep_files
from bot.consular.audiences import overlaps
from bot.consular.broadcasts import fan_out
from bot.consular.crises import cases, coverage
from bot.consular.people import consents
from bot.messages import Button, Language
from bot.models import (
    Broadcast,
    BroadcastKind,
    Case,
    CaseKind,
    CaseState,
    CheckIn,
    HouseholdMember,
    OutboundMessage,
    Person,
    Trip,
)

__all__ = [
    "ACTIONS",
    "KEEPING",
    "Action",
    "Context",
    "RollCall",
    "Slots",
    "confirming",
    "keep_files",
    "known",
    "notes",
    "open_fault",
    "perform",
    "roll_call",
    "seating",
    "standing",
]

_KEEPING: tuple[Action, ...] = (
    registering.keep_consent,
    registering.keep_name,
    registering.keep_party,
    registering.keep_phone,
    registering.enlist,
    confirming.confirm_place,
    confirming.note_moved,
    household.keep_contact,
    placing.weigh_place,
    placing.keep_left,
    placing.note_way,
    safety.record_safe,
    safety.record_staying,
    safety.record_help,
    safety.note_whereabouts,
    safety.note_party,
    safety.note_needs,
    safety.note_doubt,
    safety.open_report,
    safety.name_other,
    seeking.keep_sought,
    seeking.share_report,
    safety.look_at,
    safety.report_card,
    safety.note_matter,
    safety.record_found,
    safety.forbid_calls,
    safety.open_human,
    seating.take_seat,
    registering.keep_told,
    profiling.open_profile,
    profiling.keep_profile,
    travelling.keep_trip,
    homecoming.keep_residence,
    homecoming.keep_journey,
    homecoming.come_back,
    homecoming.cancel_trip,
)
_OTHERS: tuple[Action, ...] = (
    safety.write_down,
    safety.keep_card,
    safety.find_emergency,
    record.start_messages,
    record.stop_messages,
    record.set_language,
    record.erase,
    record.postpone_erasure,
    record.tell_data,
    record.enclose_data,
    record.tell_looks,
    record.tell_status,
    household.tell_household,
    household.tell_contact,
    household.remove_contact,
    information.find_posts,
    information.find_advice,
    organising.hear_organisation,
    organising.find_organisations,
    seating.tell_seat,
    seating.leave_seat,
    profiling.tell_profile,
    profiling.remove_profile,
    warding.tell_warden,
    warding.share_with_wardens,
    warding.list_wards,
    registering.link_channel,
    travelling.read_trip,
    travelling.weigh_trip_place,
    travelling.take_trip_day,
    travelling.take_trip_last_day,
    homecoming.find_trip,
    homecoming.tell_trips,
)

ACTIONS = {action.__name__: action for action in (*_KEEPING, *_OTHERS)}
KEEPING = frozenset(action.__name__ for action in _KEEPING)
"""The actions that keep something a person tells."""


async def perform(ctx: Context, name: str, slots: Slots) -> Slots:
    """Run the action of this name.

    Somebody who was forgotten and tells us something again is a person on record again.
    """
    if name in KEEPING:
        ctx.person.forgotten_at = None
        ctx.topics.add("board")
    return await ACTIONS[name](ctx, slots)


# The slots that `standing` fills, in the order of its query.
STANDING = (
    "has_case",
    "has_own_case",
    "on_hold",
    "in_crisis",
    "last_status",
    "left_list",
    "on_trip",
    "agrees_to_words",
    "companions",
)
WHOLE_DAYS = 1_000_000  # so many days are no years yet, in Babel's words
OWN_NEEDS = (CaseKind.LIFE, CaseKind.MEDICAL, CaseKind.DETAINED, CaseKind.EVACUATION)


async def standing(ctx: Context) -> Slots:
    """Return what a conversation must know besides the person: cases, the last answer, periods."""
    open_case = select(Case.id).where(
        Case.person_id == ctx.person.id,
        Case.state != CaseState.CLOSED,
        Case.kind != CaseKind.FAULT,
    )
    own_case = open_case.where(Case.relation.is_(None), Case.kind.in_(OWN_NEEDS))
    query = select(
        open_case.exists(),
        own_case.exists(),
        _is_on_hold(ctx.person),
        coverage.is_open_in(ctx.person.country, ctx.person.synthetic),
        _last_status(ctx.person),
        seating.has_left_list(ctx.person),
        _has_trip(ctx.person),
        consents.covers_all_of(ctx.person),
        exists().where(HouseholdMember.person_id == ctx.person.id),
    )
    answers = (await ctx.session.execute(query)).one()
    slots = dict(zip(STANDING, answers, strict=True))
    return {**slots, "message_life": _days(ctx.periods.messages, ctx.language)}


def _has_trip(person: Person) -> ColumnElement[bool]:
    """Return whether a trip of the person is planned or under way."""
    return select(Trip.id).where(Trip.person_id == person.id, Trip.ended_at.is_(None)).exists()


def _is_on_hold(person: Person) -> ColumnElement[bool]:
    """Return whether a case of the person is on hold."""
    held_case = select(Case.id).where(Case.person_id == person.id, Case.held_at.is_not(None))
    return held_case.exists()


def _last_status(person: Person) -> ColumnElement[Any]:
    """Return the last answer of the person to "are you safe?"."""
    last_status = (
        select(CheckIn.status)
        .where(CheckIn.person_id == person.id)
        .order_by(CheckIn.at.desc())
        .limit(1)
    )
    return last_status.scalar_subquery()


def _days(period: timedelta, language: Language) -> str:
    """Word a period in days: "90 days"."""
    return format_timedelta(
        period,
        granularity="day",
        threshold=WHOLE_DAYS,
        locale=language,
    )


@dataclass(frozen=True, slots=True)
class RollCall:
    """A roll call that waits for its answer: its buttons, and whether we said nothing since."""

    buttons: tuple[Button, ...]
    is_last: bool


async def roll_call(ctx: Context) -> RollCall | None:
    """Return the last roll call that the message may answer, until the person has answered it.

    A message that was written before the question answers nothing.
    """
    last_broadcast = (
        select(Broadcast, _is_last(ctx.person))
        .join_from(OutboundMessage, Broadcast)
        .where(OutboundMessage.person_id == ctx.person.id, _is_unanswered(ctx.person))
        .where(OutboundMessage.created_at <= ctx.written_at)
        .where(Broadcast.kind == BroadcastKind.ROLL_CALL, ~overlaps.was_left_to_another())
        .order_by(OutboundMessage.id.desc())
        .limit(1)
    )
    latest = (await ctx.session.execute(last_broadcast)).first()
    if latest is None:
        return None
    broadcast, is_last = latest
    buttons = fan_out.content(broadcast, ctx.language, ctx.address.form).buttons
    return RollCall(buttons, bool(is_last))


def _is_last(person: Person) -> ColumnElement[bool]:
    """Return whether we replied nothing to the person since a message was made."""
    last_reply = select(func.max(OutboundMessage.id)).where(
        OutboundMessage.person_id == person.id,
        OutboundMessage.broadcast_id.is_(None),
    )
    return func.coalesce(last_reply.scalar_subquery(), 0) < OutboundMessage.id


def _is_unanswered(person: Person) -> ColumnElement[bool]:
    """Return whether the person has not told how they are since a message was made."""
    last_answer = (
        select(func.max(CheckIn.at)).where(CheckIn.person_id == person.id).scalar_subquery()
    )
    return or_(last_answer.is_(None), last_answer < OutboundMessage.created_at)


async def open_fault(ctx: Context) -> None:
    """Open a case for a message that we failed to answer: staff read it themselves."""
    await cases.open_case(ctx.session, ctx.person, CaseKind.FAULT, ctx.words, ctx.now)
