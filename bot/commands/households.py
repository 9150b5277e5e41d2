"""`tammen people household`: who is with a person, what they need, and whom to call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import ground
from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.people import emergency_contact, household, household_needs
from bot.models import HouseholdMember, Person

PersonNumber = Annotated[int, typer.Argument(metavar="ID")]


def show_household(
    number: PersonNumber,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print who is with a person, what they need, and whom to call in an emergency."""
    ground.run(_household(number, as_json))


async def _household(number: int, as_json: bool) -> None:
    async with ground.opened(ground.load()) as runtime, runtime.db.begin() as session:
        person = await _person(session, number)
        shown = await _shown_household(session, person)
        subject = f"person:{number}"
        await trail.note(session, trail.SYSTEM, "household.viewed", subject, runtime.clock())
    if as_json:
        ground.show_json(shown)
        return
    ground.out.print(f"people: {shown['party'] or '-'}", markup=False)
    for member in shown["members"]:
        traits = [member["name"], member["age"], *member["needs"]]
        _print_traits(member["relation"], traits)
    _print_traits("needs of the person", shown["needs"])
    contact = shown["contact"]
    if contact:
        traits = [contact["name"], contact["relation"], contact["phone"]]
        _print_traits("call", traits)


def _print_traits(title: str, traits: Sequence[str | None]) -> None:
    known = ", ".join(filter(None, traits))
    ground.out.print(f"  {title}: {known or '-'}", markup=False)


async def _shown_household(session: AsyncSession, person: Person) -> dict[str, Any]:
    """Show a household as JSON."""
    present = await household.of(session, person.id)
    return {
        "id": person.id,
        "party": person.party_size,
        "members": [_member(member) for member in present.members],
        "needs": present.own_needs,
        "contact": await _contact(session, person),
    }


def _member(member: HouseholdMember) -> dict[str, Any]:
    return {
        "relation": member.relation,
        "name": member.name,
        "age": member.age,
        "needs": household_needs.parted(member.needs),
    }


async def _contact(session: AsyncSession, person: Person) -> dict[str, Any] | None:
    contact = await emergency_contact.of(session, person.id)
    if contact is None:
        return None
    return {
        "name": contact.name,
        "relation": contact.relation,
        "phone": contact.phone,
    }


async def _person(session: AsyncSession, number: int) -> Person:
    person = await session.get(Person, number)
    if person is None:
        raise ConsularError("There is no such person.")
    return person
