"""What a person tells about themselves: consent, name, size of the party, phone number."""

from __future__ import annotations

from bot.actions.context import Context, Slots, place_name
from bot.actions.household import keep_household
from bot.actions.placing import keep_place
from bot.consular.people import consents, facts, household, linking
from bot.consular.people.joining import Asked
from bot.dialogue import presses
from bot.dialogue.presses import Pick
from bot.messages import Form, Kind, Option, Reply, Verbatim
from nlu.language.reading import household as reading

# What somebody reads who shared a number that another record is reached by.
CODE_REPLIES = {
    Asked.SENT: "join_ask",
    Asked.TOO_SOON: "join_too_soon",
    Asked.TOO_MANY: "join_too_many",
    Asked.REFUSED: "join_refused",
}


async def keep_consent(ctx: Context, slots: Slots) -> Slots:
    """Record that the person agreed, and keep what was told until then."""
    person = ctx.person
    if person.consented_at is None:
        await facts.consent(ctx.session, person, ctx.now)
    await consents.agree(ctx.session, person, ctx.now)
    updates = await keep_everything(ctx, slots)
    return {**updates, "consented": True, "agrees_to_words": True}


async def keep_name(ctx: Context, slots: Slots) -> Slots:
    """Keep the name, when one was given."""
    person = ctx.person
    name = slots.get("name")
    is_new = bool(name) and name != person.name
    if is_new and not _knows_better(ctx, person.name):
        await facts.set_name(
            ctx.session,
            person,
            str(name),
        )
    return {"name": person.name}


async def keep_party(ctx: Context, slots: Slots) -> Slots:
    """Keep the size of the party, when one was given."""
    person = ctx.person
    size = slots.get("party")
    if not isinstance(size, int) or _knows_better(ctx, person.party_size):
        return {"party": person.party_size}
    if size > facts.MAX_PARTY_SIZE:
        ctx.asides.append(Reply("utter_party_too_large"))
        return {"party": person.party_size}
    await facts.set_party(ctx.session, person, size)
    is_list = bool(reading.read(ctx.inbound.text).members)  # it may leave somebody out
    await household.fit(ctx.session, person, ctx.now, may_let_go=not is_list)
    return {"party": person.party_size}


async def keep_phone(ctx: Context, slots: Slots) -> Slots:
    """Keep the number; fill `options` where several were told."""
    phone = slots.get("phone") or ""
    numbers = str(phone).split()
    if len(numbers) > 1:
        options = map(_number_option, numbers)
        return {"options": tuple(options)}
    for number in numbers:
        outcome = await facts.set_phone(
            ctx.session,
            ctx.person,
            number,
            _is_vouched_for(ctx),
            ctx.now,
            ctx.budget,
        )
        if outcome in CODE_REPLIES:
            ctx.asides.append(Reply(CODE_REPLIES[outcome]))
    return {
        "has_phone": ctx.person.phone is not None,
        "options": None,
    }


def _is_vouched_for(ctx: Context) -> bool:
    """Tell whether the network vouches for a number: one's own card, shared in the chat."""
    contact = ctx.inbound.contact
    if contact is None:
        return False
    return contact.own


def _number_option(number: str) -> Option:
    pick = Pick("chosen_phone", number)
    payload = presses.write(pick)
    return Option(Verbatim(number), payload)


async def keep_told(ctx: Context, slots: Slots) -> Slots:
    """Keep what was told in passing; only a place without consent, but for somebody in need."""
    if ctx.person.consented_at is not None or slots.get("has_own_case"):
        updates = await keep_everything(ctx, slots)
    else:
        updates = await _keep_place(ctx, slots)
    return {
        **updates,
        "told_words": _told_words(ctx, slots),
    }


async def keep_everything(ctx: Context, slots: Slots) -> Slots:
    """Keep the name, the party, who they are, the telephone and the place, as far as told."""
    name = await keep_name(ctx, slots)
    party = await keep_company(ctx, slots)
    phone = await _keep_one_phone(ctx, slots)
    place = await _keep_place(ctx, slots)
    return {
        **name,
        **party,
        **phone,
        **place,
    }


async def keep_company(ctx: Context, slots: Slots) -> Slots:
    """Keep how many they are, and who; of a household that is told, the number follows."""
    told = slots.get("household") or {}
    is_counted = bool(told.keys() & {"recount", "is_whole", "problem"})
    party: Slots = {}
    if not is_counted:
        party = await keep_party(ctx, slots)
    return {**party, **await keep_household(ctx, slots)}


async def _keep_one_phone(ctx: Context, slots: Slots) -> Slots:
    """Keep the number, when one was given; of several, the flow asks which."""
    phone = str(slots.get("phone"))
    if " " in phone:
        return {}
    return await keep_phone(ctx, slots)


async def _keep_place(ctx: Context, slots: Slots) -> Slots:
    """Keep the place, when one was given."""
    place = slots.get("place")
    if not place:
        return {}
    return await keep_place(ctx, place, slots)


def _knows_better(ctx: Context, content: object) -> bool:
    """Tell whether what is on record was written later than this message."""
    if not content:
        return False
    return ctx.heard.arrival.is_overtaken


def _told_words(ctx: Context, slots: Slots) -> str:
    """Word what is on record now, to be said back; the name as well where it was corrected.

    Before they agree, what they told waits: it is said back all the same.
    """
    person = ctx.person
    lines: list[str | None] = []
    if _is_correction(ctx):
        lines.append(person.name or slots.get("name"))
    lines.append(place_name(person, ctx.language))
    party = person.party_size or slots.get("party")
    if party:
        lines.append(ctx.say("told_party", count=party))
    return "\n".join(filter(None, lines))


def _is_correction(ctx: Context) -> bool:
    """Tell whether a message changes what another one said: an edit, or an answer to it anew."""
    if ctx.inbound.kind is Kind.EDITED:
        return True
    return ctx.heard.arrival.question is not None


async def enlist(ctx: Context, _slots: Slots) -> Slots:
    """Register the person: they are on the register from the moment we know where they are."""
    person = ctx.person
    if person.registered_at is None:
        await facts.register(ctx.session, person, ctx.now)
    return {"registered": True}


async def link_channel(ctx: Context, _slots: Slots) -> Slots:
    """Make the code that somebody on SMS writes on Telegram; fill `link_code`.

    On Telegram it is empty: there the number is shared, or typed.
    """
    if ctx.address.form is Form.CHAT:
        return {"link_code": None}
    code = await linking.code_of(ctx.session, ctx.person, ctx.now)
    return {"link_code": f"{code[:5]} {code[5:]}"}
