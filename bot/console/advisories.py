"""Advisories: write in both languages, see what it takes, submit, approve by somebody else, watch it go."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import queue
from bot.console import live, picker
from bot.console.visit import Page, Visit, go
from bot.consular import advisories, wording
from bot.consular import staff as accounts
from bot.consular.audience import countries_of
from bot.consular.errors import ConsularError
from bot.models import Advisory, AdvisoryState

WORDS = ("headline_ar", "text_ar", "headline_en", "text_en")
MOST = {"headline": wording.HEADLINE_LETTERS, "text": wording.TEXT_LETTERS}
EDITABLE = (AdvisoryState.DRAFT, AdvisoryState.SUBMITTED)


async def show(visit: Visit) -> Response:
    """The latest ones."""
    async with visit.runtime.db.read() as session:
        listed = await advisories.recent(session)
    return visit.page("advisories.html", advisories=listed, countries_of=countries_of)


async def new(visit: Visit) -> Response:
    """An empty form."""
    return await _form(visit, dict.fromkeys(WORDS, "") | {"countries": []})


async def preview(visit: Visit) -> Response:
    """How many people, parts and minutes, while writing."""
    return await _form(visit, _values(visit), template="estimate.html")


async def create(visit: Visit) -> Response:
    """A new draft."""
    values = _values(visit)
    try:
        async with visit.runtime.db.begin() as session:
            advisory = await advisories.draft(session, visit.staff, _draft(values), visit.now)
    except ConsularError as error:
        return await _form(visit, values, visit.explain(error))
    return go(f"/advisories/{advisory.id}?done=saved")


async def edit(visit: Visit) -> Response:
    """The form of a draft."""
    advisory = await _advisory(visit)
    values = {name: getattr(advisory, name) for name in WORDS} | {
        "countries": sorted(countries_of(advisory.audience) or ())
    }
    return await _form(visit, values, advisory=advisory)


async def save(visit: Visit) -> Response:
    """New words for a draft; what was submitted becomes a draft again."""
    values, advisory = _values(visit), await _advisory(visit)
    try:
        async with visit.runtime.db.begin() as session:
            row = await advisories.get(session, advisory.id)
            await advisories.edit(session, visit.staff, row, _draft(values), visit.now)
    except ConsularError as error:
        return await _form(visit, values, visit.explain(error), advisory)
    return go(f"/advisories/{advisory.id}?done=saved")


async def one(visit: Visit) -> Response:
    """The texts as people get them, what it takes, and what may be done next."""
    return await _one(visit, "advisory.html")


async def part(visit: Visit) -> Response:
    """The progress alone."""
    return await _one(visit, "advisory_live.html")


async def changes(visit: Visit) -> Response:
    """Events about one advisory."""
    return live.events(visit, [f"advisory:{visit.number('id')}"])


async def submit(visit: Visit) -> Response:
    """Ready to be approved."""
    async with visit.runtime.db.begin() as session:
        await advisories.submit(session, visit.staff, await advisories.get(session, visit.number("id")), visit.now)
    return await _moved(visit, "submitted")


async def approve(visit: Visit) -> Response:
    """Approved by a second person, who has seen this very version: sending begins."""
    async with visit.runtime.db.begin() as session:
        advisory = await advisories.get(session, visit.number("id"))
        await advisories.approve(session, visit.staff, advisory, visit.now, visit.field("version", 64))
    await queue.ring(visit.runtime.redis, "out")
    return await _moved(visit, "approved")


async def cancel(visit: Visit) -> Response:
    """Withdrawn."""
    async with visit.runtime.db.begin() as session:
        await advisories.cancel(session, visit.staff, await advisories.get(session, visit.number("id")), visit.now)
    return await _moved(visit, "cancelled")


async def _moved(visit: Visit, done: str) -> Response:
    await queue.announce(visit.runtime.redis, f"advisory:{visit.number('id')}")
    return go(f"/advisories/{visit.number('id')}?done={done}")


async def _one(visit: Visit, template: str) -> Response:
    advisory = await _advisory(visit)
    contents, countries = advisories.contents(advisory), sorted(countries_of(advisory.audience) or ())
    async with visit.runtime.db.read() as session:
        counts = await advisories.counts(session, advisory)
        estimate = await picker.estimate(session, visit, countries, contents)
        names = {account.id: account.email for account in await accounts.everyone(session)}
    values: dict[str, Any] = {
        "counts": counts,
        "estimate": estimate,
        "names": names,
        "countries": countries,
        "contents": contents,
    }
    return visit.page(
        template,
        advisory=advisory,
        version=advisories.version(advisory),
        is_editable=advisory.state in EDITABLE,
        **values,
    )


async def _advisory(visit: Visit) -> Advisory:
    async with visit.runtime.db.read() as session:
        advisory = await session.get(Advisory, visit.number("id"))
    if advisory is None:
        raise HTTPException(404)
    return advisory


def _values(visit: Visit) -> dict[str, Any]:
    words = {name: visit.field(name, 2 * MOST[name.partition("_")[0]]) for name in WORDS}
    return words | {"countries": picker.chosen(visit)}


def _draft(values: dict[str, Any]) -> advisories.Draft:
    chosen = {"countries": values["countries"]} if values["countries"] else {}
    return advisories.Draft(**{name: values[name] for name in WORDS}, audience=chosen)


async def _form(
    visit: Visit,
    values: dict[str, Any],
    wrong: str = "",
    advisory: Advisory | None = None,
    template: str = "advisory_form.html",
) -> Response:
    sketch = advisories.Draft(**{name: values[name] for name in WORDS})
    async with visit.runtime.db.read() as session:
        estimate = await picker.estimate(session, visit, values["countries"], advisories.contents(sketch))
        choices = await picker.choices(session, visit)
    facts = {"values": values, "choices": choices, "estimate": estimate, "wrong": wrong, "advisory": advisory}
    return visit.page(template, 422 if wrong else 200, most=MOST, **facts)


ROUTES = [
    Page("/advisories", show, may="advisories"),
    Page("/advisories", create, may="advisories", methods=("POST",)),
    Page("/advisories/new", new, may="advisories"),
    Page("/advisories/preview", preview, may="advisories", methods=("POST",)),
    Page("/advisories/{id:int}", one, may="advisories"),
    Page("/advisories/{id:int}", save, may="advisories", methods=("POST",)),
    Page("/advisories/{id:int}/edit", edit, may="advisories"),
    Page("/advisories/{id:int}/progress", part, may="advisories"),
    Page("/advisories/{id:int}/changes", changes, may="advisories"),
    Page("/advisories/{id:int}/submit", submit, may="advisories", methods=("POST",)),
    Page("/advisories/{id:int}/approve", approve, may="approve", methods=("POST",)),
    Page("/advisories/{id:int}/cancel", cancel, may="advisories", methods=("POST",)),
]
