"""The way in and out: the first account, passwords, sessions."""

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

SHORTEST = 12  # letters of a password: length is what helps (NIST SP 800-63B)
LONGEST = 200
TRIES, WINDOW = 10, 900  # sign-ins for one e-mail address, and seconds
TRIES_FROM_HERE = 50  # sign-ins from one network address in the same time

_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """A password's hash to check when there is no account: as slow as when there is one."""
    return _hasher.hash("nobody has this password")


async def sign_in_form(visit: Visit) -> Response:
    """The form, or the board for those who are in already."""
    if visit.me is not None:
        return go("/")
    return visit.page(
        "staff/sign_in.html",
        next=_inside(visit.request.query_params.get("next", "")),
        email="",
        wrong="",
    )


async def sign_in(visit: Visit) -> Response:
    """Checks the password and opens a session."""
    email, there = visit.field("email", 200), _inside(visit.field("next", 500))
    if not await _may_try(visit, email):
        return visit.page(
            "staff/sign_in.html",
            429,
            next=there,
            email=email,
            wrong=N_("Too many tries. Wait 15 minutes."),
        )
    account = await _checked(visit, email, visit.password())
    if account is None:
        return visit.page(
            "staff/sign_in.html",
            422,
            next=there,
            email=email,
            wrong=N_("E-mail or password is not right."),
        )
    return await _open(visit, account, there)


async def sign_out(visit: Visit) -> Response:
    """Ends the session, on the server too."""
    async with visit.runtime.db.begin() as session:
        await sessions.sign_out(session, visit.request.cookies[SESSION_COOKIE])
    response = go("/sign-in")
    response.delete_cookie(SESSION_COOKIE)
    return response


async def join_form(visit: Visit) -> Response:
    """The page behind a one-time link."""
    return visit.page(
        "staff/join.html",
        first=(await _link(visit)).staff_id is None,
        email="",
        wrong="",
        shortest=SHORTEST,
    )


async def join(visit: Visit) -> Response:
    """Sets the password, and signs in."""
    first = (await _link(visit)).staff_id is None
    email, wrong = visit.field("email", 200), _wrong_password(visit)
    if wrong:
        return visit.page(
            "staff/join.html", 422, first=first, email=email, wrong=wrong, shortest=SHORTEST
        )
    hashed = await asyncio.to_thread(_hasher.hash, visit.password())
    try:
        async with visit.runtime.db.begin() as session:
            account = await accounts.use_link(session, _token(visit), email, hashed, visit.now)
    except ConsularError as error:
        words = visit.explain(error)
        return visit.page(
            "staff/join.html", 422, first=first, email=email, wrong=words, shortest=SHORTEST
        )
    return await _open(visit, account, "/")


async def _open(visit: Visit, account: Staff, there: str) -> Response:
    async with visit.runtime.db.begin() as session:
        token, _ = await sessions.sign_in(session, account, visit.now)
    response = go(there)
    set_cookie(visit.runtime, response, SESSION_COOKIE, token)
    return response


async def _may_try(visit: Visit, email: str) -> bool:
    """Whether neither this e-mail address nor this network address tried too often; Redis sees digests only."""
    keyring, redis = visit.runtime.keyring, visit.runtime.redis
    host = visit.request.client.host if visit.request.client else ""
    by_email = keyring.index(email.casefold(), b"sign-in").hex()
    by_host = keyring.index(host, b"sign-in from").hex()
    return await attempts.allow(
        redis, f"sign-in:{by_email}", TRIES, WINDOW
    ) and await attempts.allow(redis, f"sign-in-from:{by_host}", TRIES_FROM_HERE, WINDOW)


async def _checked(visit: Visit, email: str, password: str) -> Staff | None:
    """The account, when the password is its own and it is not blocked."""
    async with visit.runtime.db.read() as session:
        account = await accounts.by_email(session, email)
    known = account.password if account and account.password else await asyncio.to_thread(_nobody)
    is_right = await asyncio.to_thread(_verify, known, password)
    usable = account is not None and account.password is not None and account.blocked_at is None
    return account if is_right and usable else None


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


async def _link(visit: Visit) -> StaffLink:
    """The link of the address. Raises HTTPException 404 when it was used or has ended."""
    async with visit.runtime.db.read() as session:
        link = await tokens.link_of(session, _token(visit), visit.now)
    if link is None:
        raise HTTPException(404)
    return link


def _token(visit: Visit) -> str:
    return str(visit.request.path_params["token"])


def _wrong_password(visit: Visit) -> str:
    password = visit.password()
    if len(password) < SHORTEST:
        return N_("The password is too short: 12 letters or more, a sentence is best.")
    if len(password) > LONGEST:
        return N_("The password is too long.")
    return "" if password == visit.password("again") else N_("The two passwords are not the same.")


def _inside(path: str) -> str:
    """A path of this site, else the board: nobody is sent elsewhere after signing in."""
    parts = urlsplit(path)
    is_ours = (
        path.startswith("/")
        and not path.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
    )
    return path if is_ours and path.isprintable() and "\\" not in path else "/"


ROUTES = [
    Page("/sign-in", sign_in_form, may=ANYONE),
    Page("/sign-in", sign_in, may=ANYONE, methods=("POST",)),
    Page("/sign-out", sign_out, may=SIGNED_IN, methods=("POST",)),
    Page("/join/{token}", join_form, may=ANYONE),
    Page("/join/{token}", join, may=ANYONE, methods=("POST",)),
]
