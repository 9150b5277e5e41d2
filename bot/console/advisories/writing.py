"""Advisories: write in every language, choose the audience, see what it takes, watch it go.

The fields are in `form` and `audience`, approving and what comes after it in `steps`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.console.advisories import audience, audience_words, form, history, sharing
from bot.console.advisories.audience_fields import Group
from bot.console.parts import picker
from bot.consular.advisories import (
    corrections,
    lifecycle,
    scope,
    templates,
    versions,
    wording,
)
from bot.consular.advisories.wording import Draft
from bot.consular.audiences import reach
from bot.consular.audiences.rules import countries_of
from bot.consular.broadcasts.fan_out import Contents
from bot.consular.cap import documents
from bot.consular.crises import crises
from bot.consular.errors import ConsularError
from bot.consular.people import tags
from bot.consular.reference import places, posts
from bot.consular.staff import accounts, roles
from bot.messages import Channel, Language
from bot.models import Advisory, AdvisoryState, Crisis, CrisisState, Post
from bot.pages import live, zones
from bot.pages.visit import Page, Visit, go
from bot.text.text import LANGUAGES, row_number

MAX_CITIES = 12  # offered for what is written
FORM, PREVIEW = "advisories/form.html", "advisories/preview.html"
FORM_TERMS: dict[str, Any] = {
    "most": wording.PART_LETTERS,
    "kinds": wording.KINDS,
    "named": audience.named,
    "text_field": form.text_field,
    "gap_names": form.GAP_NAMES,
}
"""The limits and the names that the form's templates use, whatever it is filled with."""


async def show(visit: Visit) -> Response:
    """List what is live, then the latest advisories, page by page."""
    number = row_number(visit.request.query_params.get("before", ""))
    async with visit.runtime.db.read() as session:
        live_ones = [] if number else await scope.live(session, visit.staff, visit.now)
        advisories = await scope.recent(session, visit.staff, number)
    return visit.page(
        "advisories/advisories.html",
        live=live_ones,
        advisories=advisories,
        older=advisories[-1].id if len(advisories) == lifecycle.RECENT_ADVISORIES else None,
        countries_of=countries_of,
    )


async def new(visit: Visit) -> Response:
    """Show an empty form, or one with the texts of a template (`?template=3`)."""
    draft = Draft()
    template_id = row_number(visit.request.query_params.get("template", ""))
    if template_id is not None:
        async with visit.runtime.db.read() as session:
            draft = await templates.begin(session, template_id)
    fields = form.shown(visit, draft)
    return await _form(visit, fields)


async def again(visit: Visit) -> Response:
    """Show the form as it is filled in, after a button that adds a group or looks for a city."""
    fields = form.read(visit)
    advisory = await _edited(visit)
    return await _form(visit, fields, advisory)


async def preview(visit: Visit) -> Response:
    """Show how it looks, and how many people, parts and minutes it takes, while somebody writes."""
    fields = form.read(visit)
    advisory = await _edited(visit)
    return await _form(visit, fields, advisory, page=PREVIEW)


async def cities(visit: Visit) -> Response:
    """Offer the cities whose names begin like what is written in the n-th group."""
    n = min(visit.number("n"), audience.MAX_GROUPS - 1)
    groups = audience.read(visit)
    group = audience.empty()
    if n < len(groups):
        group = groups[n]
    return visit.page(
        "advisories/cities.html",
        n=n,
        group=group,
        found=_cities(group),
        named=audience.named,
    )


def _cities(group: Group) -> list[str]:
    """Return the cities that are chosen, and those that a name might mean."""
    similar = places.cities_like(group["city_name"], MAX_CITIES)
    return list(dict.fromkeys([*group["city"], *similar]))


async def create(visit: Visit) -> Response:
    """Save a new draft."""
    fields = form.read(visit)
    try:
        draft = form.draft(visit, fields)
        async with visit.runtime.db.begin() as session:
            advisory = await lifecycle.draft(session, visit.staff, draft, visit.now)
    except ConsularError as error:
        return await _form(visit, fields, wrong=visit.explain(error))
    return go(f"/advisories/{advisory.id}?done=saved")


async def edit(visit: Visit) -> Response:
    """Show the form of a draft."""
    advisory = await sharing.find(visit)
    fields = form.shown(visit, advisory)
    return await _form(visit, fields, advisory)


async def save(visit: Visit) -> Response:
    """Change a draft; what was submitted becomes a draft again."""
    fields = form.read(visit)
    advisory = await sharing.find(visit)
    try:
        draft = form.draft(visit, fields)
        async with visit.runtime.db.begin() as session:
            stored = await lifecycle.get(session, advisory.id)
            await lifecycle.edit(
                session,
                visit.staff,
                stored,
                draft,
                visit.now,
            )
    except ConsularError as error:
        return await _form(visit, fields, advisory, wrong=visit.explain(error))
    return go(f"/advisories/{advisory.id}?done=saved")


async def one(visit: Visit) -> Response:
    """Show the texts as people get them, what it takes, and what may be done next."""
    return await _one(visit, "advisories/advisory.html")


async def part(visit: Visit) -> Response:
    """Show the progress alone."""
    return await _one(visit, "advisories/advisory_live.html")


async def changes(visit: Visit) -> Response:
    """Stream events about one advisory."""
    advisory = await sharing.find(visit)
    return live.events(visit, [f"advisory:{advisory.id}"])


async def _one(visit: Visit, page: str) -> Response:
    advisory = await sharing.find(visit)
    contents = form.contents(advisory)
    async with visit.runtime.db.read() as session:
        figures = await _figures(session, visit, advisory, contents)
        past = await _past(session, advisory)
        documents_of_it = await documents.keys(session, advisory, visit.now)
    return visit.page(
        page,
        advisory=advisory,
        version=wording.version(advisory),
        contents=contents,
        previews=form.previews(contents),
        kinds=wording.KINDS,
        has_begun=corrections.may_be_corrected(advisory),
        is_editable=AdvisoryState.DRAFT in lifecycle.TRANSITIONS[advisory.state],
        missing=_missing(visit, advisory),
        documents=documents_of_it,
        **figures,
        **past,
    )


async def _figures(
    session: AsyncSession,
    visit: Visit,
    advisory: Advisory,
    contents: Contents,
) -> dict[str, Any]:
    """Count whom it reached or would reach, and say whom it is for."""
    return {
        "counts": await lifecycle.counts(session, advisory),
        "estimate": await picker.estimate_rule(
            session,
            visit,
            advisory.audience,
            contents,
            advisory.drill,
        ),
        "whom": await _in_words(session, advisory.audience),
    }


async def _past(session: AsyncSession, advisory: Advisory) -> dict[str, Any]:
    """Gather its versions, its corrections, and the accounts that worked on it."""
    staff = await accounts.everyone(session)
    saved = await versions.of(session, advisory)
    return {
        "names": {account.id: account.email for account in staff},
        "versions": await asyncio.to_thread(history.versions, saved),
        "correction": await corrections.correction_of(session, advisory),
        "chain": await history.chain(session, advisory),
    }


def _missing(visit: Visit, advisory: Advisory) -> list[str]:
    """Say what a draft lacks before it can be submitted."""
    if advisory.state is not AdvisoryState.DRAFT:
        return []
    fields = form.shown(visit, advisory)
    is_chosen = bool(advisory.audience)
    return form.missing(visit, fields, is_chosen)


async def _in_words(session: AsyncSession, rule: Mapping[str, Any]) -> dict[Language, str]:
    """Say whom a checked rule means, in each language."""
    names = await audience_words.look_up_names(session, rule)
    descriptions: dict[Language, str] = {}
    for language in LANGUAGES:
        speaker = audience_words.Speaker(language, names)
        descriptions[language] = speaker(rule)
    return descriptions


async def _edited(visit: Visit) -> Advisory | None:
    """Return the draft that the form is about, if it was saved once."""
    advisory_id = row_number(visit.field("advisory"))
    if advisory_id is None:
        return None
    async with visit.runtime.db.read() as session:
        try:
            return await scope.get(session, visit.staff, advisory_id)
        except ConsularError:
            return None


async def _form(
    visit: Visit,
    fields: form.Fields,
    advisory: Advisory | None = None,
    page: str = FORM,
    wrong: str = "",
) -> Response:
    is_correction = advisory is not None and advisory.corrects_id is not None
    fields = replace(fields, is_correction=is_correction)
    sketch = form.sketch(fields)
    contents = form.contents(sketch)
    async with visit.runtime.db.read() as session:
        reached = await _reach(
            session,
            visit,
            fields,
            advisory,
            contents,
        )
        choices: dict[str, Any] = {}
        if page == FORM:
            choices = await _choices(session, visit)
    return visit.page(
        page,
        422 if wrong else 200,
        values=fields,
        advisory=advisory,
        contents=contents,
        previews=form.previews(contents),
        wrong=wrong,
        gaps=form.gaps(fields.texts),
        zone=zones.name(fields.zone, visit.language, visit.now),
        found=[_cities(group) for group in fields.groups],
        missing=form.missing(visit, fields, reached.is_chosen),
        estimate=reached.estimate,
        whom=reached.whom,
        strange=reached.complaint,
        **FORM_TERMS,
        **choices,
    )


@dataclass(frozen=True, slots=True)
class _Reach:
    """Whom the audience means and what reaching them takes; a complaint if it cannot be read."""

    estimate: reach.Estimate | None
    whom: Mapping[Language, str]
    is_chosen: bool = True
    complaint: str = ""


async def _reach(
    session: AsyncSession,
    visit: Visit,
    fields: form.Fields,
    advisory: Advisory | None,
    contents: Contents,
) -> _Reach:
    try:
        rule = _rule(visit, fields, advisory)
        estimate = await picker.estimate_rule(
            session,
            visit,
            rule,
            contents,
            fields.drill,
        )
        whom = await _in_words(session, rule)
    except ConsularError as error:
        nobody = dict.fromkeys(LANGUAGES, "")
        return _Reach(estimate=None, whom=nobody, complaint=visit.explain(error))
    return _Reach(estimate, whom, is_chosen=bool(rule))


def _rule(
    visit: Visit,
    fields: form.Fields,
    advisory: Advisory | None,
) -> Mapping[str, Any]:
    """Return the rule of the fields; that of a correction is fixed. Raises ConsularError."""
    if advisory is not None and fields.is_correction:
        return advisory.audience
    rule = audience.rule(visit.staff, fields.groups, fields.rule)
    lifecycle.check_audience(visit.staff, rule)
    return rule


async def _choices(session: AsyncSession, visit: Visit) -> dict[str, Any]:
    """Gather what the form offers."""
    open_crises = select(Crisis).where(Crisis.state == CrisisState.OPEN)
    latest_first = open_crises.order_by(Crisis.id.desc())
    opened = list(await session.scalars(latest_first))
    own_posts: list[Post] = []
    for post in await posts.everything(session):
        if roles.covers(visit.staff, post.country):
            own_posts.append(post)
    return {
        "choices": await picker.choices(session, visit),
        "posts": own_posts,
        "opened": [crisis for crisis in opened if crises.concerns(visit.staff, crisis)],
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
