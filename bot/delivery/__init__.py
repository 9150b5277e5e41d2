"""Sending claimed rows, and recording what became of them.

A channel has two groups of lanes that run side by side, replies and bulk, and one pace that all
workers share. Bulk takes its turn only when the next free moment is near, so a reply waits at most
a quarter of a second behind it.
"""

from __future__ import annotations

from bot.delivery.dispatcher import LOOK_SECONDS, Dispatcher
from bot.delivery.groups import BULK, REPLIES, LaneGroup
from bot.delivery.progress import Progress
from bot.delivery.wires import Wire, wires

__all__ = [
    "BULK",
    "LOOK_SECONDS",
    "REPLIES",
    "Dispatcher",
    "LaneGroup",
    "Progress",
    "Wire",
    "wires",
]
