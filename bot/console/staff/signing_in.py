"""Signing in and out: the first account, passwords, and the session that follows."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.staff import news
from bot.consular.errors import ConsularError
from bot.consular.staff import (
    accounts,
    emails,
    factors,
    failures,
    hashing,
    passwords,
    sessions,
    tokens,
)
from bot.consular.staff.factors import Factors
from bot.models import Staff, StaffLink
from bot.pages import cookies, devices, origins, proofs, throttle
from bot.pages.rendering import N_
from bot.pages.visit import ANYONE, SIGNED_IN, Page, Visit, go

MAX_EMAIL_FIELD_CHARS = 1000  # an address is at most 200 letters, and blanks around it are none
MAX_PATH_CHARS = 500
PASSWORD = "password"  # noqa: S105  # what the tries are counted for


async def sign_in_form(visit: Visit) -> Response:
    """Show the form, or the board to those who are signed in already."""
    if visit.me is not None:
        return go("/")
    destination = inside(visit.request.query_params.get("next", ""))
    return _sign_in_page(visit, destination)


async def sign_in(visit: Visit) -> Response:
    """Check the password and open a session, or half of one where a second factor follows."""
    email = visit.field("email", MAX_EMAIL_FIELD_CHARS)
    destination = inside(visit.field("next", MAX_PATH_CHARS))
    wait = await throttle.wait_seconds(visit.runtime, visit.request, email, PASSWORD)
    if wait:
        proofs.note_outcome("waiting")
        return _sign_in_page(visit, destination, email, wait=wait)
    try:
        account = await _authenticated(visit, email, visit.password())
    except hashing.HashingBusyError:
        proofs.note_outcome("busy")
        busy = N_("Many people are signing in right now. Please try again in a moment.")
        return _sign_in_page(
            visit,
            destination,
            email,
            busy,
            hashing.RETRY_SECONDS,
            503,
        )
    if account is None:
        wrong = N_("E-mail or password is not right.")
        return _sign_in_page(
            visit,
            destination,
            email,
            wrong,
        )
    await throttle.welcome(visit.runtime, visit.request, email, PASSWORD)
    return await open_session(visit, account, destination)


def _sign_in_page(
    visit: Visit,
    destination: str,
    email: str = "",
    wrong: str = "",
    wait: int = 0,
    status: int = 0,
) -> Response:
    refused = 429 if wait else 422
    is_first = not (wrong or wait)
    response = visit.page(
        "staff/sign_in.html",
        status or (200 if is_first else refused),
        next=destination,
        email=email,
        wrong=wrong,
        wait=0 if wrong else wait,
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


async def sign_out(visit: Visit) -> Response:
    """End the session, on the server too."""
    token = cookies.read(visit.runtime, visit.request, cookies.SESSION)
    async with visit.runtime.db.begin() as session:
        await sessions.sign_out(session, token)
    response = go("/sign-in")
    cookies.drop(visit.runtime, response, cookies.SESSION)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


async def join_form(visit: Visit) -> Response:
    """Show the page of a one-time link."""
    link = await _link(visit)
    return _join_page(visit, link)


async def join(visit: Visit) -> Response:
    """Set the password of a one-time link, and sign in."""
    link = await _link(visit)
    email = visit.field("email", MAX_EMAIL_FIELD_CHARS)
    wrong = passwords.fault(
        visit.password(),
        visit.password("again"),
        email or await _email_of(visit, link),
    )
    if wrong:
        return _join_page(visit, link, email, wrong)
    hashed = await hashing.digest(visit.password())
    try:
        async with visit.runtime.db.begin() as session:
            account = await accounts.use_link(
                session,
                _token(visit),
                email,
                hashed,
                visit.now,
            )
    except ConsularError as error:
        return _join_page(visit, link, email, visit.explain(error))
    response = await open_session(visit, account, "/")
    response.background = news.letter(visit, account, news.PASSWORD_CHANGED)
    return response


def _join_page(
    visit: Visit,
    link: StaffLink,
    email: str = "",
    wrong: str = "",
) -> Response:
    return visit.page(
        "staff/join.html",
        422 if wrong else 200,
        first=link.staff_id is None,
        email=email,
        wrong=wrong,
        shortest=passwords.MIN_PASSWORD_CHARS,
    )


async def open_session(
    visit: Visit,
    account: Staff,
    destination: str,
) -> Response:
    """Sign in somebody whose password was right; a second factor may have to follow."""
    origin = origins.of(visit.request)
    is_whole = not visit.runtime.settings.needs_second_factor
    async with visit.runtime.db.begin() as session:
        owned = await factors.of_account(session, account)
        is_whole = is_whole or not (factors.is_needed(account) or owned.count)
        begin = sessions.sign_in if is_whole else sessions.half_sign_in
        token, _ = await begin(session, account, visit.now, origin)
    next_page = destination
    if not is_whole:
        next_page = _second_step(owned, destination)
    response = go(next_page)
    cookies.put(visit.runtime, response, cookies.SESSION, token)
    if is_whole:
        proofs.note_outcome("right")
        response.background = news.of_sign_in(visit, account)
        devices.remember(visit.runtime, response, account.email)
    return response


def _second_step(owned: Factors, destination: str) -> str:
    """Return the page that asks for a second factor, or sets up the first one."""
    page = "/sign-in/second" if owned.count else "/sign-in/enrol"
    return f"{page}?next={quote(destination)}"


async def _authenticated(
    visit: Visit,
    email: str,
    password: str,
) -> Staff | None:
    """Return the account when the password is its own and it is not blocked.

    An address without an account takes as long as one with a wrong password.
    """
    async with visit.runtime.db.read() as session:
        account = await accounts.by_email(session, email)
    if emails.is_too_long(email):
        account = None
    hashed = account.password if account else None
    is_stranger = throttle.is_stranger(visit.runtime, visit.request, email)
    is_right = await hashing.verify(hashed, password, is_stranger=is_stranger)
    if is_right and account is not None and account.blocked_at is None:
        return account
    proofs.note_outcome("wrong", account)
    async with visit.runtime.db.begin() as session:
        await failures.note(session, email, visit.now)
    return None


async def _link(visit: Visit) -> StaffLink:
    """Return the link of the address. Raises HTTPException 404 when it was used or has ended."""
    async with visit.runtime.db.read() as session:
        link = await tokens.link_of(session, _token(visit), visit.now)
    if link is None:
        raise HTTPException(404)
    return link


async def _email_of(visit: Visit, link: StaffLink) -> str:
    if link.staff_id is None:
        return ""
    async with visit.runtime.db.read() as session:
        account = await session.get_one(Staff, link.staff_id)
    return account.email


def _token(visit: Visit) -> str:
    return str(visit.request.path_params["token"])


def inside(path: str) -> str:
    """Return a path of this site, else the board: nobody is sent elsewhere after signing in."""
    if not path.startswith("/") or path.startswith("//"):
        return "/"
    if "\\" in path or not path.isprintable():
        return "/"
    parts = urlsplit(path)
    if parts.netloc or parts.scheme:
        return "/"
    return path


ROUTES = [
    Page("/sign-in", sign_in_form, may=ANYONE),
    Page("/sign-in", sign_in, may=ANYONE, methods=("POST",)),
    Page("/sign-out", sign_out, may=SIGNED_IN, methods=("POST",)),
    Page("/join/{token}", join_form, may=ANYONE),
    Page("/join/{token}", join, may=ANYONE, methods=("POST",)),
]
