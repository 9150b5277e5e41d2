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
from bot.consular.reference import refusals
from bot.consular.staff import accounts, roles, sessions
from bot.messages import Language
from bot.models import Staff, StaffSession
from bot.pages import rendering
from bot.pages.language import COOKIE as LANGUAGE_COOKIE
from bot.pages.language import preferred, requested
from bot.runtime.runtime import Runtime

ANYONE = "anyone"  # no session needed
SIGNED_IN = "signed in"  # any account
SESSION_COOKIE = "tammen_session"
CSRF_COOKIE = "tammen_csrf"
OVERRIDES = "overrides"  # topic: advisories that one officer sent alone
UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
MAX_FIELDS = 600  # a countries picker has a field per country
MAX_FIELD_CHARS = 5000
CSRF_TOKEN_BYTES = 24
LANGUAGE_COOKIE_DAYS = 365
DAY_SECONDS = 86_400

T = TypeVar("T")


@dataclass(slots=True)
class Visit:
    """One request for a page, as its view sees it."""

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
        """Return the account that is signed in. Raises HTTPException 401."""
        if self.me is None:
            raise HTTPException(401)
        return self.me

    @property
    def is_partial(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def site(self) -> str:
        """Return the address of this site as others reach it."""
        public_url = self.runtime.settings.public_url
        if public_url:
            return public_url
        return str(self.request.base_url).rstrip("/")

    def number(self, name: str) -> int:
        """Return a number from the path."""
        return int(self.request.path_params[name])

    async def find(self, table: type[T]) -> T:
        """Find the row whose id is in the path. Raises HTTPException 404."""
        async with self.runtime.db.read() as session:
            row = await session.get(table, self.number("id"))
        if row is None:
            raise HTTPException(404)
        return row

    def field(self, name: str, limit: int = MAX_FIELD_CHARS) -> str:
        """Return a text field of the form, trimmed."""
        return self.password(name).strip()[:limit]

    async def file(self, name: str) -> bytes:
        """Return a file that came with the form; empty when none did."""
        upload = self.form.get(name)
        if isinstance(upload, UploadFile):
            return await upload.read()
        return b""

    def password(self, name: str = "password") -> str:
        """Return a field as it was typed, spaces and all."""
        text = self.form.get(name)
        if isinstance(text, str):
            return text
        return ""

    def fields(self, name: str) -> list[str]:
        """Return all texts of a repeated field."""
        return [text for text in self.form.getlist(name) if isinstance(text, str)]

    def say(self, message: str) -> str:
        """Translate a message into the reader's language."""
        return str(rendering.words(self.language).ugettext(message))

    def explain(self, error: ConsularError) -> str:
        """Put a refusal into the reader's language."""
        return refusals.explain(error, self.language)

    def may(self, permission: str) -> bool:
        """Whether the reader's role has the permission."""
        return self.me is not None and roles.may(self.me, permission)

    def page(self, template: str, status: int = 200, **content: Any) -> HTMLResponse:
        """Render a page, or a part of one, in the reader's language."""
        page = rendering.render(template, self.language, {"visit": self, **content})
        return HTMLResponse(page, status)


View = Callable[[Visit], Awaitable[Response]]


class Page(Route):
    """A route that states who may use it: `may` is a permission, ANYONE or SIGNED_IN.

    `is_proof`: the address itself proves the right to post (a signed link), so the page works
    where no cookie is kept. `files`: how many may come with the form.
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
        name = f"{view.__module__}.{view.__name__}"
        super().__init__(path, endpoint, methods=list(methods), name=name)
        self.may = may


def go(path: str) -> RedirectResponse:
    """Redirect to another page, after a form."""
    return RedirectResponse(path, 303)


def _endpoint(
    view: View,
    may: str,
    is_proof: bool,
    files: int,
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        visit = await arrive(request)
        refusal = _refusal(visit, may)
        if refusal is not None:
            return refusal
        if request.method in UNSAFE_METHODS:
            visit.form = await request.form(max_files=files, max_fields=MAX_FIELDS)
            if not is_proof:
                _check_csrf(visit)
        response = await _show(view, visit)
        _set_cookies(visit, response)
        return response

    return answer


async def _show(view: View, visit: Visit) -> Response:
    """Run the view; a refusal by the rules of the work becomes a page that says so."""
    try:
        return await view(visit)
    except ConsularError as error:
        return visit.page("refused.html", 409, words=visit.explain(error))


async def arrive(request: Request) -> Visit:
    """Make the visit of a request: its account, language and form token."""
    runtime = cast(Runtime, request.app.state.runtime)
    now = runtime.clock()
    me, session = await _signed_in(request, runtime, now)
    language = preferred(request, me.language if me else None)
    return Visit(
        request,
        runtime,
        language,
        now,
        _csrf(request, session),
        me,
        session,
    )


def _csrf(request: Request, session: StaffSession | None) -> str:
    """Return the token of the session's forms, of the cookie's, or a new one."""
    if session is not None:
        return session.csrf
    return request.cookies.get(CSRF_COOKIE) or secrets.token_urlsafe(CSRF_TOKEN_BYTES)


async def _signed_in(
    request: Request,
    runtime: Runtime,
    now: datetime,
) -> tuple[Staff | None, StaffSession | None]:
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None, None
    async with runtime.db.read() as session:
        signed_in = await sessions.signed_in(session, token, now)
    if signed_in is None:
        return None, None
    await _note_visit(runtime, *signed_in, requested(request), now)
    return signed_in


async def _note_visit(
    runtime: Runtime,
    me: Staff,
    staff_session: StaffSession,
    language: Language | None,
    now: datetime,
) -> None:
    """Keep the session alive and remember a new language; most visits write nothing."""
    has_new_language = language not in (None, me.language)
    is_fresh = now - staff_session.seen_at <= sessions.TOUCH_AFTER
    if is_fresh and not has_new_language:
        return
    async with runtime.db.begin() as session:
        await sessions.touch(session, staff_session, now)
        if language is not None:
            account = await session.get_one(Staff, me.id)
            await accounts.set_language(session, account, language)


def _refusal(visit: Visit, may: str) -> Response | None:
    """Redirect to the sign-in page, or None for a welcome visit. Raises HTTPException 401, 403."""
    if may == ANYONE:
        return None
    if visit.me is not None:
        if may == SIGNED_IN or visit.may(may):
            return None
        raise HTTPException(403)
    if visit.request.method in UNSAFE_METHODS or visit.is_partial:
        raise HTTPException(401)
    return go(f"/sign-in?next={visit.request.url.path}")


def _check_csrf(visit: Visit) -> None:
    """Raise HTTPException 403 unless the form came from a page of ours."""
    sent = visit.field("csrf").encode()
    expected = visit.csrf.encode()
    if not hmac.compare_digest(sent, expected):
        raise HTTPException(403)


def _set_cookies(visit: Visit, response: Response) -> None:
    language = requested(visit.request)
    if language is not None:
        set_cookie(visit.runtime, response, LANGUAGE_COOKIE, language, LANGUAGE_COOKIE_DAYS)
    if visit.session is not None:
        return
    if visit.request.cookies.get(CSRF_COOKIE) != visit.csrf:
        set_cookie(visit.runtime, response, CSRF_COOKIE, visit.csrf)


def set_cookie(
    runtime: Runtime,
    response: Response,
    name: str,
    content: str,
    days: int | None = None,
) -> None:
    """Set a cookie that scripts and other sites never see; without `days`, for the session."""
    response.set_cookie(
        name,
        content,
        max_age=None if days is None else days * DAY_SECONDS,
        secure=(runtime.settings.public_url or "").startswith("https://"),
        httponly=True,
        samesite="lax",
    )
