"""What comes of a trip that the writer tells, of where they live, and of "are you back?"."""

from __future__ import annotations

from collections.abc import Iterator

from bot.dialogue.facts import Travel, YesNo
from bot.dialogue.situations import Aside, Decision, Situation, Start
from nlu.language.reading.journeys import Journey

FLOWS = {
    Journey.LEAVES: "plan_trip",
    Journey.MOVED: "reside",
    Journey.LIVES: "reside",
    Journey.BACK: "trip_back",
    Journey.CANCELS: "trip_cancel",
    Journey.LONGER: "trip_longer",
}
BACK_FLOW = FLOWS[Journey.BACK]
LONGER_FLOW = FLOWS[Journey.LONGER]
# What is kept beside another decision: "I am safe and back home".
KEPT_BESIDE = frozenset({Journey.LEAVES, Journey.MOVED, Journey.LIVES, Journey.BACK})


def decide(situation: Situation) -> Decision | None:
    """Begin the flow of what the writer says of a trip, or answers to "are you back?"."""
    travel = situation.reading.first(Travel)
    if travel is not None:
        return situation.begin_flow(FLOWS[travel.journey], **_slots(travel))
    if not situation.knows("asked_if_back") or situation.slot is not None:
        return None
    reply = situation.reading.first(YesNo)
    if reply is None:
        return None
    if reply.is_yes:
        return situation.begin_flow(BACK_FLOW)
    return situation.begin_flow(LONGER_FLOW)


def _slots(travel: Travel) -> dict[str, object]:
    """Return what the flow of a journey is given."""
    slots: dict[str, object] = {"journey": travel.journey.value}
    if travel.journey is Journey.LEAVES:
        slots["trip_place"] = travel.place
    elif travel.place is not None:
        slots["place"] = travel.place
    return slots


def kept_beside(situation: Situation, decision: Decision) -> Iterator[Aside]:
    """Keep what is said of a trip where the conversation goes on about another matter."""
    travel = situation.reading.first(Travel)
    if travel is None or travel.journey not in KEPT_BESIDE:
        return
    if isinstance(decision, Start) and decision.script.name in FLOWS.values():
        return
    yield Aside("keep_journey", _slots(travel))
