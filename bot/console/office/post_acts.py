"""What is done with a post beside its details: a move, a closing, accreditations, its poster."""

from __future__ import annotations

from starlette.responses import Response

from bot.console.office import posts as pages
from bot.consular.changes.kinds import Accrediting, PostClosing, PostMove, PostOpening
from bot.consular.errors import ConsularError
from bot.consular.reference import accreditation, post_names, posts
from bot.delivery import bot_name
from bot.pages.visit import Page, Visit
from bot.reports import posters
from bot.text.text import row_number

MAX_CITY_CHARS = 120
MAX_DAY_CHARS = 10
COUNTRY_CODE_CHARS = 2


async def move(visit: Visit) -> Response:
    """Propose that a post moves; its people are told once a second person approves."""
    post = await pages.of_visit(visit)
    fields = pages.typed_fields(visit)
    try:
        city = post_names.city(visit.field("city", MAX_CITY_CHARS), post.country)
    except ConsularError as error:
        return await pages.page(visit, post, wrong=visit.explain(error))
    return await pages.propose(visit, post, PostMove(post.id, city, _entered(fields)))


def _entered(fields: posts.Fields) -> posts.Fields:
    """Return what was typed; what was left empty stays as it is."""
    entered: posts.Fields = {}
    names = {language: name for language, name in fields["names"].items() if name}
    if names:
        entered["names"] = names
    streets = {code: street for code, street in fields["street_addresses"].items() if street}
    if streets:
        entered["street_addresses"] = streets
    if fields["phone"]:
        entered["phone"] = fields["phone"]
    if fields["emergency_phone"]:
        entered["emergency_phone"] = fields["emergency_phone"]
    if fields["email"]:
        entered["email"] = fields["email"]
    return entered


async def close(visit: Visit) -> Response:
    """Propose that a post closes; accounts and links end once a second person approves."""
    post = await pages.of_visit(visit)
    successor_id = row_number(visit.field("successor"))
    return await pages.propose(visit, post, PostClosing(post.id, successor_id or None))


async def open_again(visit: Visit) -> Response:
    """Propose that a closed post opens again."""
    post = await pages.of_visit(visit)
    return await pages.propose(visit, post, PostOpening(post.id))


async def accredit(visit: Visit) -> Response:
    """Propose that a post looks after a country, or that this ends."""
    post = await pages.of_visit(visit)
    change = Accrediting(
        post.id,
        visit.field("country", COUNTRY_CODE_CHARS).upper(),
        visit.field("source", accreditation.MAX_SOURCE_CHARS),
        visit.field("since", MAX_DAY_CHARS),
        ends=bool(visit.field("ends")),
    )
    return await pages.propose(visit, post, change)


async def poster(visit: Visit) -> Response:
    """Send the poster of a post as PDF, or say why there can be none."""
    post = await pages.of_visit(visit)
    bot = await bot_name.look_up(visit.runtime)
    try:
        ways = posters.ways(visit.runtime.settings, bot)
        content = await posters.write(post, ways)
    except ConsularError as error:
        return await pages.page(visit, post, wrong=visit.explain(error))
    file_name = f"tammen-poster-{post.id}.pdf"
    return Response(
        content,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


ROUTES = [
    Page("/posts/{id:int}/poster", poster, may="posts"),
    Page("/posts/{id:int}/move", move, may="posts", methods=("POST",)),
    Page("/posts/{id:int}/close", close, may="posts", methods=("POST",)),
    Page("/posts/{id:int}/open", open_again, may="posts", methods=("POST",)),
    Page("/posts/{id:int}/accredit", accredit, may="posts", methods=("POST",)),
]
