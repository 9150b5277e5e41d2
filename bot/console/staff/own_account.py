"""One's own account: failed sign-ins, password, second factors, sessions, what happened to it."""

from __future__ import annotations

from starlette.responses import Response

from bot.console.staff import news, second_factor
from bot.console.staff.signing_in import MAX_PATH_CHARS, inside
from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff import factors, failures, hashing, passwords, recovery, sessions
from bot.consular.staff.roles import actor
from bot.models import Staff
from bot.pages import audit, proofs
from bot.pages.rendering import N_
from bot.pages.visit import SIGNED_IN, Page, View, Visit, confirm, confirmation_page, go
from bot.signals import bells

NOTES_SHOWN = 15


async def show(visit: Visit) -> Response:
    """Show one's own account."""
    return await _account_page(visit)


async def _account_page(visit: Visit, wrong: str = "", wait: int = 0) -> Response:
    async with visit.runtime.db.read() as session:
        account = await session.get_one(Staff, visit.staff.id)
        owned = await factors.of_account(session, account)
        limits = proofs.limits(visit.runtime)
        open_sessions = await sessions.of_account(
            session,
            account,
            visit.now,
            limits,
        )
        notes = await trail.of(session, actor(account), NOTES_SHOWN)
        lines = await audit.lines(session, notes, visit.language)
    status = 200
    if wait:
        status = 429
    elif wrong:
        status = 422
    response = visit.page(
        "staff/own_account.html",
        status,
        account=account,
        factors=owned,
        is_needed=factors.is_needed(account),
        is_off=not visit.runtime.settings.needs_second_factor,
        sessions=open_sessions,
        lines=lines,
        shortest=passwords.MIN_PASSWORD_CHARS,
        wrong=wrong,
        wait=wait,
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


async def see_failures(visit: Visit) -> Response:
    """Write down that the owner has seen the failed sign-ins."""
    async with visit.runtime.db.begin() as session:
        await failures.clear(session, visit.staff)
    return go("/account?done=confirmed")


async def change_password(visit: Visit) -> Response:
    """Change one's own password, by the present one; all other sessions end."""
    present = proofs.Proof(password=visit.password("present"))
    verdict = await proofs.judge(visit.claimant, present, "confirm")
    if verdict.wait_seconds:
        return await _account_page(visit, wait=verdict.wait_seconds)
    if not verdict.is_right:
        return await _account_page(visit, N_("The present password is not right."))
    new_password = visit.password("new")
    again = visit.password("again")
    wrong = passwords.fault(new_password, again, visit.staff.email)
    if wrong:
        return await _account_page(visit, wrong)
    hashed = await hashing.digest(new_password)
    await _set_password(visit, hashed)
    await announce(visit, visit.staff)
    return _telling(visit, go("/account?done=saved"), news.PASSWORD_CHANGED)


def _telling(visit: Visit, response: Response, what: str) -> Response:
    """Write to the owner of the account once the response is out."""
    response.background = news.letter(visit, visit.staff, what)
    return response


async def _set_password(visit: Visit, hashed: str) -> None:
    async with visit.runtime.db.begin() as session:
        owner = await session.get_one(Staff, visit.staff.id)
        owner.password = hashed
        await sessions.end_others(session, owner, visit.session)
        visit.new_token = await sessions.renew(session, visit.claimant.session, visit.now)
        await trail.note(
            session,
            actor(owner),
            "staff.password_changed",
            actor(owner),
            visit.now,
        )


async def end_session(visit: Visit) -> Response:
    """End one of one's own sessions."""
    async with visit.runtime.db.begin() as session:
        await sessions.end(session, visit.staff, visit.number("id"))
    await announce(visit, visit.staff)
    return go("/account?done=session_ended")


async def end_other_sessions(visit: Visit) -> Response:
    """End all of one's own sessions but this one."""
    async with visit.runtime.db.begin() as session:
        await sessions.end_others(session, visit.staff, visit.session)
    await announce(visit, visit.staff)
    return go("/account?done=session_ended")


async def factor_form(visit: Visit) -> Response:
    """Show how to add an app or a passkey."""
    return await _factor_page(visit)


async def add_factor(visit: Visit) -> Response:
    """Add an app or a passkey; with the first one come recovery codes, shown once."""
    claimant = visit.claimant
    codes: list[str] = []
    try:
        async with visit.runtime.db.begin() as session:
            await second_factor.add(session, claimant, proofs.read(visit.form))
            if not await recovery.unused_count(session, claimant.account):
                codes = await recovery.renew(session, claimant.account, visit.now)
    except ConsularError as error:
        return await _factor_page(visit, visit.explain(error))
    response: Response = go("/account?done=saved")
    if codes:
        response = visit.page("staff/codes.html", codes=codes, next="/account")
    return _telling(visit, response, news.FACTOR_ADDED)


async def _factor_page(visit: Visit, wrong: str = "") -> Response:
    async with visit.runtime.db.begin() as session:
        setting_up = await second_factor.offer(session, visit.claimant)
    return visit.page("staff/factor.html", 422 if wrong else 200, wrong=wrong, **setting_up)


async def remove_app(visit: Visit) -> Response:
    """Remove one's authenticator app."""
    async with visit.runtime.db.begin() as session:
        await factors.remove_app(session, visit.staff, visit.now)
    return _telling(visit, go("/account?done=factor_removed"), news.FACTOR_REMOVED)


async def remove_passkey(visit: Visit) -> Response:
    """Remove one of one's passkeys."""
    async with visit.runtime.db.begin() as session:
        await factors.remove_passkey(
            session,
            visit.staff,
            visit.number("id"),
            visit.now,
        )
    return _telling(visit, go("/account?done=factor_removed"), news.FACTOR_REMOVED)


async def renew_codes(visit: Visit) -> Response:
    """Make new recovery codes; the page shows them once."""
    async with visit.runtime.db.begin() as session:
        codes = await recovery.renew(session, visit.staff, visit.now)
    response = visit.page("staff/codes.html", codes=codes, next="/account")
    return _telling(visit, response, news.CODES_RENEWED)


async def confirm_form(visit: Visit) -> Response:
    """Ask who it is, before a page that needs to know."""
    destination = inside(visit.request.query_params.get("next", ""))
    return await confirmation_page(visit, [("next", destination)])


async def confirm_it(visit: Visit) -> Response:
    """Check who it is and go on to the page that needs to know."""
    destination = inside(visit.field("next", MAX_PATH_CHARS))
    wrong, wait_seconds = await confirm(visit)
    if visit.new_token:
        return go(destination)
    return await confirmation_page(visit, [("next", destination)], wrong, wait_seconds)


async def announce(visit: Visit, account: Staff) -> None:
    """Tell the live pages of an account to look whether they may go on."""
    await bells.announce(visit.runtime.redis, actor(account))


def _form(
    path: str,
    view: View,
    *,
    asks_again: bool = False,
) -> Page:
    """Make a route of a form on one's own account."""
    return Page(
        path,
        view,
        may=SIGNED_IN,
        methods=("POST",),
        asks_again=asks_again,
    )


ROUTES = [
    Page("/account", show, may=SIGNED_IN),
    _form("/account/failures/seen", see_failures),
    _form("/account/password", change_password),
    _form(
        "/account/sessions/end",
        end_other_sessions,
        asks_again=True,
    ),
    _form(
        "/account/sessions/{id:int}/end",
        end_session,
        asks_again=True,
    ),
    Page(
        "/account/factor",
        factor_form,
        may=SIGNED_IN,
        asks_again=True,
    ),
    _form(
        "/account/factor",
        add_factor,
        asks_again=True,
    ),
    _form(
        "/account/app/remove",
        remove_app,
        asks_again=True,
    ),
    _form(
        "/account/passkeys/{id:int}/remove",
        remove_passkey,
        asks_again=True,
    ),
    _form(
        "/account/codes",
        renew_codes,
        asks_again=True,
    ),
    Page("/confirm", confirm_form, may=SIGNED_IN),
    _form("/confirm", confirm_it),
]
