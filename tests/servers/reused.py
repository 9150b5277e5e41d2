"""A PostgreSQL database that many tests use in turn: emptied between them, not made anew."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import asyncpg

LEAVING_MILLISECONDS = 10_000
END_OTHERS = f"""
SELECT pg_terminate_backend(pid, {LEAVING_MILLISECONDS}) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Deletes all rows and numbers new ones from one again. Large tables are truncated, since deleted
# rows keep their place; small ones are not, since a truncated table gets new files.
# A replica fires no triggers and checks no foreign keys.
EMPTY = """
DO $$
DECLARE
    part record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR part IN
        SELECT oid::regclass AS name, pg_relation_size(oid) > 131072 AS is_large FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
    LOOP
        IF part.is_large THEN
            EXECUTE format('TRUNCATE %s CASCADE', part.name);
        ELSE
            EXECUTE format('DELETE FROM %s', part.name);
        END IF;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""


@dataclass(frozen=True, slots=True)
class Reused:
    """A migrated database at `url`; `empty` ends what still uses it and deletes every row."""

    url: str
    _connection: asyncpg.Connection[asyncpg.Record]
    _loop: asyncio.AbstractEventLoop

    def empty(self) -> None:
        """Disconnect everybody else and delete every row."""
        self._loop.run_until_complete(self._connection.execute(END_OTHERS))
        self._loop.run_until_complete(self._connection.execute(EMPTY))


@contextmanager
def opened(url: str) -> Iterator[Reused]:
    """Open a migrated database for many tests."""
    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(asyncpg.connect(url))
    yield Reused(url, connection, loop)
    loop.run_until_complete(connection.close())
    loop.close()
