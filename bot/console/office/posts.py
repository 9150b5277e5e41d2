"""Posts: how each embassy and consulate is reached, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.parts import spreadsheet_files
from bot.consular.changes import changes, relocation_reach
from bot.consular.changes.kinds import Change, PostChange
from bot.consular.errors import ConsularError
from bot.consular.people import posters
from bot.consular.reference import accreditation, directory, post_names, posts
from bot.consular.staff import roles
from bot.models import Post
from bot.pages import rendering
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells
from bot.text.text import LANGUAGES

MAX_FIELD_CHARS = 500


async def show(visit: Visit) -> Response:
    """Show the posts that this account looks after; the address may say which state and country."""
    state, country = _filter(visit)
    async with visit.runtime.db.read() as session:
        covered = await post_names.visible(session, visit.staff)
    codes = sorted({post.country for post in covered})
    return visit.page(
        "office/posts.html",
        posts=_chosen(covered, state, country),
        state_of=posts.state,
        state=state,
        country=country,
        codes=codes,
        query=urlencode({"state": state, "country": country}),
    )


async def download(visit: Visit) -> Response:
    """Send the posts that the address asks for as a file for a spreadsheet."""
    kind = visit.request.query_params.get("kind", "")
    spreadsheet_files.check_kind(kind)
    async with visit.runtime.db.read() as session:
        covered = await post_names.visible(session, visit.staff)
        listed = _chosen(covered, *_filter(visit))
        rows = await directory.post_rows(session, listed, visit.language)
    return spreadsheet_files.send(
        kind,
        "posts",
        directory.post_titles(visit.language),
        spreadsheet_files.at_once(rows),
        visit.language,
    )


def _filter(visit: Visit) -> tuple[str, str]:
    """Read the state and the country that the address asks for, "" for all."""
    query = visit.request.query_params
    return query.get("state", ""), query.get("country", "").upper()


def _chosen(covered: Sequence[Post], state: str, country: str) -> list[Post]:
    listed: list[Post] = []
    for post in covered:
        has_state = state in ("", posts.state(post))
        if has_state and country in ("", post.country):
            listed.append(post)
    return listed


async def edit(visit: Visit) -> Response:
    """Show the form of one post, and what else can be done with it."""
    post = await of_visit(visit)
    return await page(visit, post, _saved_fields(post))


async def save(visit: Visit) -> Response:
    """Propose what the form changes of one post, or show it again with what is wrong."""
    post = await of_visit(visit)
    fields = typed_fields(visit)
    return await propose(visit, post, PostChange(post.id, fields), fields)


async def propose(
    visit: Visit,
    post: Post,
    change: Change,
    fields: posts.Fields | None = None,
) -> Response:
    """Propose a change of a post, or show its page again with what is wrong."""
    try:
        async with visit.runtime.db.begin() as session:
            await changes.propose(session, visit.staff, change, visit.now)
    except ConsularError as error:
        return await page(visit, post, fields or _saved_fields(post), visit.explain(error))
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go("/posts?done=proposed")


async def page(
    visit: Visit,
    post: Post,
    fields: posts.Fields | None = None,
    wrong: str = "",
) -> Response:
    """Show the page of a post: its details, its countries, what closing it would reach."""
    async with visit.runtime.db.read() as session:
        accreditations = await accreditation.of_post(session, post)
        preview = await relocation_reach.preview(session, post, visit.now)
        open_posts = await posts.open_ones(session)
        successor = await session.get(Post, post.successor_id or 0)
        by_poster = await posters.count(session, post)
        waiting = await changes.of_post(session, post.id)
    return visit.page(
        "office/post.html",
        422 if wrong else 200,
        post=post,
        state=posts.state(post),
        fields=fields or _saved_fields(post),
        waiting=waiting,
        wrong=wrong,
        accreditations=accreditations,
        preview=preview,
        followers=[follower for follower in open_posts if follower.id != post.id],
        successor=successor,
        by_poster=by_poster,
        today=visit.now.date().isoformat(),
        countries=rendering.countries(visit.language),
    )


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


def typed_fields(visit: Visit) -> posts.Fields:
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


async def of_visit(visit: Visit) -> Post:
    """Return the post of the address, if the account looks after it. Raises HTTPException 404."""
    post = await visit.find(Post)
    if not roles.covers(visit.staff, post.country):
        raise HTTPException(404)
    return post


ROUTES = [
    Page("/posts", show, may="posts"),
    Page("/posts/file", download, may="posts"),
    Page("/posts/{id:int}", edit, may="posts"),
    Page("/posts/{id:int}", save, may="posts", methods=("POST",)),
]
