"""One-time links: sent to their owners by e-mail, or shown once to the second admin."""

from __future__ import annotations

import structlog
from starlette.responses import Response

from bot.consular.changes.of_accounts import Link
from bot.pages import rendering
from bot.pages.rendering import N_
from bot.pages.visit import Visit, go
from bot.runtime import mail
from bot.text.text import language_of

log = structlog.get_logger()

SUBJECT = N_("Your account of Tammen")
TEXT = N_(
    "Open this link to choose your password: %(link)s\n"
    "It works once and ends in 24 hours. If you did not expect it, tell your administrator now."
)


async def invite(visit: Visit, link: Link) -> Response:
    """Send a link to its owner; show it, once, where no mail server is set or it refuses."""
    address = f"{visit.site}/join/{link.token}"
    settings = visit.runtime.settings
    if not settings.smtp_url:
        return _show(visit, link, address)
    language = language_of(link.account.language or visit.language)
    words = rendering.words(language)
    text = str(words.ugettext(TEXT)) % {"link": address}
    try:
        await mail.send(
            settings.smtp_url,
            settings.smtp_from or "",
            link.account.email,
            str(words.ugettext(SUBJECT)),
            text,
        )
    except mail.MailError as error:
        log.warning("a link could not be mailed", why=str(error), account=link.account.id)
        return _show(visit, link, address)
    return go("/changes?done=mailed")


def _show(visit: Visit, link: Link, address: str) -> Response:
    return visit.page("staff/link.html", account=link.account, link=address)
