"""Advisories: write in both languages, see what it takes, submit, approve by somebody else, watch it go."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import queue
from bot.console import advisory_form as form
from bot.console import live, picker
from bot.console.visit import Page, Visit, go
from bot.consular import advisories, corrections, crises, reach, wording
from bot.consular import staff as accounts
from bot.consular.advisories import version
from bot.consular.audience import countries_of
from bot.consular.errors import ConsularError
from bot.models import Advisory, AdvisoryState

EDITABLE = (AdvisoryState.DRAFT, AdvisoryState.SUBMITTED, AdvisoryState.RETURNED)


async def show(visit: Visit) -> Response:
    """The latest ones."""
    async with visit.runtime.db.read() as session:
        listed = await advisories.recent(session)
    return visit.page("advisories.html", advisories=listed, countries_of=countries_of)


async def new(visit: Visit) -> Response:
    """An empty form."""
    return await _form(visit, form.empty())


async def preview(visit: Visit) -> Response:
    """How it looks, and how many people, parts and minutes, while writing."""
    return await _form(visit, form.read(visit), template="advisory_preview.html")


async def create(visit: Visit) -> Response:
    """A new draft."""
    values = form.read(visit)
    try:
        async with visit.runtime.db.begin() as session:
            advisory = await advisories.draft(session, visit.staff, form.draft(visit, values), visit.now)
    except ConsularError as error:
        return await _form(visit, values, visit.explain(error))
    return go(f"/advisories/{advisory.id}?done=saved")


async def edit(visit: Visit) -> Response:
    """The form of a draft."""
    advisory = await _advisory(visit)
    return await _form(visit, form.shown(advisory), advisory=advisory)


async def save(visit: Visit) -> Response:
    """New words for a draft; what was submitted becomes a draft again."""
    values, advisory = form.read(visit), await _advisory(visit)
    try:
        async with visit.runtime.db.begin() as session:
            row = await advisories.get(session, advisory.id)
            await advisories.edit(session, visit.staff, row, form.draft(visit, values), visit.now)
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


async def return_(visit: Visit) -> Response:
    """Back to its author, with a reason."""
    async with visit.runtime.db.begin() as session:
        advisory = await advisories.get(session, visit.number("id"))
        await advisories.return_(session, visit.staff, advisory, visit.field("reason"), visit.now)
    return await _moved(visit, "returned")


async def alone(visit: Visit) -> Response:
    """What it means to send it alone, before it is done."""
    return visit.page(
        "advisory_override.html", advisory=(advisory := await _advisory(visit)), version=version(advisory)
    )


async def override(visit: Visit) -> Response:
    """One officer alone, in an emergency: sending begins and every approver is told."""
    async with visit.runtime.db.begin() as session:
        advisory = await advisories.get(session, visit.number("id"))
        reason, seen = visit.field("reason"), visit.field("version", 64)
        await advisories.override(session, visit.staff, advisory, reason, visit.now, seen)
    await queue.ring(visit.runtime.redis, "out")
    await queue.announce(visit.runtime.redis, "board")
    return await _moved(visit, "approved")


async def confirm(visit: Visit) -> Response:
    """A second person has seen what was sent by one alone."""
    async with visit.runtime.db.begin() as session:
        advisory = await advisories.get(session, visit.number("id"))
        await advisories.acknowledge(session, visit.staff, advisory, visit.now)
    await queue.announce(visit.runtime.redis, "board")
    return await _moved(visit, "saved")


async def cancel(visit: Visit) -> Response:
    """Withdrawn; with the tick, those who got it are told."""
    async with visit.runtime.db.begin() as session:
        advisory = await advisories.get(session, visit.number("id"))
        await corrections.withdraw(session, visit.staff, advisory, visit.now, tell=bool(visit.field("tell")))
    await queue.ring(visit.runtime.redis, "out")
    return await _moved(visit, "cancelled")


async def correct(visit: Visit) -> Response:
    """A correction begins: the wrong one stops, its words are there to be mended."""
    async with visit.runtime.db.begin() as session:
        wrong = await advisories.get(session, visit.number("id"))
        right = await corrections.begin(session, visit.staff, wrong, visit.now)
    await queue.announce(visit.runtime.redis, f"advisory:{wrong.id}")
    return go(f"/advisories/{right.id}/edit")


async def _moved(visit: Visit, done: str) -> Response:
    await queue.announce(visit.runtime.redis, f"advisory:{visit.number('id')}")
    return go(f"/advisories/{visit.number('id')}?done={done}")


async def _one(visit: Visit, template: str) -> Response:
    advisory = await _advisory(visit)
    contents = advisories.contents(advisory)
    async with visit.runtime.db.read() as session:
        facts: dict[str, Any] = {
            "counts": await advisories.counts(session, advisory),
            "estimate": await picker.estimate_rule(session, visit, advisory.audience, contents),
            "names": {account.id: account.email for account in await accounts.everyone(session)},
            "versions": await advisories.versions(session, advisory),
            "chain": await corrections.history(session, advisory),
        }
    return visit.page(
        template,
        advisory=advisory,
        version=version(advisory),
        is_editable=advisory.state in EDITABLE,
        is_correctable=corrections.may_be_corrected(advisory),
        countries=sorted(countries_of(advisory.audience) or ()),
        contents=contents,
        previews=form.previews(contents),
        **facts,
    )


async def _advisory(visit: Visit) -> Advisory:
    async with visit.runtime.db.read() as session:
        advisory = await session.get(Advisory, visit.number("id"))
    if advisory is None:
        raise HTTPException(404)
    return advisory


async def _form(
    visit: Visit,
    values: dict[str, Any],
    wrong: str = "",
    advisory: Advisory | None = None,
    template: str = "advisory_form.html",
) -> Response:
    contents = advisories.contents(form.sketch(values))
    async with visit.runtime.db.read() as session:
        estimate = await _estimate(session, visit, values, advisory, contents)
        choices = await picker.choices(session, visit)
        opened = await crises.open_ones(session)
    facts: dict[str, Any] = {"values": values, "choices": choices, "estimate": estimate, "wrong": wrong}
    facts |= {"advisory": advisory, "previews": form.previews(contents), "contents": contents}
    facts["missing"] = form.missing(values)
    return visit.page(template, 422 if wrong else 200, most=wording.LONGEST, opened=opened, kinds=form.KINDS, **facts)


async def _estimate(
    session: AsyncSession, visit: Visit, values: dict[str, Any], advisory: Advisory | None, contents: Any
) -> reach.Estimate | None:
    """None while the rule means nothing yet: the form says so when it is saved."""
    try:
        is_correction = advisory is not None and advisory.corrects_id is not None
        chosen = advisory.audience if advisory and is_correction else form.rule(visit, values)
        return await picker.estimate_rule(session, visit, chosen, contents)
    except ConsularError:
        return None


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
    Page("/advisories/{id:int}/return", return_, may="approve", methods=("POST",)),
    Page("/advisories/{id:int}/override", alone, may="override"),
    Page("/advisories/{id:int}/override", override, may="override", methods=("POST",)),
    Page("/advisories/{id:int}/confirm", confirm, may="approve", methods=("POST",)),
    Page("/advisories/{id:int}/cancel", cancel, may="advisories", methods=("POST",)),
    Page("/advisories/{id:int}/correct", correct, may="advisories", methods=("POST",)),
]
