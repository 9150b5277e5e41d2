"""Ready replies for letters: the list, and the form of one."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from bot.consular.crises import ready_replies
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts
from bot.models import ReadyReply
from bot.pages.visit import Page, Visit, go
from bot.text.text import LANGUAGES


async def show(visit: Visit) -> Response:
    """Show all texts, those that are offered first."""
    async with visit.runtime.db.read() as session:
        replies = await ready_replies.everything(session)
        names = await accounts.addresses(session)
    return visit.page("crises/replies.html", replies=replies, names=names)


async def new(visit: Visit) -> Response:
    """Show an empty form."""
    return _form(visit, dict.fromkeys(LANGUAGES, ""))


async def edit(visit: Visit) -> Response:
    """Show the form of a text."""
    reply = await visit.find(ReadyReply)
    return _form(visit, reply.texts, reply)


async def create(visit: Visit) -> Response:
    """Save a new text."""
    return await _save(visit, None)


async def save(visit: Visit) -> Response:
    """Change a text; letters that were written with it stay as they are."""
    return await _save(visit, await visit.find(ReadyReply))


async def _save(visit: Visit, reply: ReadyReply | None) -> Response:
    texts: dict[str, str] = {}
    for language in LANGUAGES:
        texts[language] = visit.field(f"text_{language}", ready_replies.MAX_TEXT_CHARS)
    try:
        async with visit.runtime.db.begin() as session:
            existing: ReadyReply | None = None
            if reply is not None:
                existing = await ready_replies.get(session, reply.id)
            await ready_replies.save(session, visit.staff, texts, visit.now, existing)
    except ConsularError as error:
        return _form(visit, texts, reply, wrong=visit.explain(error))
    return go("/replies?done=saved")


async def retire(visit: Visit) -> Response:
    """Offer a text no more."""
    async with visit.runtime.db.begin() as session:
        reply = await ready_replies.get(session, visit.number("id"))
        await ready_replies.retire(session, visit.staff, reply, visit.now)
    return go("/replies?done=retired")


def _form(
    visit: Visit,
    texts: Mapping[str, str],
    reply: ReadyReply | None = None,
    wrong: str = "",
) -> Response:
    return visit.page(
        "crises/reply.html",
        422 if wrong else 200,
        texts=texts,
        existing=reply,
        wrong=wrong,
        gaps=ready_replies.GAPS,
        most=ready_replies.MAX_TEXT_CHARS,
    )


ROUTES = [
    Page("/replies", show, may="cases"),
    Page("/replies", create, may="templates", methods=("POST",)),
    Page("/replies/new", new, may="templates"),
    Page("/replies/{id:int}", edit, may="templates"),
    Page("/replies/{id:int}", save, may="templates", methods=("POST",)),
    Page("/replies/{id:int}/retire", retire, may="templates", methods=("POST",)),
]
