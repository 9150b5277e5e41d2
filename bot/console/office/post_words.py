"""What a move, a closing or an accreditation of a post would do, in the reader's words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.office.differences import Difference
from bot.consular.changes import relocation_reach
from bot.consular.changes.kinds import (
    Accrediting,
    EmergencyNumbers,
    PostClosing,
    PostMove,
    PostOpening,
)
from bot.consular.changes.relocation_reach import Preview
from bot.consular.reference import emergency, places, posts
from bot.messages import Language
from bot.models import EmergencyNumber, Post
from bot.pages import rendering
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
NUMBERS = {
    "general": N_("One number for everything"),
    "ambulance": N_("Ambulance"),
    "police": N_("Police"),
    "fire": N_("Fire brigade"),
    "source": N_("Source"),
    "as_of": N_("As of"),
}


async def of_act(
    session: AsyncSession,
    change: PostMove | PostClosing | PostOpening,
    language: Language,
    now: datetime,
) -> list[Difference]:
    """Say what an act does to whom, and what people would read."""
    post = await posts.get(session, change.post_id)
    name = in_language(post.names, language)
    lines = [Difference(name, "", await _aim(session, change, language))]
    if isinstance(change, PostMove):
        lines.extend(_moved_fields(post, change, language))
    preview = await relocation_reach.preview(session, post, now)
    counts = _reached(preview, language)
    lines.extend(counts if isinstance(change, PostClosing) else counts[:1])
    lines.extend(await _read(session, change, post, language))
    return lines


async def _read(
    session: AsyncSession,
    change: PostMove | PostClosing | PostOpening,
    post: Post,
    language: Language,
) -> list[Difference]:
    """Show what the people of the post would read, in every language."""
    announced = await relocation_reach.announced(session, change, post)
    lines: list[Difference] = []
    for code, notice in announced.items():
        label = _say(N_("People read (%(language)s)"), language)
        named = label % {"language": rendering.language_name(code, language)}
        lines.append(Difference(named, "", notice))
    return lines


async def _aim(
    session: AsyncSession,
    change: PostMove | PostClosing | PostOpening,
    language: Language,
) -> str:
    match change:
        case PostMove(_, city, _):
            place = places.city_name(city, language)
            return f"{place}, {places.country_name(city[:2], language)}"
        case PostClosing(_, None):
            return _say(N_("Closed. The nearest post is named to its people."), language)
        case PostClosing(_, int(successor_id)):
            successor = await session.get_one(Post, successor_id)
            follower = in_language(successor.names, language)
            return _say(N_("Closed. This post follows: %(post)s"), language) % {"post": follower}
        case _:
            return _say(N_("Open again. Its accounts stay blocked."), language)


def _moved_fields(post: Post, change: PostMove, language: Language) -> list[Difference]:
    lines: list[Difference] = []
    before = posts.contents(post)
    for field, text in posts.changed(post, change.fields).items():
        text_before = before[field]
        if isinstance(text, str) and isinstance(text_before, str):
            lines.append(Difference(_say(FIELDS[field], language), text_before, text))
        elif isinstance(text, dict) and isinstance(text_before, dict):
            for code, entry in text.items():
                label = (
                    f"{_say(FIELDS[field], language)} ({rendering.language_name(code, language)})"
                )
                lines.append(Difference(label, text_before.get(code, ""), entry))
    return lines


def _reached(preview: Preview, language: Language) -> list[Difference]:
    counts = {
        N_("People who are told"): preview.people,
        N_("Accounts that are blocked"): preview.accounts,
        N_("One-time links that end"): preview.links,
        N_("Open cases that are handed over"): preview.cases,
        N_("Transports that still run there"): preview.transports,
    }
    return [Difference(_say(label, language), "", str(count)) for label, count in counts.items()]


async def of_accreditation(
    session: AsyncSession,
    change: Accrediting,
    language: Language,
) -> list[Difference]:
    """Name the post, the country, and who says so."""
    post = await posts.get(session, change.post_id)
    country = places.country_name(change.country, language)
    label = in_language(post.names, language)
    accredited = _say(N_("Accredited to %(country)s"), language) % {"country": country}
    if change.ends:
        return [Difference(label, accredited, "–")]
    source = f"{change.source} · {change.since}"
    return [
        Difference(label, "", accredited),
        Difference(_say(N_("Source"), language), "", source),
    ]


async def of_numbers(
    session: AsyncSession,
    change: EmergencyNumbers,
    language: Language,
) -> list[Difference]:
    """Compare the numbers that people in a country call first."""
    existing = await session.get(EmergencyNumber, change.country)
    before = emergency.contents(existing)
    lines = [Difference(places.country_name(change.country, language), "", "")]
    for column, label in NUMBERS.items():
        after = change.numbers.get(column, "")
        if after != before[column]:
            lines.append(Difference(_say(label, language), before[column], after))
    return lines


def _say(message: str, language: Language) -> str:
    return str(rendering.words(language).ugettext(message))
