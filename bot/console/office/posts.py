"""Posts: how each embassy and consulate is reached, in both languages."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.errors import ConsularError
from bot.consular.reference import posts
from bot.consular.staff import roles
from bot.models import Post
from bot.pages.visit import Page, Visit, go

FIELDS = ("name_en", "name_ar", "address_en", "address_ar", "phone", "emergency_phone", "email")


async def show(visit: Visit) -> Response:
    """The posts this account looks after."""
    async with visit.runtime.db.read() as session:
        listed = [
            post
            for post in await posts.everything(session)
            if roles.covers(visit.staff, post.country)
        ]
    return visit.page("office/posts.html", posts=listed)


async def edit(visit: Visit) -> Response:
    """The form of one post."""
    post = await _post(visit)
    return visit.page(
        "office/post.html",
        post=post,
        values={name: getattr(post, name) for name in FIELDS},
        wrong="",
    )


async def save(visit: Visit) -> Response:
    """Writes the form down."""
    post, values = await _post(visit), {name: visit.field(name, 500) for name in FIELDS}
    try:
        async with visit.runtime.db.begin() as session:
            await posts.save(
                session, visit.staff, values, visit.now, await session.get_one(Post, post.id)
            )
    except ConsularError as error:
        return visit.page(
            "office/post.html", 422, post=post, values=values, wrong=visit.explain(error)
        )
    return go("/posts?done=saved")


async def _post(visit: Visit) -> Post:
    post = await visit.find(Post)
    if not roles.covers(visit.staff, post.country):
        raise HTTPException(404)
    return post


ROUTES = [
    Page("/posts", show, may="posts"),
    Page("/posts/{id:int}", edit, may="posts"),
    Page("/posts/{id:int}", save, may="posts", methods=("POST",)),
]
