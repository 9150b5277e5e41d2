"""What a change would change, in the reader's words: before and after."""

from __future__ import annotations

from typing import NamedTuple, assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.changes import kinds
from bot.consular.changes.kinds import CrisisName, NewAccount, NewLink, PostChange, PriceChange
from bot.consular.reference import places, posts, prices
from bot.messages import Language
from bot.models import Crisis, Post
from bot.pages import rendering
from bot.pages.audit import CODES
from bot.pages.rendering import N_
from bot.text.text import in_language

FIELDS = {
    "names": N_("Name"),
    "street_addresses": N_("Address"),
    "phone": N_("Phone"),
    "emergency_phone": N_("Phone in an emergency"),
    "email": N_("E-mail"),
    "country": N_("Country"),
}


class Difference(NamedTuple):
    """One line of a change: what it is called, what it says now, what it would say."""

    label: str
    before: str
    after: str


async def differences(
    session: AsyncSession,
    change: kinds.Change,
    language: Language,
    emails: dict[int, str],
) -> list[Difference]:
    """Compare what is with what would be, for the reader of a language.

    `emails` are those of the accounts by their numbers.
    """
    match change:
        case PostChange():
            return await _of_post(session, change, language)
        case CrisisName(crisis_id):
            crisis = await session.get_one(Crisis, crisis_id)
            return _of_words(N_("Name"), crisis.public_names, crisis.names, language)
        case PriceChange(country, micros):
            table = await prices.table(session)
            before = _dollars(table.get(country))
            return [Difference(_country(country, language), before, _dollars(micros))]
        case NewAccount(email, role, post_country):
            where = _country(post_country, language) if post_country else ""
            named = f"{_say(CODES['role'][role.value], language)} {where}".strip()
            return [Difference(email, "", named)]
        case NewLink(staff_id):
            return [Difference(_say(N_("New link"), language), "", emails[staff_id])]
        case _:
            assert_never(change)


async def _of_post(
    session: AsyncSession,
    change: PostChange,
    language: Language,
) -> list[Difference]:
    post = await session.get_one(Post, change.post_id)
    before = posts.contents(post)
    lines = [Difference(in_language(post.names, language), "", "")]
    for field, text in posts.changed(post, change.fields).items():
        text_before = before[field]
        label = FIELDS[field]
        if isinstance(text, str) and isinstance(text_before, str):
            lines.append(Difference(_say(label, language), text_before, text))
        elif isinstance(text, dict) and isinstance(text_before, dict):
            lines.extend(_of_words(label, text_before, text, language))
    return lines


def _of_words(
    label: str,
    before: dict[str, str],
    after: dict[str, str],
    language: Language,
) -> list[Difference]:
    """Compare words by language; a language whose words stay is left out."""
    lines: list[Difference] = []
    for code, text in after.items():
        text_before = before.get(code, "")
        if text != text_before:
            named = f"{_say(label, language)} ({rendering.language_name(code, language)})"
            lines.append(Difference(named, text_before, text))
    return lines


def _dollars(micros: int | None) -> str:
    if micros is None:
        return "–"
    return f"${micros / prices.MICROS:g}"


def _country(code: str, language: Language) -> str:
    if not code:
        return _say(N_("All other countries"), language)
    return places.country_name(code, language)


def _say(message: str, language: Language) -> str:
    return str(rendering.words(language).ugettext(message))
