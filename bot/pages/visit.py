"""One request for a page: who asks, in which language, with which form, and whether they may."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy.exc import DataError
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.consular.crises.clocks import Alarm
from bot.consular.errors import ConsularError
from bot.consular.reference import refusals
from bot.consular.staff import accounts, hashing, passkeys, roles, sessions
from bot.messages import Language
from bot.models import Staff, StaffSession
from bot.pages import alarms, cookies, entrance, proofs, rendering
from bot.pages.entrance import UNSAFE_METHODS
from bot.pages.language import COOKIE as LANGUAGE_COOKIE
from bot.pages.language import preferred, requested
from bot.pages.refusals import STAFF_ID
from bot.pages.rendering import N_
from bot.runtime.runtime import Runtime
from bot.text.text import MAX_NUMBER_DIGITS, clean

ANYONE = "anyone"  # no session needed
SIGNED_IN = "signed in"  # any account
HALF_OPEN = "half open"  # a session whose second factor is awaited
OVERRIDES = "overrides"  # topic: advisories that one officer sent alone
MAX_FIELDS = 600  # a countries picker has a field per country
MAX_FIELD_CHARS = 5000
CSRF_TOKEN_BYTES = 24
LANGUAGE_COOKIE_DAYS = 365

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
    half: Staff | None = None  # whose second factor is awaited
    alarm: Alarm = default(default_factory=Alarm)  # the cases that need somebody now
    new_token: str = ""  # of the session, after its owner confirmed who they are

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
    def claimant(self) -> proofs.Claimant:
        """Return who has to prove who they are. Raises HTTPException 401."""
        account = self.me or self.half
        if account is None or self.session is None:
            raise HTTPException(401)
        return proofs.Claimant(self.runtime, self.request, account, self.session, self.now)

    @property
    def site(self) -> str:
        """Return the address of this site as others reach it."""
        return proofs.site_address(self.runtime, self.request)

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
        """Return a text field of the form, trimmed, without what cannot be seen or stored."""
        return clean(self.password(name), limit)

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
        """Return all texts of a repeated field, without what cannot be seen or stored."""
        texts = [text for text in self.form.getlist(name) if isinstance(text, str)]
        return [clean(text, MAX_FIELD_CHARS) for text in texts]

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


class RowNumber(Convertor[int]):
    """A number in a path that a row can have: what is longer is no page of ours."""

    regex = rf"[0-9]{{1,{MAX_NUMBER_DIGITS}}}"

    def convert(self, digits: str) -> int:
        """Read the number."""
        return int(digits)

    def to_string(self, number: int) -> str:
        """Write the number."""
        return str(number)


# Starlette's own fails on numbers of thousands of digits.
register_url_convertor("int", RowNumber())


class Page(Route):
    """A route that states who may use it: `may` is a permission, ANYONE, SIGNED_IN or HALF_OPEN.

    `asks_again`: whoever uses it proved who they are within the last minutes, or does so now.
    `is_proof`: a signed link, or no secret at all: no cookie is asked for. `files`: how many come.
    """

    def __init__(
        self,
        path: str,
        view: View,
        *,
        may: str,
        methods: Sequence[str] = ("GET",),
        is_proof: bool = False,
        asks_again: bool = False,
        files: int = 0,
        has_cookies: bool = True,
    ) -> None:
        self.may = may
        self.is_proof = is_proof
        self.asks_again = asks_again
        self.files = files
        self.has_cookies = has_cookies
        name = f"{view.__module__}.{view.__name__}"
        super().__init__(path, _endpoint(view, self), methods=list(methods), name=name)


def go(path: str) -> RedirectResponse:
    """Redirect to another page, after a form."""
    return RedirectResponse(path, 303)


def _endpoint(view: View, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if request.method in UNSAFE_METHODS:
            return await _made(request, view, page)
        async with entrance.gate(request):
            return await _made(request, view, page)

    answer.__name__ = f"{view.__module__}.{view.__name__}"
    return answer


async def _made(request: Request, view: View, page: Page) -> Response:
    """Make a page, or answer a form, for whoever may."""
    entrance.check_query(request)
    visit = await arrive(request)
    request.scope[STAFF_ID] = visit.me.id if visit.me else None
    refusal = _refusal(visit, page.may)
    if refusal is not None:
        return refusal
    if request.method in UNSAFE_METHODS:
        entrance.check_type(request)
        visit.form = await request.form(max_files=page.files, max_fields=MAX_FIELDS)
        if not page.is_proof:
            _check_csrf(visit)
    if visit.me is not None and entrance.is_use(request):
        visit.alarm = await alarms.look(visit.runtime, visit.me, visit.now)
    response = await _show(view, visit, page)
    if page.has_cookies:
        _set_cookies(visit, response)
    return response


async def _question(visit: Visit) -> Response | None:
    """Ask who it is, unless they proved it a moment ago or do so with this form.

    The form's fields wait in the page that asks, so nothing has to be typed again.
    """
    claimant = visit.claimant
    if proofs.is_fresh(visit.runtime, claimant.session, visit.now):
        return None
    if visit.request.method not in UNSAFE_METHODS:
        return go(f"/confirm?next={visit.request.url.path}")
    wrong, wait_seconds = await confirm(visit)
    if visit.new_token:
        return None
    waiting = [field for field in visit.form.multi_items() if isinstance(field[1], str)]
    fields = [field for field in waiting if field[0] not in {"csrf", *proofs.FIELDS}]
    return await confirmation_page(visit, fields, wrong, wait_seconds)


async def confirm(visit: Visit) -> tuple[str, int]:
    """Look at the proof in the form; a right one renews the session's token.

    Return what is wrong and the seconds to wait; neither when no proof came.
    """
    claimant = visit.claimant
    proof = proofs.read(visit.form)
    if proof.is_empty:
        return "", 0
    verdict = await proofs.judge(claimant, proof, "confirm")
    if not verdict.is_right:
        return proofs.WRONG, verdict.wait_seconds
    async with visit.runtime.db.begin() as session:
        visit.new_token = await sessions.renew(session, claimant.session, visit.now)
    return "", 0


async def confirmation_page(
    visit: Visit,
    fields: Sequence[tuple[str, Any]],
    wrong: str = "",
    wait_seconds: int = 0,
) -> Response:
    """Show the page that asks who it is before something grave is done."""
    claimant = visit.claimant
    async with visit.runtime.db.begin() as session:
        options = await passkeys.request_options(
            session,
            claimant.site,
            claimant.account,
            claimant.session,
        )
    return visit.page(
        "staff/confirm.html",
        429 if wait_seconds else 401,
        fields=fields,
        options=options,
        wrong=wrong,
        wait=wait_seconds,
    )


async def _show(view: View, visit: Visit, page: Page) -> Response:
    """Run the view; a refusal by the rules of the work becomes a page that says so."""
    try:
        question = await _question(visit) if page.asks_again else None
        return question or await view(visit)
    except ConsularError as error:
        return visit.page("refused.html", 409, words=visit.explain(error))
    except hashing.HashingBusyError:
        raise HTTPException(503, headers={"Retry-After": str(hashing.RETRY_SECONDS)}) from None
    except (OverflowError, DataError):
        # A number that fits into no column: the views refuse those that they expect.
        refusal = N_("Something in the form is too long or too large: nothing was changed.")
        return visit.page("refused.html", 422, words=visit.say(refusal))


async def arrive(request: Request) -> Visit:
    """Make the visit of a request: its account, language and form token."""
    runtime = cast(Runtime, request.app.state.runtime)
    now = runtime.clock()
    account, session = await _of_cookie(request, runtime, now)
    is_whole = session is not None and session.verified_at is not None
    language = preferred(request, account.language if account else None)
    return Visit(
        request,
        runtime,
        language,
        now,
        _csrf(request, runtime, session),
        me=account if is_whole else None,
        half=None if is_whole else account,
        session=session,
    )


def _csrf(request: Request, runtime: Runtime, session: StaffSession | None) -> str:
    """Return the token of the session's forms, of the cookie's, or a new one."""
    if session is not None:
        return session.csrf
    kept_token = cookies.read(runtime, request, cookies.CSRF)
    return kept_token or secrets.token_urlsafe(CSRF_TOKEN_BYTES)


async def _of_cookie(
    request: Request,
    runtime: Runtime,
    now: datetime,
) -> tuple[Staff | None, StaffSession | None]:
    """Return the account and the session of a request, also when the session is half open."""
    token = cookies.read(runtime, request, cookies.SESSION)
    if not token:
        return None, None
    async with runtime.db.read() as session:
        account_and_session = await sessions.of_token(session, token, now, proofs.limits(runtime))
    if account_and_session is None:
        return None, None
    if entrance.is_use(request):
        await _note_visit(runtime, *account_and_session, requested(request), now)
    return account_and_session


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
    if visit.me is not None and may == HALF_OPEN:
        return go("/")
    if visit.me is not None:
        if may == SIGNED_IN or visit.may(may):
            return None
        raise HTTPException(403)
    if may == HALF_OPEN and visit.half is not None:
        return None
    if visit.request.method in UNSAFE_METHODS or visit.is_partial:
        raise HTTPException(401)
    return go(f"/sign-in?next={visit.request.url.path}")


def _check_csrf(visit: Visit) -> None:
    """Raise HTTPException 403 unless the form came from a page of ours."""
    sent = visit.field("csrf").encode()
    if not hmac.compare_digest(sent, visit.csrf.encode()):
        raise HTTPException(403)


def _set_cookies(visit: Visit, response: Response) -> None:
    language = requested(visit.request)
    if language is not None:
        cookies.put(visit.runtime, response, LANGUAGE_COOKIE, language, LANGUAGE_COOKIE_DAYS)
    if visit.new_token:
        cookies.put(visit.runtime, response, cookies.SESSION, visit.new_token)
    if visit.session is not None:
        return
    if cookies.read(visit.runtime, visit.request, cookies.CSRF) != visit.csrf:
        cookies.put(visit.runtime, response, cookies.CSRF, visit.csrf)
