"""The poster of a post: one page in both languages, with a code for Telegram and one for an SMS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import segno

from bot.consular.errors import ConsularError
from bot.consular.people import posters
from bot.documents import pdf
from bot.messages import Form, Language
from bot.models import Post
from bot.runtime.settings import Settings
from bot.text.catalogues import say
from bot.text.text import LANGUAGES, in_language

POSTER = pdf.TEMPLATES / "poster.typ"
LINK = "https://t.me/{name}?start={code}"
SMS = "smsto:{number}:{words}"
STEPS = (1, 2, 3)
# Words of a poster beside its steps, by their place on it: keys of the catalogues.
WORDS = (
    "title",
    "sender",
    "about",
    "when",
    "privacy",
)


@dataclass(
    frozen=True,
    slots=True,
)
class Ways:
    """How people come to us: the name of our bot, and the number that takes an SMS."""

    bot_name: str | None
    sms_number: str | None


def ways(
    settings: Settings,
    bot_name: str | None,
) -> Ways:
    """Return the ways that a poster can show. Raises ConsularError where there is none.

    A sender that is a name and no number takes no SMS.
    """
    numbers = [account.sender for account in settings.sms_accounts]
    sms_number = next((number for number in numbers if number.startswith("+")), None)
    if bot_name is None and sms_number is None:
        raise ConsularError("No bot and no SMS number is known: a poster would lead nowhere.")
    return Ways(
        bot_name,
        sms_number,
    )


def link(
    post: Post,
    bot_name: str,
) -> str:
    """Return the link to our bot that carries the post."""
    return LINK.format(
        name=bot_name,
        code=posters.code(post.id),
    )


def sms_link(
    post: Post,
    number: str,
) -> str:
    """Return what a phone reads as an SMS to us that carries the post."""
    return SMS.format(
        number=number,
        words=posters.sms_words(post),
    )


async def write(
    post: Post,
    shown: Ways,
    output: Literal["pdf", "png"] = "pdf",
) -> bytes:
    """Write the poster of a post. Raises ConsularError for a closed one."""
    if post.closed_at is not None:
        raise ConsularError("The post is closed.")
    return await pdf.compiled(
        POSTER,
        _contents(
            post,
            shown,
        ),
        output,
    )


def _contents(
    post: Post,
    shown: Ways,
) -> dict[str, Any]:
    languages: dict[str, Any] = {}
    for language in LANGUAGES:
        languages[language] = _words(
            post,
            language,
        )
    return {
        "languages": languages,
        "codes": _codes(
            post,
            shown,
        ),
    }


def _words(
    post: Post,
    language: Language,
) -> dict[str, Any]:
    name = in_language(
        post.names,
        language,
    )
    words: dict[str, Any] = {"post": name}
    for place in WORDS:
        words[place] = say(
            f"poster_{place}",
            language,
            Form.TEXT,
        )
    words["steps"] = [
        say(
            f"poster_step_{step}",
            language,
            Form.TEXT,
        )
        for step in STEPS
    ]
    return words


def _codes(
    post: Post,
    shown: Ways,
) -> list[dict[str, Any]]:
    """Draw a code for each way, with what it says in letters for phones without a camera."""
    codes: list[dict[str, Any]] = []
    if shown.bot_name is not None:
        address = link(
            post,
            shown.bot_name,
        )
        codes.append(
            _code(
                "telegram",
                address,
                f"@{shown.bot_name}",
                "",
            )
        )
    if shown.sms_number is not None:
        address = sms_link(
            post,
            shown.sms_number,
        )
        codes.append(
            _code(
                "sms",
                address,
                shown.sms_number,
                posters.sms_words(post),
            )
        )
    return codes


def _code(
    way: str,
    address: str,
    shown: str,
    text: str,
) -> dict[str, Any]:
    labels = {
        language: say(
            f"poster_by_{way}",
            language,
            Form.TEXT,
        )
        for language in LANGUAGES
    }
    return {"modules": modules(address), "shown": shown, "text": text, "labels": labels}


def modules(address: str) -> list[list[int]]:
    """Return the rows of a QR code, 1 for black, without the quiet zone around it."""
    code = segno.make_qr(
        address,
        error="m",
    )
    return [[1 if module else 0 for module in row] for row in code.matrix]
