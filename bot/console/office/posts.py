"""Posts: how each embassy and consulate is reached, in both languages."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.errors import ConsularError
from bot.consular.reference import posts
from bot.consular.staff import roles
from bot.models import Post
from bot.pages.visit import Page, Visit, go
from bot.text.text import LANGUAGES


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
        values=_shown(post),
        wrong="",
    )


async def save(visit: Visit) -> Response:
    """Writes the form down."""
    post = await _post(visit)
    values = _written(visit)
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


def _shown(post: Post) -> posts.Fields:
    """Return what the form shows of a post, with an empty field for a language without words."""
    empty: dict[str, str] = dict.fromkeys(LANGUAGES, "")
    return {
        "names": {**empty, **post.names},
        "street_addresses": {**empty, **post.street_addresses},
        "phone": post.phone,
        "emergency_phone": post.emergency_phone,
        "email": post.email,
    }


def _written(visit: Visit) -> posts.Fields:
    """Read the fields of the form."""
    names: dict[str, str] = {code: visit.field(f"name_{code}", 500) for code in LANGUAGES}
    street_addresses: dict[str, str] = {}
    for code in LANGUAGES:
        street_addresses[code] = visit.field(f"address_{code}", 500)
    return {
        "names": names,
        "street_addresses": street_addresses,
        "phone": visit.field("phone", 500),
        "emergency_phone": visit.field("emergency_phone", 500),
        "email": visit.field("email", 500),
    }


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
