"""What `tammen keys rotate` and `tammen keys status` do and say."""

from __future__ import annotations

from typing import Any

from bot.commands import ground
from bot.consular.audit import seals
from bot.consular.trust import key_usage, opening, rotation
from bot.consular.trust.key_usage import EARLIER, Usage
from bot.consular.trust.opening import Check
from bot.consular.trust.rotation import Report
from bot.runtime.keys import Keyring

COUNTS = ("encrypted", "indexes", "recovery_codes", "audit_seals")


class Progress:
    """Says how many rows of each part were made anew."""

    def __init__(self) -> None:
        self._part = ""
        self._renewed = 0

    def add(self, part: str, renewed: int) -> None:
        """Count rows of a part."""
        if part != self._part:
            self.end()
            self._part = part
        self._renewed += renewed

    def end(self) -> None:
        """Say what was counted of the part before."""
        if self._renewed:
            ground.err.print(f"{self._part}: {self._renewed}", markup=False)
        self._renewed = 0


def rotate(as_json: bool) -> bool:
    """Rotate, and say what is left. Returns whether nothing is."""
    report = ground.run(_rotate())
    figures = {
        "complete": report.is_complete,
        "left": report.left,
        "unreadable": report.unreadable,
        "trail_whole": report.is_trail_whole,
    }
    if as_json:
        ground.show_json(figures)
    else:
        for name, figure in figures.items():
            ground.out.print(f"{name}: {figure}", markup=False)
    return report.is_complete


async def _rotate() -> Report:
    async with ground.opened(ground.load()) as runtime:
        progress = Progress()
        report = await rotation.rotate(
            runtime.db,
            runtime.keyring,
            runtime.clock,
            progress.add,
        )
        progress.end()
    return report


def check(as_json: bool) -> bool:
    """Open every value, and name those that do not open. Returns whether all do."""
    result = ground.run(_check())
    figures = {
        "values": result.values,
        "unopened": result.unopened,
        "named": list(result.named),
    }
    if as_json:
        ground.show_json(figures)
    else:
        for name, figure in figures.items():
            ground.out.print(f"{name}: {figure}", markup=False)
    return not result.unopened


async def _check() -> Check:
    async with ground.reading() as (runtime, session):
        return await opening.check(session, runtime.keyring)


def show_status(as_json: bool) -> None:
    """Say what each key holds."""
    report = ground.run(_status())
    if as_json:
        ground.show_json(report)
        return
    for key in report["keys"]:
        ground.out.print(_line(key), markup=False)
    count = report["earlier_indexes"]
    if count:
        ground.out.print(f"indexes that name no key: {count}; run `tammen keys rotate`")


def _line(key: dict[str, Any]) -> str:
    place = "in TAMMEN_KEYS"
    if key["current"]:
        place = "the first of TAMMEN_KEYS"
    elif not key["held"]:
        place = "MISSING from TAMMEN_KEYS"
    need = "needed"
    if not key["needed"]:
        need = "not needed any more"
    counts: list[str] = []
    for name in COUNTS:
        figure = key[name]
        words = name.replace("_", " ")
        counts.append(f"{figure} {words}")
    listed = ", ".join(counts)
    return f"{key['id']}: {place}, {need}: {listed}"


async def _status() -> dict[str, Any]:
    async with ground.reading() as (runtime, session):
        keyring = runtime.keyring
        usage = await key_usage.read(session)
        verdict = await seals.verify(session, keyring)
    keys: list[dict[str, Any]] = []
    for key_id in (*keyring.ids, *usage.missing(keyring)):
        seal_count = verdict.keys.get(key_id, 0)
        key = _described(
            keyring,
            usage,
            seal_count,
            key_id,
        )
        keys.append(key)
    return {
        "keys": keys,
        "earlier_indexes": usage.total(EARLIER),
    }


def _described(
    keyring: Keyring,
    usage: Usage,
    seal_count: int,
    key_id: str,
) -> dict[str, Any]:
    is_current = key_id == keyring.current_id
    count = usage.total(key_id) + seal_count
    return {
        "id": key_id,
        "held": key_id in keyring.ids,
        "current": is_current,
        "encrypted": usage.encrypted[key_id],
        "indexes": usage.indexes[key_id],
        "recovery_codes": usage.codes[key_id],
        "audit_seals": seal_count,
        "needed": is_current or count > 0,
    }
