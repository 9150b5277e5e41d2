"""Old notes of the audit trail go, and what is left of the chain stays whole."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import expiry, seals, trail
from bot.consular.trust import retention
from bot.models import AuditCheckpoint
from bot.runtime.keys import Keyring
from bot.runtime.runtime import Runtime
from tests.conftest import KEYS
from tests.consular.audit.test_seals import without_guard
from tests.stored import NEW_KEY

YEAR = timedelta(days=365)


async def write(session: AsyncSession, keyring: Keyring, numbers: range, at: datetime) -> None:
    """Write notes of a time, and seal them."""
    for number in numbers:
        await trail.note(session, "staff:1", "person.viewed", f"person:{number}", at)
    await session.flush()
    await seals.seal(session, keyring)


async def test_old_notes_go_and_the_chain_stays_whole(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await write(session, runtime.keyring, range(5), now - 11 * YEAR)
        await write(session, runtime.keyring, range(3), now - 9 * YEAR)
    async with runtime.db.begin() as session:
        counts = await retention.sweep(session, now, keyring=runtime.keyring)
        assert counts["audit"] == 5
        await seals.seal(session, runtime.keyring)
    async with runtime.db.begin() as session:
        verdict = await seals.verify(session, runtime.keyring)
        assert (verdict.sealed, verdict.broken) == (9, ())
        assert [note.action for note in await trail.recent(session)] == [
            "audit.expired",
            *["person.viewed"] * 3,
        ]
        assert await expiry.expire(session, runtime.keyring, now - 10 * YEAR, now) == 0


async def test_old_notes_go_after_a_key_was_replaced(runtime: Runtime) -> None:
    """The note of the renewal holds a sum of what goes: a new one must vouch for the rest."""
    now = runtime.clock()
    both = Keyring.parse(f"{NEW_KEY},{KEYS}")
    async with runtime.db.begin() as session:
        await write(session, runtime.keyring, range(5), now - 11 * YEAR)
        assert await seals.renew(session, both, now)
    async with runtime.db.begin() as session:
        assert (await retention.sweep(session, now, keyring=both))["audit"] == 5
    async with runtime.db.begin() as session:
        alone = Keyring.parse(NEW_KEY)
        await seals.seal(session, alone)
        assert (await seals.verify(session, alone)).broken == ()


async def test_a_broken_chain_keeps_its_notes(runtime: Runtime) -> None:
    now = runtime.clock()
    both = Keyring.parse(f"{NEW_KEY},{KEYS}")
    async with runtime.db.begin() as session:
        await write(session, runtime.keyring, range(5), now - 11 * YEAR)
        assert await seals.renew(session, both, now)
    async with runtime.db.begin() as session:
        await without_guard(session)
        await session.execute(text("UPDATE audit_notes SET actor = 'staff:2' WHERE id = 2"))
    async with runtime.db.begin() as session:
        assert (await retention.sweep(session, now, keyring=both))["audit"] == 0
        assert 2 in (await seals.verify(session, Keyring.parse(NEW_KEY))).broken


async def test_notes_that_are_not_sealed_yet_stay(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await trail.note(session, "staff:1", "person.viewed", "person:1", now - 11 * YEAR)
        await session.flush()
        assert await expiry.expire(session, runtime.keyring, now, now) == 0


@pytest.mark.parametrize("years", [11, 0])
async def test_a_checkpoint_of_a_thief_opens_no_gap(runtime: Runtime, years: int) -> None:
    """Without the keyring a gap shows; and what is younger than a year the database keeps."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await write(session, runtime.keyring, range(3), now - years * YEAR)
    forged = Keyring.parse(Keyring.generate())
    if not years:
        with pytest.raises(DBAPIError, match="append-only"):
            await _expire(runtime, forged)
        return
    await _expire(runtime, forged)
    async with runtime.db.read() as session:
        assert (await seals.verify(session, runtime.keyring)).broken == (1, 2, 3)


async def _expire(runtime: Runtime, keyring: Keyring) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await expiry.expire(session, keyring, now, now)


@pytest.mark.parametrize("change", ["delete", "update"])
async def test_no_checkpoint_changes(runtime: Runtime, change: str) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await write(session, runtime.keyring, range(3), now - 11 * YEAR)
        await expiry.expire(session, runtime.keyring, now - 10 * YEAR, now)
    with pytest.raises(DBAPIError, match="append-only"):
        await _change_checkpoint(runtime, change)


async def _change_checkpoint(runtime: Runtime, change: str) -> None:
    async with runtime.db.begin() as session:
        (checkpoint,) = await session.scalars(select(AuditCheckpoint))
        if change == "delete":
            await session.delete(checkpoint)
        else:
            checkpoint.note_id = 99
        await session.flush()
