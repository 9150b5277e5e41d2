"""A small Bot API: sendMessage, getUpdates and what surrounds them, in a test or as a program."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.servers.provider import Call, Provider, Trouble, application, main

TOKEN = "123456:test-token"


def _refusal(code: int, description: str) -> dict[str, Any]:
    return {"ok": False, "error_code": code, "description": description}


def flood(seconds: int) -> Trouble:
    """429 with `retry_after`."""
    said = f"Too Many Requests: retry after {seconds}"
    return Trouble(429, _refusal(429, said) | {"parameters": {"retry_after": seconds}})


def refused(status: int, description: str) -> Trouble:
    """A refusal, as Telegram words it."""
    return Trouble(status, _refusal(status, description))


BLOCKED = refused(403, "Forbidden: bot was blocked by the user")
NOT_FOUND = refused(400, "Bad Request: chat not found")
DOWN = refused(500, "Internal Server Error")


@dataclass
class Telegram(Provider):
    """The server. `push` an update for whoever polls; `webhook` is where updates are to be sent."""

    updates: list[dict[str, Any]] = field(default_factory=list)
    webhook: dict[str, Any] = field(default_factory=dict)
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    files: dict[str, bytes] = field(default_factory=dict)  # by file id
    stubborn: set[str] = field(default_factory=set)  # message ids that cannot be edited any more

    def app(self) -> web.Application:
        """`/bot<token>/<method>`."""
        app = application(self)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/files/{name}", self._file)
        return app

    def to(self, address: str) -> list[Call]:
        """Messages that reached a chat."""
        return [call for call in self.delivered if str(call.fields.get("chat_id")) == address]

    def sent(self) -> list[Call]:
        """All sendMessage calls, delivered or not."""
        return [call for call in self.calls if call.name == "sendMessage"]

    def _deliver(self, call: Call) -> None:
        if call.name in {"sendMessage", "sendDocument"}:
            super()._deliver(call)

    def push(self, update: dict[str, Any]) -> None:
        """An update for the next getUpdates."""
        self.updates.append(update)
        self.changed.set()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method, fields = (
            request.match_info["method"],
            dict(request.query) | dict(await request.post()),
        )
        call = Call(method, fields, time.monotonic())
        if request.match_info["token"] != TOKEN:
            return web.json_response(_refusal(401, "Unauthorized"), status=401)
        if answer := await self.trouble(request, call, str(fields.get("chat_id", ""))):
            return answer
        if method == "editMessageText" and fields.get("message_id") in self.stubborn:
            return web.json_response(
                _refusal(400, "Bad Request: message can't be edited"), status=400
            )
        handler = getattr(self, f"_{method}", None)
        if handler is None:
            return web.json_response(_refusal(404, "Not Found"), status=404)
        return web.json_response({"ok": True, "result": await handler(fields)})

    async def _file(self, request: web.Request) -> web.Response:
        content = self.files.get(request.match_info["name"])
        return web.Response(body=content) if content is not None else web.Response(status=404)

    # the method's name
    async def _getFile(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"file_id": fields["file_id"], "file_path": f"files/{fields['file_id']}"}

    async def _sendMessage(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        chat = {"id": int(fields["chat_id"]), "type": "private", "first_name": "س"}
        return {
            "message_id": next(self.ids),
            "date": int(time.time()),
            "chat": chat,
            "text": fields["text"],
        }

    async def _sendDocument(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        document = fields["document"]
        content = document.file.read()
        self.files[document.filename] = content
        chat = {"id": int(fields["chat_id"]), "type": "private", "first_name": "س"}
        file = {"file_id": document.filename, "file_unique_id": "1", "file_size": len(content)}
        return {
            "message_id": next(self.ids),
            "date": int(time.time()),
            "chat": chat,
            "caption": fields.get("caption", ""),
            "document": file,
        }

    async def _editMessageText(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        chat = {"id": int(fields["chat_id"]), "type": "private", "first_name": "س"}
        number = int(fields["message_id"])
        return {
            "message_id": number,
            "date": int(time.time()),
            "chat": chat,
            "text": fields["text"],
        }

    async def _answerCallbackQuery(self, fields: dict[str, Any]) -> bool:  # noqa: N802
        return True

    async def _getMe(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"id": 123456, "is_bot": True, "first_name": "طمّن", "username": "TammenBot"}

    async def _setWebhook(self, fields: dict[str, Any]) -> bool:  # noqa: N802
        self.webhook = fields
        return True

    async def _deleteWebhook(self, fields: dict[str, Any]) -> bool:  # noqa: N802
        self.webhook = {}
        return True

    async def _setMyCommands(self, fields: dict[str, Any]) -> bool:  # noqa: N802
        return True

    async def _getWebhookInfo(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        url = self.webhook.get("url", "")
        return {
            "url": url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
        }

    async def _getUpdates(self, fields: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802
        offset = int(fields.get("offset", 0))
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        if not self.updates:
            self.changed.clear()
            try:
                await asyncio.wait_for(self.changed.wait(), float(fields.get("timeout", 0)))
            except TimeoutError:
                return []
        return self.updates[: int(fields.get("limit", 100))]


# Updates, as Telegram sends them.


def user(user_id: int, language: str = "ar") -> dict[str, Any]:
    """A person."""
    return {"id": user_id, "is_bot": False, "first_name": "سالم", "language_code": language}


def message(update_id: int, user_id: int, text: str | None = None, **more: Any) -> dict[str, Any]:
    """A message in a private chat: text, or whatever else is in `more`."""
    content = {"text": text} if text is not None else {}
    chat = {"id": user_id, "type": "private", "first_name": "سالم"}
    body = {
        "message_id": update_id,
        "date": int(time.time()),
        "chat": chat,
        "from": user(user_id),
        **content,
        **more,
    }
    return {"update_id": update_id, "message": body}


def button(update_id: int, user_id: int, data: str) -> dict[str, Any]:
    """A pressed button."""
    under = message(update_id, user_id, "هل أنت بخير؟")["message"]
    press = {
        "id": f"cb{update_id}",
        "from": user(user_id),
        "chat_instance": "1",
        "data": data,
        "message": under,
    }
    return {"update_id": update_id, "callback_query": press}


def reaction(
    update_id: int,
    user_id: int,
    message_id: int,
    new: Sequence[str],
    old: Sequence[str] = (),
    date: int | None = None,
) -> dict[str, Any]:
    """The person put an emoji on a message of ours, or took one away."""
    change = {
        "chat": {"id": user_id, "type": "private", "first_name": "سالم"},
        "message_id": message_id,
        "user": user(user_id),
        "date": date or int(time.time()),
        "old_reaction": [{"type": "emoji", "emoji": emoji} for emoji in old],
        "new_reaction": [{"type": "emoji", "emoji": emoji} for emoji in new],
    }
    return {"update_id": update_id, "message_reaction": change}


def membership(update_id: int, user_id: int, status: str) -> dict[str, Any]:
    """The person blocked the bot (`kicked`) or let it in again (`member`)."""
    bot = {"id": 123456, "is_bot": True, "first_name": "طمّن"}
    old, new = ("member", "kicked") if status == "kicked" else ("kicked", "member")
    change = {
        "chat": {"id": user_id, "type": "private"}, "from": user(user_id), "date": 1_780_000_000,
        "old_chat_member": _member(bot, old), "new_chat_member": _member(bot, new),
    }  # fmt: skip
    return {"update_id": update_id, "my_chat_member": change}


def _member(bot: dict[str, Any], status: str) -> dict[str, Any]:
    return {"user": bot, "status": status} | ({"until_date": 0} if status == "kicked" else {})


if __name__ == "__main__":
    main(Telegram())
