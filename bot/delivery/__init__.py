"""Sends claimed rows and writes down what became of them.

A channel has two lanes that run side by side, replies and bulk, and one pace that all workers share. Bulk takes its
turn only when the next free moment is near, so a reply waits at most a quarter of a second behind it.
"""

from __future__ import annotations

from bot.delivery.circuit import Circuit
from bot.delivery.lanes import BULK, LOOK, REPLIES, Lanes, again_in
from bot.delivery.progress import Progress
from bot.delivery.wires import Wire, wires

__all__ = ["BULK", "LOOK", "REPLIES", "Circuit", "Lanes", "Progress", "Wire", "again_in", "wires"]
