"""Does every encrypted value open in its row? What somebody moved or changed does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.trust import key_parts
from bot.consular.trust.key_parts import Columns, Part
from bot.runtime.keys import Keyring, KeyringError

MAX_NAMED = 100  # values that are named


@dataclass(slots=True)
class Check:
    """How many values there are, and which do not open: `people.name 7`, the first hundred."""

    values: int = 0
    unopened: int = 0
    named: tuple[str, ...] = ()

    def add(
        self,
        part: Part,
        columns: Columns,
        keyring: Keyring,
    ) -> None:
        """Try the values of one row."""
        for column in part.sealed:
            if columns[column.name] is None:
                continue
            self.values += 1
            try:
                key_parts.opened(keyring, column, columns)
            except KeyringError:
                number = columns[part.number.name]
                self._name(f"{column} {number}")

    def _name(self, place: str) -> None:
        self.unopened += 1
        if len(self.named) < MAX_NAMED:
            self.named += (place,)


async def check(
    session: AsyncSession,
    keyring: Keyring,
    newest: int | None = None,
) -> Check:
    """Try every value, or those of the newest rows of each table."""
    result = Check()
    for part in key_parts.parts():
        if part.sealed:
            await _check_part(
                session,
                keyring,
                part,
                newest,
                result,
            )
    return result


async def _check_part(
    session: AsyncSession,
    keyring: Keyring,
    part: Part,
    newest: int | None,
    result: Check,
) -> None:
    stored: list[ColumnElement[Any]] = [part.number, part.table.c.row_key]
    for column in part.sealed:
        labelled = key_parts.raw(column).label(column.name)
        stored.append(labelled)
    query = select(*stored)
    query = query.order_by(part.number.desc())
    if newest is not None:
        query = query.limit(newest)
    rows = await session.stream(query)
    async for columns in rows.mappings():
        result.add(
            part,
            dict(columns),
            keyring,
        )
