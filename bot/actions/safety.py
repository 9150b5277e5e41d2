"""Safe or in need; about oneself or about somebody else. Recorded at the first message."""

from __future__ import annotations

from bot.actions import information
from bot.actions.context import Context, Slots
from bot.actions.placing import keep_place
from bot.actions.registering import keep_everything, keep_party
from bot.consular.crises import cases, checkins, files, seats
from bot.consular.people import facts
from bot.consular.reference import care, contacts
from bot.dialogue.whereabouts import Description
from bot.messages import Channel
from bot.models import CaseKind, CheckIn, CheckInStatus
from bot.text.text import ascii_digits, in_language
from nlu.language.reading import spots

MIN_CONFIDENCE = 0.6  # of a cry for help that changes what a case is about

NEEDS = {
    "need_help": (CheckInStatus.HELP, CaseKind.LIFE),
    "need_medical": (CheckInStatus.MEDICAL, CaseKind.MEDICAL),
    "need_evacuation": (CheckInStatus.EVACUATE, CaseKind.EVACUATION),
}
LIFE_AT_RISK = frozenset({CheckInStatus.HELP.value, CheckInStatus.MEDICAL.value})
_KINDS = {status.value: kind for status, kind in NEEDS.values()}


async def record_safe(ctx: Context, _slots: Slots) -> Slots:
    """Record that the person is safe; an answer about an earlier time changes nothing of now."""
    return await _record_calm(ctx, CheckInStatus.SAFE)


async def record_staying(ctx: Context, _slots: Slots) -> Slots:
    """Record that the person stays where they are, whatever others do; a seat becomes free."""
    answer = await _record_calm(ctx, CheckInStatus.STAYING)
    if answer["outdated"] is None:
        await seats.answer(
            ctx.session,
            ctx.person,
            comes=False,
            transport_id=None,
            now=ctx.now,
        )
    return answer


async def _record_calm(ctx: Context, status: CheckInStatus) -> Slots:
    check_in = await _check_in(ctx, status)
    return {
        "status": status.value,
        "last_status": await _last_status(ctx),
        "outdated": await checkins.is_outdated(ctx.session, check_in, ctx.person),
    }


async def record_help(ctx: Context, slots: Slots) -> Slots:
    """Record that the person is in need, and open a case with their words.

    What they told of themselves is kept without waiting for consent: help must find them.
    """
    ctx.is_cry = True
    intent = slots["intent"]
    status, kind = NEEDS[intent]
    await _check_in(ctx, status)
    text = ctx.words
    if answers_a_list(ctx.inbound.text):
        text = f"[{intent}]"
    if slots.get("is_held"):
        kind = CaseKind.DETAINED
    await _write(ctx, kind, text)
    updates = await keep_everything(ctx, {**slots, "has_own_case": True})
    noted_place = None
    if updates.get("placed"):
        noted_place = slots.get("place")
    return {
        "status": status.value,
        "has_case": True,
        "has_own_case": True,
        "last_status": await _last_status(ctx),
        "noted": noted_place,
    }


async def _check_in(
    ctx: Context,
    status: CheckInStatus,
) -> CheckIn:
    """Record an answer where it belongs in time."""
    channel = ctx.address.channel
    return await checkins.record(
        ctx.session,
        ctx.person,
        status,
        channel.value,
        ctx.now,
        ctx.written_at,
        ctx.received_at if ctx.late_since else None,
    )


async def _last_status(ctx: Context) -> str | None:
    check_in = await checkins.latest(ctx.session, ctx.person)
    return check_in.answer.value if check_in else None


def answers_a_list(text: str) -> bool:
    """Tell whether somebody wrote the number of a choice: staff should read the choice."""
    number = ascii_digits(text)
    return number.strip(" .()").isdecimal()


async def find_emergency(ctx: Context, slots: Slots) -> Slots:
    """Find whom to call first where life is at risk, and the number of a post that helps at night.

    Of somebody who told no place yet, the country of their number is taken, and named.
    """
    country = ctx.person.country or _country_of_number(ctx)
    if country is None:
        return {"emergency": None}
    status = slots.get("status")
    lines: list[str] = []
    if status in LIFE_AT_RISK:
        first = await contacts.first_call_in(
            ctx.session,
            country,
            ctx.language,
            ctx.address.form,
            is_medical=status == CheckInStatus.MEDICAL.value,
        )
        lines.append(first)
    lines.append(await _post_line(ctx, country))
    return {"emergency": "\n".join(filter(None, lines)) or None}


def _country_of_number(ctx: Context) -> str | None:
    """Return the country of the number that somebody writes from; a Libyan one is taken along."""
    region = ctx.address.region
    return None if region == care.HOME else region


async def _post_line(ctx: Context, country: str) -> str:
    """Give the number of the post that looks after a country; empty where it has none."""
    caring = await information.care_of(ctx, country)
    for post in caring.posts:
        number = post.emergency_phone or post.phone
        if number:
            name = in_language(post.names, ctx.language)
            return ctx.say(f"emergency_{caring.tie.value}", number=number, post=name)
    return ""


async def note_whereabouts(ctx: Context, slots: Slots) -> Slots:
    """Write where somebody in need is into the case, and keep it when it is a place."""
    place = slots.get("whereabouts")
    if not place or place == slots.get("noted"):
        return {"options": None}
    await _note(ctx, slots, ctx.words)
    if isinstance(place, Description) and not _is_spot(place):
        return {"options": None, "noted": place}
    updates = await keep_place(ctx, place, slots)
    return {**updates, "noted": place}


def _is_spot(place: Description) -> bool:
    """Tell whether words describe a place, and are not a sentence about something else."""
    return bool(place.within) or spots.answer(place.text) == place.text


async def note_party(ctx: Context, slots: Slots) -> Slots:
    """Write into the case how many need help, and keep the number."""
    party = slots.get("party")
    if party is not None:
        await _note(ctx, slots, f"👥 {party}")
    return await keep_party(ctx, slots)


async def note_needs(ctx: Context, slots: Slots) -> Slots:
    """Write what is needed first into the case.

    Somebody who asks for a doctor only now is recorded as needing one.
    """
    if _is_about_another_need(ctx, slots):
        intent = ctx.heard.intent
        return await record_help(ctx, {"intent": intent})
    needs = slots.get("needs")
    if needs:
        await _note(ctx, slots, str(needs))
    return {}


def _is_about_another_need(ctx: Context, slots: Slots) -> bool:
    heard = ctx.heard
    intent = heard.intent or ""
    if intent not in NEEDS:
        return False
    if heard.confidence < MIN_CONFIDENCE:
        return False
    status, _kind = NEEDS[intent]
    return status.value != slots.get("status")


async def write_down(ctx: Context, _slots: Slots) -> Slots:
    """Write the words into the person's open cases, before anything else is done with them."""
    has_case = await cases.add_to_open(ctx.session, ctx.person, ctx.words)
    if has_case:
        ctx.topics.add("board")
    return {"has_case": has_case}


async def keep_files(ctx: Context) -> None:
    """Have the files of a message fetched for the open case, where the network keeps them for us.

    It is no action of a flow: whoever answers the message, the file is kept.
    """
    if ctx.address.channel is not Channel.TELEGRAM:
        return
    for attachment in ctx.inbound.attachments:
        if attachment.file:
            await files.expect(
                ctx.session,
                ctx.person,
                attachment.kind.value,
                attachment.file,
                ctx.now,
            )


async def forbid_calls(ctx: Context, _slots: Slots) -> Slots:
    """Mark that the person must not be called."""
    await facts.forbid_calls(ctx.session, ctx.person, ctx.now)
    return {"no_calls": True}


async def _note(ctx: Context, slots: Slots, text: str) -> None:
    status = str(slots.get("status"))
    kind = _KINDS.get(status, CaseKind.LIFE)
    await _write(ctx, kind, text)


async def _write(
    ctx: Context,
    kind: CaseKind,
    text: str,
) -> None:
    note = (kind, text)
    if note not in ctx.noted:
        ctx.noted.add(note)
        await _open_case(ctx, kind, text)


async def _open_case(
    ctx: Context,
    kind: CaseKind,
    text: str,
) -> None:
    await cases.open_case(
        ctx.session,
        ctx.person,
        kind,
        text,
        ctx.now,
        ctx.late_since,
    )


async def note_doubt(ctx: Context, _slots: Slots) -> Slots:
    """Show staff the words of what may be a cry for help."""
    ctx.is_cry = True
    await _open_case(ctx, CaseKind.UNCLEAR, ctx.words)
    return {}


async def open_report(ctx: Context, slots: Slots) -> Slots:
    """Write what the person tells of somebody else into the case about them."""
    ctx.is_cry = True
    return await _report(ctx, slots)


async def _report(ctx: Context, slots: Slots) -> Slots:
    matter = slots.get("matter")
    relation = str(slots.get("relation") or cases.UNKNOWN_RELATION)
    earlier = await cases.about(ctx.session, ctx.person, relation)
    report = await cases.report(
        ctx.session,
        ctx.person,
        relation,
        str(matter) if matter else None,
        ctx.words,
        ctx.now,
        ctx.late_since,
    )
    return {
        "relation": relation,
        "is_new_report": earlier is None,
        "too_many": earlier is None and report.opened_at != ctx.now,
        "has_case": True,
    }


async def name_other(ctx: Context, slots: Slots) -> Slots:
    """Write the name of somebody else into the case about them."""
    name = slots.get("other_name")
    relation = str(slots.get("relation") or cases.UNKNOWN_RELATION)
    if name:
        await cases.name_other(ctx.session, ctx.person, relation, str(name))
    return {}


async def look_at(ctx: Context, _slots: Slots) -> Slots:
    """Show staff what the person passed on, and what it may be about: nobody's word yet."""
    ctx.is_cry = True
    await cases.report(
        ctx.session,
        ctx.person,
        cases.UNKNOWN_RELATION,
        None,
        ctx.words,
        ctx.now,
        ctx.late_since,
        unnamed=CaseKind.UNCLEAR,
    )
    return {"has_case": True}


async def report_card(ctx: Context, slots: Slots) -> Slots:
    """Open a case about the person on a card that was shared."""
    relation = cases.UNKNOWN_RELATION
    await cases.report(
        ctx.session,
        ctx.person,
        relation,
        None,
        str(slots.get("card") or ctx.words),
        ctx.now,
        ctx.late_since,
    )
    return {"relation": relation, "has_case": True}


async def keep_card(ctx: Context, _slots: Slots) -> Slots:
    """Remember the name and number of a card until the person says whose it is."""
    return {"card": ctx.words}


async def note_matter(ctx: Context, slots: Slots) -> Slots:
    """Write into the case what has happened to somebody else, as it was chosen."""
    matter = slots.get("matter")
    if not matter:
        return {}
    await cases.report(
        ctx.session,
        ctx.person,
        str(slots.get("relation") or cases.UNKNOWN_RELATION),
        str(matter),
        f"[{matter}]",
        ctx.now,
    )
    return {}


async def record_found(ctx: Context, slots: Slots) -> Slots:
    """Write into the case about somebody else that they are found, or safe."""
    relation = str(slots.get("relation") or cases.UNKNOWN_RELATION)
    case = await cases.about(ctx.session, ctx.person, relation)
    if case is None:
        return {"had_case": False}
    matter = slots.get("matter") or "found"
    await _report(ctx, {"relation": relation, "matter": matter})
    return {"had_case": True}


async def open_human(ctx: Context, _slots: Slots) -> Slots:
    """Open a case for somebody who wants to talk to staff."""
    await _open_case(ctx, CaseKind.HUMAN, ctx.words)
    return {}
