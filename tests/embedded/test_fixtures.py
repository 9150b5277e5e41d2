"""The fixtures every other test stands on."""

from __future__ import annotations

from sqlalchemy import text

from bot.runtime.runtime import Runtime


async def test_a_runtime_has_an_empty_migrated_database_and_an_empty_valkey(
    runtime: Runtime,
) -> None:
    async with runtime.db.begin() as session:
        assert (await session.execute(text("SELECT count(*) FROM people"))).scalar() == 0
    assert await runtime.redis.client.dbsize() == 0
    await runtime.redis.client.set("left", "behind")


async def test_nothing_is_left_from_another_test(runtime: Runtime) -> None:
    assert await runtime.redis.client.dbsize() == 0
