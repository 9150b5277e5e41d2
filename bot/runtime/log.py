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

REDACTED = "[redacted]"

# What may hold something of a person's, or a secret, is never written, whatever its value.
_PRIVATE = frozenset(
    {
        *(
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
        ),
        *(
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
        ),
        *("query", "said", "text", "to", "username", "words"),
        *("city", "latitude", "location", "longitude"),
        *(
            "authorization",
            "cookie",
            "header",
            "headers",
            "link",
            "password",
            "secret",
            "token",
            "url",
        ),
    }
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
    """Sets up logging for this process: ours from `level` on, libraries' from warning on."""
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
    """Redaction comes after the traceback is text and before anything is written."""
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
    """Takes out the values of private names, and whatever looks like a number, an address or a token elsewhere."""
    return {
        key: REDACTED if key.lower() in _PRIVATE else _cleaned(value)
        for key, value in event.items()
    }


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRETS.sub(REDACTED, value)
    if isinstance(value, Mapping):
        return redact(None, "", dict(value))
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_cleaned(one) for one in value]
    return (
        value
        if isinstance(value, (int, float, bool, type(None)))
        else _SECRETS.sub(REDACTED, str(value))
    )
