"""Notes on the open cases of records that become one, or two again: their holders read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.staff import accounts
from bot.messages import Form
from bot.models import Case, CaseNote, CaseNoteKind, CaseState
from bot.text.catalogues import say
from bot.text.text import LANGUAGES

STAFF_PREFIX = "staff:"
MERGED = "merge_note"
SPLIT = "split_note"


async def open_cases(session: AsyncSession, *person_ids: int) -> list[Case]:
    """Return the open cases of some people, the oldest first."""
    query = select(Case).where(
        Case.person_id.in_(person_ids),
        Case.state != CaseState.CLOSED,
    )
    return list(await session.scalars(query.order_by(Case.id)))


async def write(
    session: AsyncSession,
    key: str,
    cases: Sequence[Case],
    pair: tuple[int, int],
    actor: str,
    now: datetime,
) -> None:
    """Write on each case what an officer did with two records, and which cases they have.

    `key` is MERGED or SPLIT, `pair` the numbers of the record that goes on and of the other one.
    Nothing is written where no officer did it: no case is open then.
    """
    if not actor.startswith(STAFF_PREFIX) or not cases:
        return
    holders = await accounts.addresses(session)
    words = _words(key, cases, pair, holders)
    staff_id = int(actor.removeprefix(STAFF_PREFIX))
    for case in cases:
        note = CaseNote(
            case_id=case.id,
            kind=CaseNoteKind.NOTE,
            staff_id=staff_id,
            at=now,
            words=words,
        )
        session.add(note)
        await trail.note(session, actor, "case.noted", f"case:{case.id}", now)
    await session.flush()


async def write_split(
    session: AsyncSession,
    person_id: int,
    duplicate_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Write on the open cases of two records that they are two again."""
    pair = (person_id, duplicate_id)
    cases = await open_cases(session, *pair)
    await write(
        session,
        SPLIT,
        cases,
        pair,
        actor,
        now,
    )


def _words(
    key: str,
    cases: Sequence[Case],
    pair: tuple[int, int],
    holders: dict[int, str],
) -> str:
    person_id, other_id = pair
    listed: list[str] = []
    for case in cases:
        holder = holders.get(case.owner_id or 0)
        listed.append(f"{case.id} ({holder})" if holder else str(case.id))
    lines: list[str] = []
    for language in LANGUAGES:
        lines.append(
            say(
                key,
                language,
                Form.TEXT,
                person=person_id,
                other=other_id,
                cases=", ".join(listed),
            )
        )
    return "\n".join(lines)
