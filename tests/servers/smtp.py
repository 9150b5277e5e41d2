"""A small mail server: takes every message and keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast


@dataclass
class MailServer:
    """Its `url` is one of `SMTP_URL`; `letters` are the messages that came."""

    url: str = ""
    letters: list[EmailMessage] = field(default_factory=list)

    def told(self, recipient: str) -> list[str]:
        """The first lines of the letters to somebody, in order."""
        lines = []
        for letter in self.letters:
            if letter["To"] == recipient:
                lines.append(letter.get_content().splitlines()[0])
        return lines

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak SMTP with one client, as far as one letter needs it."""
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            command = line.split()[0].upper() if line.split() else b""
            if command == b"DATA":
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                letter: Any = message_from_bytes(body[:-5], policy=policy.default)
                self.letters.append(cast("EmailMessage", letter))
            writer.write(b"221 bye\r\n" if command == b"QUIT" else b"250 well\r\n")
        writer.close()


@asynccontextmanager
async def running() -> AsyncIterator[MailServer]:
    """A mail server until the block ends."""
    mail = MailServer()
    server = await asyncio.start_server(mail.serve, "127.0.0.1", 0)
    mail.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield mail
