"""Posts and accounts of an earlier version come along: open, and with their cities; and back."""

from __future__ import annotations

from alembic import command
from sqlalchemy import select, text

from bot.consular.changes import changes
from bot.consular.changes.kinds import PostClosing, PriceChange
from bot.consular.reference import emergency, posts
from bot.consular.staff import roles
from bot.migrations import migrate
from bot.models import Change, Post, Staff
from bot.runtime.runtime import Runtime
from tests import relocating
from tests.migrations.test_migrations import _config


async def test_posts_are_open_after_the_update_and_changes_stay(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        there = await relocating.missions(session, runtime)
        await changes.propose(session, there.team.admin, PriceChange("LY", 9000), now)
        closing = PostClosing(there.kyiv.id, None)
        await changes.propose(session, there.team.admin, closing, now)
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0027"))
        names = await connection.execute(text("SELECT count(*) FROM posts"))
        assert names.scalar_one() > 100
    await migrate(runtime.db)
    async with runtime.db.begin() as session:
        await posts.seed(session)
        assert await emergency.seed(session) > 200
        (kyiv,) = await posts.covering(session, "UA")
        assert (posts.state(kyiv), kyiv.city) == ("open", "UA/Kyiv")
        officer = await session.get_one(Staff, there.team.post.id)
        assert roles.countries(officer) == ["TR"]
        (change,) = list(await session.scalars(select(Change)))
        assert change.proposed["micros"] == 9000
        assert len(list(await session.scalars(select(Post)))) > 100
