"""The second step of signing in: a second factor, set up the first time."""

from __future__ import annotations

from urllib.parse import quote

import segno
from markupsafe import Markup
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.console.staff import news
from bot.console.staff.signing_in import MAX_PATH_CHARS, inside
from bot.consular.errors import ConsularError
from bot.consular.staff import factors, passkeys, recovery, sessions, totp
from bot.models import Staff, StaffSession
from bot.pages import devices, origins, proofs
from bot.pages.proofs import Claimant
from bot.pages.visit import HALF_OPEN, Page, Visit, go

QR_SCALE = 4
SECRET_GROUP_CHARS = 4


async def ask(visit: Visit) -> Response:
    """Ask for the second factor; whoever has none yet sets one up."""
    destination = inside(visit.request.query_params.get("next", ""))
    if not await _has_factor(visit):
        return go(f"/sign-in/enrol?next={quote(destination)}")
    return await _ask(visit, destination)


async def answer(visit: Visit) -> Response:
    """Check the second factor and open the session."""
    destination = inside(visit.field("next", MAX_PATH_CHARS))
    proof = proofs.read(visit.form)
    second = proofs.Proof(code=proof.code, passkey=proof.passkey)  # a password is the first one
    verdict = await proofs.judge(visit.claimant, second, "second factor")
    if not verdict.is_right:
        wrong = "" if verdict.wait_seconds else proofs.WRONG
        return await _ask(visit, destination, wrong, verdict.wait_seconds)
    response = go(destination)
    await _open(visit, response)
    return response


async def _ask(
    visit: Visit,
    destination: str,
    wrong: str = "",
    wait: int = 0,
) -> Response:
    claimant = visit.claimant
    async with visit.runtime.db.begin() as session:
        owned = await factors.of_account(session, claimant.account)
        options = await passkeys.request_options(
            session,
            claimant.site,
            claimant.account,
            claimant.session,
        )
    refused = 429 if wait else 422
    response = visit.page(
        "staff/second.html",
        refused if wrong or wait else 200,
        next=destination,
        factors=owned,
        options=options,
        wrong=wrong,
        wait=wait,
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


async def enrol_form(visit: Visit) -> Response:
    """Show how to set up a second factor, to those who have none."""
    destination = inside(visit.request.query_params.get("next", ""))
    if await _has_factor(visit):
        return go(f"/sign-in/second?next={quote(destination)}")
    return await _enrol_page(visit, destination)


async def enrol(visit: Visit) -> Response:
    """Add the first second factor, open the session, and show the recovery codes once."""
    destination = inside(visit.field("next", MAX_PATH_CHARS))
    if await _has_factor(visit):
        return go(f"/sign-in/second?next={quote(destination)}")
    claimant = visit.claimant
    try:
        async with visit.runtime.db.begin() as session:
            await add(session, claimant, proofs.read(visit.form))
            codes = await recovery.renew(session, claimant.account, visit.now)
    except ConsularError as error:
        return await _enrol_page(visit, destination, visit.explain(error))
    response = visit.page("staff/codes.html", codes=codes, next=destination)
    await _open(visit, response)
    response.background = news.letter(visit, claimant.account, news.FACTOR_ADDED)
    return response


async def _enrol_page(visit: Visit, destination: str, wrong: str = "") -> Response:
    claimant = visit.claimant
    async with visit.runtime.db.begin() as session:
        setting_up = await offer(session, claimant)
    return visit.page(
        "staff/enrol.html",
        422 if wrong else 200,
        next=destination,
        wrong=wrong,
        **setting_up,
    )


async def add(session: AsyncSession, claimant: Claimant, proof: proofs.Proof) -> None:
    """Add the passkey that came, or the app that shows the right code. Raises ConsularError."""
    if proof.passkey:
        browser = origins.of(claimant.request).browser or ""
        await passkeys.add(
            session,
            claimant.site,
            claimant.account,
            claimant.session,
            proof.passkey,
            browser,
            claimant.now,
        )
        return
    secret = claimant.session.new_secret or totp.new_secret()
    await totp.add(session, claimant.account, secret, proof.code, claimant.now)
    same = StaffSession.id == claimant.session.id
    await session.execute(update(StaffSession).where(same).values(new_secret=None))


async def offer(session: AsyncSession, claimant: Claimant) -> dict[str, object]:
    """Return what a page shows to set up an app or a passkey: a QR code, a secret, options.

    The secret waits on the session until an app shows a code of it.
    """
    secret = claimant.session.new_secret
    if secret is None:
        secret = totp.new_secret()
        own = await session.get_one(StaffSession, claimant.session.id)
        own.new_secret = secret
        await session.flush()
    options = await passkeys.creation_options(
        session,
        claimant.site,
        claimant.account,
        claimant.session,
    )
    return {
        "qr": _qr(totp.app_address(secret, claimant.account.email)),
        "secret": _grouped(secret),
        "options": options,
    }


def _qr(address: str) -> Markup:
    """Draw a QR code as SVG inside the page: nothing leaves the server, no script is needed."""
    drawing = segno.make(address, micro=False).svg_inline(scale=QR_SCALE, omitsize=True)
    return Markup(drawing)  # noqa: S704  # drawn here, from an address that we wrote


def _grouped(secret: str) -> str:
    starts = range(0, len(secret), SECRET_GROUP_CHARS)
    return " ".join(secret[start : start + SECRET_GROUP_CHARS] for start in starts)


async def _has_factor(visit: Visit) -> bool:
    async with visit.runtime.db.read() as session:
        owned = await factors.of_account(session, visit.claimant.account)
    return owned.count > 0


async def _open(visit: Visit, response: Response) -> None:
    """Open the half-open session, under a new token."""
    claimant = visit.claimant
    async with visit.runtime.db.begin() as session:
        account = await session.get_one(Staff, claimant.account.id)
        visit.new_token = await sessions.verify(session, account, claimant.session, visit.now)
    proofs.note_outcome("right")
    response.background = news.of_sign_in(visit, claimant.account)
    devices.remember(visit.runtime, response, claimant.account.email)


ROUTES = [
    Page("/sign-in/second", ask, may=HALF_OPEN),
    Page("/sign-in/second", answer, may=HALF_OPEN, methods=("POST",)),
    Page("/sign-in/enrol", enrol_form, may=HALF_OPEN),
    Page("/sign-in/enrol", enrol, may=HALF_OPEN, methods=("POST",)),
]
