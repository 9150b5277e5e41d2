"""One request for a page: who asks, in which language, with which form, and whether they may."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import datetime
from typing import Any, TypeVar, cast

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.consular.errors import ConsularError
from bot.consular.staff import accounts, roles, sessions
from bot.messages import Language
from bot.models import Staff, StaffSession
from bot.pages import rendering
from bot.pages.language import COOKIE as LANGUAGE_COOKIE
from bot.pages.language import asked, preferred
from bot.runtime.runtime import Runtime

ANYONE = "anyone"  # no session needed
SIGNED_IN = "signed in"  # any account
SESSION_COOKIE = "tammen_session"
CSRF_COOKIE = "tammen_csrf"
OVERRIDES = "overrides"  # the topic of what was sent by one officer alone
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
MAX_FIELDS = 600  # a countries picker has a field per country

T = TypeVar("T")


@dataclass(slots=True)
class Visit:
    """What a view works with."""

    request: Request
    runtime: Runtime
    language: Language
    now: datetime
    csrf: str
    me: Staff | None = None
    session: StaffSession | None = None
    form: FormData = default(default_factory=FormData)

    @property
    def staff(self) -> Staff:
        """The account that is signed in; pages that need one are guarded before their view runs."""
        if self.me is None:
            raise HTTPException(401)
        return self.me

    @property
    def is_partial(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def site(self) -> str:
        """Where this site is, as others reach it."""
        return self.runtime.settings.public_url or str(self.request.base_url).rstrip("/")

    def number(self, name: str) -> int:
        """A number from the path."""
        return int(self.request.path_params[name])

    async def find(self, table: type[T]) -> T:
        """The row whose number is in the path. Raises HTTPException 404."""
        async with self.runtime.db.read() as session:
            row = await session.get(table, self.number("id"))
        if row is None:
            raise HTTPException(404)
        return row

    def field(self, name: str, limit: int = 5000) -> str:
        """A text field of the form, trimmed."""
        value = self.form.get(name, "")
        return value.strip()[:limit] if isinstance(value, str) else ""

    async def file(self, name: str) -> bytes:
        """A file that came with the form; empty when none did."""
        value = self.form.get(name)
        return await value.read() if isinstance(value, UploadFile) else b""

    def password(self, name: str = "password") -> str:
        """A password as it was typed, spaces and all."""
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""

    def fields(self, name: str) -> list[str]:
        """All values of a repeated field."""
        return [value for value in self.form.getlist(name) if isinstance(value, str)]

    def say(self, words: str) -> str:
        """Words in the reader's language."""
        return str(rendering.words(self.language).ugettext(words))

    def explain(self, error: ConsularError) -> str:
        """A refusal in the reader's language."""
        return self.say(error.words).format(
            **{name: self.say(str(value)) for name, value in error.values.items()}
        )

    def may(self, permission: str) -> bool:
        """Whether the reader's role allows it."""
        return self.me is not None and roles.may(self.me, permission)

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page, or a part of one, in the reader's language."""
        return HTMLResponse(
            rendering.render(template, self.language, {"visit": self, **values}), status
        )


View = Callable[[Visit], Awaitable[Response]]


class Page(Route):
    """A route that states who may use it: `may` is a permission, ANYONE or SIGNED_IN.

    `is_proof` when the address itself proves the right to post (a signed link): it must work where no cookie is kept.
    `files` is how many may be sent along.
    """

    def __init__(
        self,
        path: str,
        view: View,
        *,
        may: str,
        methods: Sequence[str] = ("GET",),
        is_proof: bool = False,
        files: int = 0,
    ) -> None:
        endpoint = _endpoint(view, may, is_proof, files)
        super().__init__(
            path, endpoint, methods=list(methods), name=f"{view.__module__}.{view.__name__}"
        )
        self.may = may


def go(path: str) -> RedirectResponse:
    """To another page, after a form."""
    return RedirectResponse(path, 303)


def _endpoint(
    view: View, may: str, is_proof: bool, files: int
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        visit = await arrive(request)
        refusal = _refusal(visit, may)
        if refusal is not None:
            return refusal
        if request.method in UNSAFE:
            visit.form = await request.form(max_files=files, max_fields=MAX_FIELDS)
            if not is_proof:
                _check_csrf(visit)
        return _leave(visit, await _view(view, visit))

    return answer


async def _view(view: View, visit: Visit) -> Response:
    """The view's answer; what the consular rules refuse becomes a page that says so."""
    try:
        return await view(visit)
    except ConsularError as error:
        return visit.page("refused.html", 409, words=visit.explain(error))


async def arrive(request: Request) -> Visit:
    """Who asks and in which language."""
    runtime = cast(Runtime, request.app.state.runtime)
    now = runtime.clock()
    me, session = await _signed_in(request, runtime, now)
    language = preferred(request, me.language if me else None)
    csrf = (
        session.csrf if session else request.cookies.get(CSRF_COOKIE) or secrets.token_urlsafe(24)
    )
    return Visit(request, runtime, language, now, csrf, me, session)


async def _signed_in(
    request: Request, runtime: Runtime, now: datetime
) -> tuple[Staff | None, StaffSession | None]:
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None, None
    async with runtime.db.read() as session:
        signed_in = await sessions.signed_in(session, token, now)
    if signed_in is None:
        return None, None
    await _note_visit(runtime, *signed_in, asked(request), now)
    return signed_in


async def _note_visit(
    runtime: Runtime, me: Staff, row: StaffSession, language: str | None, now: datetime
) -> None:
    """Keeps the session alive and remembers the language that was asked for; most visits write nothing."""
    if language in (None, me.language) and now - row.seen_at <= sessions.TOUCH_AFTER:
        return
    async with runtime.db.begin() as session:
        await sessions.touch(session, row, now)
        if language is not None:
            await accounts.set_language(session, await session.get_one(Staff, me.id), language)


def _refusal(visit: Visit, may: str) -> Response | None:
    if may == ANYONE or (visit.me is not None and (may == SIGNED_IN or visit.may(may))):
        return None
    if visit.me is not None:
        raise HTTPException(403)
    if visit.request.method in UNSAFE or visit.is_partial:
        raise HTTPException(401)
    return go(f"/sign-in?next={visit.request.url.path}")


def _check_csrf(visit: Visit) -> None:
    """Raises HTTPException 403 when the form did not come from a page of ours."""
    if not hmac.compare_digest(visit.field("csrf").encode(), visit.csrf.encode()):
        raise HTTPException(403)


def _leave(visit: Visit, response: Response) -> Response:
    if language := asked(visit.request):
        set_cookie(visit.runtime, response, LANGUAGE_COOKIE, language, days=365)
    if visit.session is None and visit.request.cookies.get(CSRF_COOKIE) != visit.csrf:
        set_cookie(visit.runtime, response, CSRF_COOKIE, visit.csrf)
    return response


def set_cookie(
    runtime: Runtime, response: Response, name: str, value: str, days: int | None = None
) -> None:
    """A cookie that scripts and other sites never see."""
    response.set_cookie(
        name,
        value,
        max_age=None if days is None else days * 86400,
        secure=(runtime.settings.public_url or "").startswith("https://"),
        httponly=True,
        samesite="lax",
    )
