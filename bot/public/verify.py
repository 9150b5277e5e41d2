"""Is this from you? Anybody pastes a text and learns whether it is ours; no asker is known."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.advisories import verification
from bot.consular.advisories.verification import Reader, Verdict
from bot.consular.broadcasts import passages
from bot.consular.origins import origins
from bot.messages import Form
from bot.pages import throttle
from bot.pages.visit import ANYONE, Page, Visit
from bot.text import tokens

TEMPLATE = "public/verify.html"
MAX_QUESTIONS_OF_NETWORK = 60  # in a quarter of an hour: a whole camp may share one


async def ask(visit: Visit) -> Response:
    """Show the form."""
    return _page(visit)


async def answer(visit: Visit) -> Response:
    """Say what a pasted text is, and count the answer alone."""
    typed = visit.password("text")
    if len(typed) > verification.MAX_TEXT_CHARS:
        return _page(visit, 422, problem="long")
    text = visit.field("text", verification.MAX_TEXT_CHARS)
    if len(tokens.tokens(text)) < verification.MIN_WORDS:
        return _page(visit, 422, problem="short")
    if not await throttle.may_ask(visit.runtime, visit.request, "verify", MAX_QUESTIONS_OF_NETWORK):
        return _page(visit, 429, problem="often")
    reader = Reader(visit.language, Form.CHAT)
    async with visit.runtime.db.begin() as session:
        verdict = await origins.check(session, text, reader, visit.site, visit.now)
        await verification.count(session, verdict, visit.now)
    right = passages.text_of(verdict.right) if verdict.right else ""
    return _page(visit, verdict=verdict, right=right)


def _page(
    visit: Visit,
    status: int = 200,
    *,
    problem: str = "",
    verdict: Verdict | None = None,
    right: str = "",
) -> Response:
    return visit.page(
        TEMPLATE,
        status,
        problem=problem,
        verdict=verdict,
        right=right,
    )


ROUTES = [
    Page("/verify", ask, may=ANYONE, has_cookies=False),
    Page(
        "/verify",
        answer,
        may=ANYONE,
        methods=("POST",),
        is_proof=True,
        has_cookies=False,
    ),
]
