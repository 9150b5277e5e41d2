"""Templates of advisories: the list, and the form of one."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from bot.console.advisories import form
from bot.consular.advisories import templates, wording
from bot.consular.advisories.wording import Draft
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts
from bot.models import AdvisoryTemplate
from bot.pages.visit import Page, Visit, go
from bot.text.text import LANGUAGES


async def show(visit: Visit) -> Response:
    """Show all templates."""
    async with visit.runtime.db.read() as session:
        listed = await templates.everything(session)
        staff = await accounts.everyone(session)
    names = {account.id: account.email for account in staff}
    return visit.page("advisories/templates.html", templates=listed, names=names)


async def new(visit: Visit) -> Response:
    """Show an empty form."""
    return _form(visit, form.shown(visit, Draft()), names=dict.fromkeys(LANGUAGES, ""))


async def edit(visit: Visit) -> Response:
    """Show the form of a template."""
    template = await visit.find(AdvisoryTemplate)
    draft = templates.draft_of(template.content)
    return _form(visit, form.shown(visit, draft), template.names, template)


async def create(visit: Visit) -> Response:
    """Save a new template."""
    return await _save(visit, None)


async def save(visit: Visit) -> Response:
    """Change a template; the advisories written from it stay as they are."""
    return await _save(visit, await visit.find(AdvisoryTemplate))


async def _save(visit: Visit, template: AdvisoryTemplate | None) -> Response:
    names: dict[str, str] = {}
    for language in LANGUAGES:
        name_field = form.text_field("name", language)
        names[language] = visit.field(name_field, templates.NAME_LETTERS)
    fields = form.read(visit)
    draft = form.sketch(fields)
    try:
        async with visit.runtime.db.begin() as session:
            existing: AdvisoryTemplate | None = None
            if template is not None:
                existing = await templates.get(session, template.id)
            await templates.save(
                session,
                visit.staff,
                names,
                draft,
                visit.now,
                existing,
            )
    except ConsularError as error:
        return _form(
            visit,
            fields,
            names,
            template,
            wrong=visit.explain(error),
        )
    return go("/templates?done=saved")


async def delete(visit: Visit) -> Response:
    """Delete a template."""
    async with visit.runtime.db.begin() as session:
        template = await templates.get(session, visit.number("id"))
        await templates.delete(session, visit.staff, template, visit.now)
    return go("/templates?done=deleted")


def _form(
    visit: Visit,
    fields: form.Fields,
    names: Mapping[str, str],
    template: AdvisoryTemplate | None = None,
    wrong: str = "",
) -> Response:
    return visit.page(
        "advisories/template.html",
        422 if wrong else 200,
        values=fields,
        names=names,
        existing=template,
        wrong=wrong,
        text_field=form.text_field,
        most=wording.PART_LETTERS,
        kinds=wording.KINDS,
    )


ROUTES = [
    Page("/templates", show, may="advisories"),
    Page("/templates", create, may="templates", methods=("POST",)),
    Page("/templates/new", new, may="templates"),
    Page("/templates/{id:int}", edit, may="templates"),
    Page("/templates/{id:int}", save, may="templates", methods=("POST",)),
    Page("/templates/{id:int}/delete", delete, may="templates", methods=("POST",)),
]
