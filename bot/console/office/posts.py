"""Posts: how each embassy and consulate is reached, in both languages."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.changes import changes
from bot.consular.changes.kinds import PostChange
from bot.consular.errors import ConsularError
from bot.consular.reference import posts
from bot.consular.staff import roles
from bot.models import Change, Post
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells
from bot.text.text import LANGUAGES

MAX_FIELD_CHARS = 500


async def show(visit: Visit) -> Response:
    """Show the posts that this account looks after."""
    async with visit.runtime.db.read() as session:
        all_posts = await posts.everything(session)
    covered = [post for post in all_posts if roles.covers(visit.staff, post.country)]
    return visit.page("office/posts.html", posts=covered)


async def edit(visit: Visit) -> Response:
    """Show the form of one post."""
    post = await _post(visit)
    return visit.page(
        "office/post.html",
        post=post,
        fields=_saved_fields(post),
        waiting=await _waiting(visit, post),
        wrong="",
    )


async def save(visit: Visit) -> Response:
    """Propose what the form changes of one post, or show it again with what is wrong."""
    post = await _post(visit)
    fields = _typed_fields(visit)
    try:
        async with visit.runtime.db.begin() as session:
            change = PostChange(post.id, fields)
            await changes.propose(session, visit.staff, change, visit.now)
    except ConsularError as error:
        return visit.page(
            "office/post.html",
            422,
            post=post,
            fields=fields,
            waiting=await _waiting(visit, post),
            wrong=visit.explain(error),
        )
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go("/posts?done=proposed")


async def _waiting(visit: Visit, post: Post) -> Change | None:
    """Return the change of the post that waits for a second person."""
    async with visit.runtime.db.read() as session:
        return await changes.of_post(session, post.id)


def _saved_fields(post: Post) -> posts.Fields:
    """Return what the form shows of a post, with an empty field for a language without words."""
    empty: dict[str, str] = dict.fromkeys(LANGUAGES, "")
    return {
        "names": {**empty, **post.names},
        "street_addresses": {**empty, **post.street_addresses},
        "phone": post.phone,
        "emergency_phone": post.emergency_phone,
        "email": post.email,
    }


def _typed_fields(visit: Visit) -> posts.Fields:
    """Read the fields of the form."""
    names: dict[str, str] = {}
    street_addresses: dict[str, str] = {}
    for code in LANGUAGES:
        names[code] = visit.field(f"name_{code}", MAX_FIELD_CHARS)
        street_addresses[code] = visit.field(f"address_{code}", MAX_FIELD_CHARS)
    return {
        "names": names,
        "street_addresses": street_addresses,
        "phone": visit.field("phone", MAX_FIELD_CHARS),
        "emergency_phone": visit.field("emergency_phone", MAX_FIELD_CHARS),
        "email": visit.field("email", MAX_FIELD_CHARS),
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
