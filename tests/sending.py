"""One worker's senders at work in a test, and waiting for what becomes of the rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import func, select

from bot import delivery
from bot.messages import Channel
from bot.models import OutboundMessage
from bot.models import OutboundState as State
from bot.runtime.runtime import Runtime
from tests.waiting import until


@asynccontextmanager
async def sending(runtime: Runtime, *channels: Channel) -> AsyncIterator[list[delivery.Dispatcher]]:
    """One worker's dispatchers for these channels, at work until the block ends."""
    progress, dispatchers = delivery.Progress(runtime), []
    for channel in channels or (Channel.TELEGRAM,):
        wire = delivery.wires(runtime)[channel]
        dispatchers += [
            delivery.Dispatcher(runtime, wire, group, progress)
            for group in (delivery.REPLIES, delivery.BULK)
        ]
    tasks = [asyncio.create_task(dispatcher.run()) for dispatcher in dispatchers]
    try:
        yield dispatchers
    finally:
        for dispatcher in dispatchers:
            dispatcher.stop()
        await asyncio.gather(*(dispatcher.drain(2) for dispatcher in dispatchers))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def count(runtime: Runtime, state: State) -> int:
    query = select(func.count()).select_from(OutboundMessage).where(OutboundMessage.state == state)
    async with runtime.db.read() as session:
        return await session.scalar(query) or 0


async def all_are(runtime: Runtime, state: State, number: int) -> None:
    async def is_so() -> bool:
        return await count(runtime, state) == number

    await until(is_so)
