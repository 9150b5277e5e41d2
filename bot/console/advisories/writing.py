"""Advisories: write in both languages, choose whom it is for, see what it takes, watch it go.

The fields are in `advisory_form` and `advisory_audience`, approving and what comes after it in `advisory_steps`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.console.advisories import audience, audience_words, form, history
from bot.console.parts import picker
from bot.consular.advisories import corrections, lifecycle, templates, wording
from bot.consular.advisories.wording import Draft
from bot.consular.audiences import reach
from bot.consular.audiences.rules import countries_of
from bot.consular.cap import documents
from bot.consular.errors import ConsularError
from bot.consular.people import tags
from bot.consular.reference import places, posts
from bot.consular.staff import accounts, roles
from bot.messages import Channel
from bot.models import Advisory, AdvisoryState, Crisis, CrisisState
from bot.pages import live, zones
from bot.pages.visit import Page, Visit, go

CITIES_FOUND = 12


async def show(visit: Visit) -> Response:
    """The latest ones."""
    async with visit.runtime.db.read() as session:
        listed = await lifecycle.recent(session)
    return visit.page("advisories/advisories.html", advisories=listed, countries_of=countries_of)


async def new(visit: Visit) -> Response:
    """An empty form, or one with the words of a template (`?template=3`)."""
    said = Draft()
    wanted = visit.request.query_params.get("template", "")
    if wanted.isdecimal():
        async with visit.runtime.db.read() as session:
            said = await templates.begin(session, int(wanted))
    return await _form(visit, form.shown(visit, said))


async def again(visit: Visit) -> Response:
    """The form as it is filled in, after a button that adds a group or looks for a city."""
    return await _form(visit, form.read(visit), advisory=await _edited(visit))


async def preview(visit: Visit) -> Response:
    """How it looks, and how many people, parts and minutes, while writing."""
    return await _form(
        visit, form.read(visit), advisory=await _edited(visit), template="advisories/preview.html"
    )


async def cities(visit: Visit) -> Response:
    """Cities whose names begin like what is written in the n-th group, beside those that are chosen."""
    n = min(visit.number("n"), audience.MOST_GROUPS - 1)
    groups = audience.read(visit)
    group = groups[n] if n < len(groups) else audience.empty()
    return visit.page(
        "advisories/cities.html", n=n, group=group, found=_found(group), named=audience.named
    )


def _found(group: audience.Group) -> list[str]:
    like = places.cities_like(group["city_name"], CITIES_FOUND)
    return list(dict.fromkeys([*group["city"], *like]))


async def create(visit: Visit) -> Response:
    """A new draft."""
    values = form.read(visit)
    try:
        async with visit.runtime.db.begin() as session:
            advisory = await lifecycle.draft(
                session, visit.staff, form.draft(visit, values), visit.now
            )
    except ConsularError as error:
        return await _form(visit, values, visit.explain(error))
    return go(f"/advisories/{advisory.id}?done=saved")


async def edit(visit: Visit) -> Response:
    """The form of a draft."""
    advisory = await visit.find(Advisory)
    return await _form(visit, form.shown(visit, advisory), advisory=advisory)


async def save(visit: Visit) -> Response:
    """New words for a draft; what was submitted becomes a draft again."""
    values, advisory = form.read(visit), await visit.find(Advisory)
    try:
        async with visit.runtime.db.begin() as session:
            row = await lifecycle.get(session, advisory.id)
            await lifecycle.edit(session, visit.staff, row, form.draft(visit, values), visit.now)
    except ConsularError as error:
        return await _form(visit, values, visit.explain(error), advisory)
    return go(f"/advisories/{advisory.id}?done=saved")


async def one(visit: Visit) -> Response:
    """The texts as people get them, what it takes, and what may be done next."""
    return await _one(visit, "advisories/advisory.html")


async def part(visit: Visit) -> Response:
    """The progress alone."""
    return await _one(visit, "advisories/advisory_live.html")


async def changes(visit: Visit) -> Response:
    """Events about one advisory."""
    return live.events(visit, [f"advisory:{visit.number('id')}"])


async def _one(visit: Visit, template: str) -> Response:
    advisory = await visit.find(Advisory)
    contents = form.contents(advisory)
    async with visit.runtime.db.read() as session:
        facts: dict[str, Any] = {
            "counts": await lifecycle.counts(session, advisory),
            "estimate": await picker.estimate_rule(
                session, visit, advisory.audience, contents, advisory.drill
            ),
            "names": {account.id: account.email for account in await accounts.everyone(session)},
            "versions": history.versions(await lifecycle.versions(session, advisory)),
            "correction": await corrections.correction_of(session, advisory),
            "chain": await history.chain(session, advisory),
            "whom": await _in_words(session, advisory.audience),
            "documents": await documents.keys(session, advisory, visit.now),
        }
    facts |= {
        "advisory": advisory,
        "version": wording.version(advisory),
        "contents": contents,
        "kinds": wording.KINDS,
    }
    facts |= {
        "has_begun": corrections.may_be_corrected(advisory),
        "is_editable": AdvisoryState.DRAFT in lifecycle.TRANSITIONS[advisory.state],
        "missing": _missing(visit, advisory),
    }
    return visit.page(template, previews=form.previews(contents), **facts)


def _missing(visit: Visit, advisory: Advisory) -> list[str]:
    """What a draft lacks before it can be submitted."""
    if advisory.state is not AdvisoryState.DRAFT:
        return []
    values = form.shown(visit, advisory) | {"is_correction": advisory.corrects_id is not None}
    return form.missing(visit, values, is_chosen=bool(advisory.audience))


async def _in_words(session: AsyncSession, rule: Mapping[str, Any]) -> dict[str, str]:
    """Whom a checked rule means, by language."""
    known = await audience_words.known(session, rule)
    return {
        "ar": audience_words.Speaker("ar", known)(rule),
        "en": audience_words.Speaker("en", known)(rule),
    }


async def _edited(visit: Visit) -> Advisory | None:
    """The draft a form is about, while it is not saved."""
    number = visit.field("advisory", 20)
    if not number.isdecimal():
        return None
    async with visit.runtime.db.read() as session:
        return await session.get(Advisory, int(number))


async def _form(
    visit: Visit,
    values: dict[str, Any],
    wrong: str = "",
    advisory: Advisory | None = None,
    template: str = "advisories/form.html",
) -> Response:
    values["is_correction"] = advisory is not None and advisory.corrects_id is not None
    contents = form.contents(form.sketch(values))
    async with visit.runtime.db.read() as session:
        facts = await _reach(session, visit, values, advisory, contents)
        if template == "advisories/form.html":
            facts |= await _choices(session, visit)
    facts |= {
        "values": values,
        "advisory": advisory,
        "contents": contents,
        "previews": form.previews(contents),
    }
    facts |= {
        "wrong": wrong,
        "most": wording.LONGEST,
        "kinds": wording.KINDS,
        "named": audience.named,
    }
    facts |= {"gaps": form.gaps(values), "gap_names": form.GAPS}
    facts["zone"] = zones.name(values["zone"], visit.language, visit.now)
    facts["found"] = [_found(group) for group in values["groups"]]
    return visit.page(template, 422 if wrong else 200, **facts)


async def _reach(
    session: AsyncSession,
    visit: Visit,
    values: dict[str, Any],
    advisory: Advisory | None,
    contents: Any,
) -> dict[str, Any]:
    """The audience in words, what it takes, and what is missing; a rule that means nothing yet says why."""
    chosen: Mapping[str, Any] = {}
    estimate: reach.Estimate | None = None
    strange, said = "", {"ar": "", "en": ""}
    try:
        chosen = advisory.audience if advisory and values["is_correction"] else _rule(visit, values)
        estimate = await picker.estimate_rule(
            session, visit, chosen, contents, bool(values["drill"])
        )
        said = await _in_words(session, chosen)
    except ConsularError as error:
        strange = visit.explain(error)
    missing = form.missing(visit, values, is_chosen=bool(chosen or strange))
    return {"estimate": estimate, "whom": said, "strange": strange, "missing": missing}


def _rule(visit: Visit, values: Mapping[str, Any]) -> dict[str, Any]:
    chosen = audience.rule(visit.staff, values["groups"], values["rule"])
    lifecycle.check_audience(visit.staff, chosen)
    return chosen


async def _choices(session: AsyncSession, visit: Visit) -> dict[str, Any]:
    """What a form offers."""
    asked = select(Crisis).where(Crisis.state == CrisisState.OPEN).order_by(Crisis.id.desc())
    mine = [
        post for post in await posts.everything(session) if roles.covers(visit.staff, post.country)
    ]
    return {
        "choices": await picker.choices(session, visit),
        "posts": mine,
        "opened": list(await session.scalars(asked)),
        "known_tags": await tags.known(session, visit.staff),
        "templates": await templates.everything(session),
        "channels": [str(channel) for channel in Channel],
        "statuses": audience_words.STATUSES,
    }


ROUTES = [
    Page("/advisories", show, may="advisories"),
    Page("/advisories", create, may="advisories", methods=("POST",)),
    Page("/advisories/new", new, may="advisories"),
    Page("/advisories/form", again, may="advisories", methods=("POST",)),
    Page("/advisories/preview", preview, may="advisories", methods=("POST",)),
    Page("/advisories/cities/{n:int}", cities, may="advisories", methods=("POST",)),
    Page("/advisories/{id:int}", one, may="advisories"),
    Page("/advisories/{id:int}", save, may="advisories", methods=("POST",)),
    Page("/advisories/{id:int}/edit", edit, may="advisories"),
    Page("/advisories/{id:int}/progress", part, may="advisories"),
    Page("/advisories/{id:int}/changes", changes, may="advisories"),
]
