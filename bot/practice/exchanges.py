"""Exchanges: what came of each line of a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.conversation import understanding
from bot.messages import Content, Heard
from bot.practice.facts import Facts


@dataclass(frozen=True, slots=True)
class Exchange:
    """A line and what came of it: replies, what was understood, and the facts after it.

    `error` says why the line could not be played; nothing was changed then.
    """

    line: str
    replies: tuple[Content, ...]
    understood: tuple[Heard, ...]
    facts: Facts
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what `talk --json --facts` prints for a line."""
        written: dict[str, Any] = {
            "line": self.line,
            "replies": [_reply(content) for content in self.replies],
            "understood": [_understood(heard) for heard in self.understood],
            "facts": self.facts.to_json(),
        }
        if self.error is not None:
            written["error"] = self.error
        return written


def _reply(content: Content) -> dict[str, Any]:
    labels = [button.label for button in content.buttons]
    return {"text": content.text, "buttons": labels}


def _understood(heard: Heard) -> dict[str, Any]:
    report = understanding.to_json(heard)
    return {name: report[name] for name in ("intent", "confidence", "text")}
