"""Signing in and out: the first account, passwords, sessions."""

from __future__ import annotations

import asyncio
from functools import cache
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.errors import ConsularError
from bot.consular.staff import accounts, sessions, tokens
from bot.models import Staff, StaffLink
from bot.pages.rendering import N_
from bot.pages.visit import ANYONE, SESSION_COOKIE, SIGNED_IN, Page, Visit, go, set_cookie
from bot.signals import attempts

MIN_PASSWORD_CHARS = 12  # length is what helps (NIST SP 800-63B)
MAX_PASSWORD_CHARS = 200
MAX_EMAIL_CHARS = 200
MAX_PATH_CHARS = 500
MAX_TRIES_OF_EMAIL = 10  # in the window
MAX_TRIES_OF_HOST = 50  # in the window
WINDOW_SECONDS = 900

_hasher = PasswordHasher()


async def sign_in_form(visit: Visit) -> Response:
    """Show the form, or the board to those who are signed in already."""
    if visit.me is not None:
        return go("/")
    destination = _inside(visit.request.query_params.get("next", ""))
    return _sign_in_page(visit, destination)


async def sign_in(visit: Visit) -> Response:
    """Check the password and open a session."""
    email = visit.field("email", MAX_EMAIL_CHARS)
    destination = _inside(visit.field("next", MAX_PATH_CHARS))
    if not await _may_try(visit, email):
        wrong = N_("Too many tries. Wait 15 minutes.")
        return _sign_in_page(
            visit,
            destination,
            email,
            wrong,
            status=429,
        )
    account = await _authenticated(visit, email, visit.password())
    if account is None:
        wrong = N_("E-mail or password is not right.")
        return _sign_in_page(
            visit,
            destination,
            email,
            wrong,
            status=422,
        )
    return await _open_session(visit, account, destination)


def _sign_in_page(
    visit: Visit,
    destination: str,
    email: str = "",
    wrong: str = "",
    status: int = 200,
) -> Response:
    return visit.page(
        "staff/sign_in.html",
        status,
        next=destination,
        email=email,
        wrong=wrong,
    )


async def sign_out(visit: Visit) -> Response:
    """End the session, on the server too."""
    token = visit.request.cookies[SESSION_COOKIE]
    async with visit.runtime.db.begin() as session:
        await sessions.sign_out(session, token)
    response = go("/sign-in")
    response.delete_cookie(SESSION_COOKIE)
    return response


async def join_form(visit: Visit) -> Response:
    """Show the page of a one-time link."""
    link = await _link(visit)
    return _join_page(visit, link)


async def join(visit: Visit) -> Response:
    """Set the password of a one-time link, and sign in."""
    link = await _link(visit)
    email = visit.field("email", MAX_EMAIL_CHARS)
    wrong = _password_fault(visit)
    if wrong:
        return _join_page(visit, link, email, wrong)
    hashed = await asyncio.to_thread(_hasher.hash, visit.password())
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
    return await _open_session(visit, account, "/")


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
        shortest=MIN_PASSWORD_CHARS,
    )


async def _open_session(
    visit: Visit,
    account: Staff,
    destination: str,
) -> Response:
    async with visit.runtime.db.begin() as session:
        token, _ = await sessions.sign_in(session, account, visit.now)
    response = go(destination)
    set_cookie(visit.runtime, response, SESSION_COOKIE, token)
    return response


async def _may_try(visit: Visit, email: str) -> bool:
    """Whether neither this e-mail address nor this network address tried too often."""
    return await _may_try_email(visit, email) and await _may_try_host(visit)


async def _may_try_email(visit: Visit, email: str) -> bool:
    digest = visit.runtime.keyring.index(email.casefold(), b"sign-in").hex()
    key = f"sign-in:{digest}"  # Redis sees digests only
    return await attempts.allow(visit.runtime.redis, key, MAX_TRIES_OF_EMAIL, WINDOW_SECONDS)


async def _may_try_host(visit: Visit) -> bool:
    client = visit.request.client
    host = client.host if client else ""
    digest = visit.runtime.keyring.index(host, b"sign-in from").hex()
    key = f"sign-in-from:{digest}"
    return await attempts.allow(visit.runtime.redis, key, MAX_TRIES_OF_HOST, WINDOW_SECONDS)


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
    if account is None or account.password is None:
        hashed = await asyncio.to_thread(_nobodys_password)
        await asyncio.to_thread(_verify, hashed, password)
        return None
    is_right = await asyncio.to_thread(_verify, account.password, password)
    if is_right and account.blocked_at is None:
        return account
    return None


@cache
def _nobodys_password() -> str:
    return _hasher.hash("nobody has this password")


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


async def _link(visit: Visit) -> StaffLink:
    """Return the link of the address. Raises HTTPException 404 when it was used or has ended."""
    async with visit.runtime.db.read() as session:
        link = await tokens.link_of(session, _token(visit), visit.now)
    if link is None:
        raise HTTPException(404)
    return link


def _token(visit: Visit) -> str:
    return str(visit.request.path_params["token"])


def _password_fault(visit: Visit) -> str:
    """Say what is wrong with the new password; empty when nothing is."""
    password = visit.password()
    if len(password) < MIN_PASSWORD_CHARS:
        return N_("The password is too short: 12 letters or more, a sentence is best.")
    if len(password) > MAX_PASSWORD_CHARS:
        return N_("The password is too long.")
    if password != visit.password("again"):
        return N_("The two passwords are not the same.")
    return ""


def _inside(path: str) -> str:
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
