"""Addresses that settings may name, and how each is written."""

from __future__ import annotations

from urllib.parse import urlsplit


def web_address(address: str) -> str:
    """Return a whole web address without a slash at its end. Raises ValueError."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError("write a full address such as https://example.org")
    return address.rstrip("/")


def database_address(address: str) -> str:
    """Return an address of a database as SQLAlchemy takes it. Raises ValueError."""
    for plain, driver in (
        ("postgresql://", "postgresql+asyncpg://"),
        ("postgres://", "postgresql+asyncpg://"),
    ):
        if address.startswith(plain):
            return driver + _with_tls(address.removeprefix(plain))
    if address.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
        return address
    raise ValueError("write postgresql://user:password@host/name, or leave it out for SQLite")


def _with_tls(address: str) -> str:
    """Write `sslmode`, as PostgreSQL's own tools call it, in the word of our driver."""
    return address.replace("?sslmode=", "?ssl=").replace("&sslmode=", "&ssl=")


def redis_address(address: str) -> str:
    """Return an address that the client of Redis takes. Raises ValueError."""
    if not address.startswith(
        ("redis://", "rediss://", "unix://", "redis+sentinel://", "redis+cluster://")
    ):
        raise ValueError(
            "write redis://host:6379/0, rediss://…, redis+sentinel://… or redis+cluster://…"
        )
    return address


def mail_server(address: str) -> str:
    """Return the address of a mail server. Raises ValueError."""
    parts = urlsplit(address)
    if parts.scheme not in {"smtp", "smtps", "smtp+starttls"} or not parts.hostname:
        raise ValueError(
            "write smtps://user:password@host:465, smtp+starttls://user:password@host:587 "
            "or, in a network of your own, smtp://host:25"
        )
    return address
