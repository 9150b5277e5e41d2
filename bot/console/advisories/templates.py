"""Templates of advisories: the list, and the form of one."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from bot.console.advisories import form
from bot.consular.advisories import templates, wording
from bot.consular.advisories.wording import Draft
from bot.consular.errors import ConsularError
from bot.models import AdvisoryTemplate
from bot.pages.visit import Page, Visit, go

NAMES = ("name_en", "name_ar")


async def show(visit: Visit) -> Response:
    """All of them."""
    async with visit.runtime.db.read() as session:
        listed = await templates.everything(session)
    return visit.page("advisories/templates.html", templates=listed, gaps=form.gaps)


async def new(visit: Visit) -> Response:
    """An empty form."""
    return _form(visit, form.shown(visit, Draft()) | dict.fromkeys(NAMES, ""))


async def edit(visit: Visit) -> Response:
    """The form of one."""
    template = await visit.find(AdvisoryTemplate)
    values = form.shown(visit, templates.said(template.said)) | {
        name: getattr(template, name) for name in NAMES
    }
    return _form(visit, values, template)


async def create(visit: Visit) -> Response:
    """A new one."""
    return await _save(visit, None)


async def save(visit: Visit) -> Response:
    """One is changed; what was written from it before stays as it is."""
    return await _save(visit, await visit.find(AdvisoryTemplate))


async def _save(visit: Visit, template: AdvisoryTemplate | None) -> Response:
    names = {name: visit.field(name, templates.NAME_LETTERS) for name in NAMES}
    values = form.read(visit) | names
    try:
        async with visit.runtime.db.begin() as session:
            row = await templates.get(session, template.id) if template else None
            await templates.save(session, visit.staff, names, form.sketch(values), visit.now, row)
    except ConsularError as error:
        return _form(visit, values, template, visit.explain(error))
    return go("/templates?done=saved")


async def delete(visit: Visit) -> Response:
    """One goes."""
    async with visit.runtime.db.begin() as session:
        await templates.delete(
            session, visit.staff, await templates.get(session, visit.number("id")), visit.now
        )
    return go("/templates?done=deleted")


def _form(
    visit: Visit, values: dict[str, Any], template: AdvisoryTemplate | None = None, wrong: str = ""
) -> Response:
    facts = {
        "values": values,
        "given": template,
        "wrong": wrong,
        "most": wording.LONGEST,
        "kinds": wording.KINDS,
    }
    return visit.page("advisories/template.html", 422 if wrong else 200, **facts)


ROUTES = [
    Page("/templates", show, may="advisories"),
    Page("/templates", create, may="templates", methods=("POST",)),
    Page("/templates/new", new, may="templates"),
    Page("/templates/{id:int}", edit, may="templates"),
    Page("/templates/{id:int}", save, may="templates", methods=("POST",)),
    Page("/templates/{id:int}/delete", delete, may="templates", methods=("POST",)),
]
