"""News about an account, by e-mail to its owner: if somebody else caused it, the owner learns."""

from __future__ import annotations

import structlog
from starlette.background import BackgroundTask

from bot.models import Staff
from bot.pages import rendering, throttle
from bot.pages.rendering import N_
from bot.pages.visit import Visit
from bot.runtime import mail
from bot.runtime.settings import Settings
from bot.text.text import language_of

SUBJECT = N_("News about your account of Tammen")
ADVICE = N_("If that was not you, tell your administrator now.")
PASSWORD_CHANGED = N_("The password of your account was changed.")
FACTOR_ADDED = N_("A second factor was added to your account.")
FACTOR_REMOVED = N_("A second factor was removed from your account.")
FACTORS_RESET = N_("An administrator removed all second factors of your account.")
CODES_RENEWED = N_("New recovery codes were made for your account.")
NEW_BROWSER = N_("Somebody signed in to your account in a browser that we do not know.")

log = structlog.get_logger(__name__)


def letter(visit: Visit, account: Staff, what: str) -> BackgroundTask:
    """Return the sending of a letter to the owner, for after the answer; without SMTP, of none."""
    words = rendering.words(language_of(account.language or visit.language))
    subject = str(words.ugettext(SUBJECT))
    lines = [str(words.ugettext(what)), str(words.ugettext(ADVICE))]
    return BackgroundTask(
        _send,
        visit.runtime.settings,
        account,
        subject,
        "\n".join(lines),
    )


def of_sign_in(visit: Visit, account: Staff) -> BackgroundTask | None:
    """Return the letter about a sign-in in a browser that was never inside the account."""
    if throttle.is_stranger(visit.runtime, visit.request, account.email):
        return letter(visit, account, NEW_BROWSER)
    return None


async def _send(settings: Settings, account: Staff, subject: str, text: str) -> None:
    if not settings.smtp_url:
        return
    sender = settings.smtp_from or ""
    try:
        await mail.send(settings.smtp_url, sender, account.email, subject, text)
    except mail.MailError as error:
        log.warning("news_not_mailed", why=str(error), staff_id=account.id)
