"""The contingency plan of a post: its meeting points and routes, and the plan as a file."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.parts import downloads
from bot.consular.crises import plans
from bot.consular.reference import grounds
from bot.consular.staff import accounts, roles
from bot.models import GroundKind, Post
from bot.pages.visit import Page, Visit, go
from bot.reports import plans as plan_words
from bot.reports.formats import Format
from bot.text.text import LANGUAGES, row_number


async def show(visit: Visit) -> Response:
    """Show the meeting points and routes of a post, with the forms and the files."""
    post = await _post(visit)
    async with visit.runtime.db.read() as session:
        entries = await grounds.of_post(session, post)
        emails = await accounts.addresses(session)
    return visit.page(
        "office/plan.html",
        post=post,
        grounds=entries,
        emails=emails,
        most=grounds.MAX_CHARS,
    )


async def enter(visit: Visit) -> Response:
    """Add a meeting point or a route."""
    post = await _post(visit)
    descriptions: dict[str, str] = {}
    for code in LANGUAGES:
        descriptions[code] = visit.field(
            f"description_{code}",
            grounds.MAX_CHARS,
        )
    is_route = visit.field("ground") == GroundKind.ROUTE.value
    kind = GroundKind.ROUTE if is_route else GroundKind.MEETING_POINT
    async with visit.runtime.db.begin() as session:
        own_post = await session.get_one(Post, post.id)
        await grounds.enter(
            session,
            visit.staff,
            own_post,
            kind,
            descriptions,
            visit.now,
        )
    return go(f"/posts/{post.id}/plan?done=saved")


async def remove(visit: Visit) -> Response:
    """Remove a meeting point or a route."""
    post = await _post(visit)
    ground_id = row_number(visit.field("entry")) or 0
    async with visit.runtime.db.begin() as session:
        await grounds.remove(
            session,
            visit.staff,
            post,
            ground_id,
            visit.now,
        )
    return go(f"/posts/{post.id}/plan?done=deleted")


async def pdf(visit: Visit) -> Response:
    """Send the plan as PDF."""
    post = await _post(visit)
    async with visit.runtime.db.snapshot() as session:
        plan = await plans.plan(
            session,
            visit.staff,
            post.country,
            post,
            visit.now,
        )
    document = plan_words.document(
        plan,
        downloads.language(visit),
    )
    return await downloads.file(
        document,
        Format.PDF,
        f"plan-{post.id}",
    )


async def _post(visit: Visit) -> Post:
    post = await visit.find(Post)
    if not roles.covers(visit.staff, post.country):
        raise HTTPException(404)
    return post


ROUTES = [
    Page("/posts/{id:int}/plan", show, may="posts"),
    Page("/posts/{id:int}/plan/enter", enter, may="posts", methods=("POST",)),
    Page("/posts/{id:int}/plan/remove", remove, may="posts", methods=("POST",)),
    Page("/posts/{id:int}/plan/pdf", pdf, may="posts"),
]
