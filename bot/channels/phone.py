"""The phone page as a channel: what is sent is on the screen as soon as its row is marked."""

from __future__ import annotations

from bot.channels import words
from bot.messages import Content, Form, Outbound, Sent
from bot.text.sms import sms_parts


def as_text(content: Content) -> str:
    """A content as the SMS-like phone shows it."""
    return words.as_text(content)


def send(outbound: Outbound) -> Sent:
    """Delivered at once; the SMS-like phone tells what the text would have cost."""
    parts = sms_parts(as_text(outbound.content)).count if outbound.form is Form.TEXT else 1
    return Sent(f"phone:{outbound.id}", parts, delivered=True)
