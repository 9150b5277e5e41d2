"""Logging: JSON lines, or pretty ones on a terminal.

Personal data never gets through, whoever logs it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from bot.runtime.characters import spelled_out

REDACTED = "[redacted]"

# Names of what may hold something of a person's, or a secret: never logged, whatever it is.
_PRIVATE_NAMES = frozenset(
    [
        "address",
        "addresses",
        "chat_id",
        "contact",
        "email",
        "first_name",
        "last_name",
        "name",
        "phone",
        "recipient",
        "body",
        "caption",
        "content",
        "form",
        "inbound",
        "message",
        "message_text",
        "note",
        "outbound",
        "payload",
        "query",
        "said",
        "text",
        "to",
        "username",
        "words",
        "city",
        "latitude",
        "location",
        "longitude",
        "authorization",
        "cookie",
        "header",
        "headers",
        "link",
        "password",
        "secret",
        "token",
        "url",
    ]
)
_SECRETS = re.compile(
    r"bot\d+:[\w-]+"  # a bot token, in Telegram's addresses
    r"|(?<![\w.])\+\d{7,15}\b"  # a phone number
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"  # an e-mail address
    r"|\[parameters: .*"  # what SQLAlchemy adds to an error
)
_QUIET = (
    "aiohttp",
    "aiosqlite",
    "alembic",
    "asyncio",
    "httpx",
    "sqlalchemy",
    "telegram",
    "twilio",
    "uvicorn",
)


def configure(level: str, stream: TextIO = sys.stderr) -> None:
    """Set up logging for this process: ours from `level` on, libraries' from warning on."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_last(stream))
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _last(stream: TextIO) -> list[Processor]:
    """Return the last processors: the traceback becomes text, then redaction, then the line."""
    first: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.ExceptionRenderer(),  # without local variables
        redact,
    ]
    if stream.isatty():
        return [
            *first,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    return [
        *first,
        structlog.processors.EventRenamer("event"),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace what has a private name, and what looks like a number, an address or a token."""
    redacted: EventDict = {}
    for name, entry in event.items():
        is_private = name.lower() in _PRIVATE_NAMES
        redacted[name] = REDACTED if is_private else _clean(entry)
    return redacted


def _clean(entry: Any) -> Any:
    """Replace secrets inside an entry of any type."""
    match entry:
        case str():
            return _SECRETS.sub(REDACTED, spelled_out(entry))
        case Mapping():
            return redact(None, "", dict(entry))
        case list() | tuple() | set() | frozenset():
            return [_clean(part) for part in entry]
        case int() | float() | None:
            return entry
        case _:
            return _SECRETS.sub(REDACTED, spelled_out(str(entry)))
