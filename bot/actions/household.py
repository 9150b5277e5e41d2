"""Who is with a person, what they need, and whom to call: kept, and said back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from bot.actions.context import COMMAS, Context, Slots
from bot.consular.people import consents, emergency_contact, household, household_needs
from bot.consular.people.household import Composition, ImpossibleError
from bot.dialogue import answers, contacts
from bot.messages import Reply
from bot.models import EmergencyContact, HouseholdMember

# What of an age is said back: a child is what everybody's child is.
SAID_AGES = frozenset({"infant", "elderly"})


async def keep_household(ctx: Context, slots: Slots) -> Slots:
    """Keep who is with the person, when it was told, and say it back; in a cry, silently."""
    news: Mapping[str, Any] | None = slots.get("household")
    if not news:
        return {}
    if not ctx.is_cry and not await _may_keep(ctx):
        ctx.asides.append(Reply("household_asks"))
        return {}
    try:
        await household.tell(
            ctx.session,
            ctx.person,
            news,
            ctx.now,
        )
    except ImpossibleError as error:
        if not ctx.is_cry:
            ctx.asides.append(Reply(f"household_{error.reason}"))
        return {}
    if not ctx.is_cry:
        ctx.asides.append(await _said_back(ctx))
    return {"party": ctx.person.party_size, "household": None, "companions": True}


async def _may_keep(ctx: Context) -> bool:
    """Tell whether the person agreed to words that speak of those with them."""
    return await ctx.session.scalar(select(consents.covers_all_of(ctx.person))) or False


async def _said_back(ctx: Context) -> Reply:
    """Word what is written down now."""
    present = await household.of(ctx.session, ctx.person.id)
    key = "household_kept" if present.tells_anything else "household_alone"
    values = {
        "household_words": word_household(ctx, present),
        "party": ctx.person.party_size or 1,
    }
    return Reply(key, values)


async def tell_household(ctx: Context, _slots: Slots) -> Slots:
    """Word the household on record, and the contact."""
    present = await household.of(ctx.session, ctx.person.id)
    contact = await emergency_contact.of(ctx.session, ctx.person.id)
    lines: list[str] = []
    if present.tells_anything:
        lines.append(
            ctx.say(
                "data_household",
                value=word_household(ctx, present),
            )
        )
    if ctx.person.party_size:
        lines.append(ctx.say("data_party", value=ctx.person.party_size))
    if contact:
        lines.append(
            ctx.say(
                "data_contact",
                value=word_contact(ctx, contact),
            )
        )
    return {"household_words": "\n".join(lines)}


async def tell_contact(ctx: Context, _slots: Slots) -> Slots:
    """Word the contact on record; "" for none."""
    contact = await emergency_contact.of(ctx.session, ctx.person.id)
    return {"contact_words": word_contact(ctx, contact) if contact else ""}


async def keep_contact(ctx: Context, slots: Slots) -> Slots:
    """Keep whom to call; `contact_problem` says what is missing or wrong: number, own, none."""
    answer = str(slots.get("contact") or "")
    draft = contacts.read(answer, ctx.person.country)
    phone = str(slots.get("contact_phone") or draft.phone or "").partition(" ")[0]
    if not phone:
        is_refused = answers.is_skip(ctx.heard)
        return {"contact_problem": "none" if is_refused else "number"}
    try:
        contact = await emergency_contact.keep(
            ctx.session,
            ctx.person,
            phone,
            ctx.now,
            draft.name,
            draft.relation,
        )
    except emergency_contact.OwnNumberError:
        return {"contact_problem": "own"}
    return {
        "contact_problem": None,
        "contact_words": word_contact(ctx, contact),
    }


async def remove_contact(ctx: Context, _slots: Slots) -> Slots:
    """Forget whom to call."""
    await emergency_contact.remove(
        ctx.session,
        ctx.person,
        ctx.now,
    )
    return {"contact_words": ""}


async def data_lines(ctx: Context) -> dict[str, str]:
    """Word the household and the contact for "my data"; "" for what is not on record."""
    present = await household.of(ctx.session, ctx.person.id)
    contact = await emergency_contact.of(ctx.session, ctx.person.id)
    return {
        "data_household": word_household(ctx, present),
        "data_contact": word_contact(ctx, contact) if contact else "",
    }


async def word_consent(ctx: Context) -> str | None:
    """Word which words the person agreed to, and when."""
    consent = await consents.newest(ctx.session, ctx.person.id)
    if consent is None:
        return None
    return ctx.say(
        "data_consent",
        version=consent.version,
        value=consent.agreed_at.date().isoformat(),
    )


# --- words ----------------------------------------------------------------------------------------


def word_household(ctx: Context, present: Composition) -> str:
    """Word a household: «سلمى (زوجتك)، طفل ×2، أم: حركتها صعبة»."""
    parts: list[str] = []
    counts = Counter(word_member(ctx, member) for member in present.members)
    for label, count in counts.items():
        parts.append(label if count == 1 else f"{label} ×{count}")
    if present.own_needs:
        needs = _word_needs(ctx, present.own_needs)
        parts.append(ctx.say("household_you", needs=needs))
    return COMMAS[ctx.language].join(parts)


def word_member(ctx: Context, member: HouseholdMember) -> str:
    """Word one member: the name, what they are, and what they need."""
    traits: list[str] = []
    if member.age in SAID_AGES:
        traits.append(ctx.say(f"age_{member.age}"))
    needs = household_needs.parted(member.needs)
    if needs:
        traits.append(_word_needs(ctx, needs))
    relation = ctx.say(f"relation_{member.relation}")
    if member.age == "infant" and member.relation == "child":
        relation = traits.pop(0)
    label = f"{member.name} ({relation})" if member.name else relation
    if traits:
        return f"{label}: {COMMAS[ctx.language].join(traits)}"
    return label


def _word_needs(ctx: Context, needs: Sequence[str]) -> str:
    return COMMAS[ctx.language].join(ctx.say(f"need_{need}") for need in needs)


def word_contact(ctx: Context, contact: EmergencyContact) -> str:
    """Word a contact: "Ali (brother), +218…"."""
    relation = ctx.say(f"relation_{contact.relation}") if contact.relation else ""
    name = contact.name or relation
    if contact.name and relation:
        name = f"{contact.name} ({relation})"
    return COMMAS[ctx.language].join(filter(None, [name, contact.phone]))
