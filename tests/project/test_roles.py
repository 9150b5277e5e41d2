"""The account of web and worker: it reads and writes rows, and may not change the schema."""

from __future__ import annotations

from secrets import token_hex

import asyncpg

from bot.runtime.settings import ROOT

SCRIPT = ROOT / "deploy" / "postgres" / "roles.sql"


def statements(role: str, database: str) -> str:
    """The script as psql sends it, for another role and database."""
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    sql = "\n".join(line for line in lines if not line.startswith("\\"))
    sql = sql.replace(":'app_password'", "'secret'").replace("tammen_app", role)
    return sql.replace("DATABASE tammen", f"DATABASE {database}")


async def test_the_account_of_the_gateway_writes_rows_and_nothing_else(
    new_postgresql_url: str,
) -> None:
    role = f"app_{token_hex(4)}"
    database = new_postgresql_url.rpartition("/")[2]
    connection = await asyncpg.connect(new_postgresql_url)
    try:
        await connection.execute(statements(role, database))
        await connection.execute("CREATE TABLE notes (id serial PRIMARY KEY, words text)")
        await connection.execute(f"SET ROLE {role}")
        assert await connection.fetchval("INSERT INTO notes (words) VALUES ('a') RETURNING id") == 1
        await connection.execute("UPDATE notes SET words = 'b'")
        await connection.execute("DELETE FROM notes")
        for forbidden in (
            "CREATE TABLE mine (id int)",
            "DROP TABLE notes",
            "ALTER TABLE notes ADD COLUMN x int",
            "TRUNCATE notes",
            "CREATE ROLE other",
            "SELECT pg_read_file('/etc/passwd')",
        ):
            assert await _is_refused(connection, forbidden), forbidden
    finally:
        await connection.execute("RESET ROLE")
        await connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
        await connection.close()


async def _is_refused(connection: asyncpg.Connection, statement: str) -> bool:
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return True
    return False
