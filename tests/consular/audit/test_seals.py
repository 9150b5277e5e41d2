"""The audit trail is append-only, and its chain of seals shows every change and every gap."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import seals, trail
from bot.consular.audit.seals import Verdict
from bot.runtime.keys import Keyring
from bot.runtime.runtime import Runtime

CHANGES = {
    "changed": "UPDATE audit_notes SET actor = 'staff:9' WHERE id = 3",
    "removed": "DELETE FROM audit_notes WHERE id = 3",
    "given to another": "UPDATE audit_notes SET subject = 'person:99' WHERE id = 3",
    "moved in time": "UPDATE audit_notes SET at = '2020-01-01 00:00:00+00' WHERE id = 3",
}


async def written(runtime: Runtime, count: int = 5) -> None:
    """Write notes, and seal them as the worker does."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for number in range(count):
            await trail.note(session, "staff:1", "person.viewed", f"person:{number}", now, n=number)
            await session.flush()
    async with runtime.db.begin() as session:
        assert await seals.seal(session, runtime.keyring) == count
        assert await seals.seal(session, runtime.keyring) == 0


async def verdict(runtime: Runtime) -> Verdict:
    async with runtime.db.read() as session:
        return await seals.verify(session, runtime.keyring)


async def without_guard(session: AsyncSession) -> None:
    """Do what only the owner of the database can do: put the triggers aside."""
    if session.get_bind().dialect.name == "sqlite":
        for change in ("update", "delete"):
            for table in ("audit_notes", "audit_seals"):
                await session.execute(text(f"DROP TRIGGER {table}_no_{change}"))
    else:
        await session.execute(text("SET LOCAL session_replication_role = replica"))


async def test_an_untouched_trail_is_whole(runtime: Runtime) -> None:
    await written(runtime)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await trail.note(session, "staff:1", "person.viewed", "person:7", now)
    found = await verdict(runtime)
    assert (found.sealed, found.waiting, found.broken) == (5, 1, ())
    assert len(found.last_seal) == 64


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
async def test_the_database_refuses_to_change_a_note(runtime: Runtime, statement: str) -> None:
    await written(runtime)
    with pytest.raises(DBAPIError, match="append-only"):
        async with runtime.db.begin() as session:
            await session.execute(text(statement))
    assert (await verdict(runtime)).broken == ()


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
async def test_a_change_by_the_owner_of_the_database_is_seen(
    runtime: Runtime, statement: str
) -> None:
    await written(runtime)
    async with runtime.db.begin() as session:
        await without_guard(session)
        await session.execute(text(statement))
    assert 3 in (await verdict(runtime)).broken


async def test_without_the_keyring_nobody_seals_anew(runtime: Runtime) -> None:
    await written(runtime)
    async with runtime.db.begin() as session:
        await without_guard(session)
        await session.execute(text("UPDATE audit_notes SET actor = 'staff:9' WHERE id = 3"))
        await session.execute(text("DELETE FROM audit_seals"))
        await session.flush()
        await seals.seal(session, Keyring.parse(Keyring.generate()))
    assert len((await verdict(runtime)).broken) == 5


async def test_an_end_that_was_cut_off_shows_by_the_seal_kept_elsewhere(runtime: Runtime) -> None:
    await written(runtime)
    kept = (await verdict(runtime)).last_seal
    async with runtime.db.begin() as session:
        await without_guard(session)
        await session.execute(text("DELETE FROM audit_notes WHERE id > 3"))
        await session.execute(text("DELETE FROM audit_seals WHERE note_id > 3"))
    assert (await verdict(runtime)).last_seal != kept


async def test_acts_at_a_shell_say_so(runtime: Runtime) -> None:
    mark = trail.SHELL_USER.set("duty")
    try:
        async with runtime.db.begin() as session:
            note = await trail.note(
                session, "staff:1", "crisis.closed", "crisis:1", runtime.clock()
            )
    finally:
        trail.SHELL_USER.reset(mark)
    assert note.detail == {"shell": "duty"}


async def test_a_note_that_was_committed_after_later_ones_is_sealed_too(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for number in (10, 5):  # 5 began first, and ended last
            note = await trail.note(session, "staff:1", "person.viewed", "person:1", now)
            note.id = number
            await session.flush()
            assert await seals.seal(session, runtime.keyring) == 1
    found = await verdict(runtime)
    assert (found.sealed, found.waiting, found.broken) == (2, 0, ())
