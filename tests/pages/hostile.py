"""What a hostile hand types into every route: its addresses, queries and fields."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Route

from bot.consular.staff import roles
from bot.models import Role
from bot.pages.visit import Page
from tests.builders import Scenario

_QUERY = re.compile(r'query_params\.get\(\s*"(\w+)"')
_FIELD = re.compile(r'(?:field|fields|password|named)\(\s*"(\w+)"')
_NAMED = re.compile(r'(?:name|hx-vals)="([a-z_]+)"')
_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")
GROUP_FIELDS = 3  # groups of an audience


def wing(page: Page) -> Path:
    """The folder of a page's view: what its route reads is read there."""
    module = sys.modules[page.name.rpartition(".")[0]]
    return Path(inspect.getfile(module)).parent


def words(page: Page, pattern: re.Pattern[str]) -> list[str]:
    """Names that the code of the page's wing reads."""
    source = "".join(path.read_text("utf-8") for path in sorted(wing(page).glob("*.py")))
    return sorted(set(pattern.findall(source)))


def queries(page: Page) -> list[str]:
    """The names of the page's query, as far as its wing reads any."""
    return [*words(page, _QUERY), "n", "page", "before", "next", "lang", "done"]


def fields(page: Page) -> list[str]:
    """The names of the fields of the page's form, those of the audience's groups too."""
    from bot.console.advisories import audience_fields  # noqa: PLC0415  # after the app

    templates = Path(inspect.getfile(Page)).parent / "templates" / wing(page).name
    typed = "".join(path.read_text("utf-8") for path in sorted(templates.glob("*.html")))
    names = [*words(page, _FIELD), *_NAMED.findall(typed)]
    if wing(page).name == "advisories":
        grouped = (*audience_fields.WORDS, *audience_fields.LISTS)
        names += [f"{name}-{n}" for name in grouped for n in range(GROUP_FIELDS)]
        names += [f"{name}_{n}" for name in grouped for n in range(GROUP_FIELDS)]
    return sorted(set(names) - {"csrf"})


def pages(app: Starlette) -> list[Page]:
    """The routes of people, without the streams that never end."""
    listed = [route for route in app.routes if isinstance(route, Page)]
    return [page for page in listed if not page.path.endswith("/changes")]


def machines(app: Starlette) -> list[Route]:
    """The routes of machines."""
    listed = [route for route in app.routes if isinstance(route, Route)]
    return [route for route in listed if not isinstance(route, Page)]


def address(route: Route, put: str | int) -> str:
    """The address of a route with this in each of its places; `chat` where a word is fixed."""

    def filled(match: re.Match[str]) -> str:
        return "chat" if match[2] == "form" else str(put)

    return _PARAMETER.sub(filled, route.path)


def real_address(page: Page, scenario: Scenario) -> str:
    """An address of the route that leads to something."""
    ids = {
        "/advisories/{id:int}": scenario.advisory_ids["draft"],
        "/crises/{id:int}": scenario.crisis_id,
        "/people/{id:int}": scenario.person_id,
        "/cases/{id:int}": scenario.case_id,
        "/posts/{id:int}": scenario.post_id,
        "/templates/{id:int}": scenario.template_id,
    }
    for beginning, number in ids.items():
        if page.path.startswith(beginning):
            return address(page, number)
    return address(page, 1)


def role_for(page: Page) -> Role:
    """A role that may use the page."""
    may_use = [role for role in (Role.HQ_OFFICER, *Role) if page.may in roles.PERMISSIONS[role]]
    return Role(may_use[0]) if may_use else Role.ADMIN
