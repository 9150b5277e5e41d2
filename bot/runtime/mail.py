"""E-mail to staff, by the ministry's own server: one-time links go to their owners alone."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

SUBMISSION_PORT = 587  # with STARTTLS
TLS_PORT = 465
PLAIN_PORT = 25
TIMEOUT_SECONDS = 20


class MailError(Exception):
    """A message that the mail server did not take; the words say why and name nobody."""


async def send(server: str, sender: str, recipient: str, subject: str, text: str) -> None:
    """Send one message. Raises MailError.

    `server` is `smtps://user:password@host:465` (TLS), `smtp+starttls://host:587` or, inside a
    network of one's own, `smtp://host:25`.
    """
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = subject
    message.set_content(text)
    await asyncio.to_thread(_deliver, server, message)


def _deliver(server: str, message: EmailMessage) -> None:
    try:
        with _connected(server) as connection:
            connection.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(type(error).__name__) from error


def _connected(server: str) -> smtplib.SMTP:
    """Connect to the server of an address, and sign in where it names a user."""
    parts = urlsplit(server)
    host = parts.hostname or ""
    connection: smtplib.SMTP
    if parts.scheme == "smtps":
        connection = smtplib.SMTP_SSL(
            host,
            parts.port or TLS_PORT,
            timeout=TIMEOUT_SECONDS,
            context=ssl.create_default_context(),
        )
    elif parts.scheme == "smtp+starttls":
        connection = smtplib.SMTP(host, parts.port or SUBMISSION_PORT, timeout=TIMEOUT_SECONDS)
        connection.starttls(context=ssl.create_default_context())
    else:
        connection = smtplib.SMTP(host, parts.port or PLAIN_PORT, timeout=TIMEOUT_SECONDS)
    if parts.username:
        connection.login(unquote(parts.username), unquote(parts.password or ""))
    return connection
