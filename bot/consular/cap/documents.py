"""CAP 1.2 documents of our advisories, in all our languages, for other services.

Every advisory that went out has one. A cancelled one has a second, which withdraws it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, assert_never

from lxml import etree
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import advice, corrections, ownership
from bot.consular.advisories.lifecycle import LIVE, VALID_FOR
from bot.consular.audiences import areas
from bot.consular.audiences.kinds import Circle, Polygon
from bot.consular.cap import places as cap_places
from bot.consular.cap.places import City, Country, People, Shape
from bot.consular.reference import posts
from bot.messages import Form, Language
from bot.models import Advisory, AdvisoryKind, AdvisoryState, Texts
from bot.text import sender
from bot.text.catalogues import say
from bot.text.text import LANGUAGES

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
COUNTRY_CODES = "ISO 3166-1 alpha-2"  # names of geocodes
CITY_CODES = "tammen:city"  # `TR/Istanbul`, GeoNames' English name
PEOPLE_CODES = "tammen:people"
WITHDRAWAL_SUFFIX = "-cancel"  # ends the key of a document that withdraws an advisory
WITHDRAWAL_VISIBLE_FOR = timedelta(days=7)  # in the feeds
WITHDRAWAL_VALID_FOR = timedelta(days=1)  # at least
MAX_DOCUMENTS = 200  # in a feed
_KEY = re.compile(rf"([1-9][0-9]{{0,17}})({WITHDRAWAL_SUFFIX})?")
_FORBIDDEN_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Publisher:
    """Our name as CAP's `sender`, and the address of this site, without a slash at the end."""

    sender: str
    site: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where an advisory holds, and whether it is for chosen people there."""

    shapes: Sequence[Shape]
    is_narrow: bool


@dataclass(frozen=True, slots=True)
class Document:
    """One CAP message.

    `key` is its name in addresses, `follows` the advisories it corrects or ends, oldest first.
    """

    key: str
    advisory: Advisory
    kind: AdvisoryKind
    texts: Texts
    sent: datetime
    effective: datetime
    expires: datetime
    shapes: Sequence[Shape]
    follows: Sequence[Advisory]
    is_narrow: bool

    @property
    def identifier(self) -> str:
        """Return what names the document among all of the sender, the same for ever."""
        identifier = _identifier(self.advisory)
        if _is_withdrawal(self.key):
            return identifier + WITHDRAWAL_SUFFIX
        return identifier


def _identifier(advisory: Advisory) -> str:
    return f"tammen-{advisory.id}-{advisory.version}"


def _is_withdrawal(key: str) -> bool:
    return key.endswith(WITHDRAWAL_SUFFIX)


# --- finding --------------------------------------------------------------------------------------


async def current(session: AsyncSession, now: datetime) -> list[Document]:
    """List the documents of what holds now and of what was withdrawn lately, the latest first.

    Drills and advisories for chosen people have none.
    """
    documents: list[Document] = []
    for advisory in await session.scalars(_latest_advisories(now)):
        document = await _visible(session, advisory, now)
        if document is not None and not document.is_narrow:
            documents.append(document)
    return sorted(documents, key=_sent_at, reverse=True)


def _sent_at(document: Document) -> datetime:
    return document.sent


def _latest_advisories(now: datetime) -> Select[Advisory]:
    """Select the advisories that hold now or were cancelled lately."""
    holds = Advisory.state.in_(LIVE) & (Advisory.valid_until > now)
    is_cancelled = Advisory.state == AdvisoryState.CANCELLED
    is_recent = Advisory.cancelled_at > now - WITHDRAWAL_VISIBLE_FOR
    return (
        select(Advisory)
        .where(Advisory.approved_at.is_not(None))
        .where(Advisory.drill.is_(False))
        .where(holds | (is_cancelled & is_recent))
        .order_by(Advisory.approved_at.desc(), Advisory.id.desc())
        .limit(MAX_DOCUMENTS)
    )


async def _visible(
    session: AsyncSession,
    advisory: Advisory,
    now: datetime,
) -> Document | None:
    """Return the document of an advisory that a feed shows now."""
    if advisory.state is AdvisoryState.CANCELLED:
        return await _withdrawal(session, advisory)
    oldest = now - WITHDRAWAL_VISIBLE_FOR
    if advisory.kind is AdvisoryKind.CANCEL and _approved_at(advisory) <= oldest:
        return None
    return await of(session, advisory, now)


async def find(
    session: AsyncSession,
    key: str,
    now: datetime,
) -> Document | None:
    """Find the document of a key (`12`, `12-cancel`).

    None where there is none, or none yet, or where the advisory is for chosen people.
    """
    match_of_key = _KEY.fullmatch(key)
    if match_of_key is None:
        return None
    advisory = await session.get(Advisory, int(match_of_key[1]))
    if advisory is None:
        return None
    if _is_withdrawal(key):
        document = await _withdrawal(session, advisory)
    else:
        document = await of(session, advisory, now)
    if document is None or document.is_narrow:
        return None
    return document


async def keys(
    session: AsyncSession,
    advisory: Advisory,
    now: datetime,
) -> list[str]:
    """List the keys under which an advisory has documents: its own and that of its withdrawal."""
    possible_keys = (str(advisory.id), _withdrawal_key(advisory))
    return [key for key in possible_keys if await find(session, key, now)]


def _withdrawal_key(advisory: Advisory) -> str:
    return f"{advisory.id}{WITHDRAWAL_SUFFIX}"


async def of(
    session: AsyncSession,
    advisory: Advisory,
    now: datetime,
) -> Document | None:
    """Return the document of an advisory; None while it has not begun to go out, or never did."""
    if not _was_published(advisory, now):
        return None
    begins = _begins(advisory)
    places = await _places(session, advisory)
    return Document(
        key=str(advisory.id),
        advisory=advisory,
        kind=advisory.kind,
        texts=advisory.texts,
        sent=_approved_at(advisory),
        effective=begins,
        expires=advisory.valid_until or begins + VALID_FOR,
        shapes=places.shapes,
        follows=await _corrected(session, advisory),
        is_narrow=places.is_narrow,
    )


def _approved_at(advisory: Advisory) -> datetime:
    assert advisory.approved_at is not None, "not approved"
    return advisory.approved_at


def _begins(advisory: Advisory) -> datetime:
    approved_at = _approved_at(advisory)
    return max(approved_at, advisory.valid_from or approved_at)


def _was_published(advisory: Advisory, now: datetime) -> bool:
    """Tell whether it was approved, and its time came before it was cancelled."""
    if advisory.approved_at is None:
        return False
    ended_at = advisory.cancelled_at or now
    return _begins(advisory) <= min(now, ended_at)


async def _withdrawal(session: AsyncSession, advisory: Advisory) -> Document | None:
    """Return “This no longer holds”, unless an advisory of its own said so in the same moment."""
    cancelled_at = advisory.cancelled_at
    if cancelled_at is None or not _was_published(advisory, cancelled_at):
        return None
    if await session.scalar(_replacement(advisory, cancelled_at)):
        return None
    places = await _places(session, advisory)
    valid_until = advisory.valid_until or cancelled_at
    return Document(
        key=_withdrawal_key(advisory),
        advisory=advisory,
        kind=AdvisoryKind.CANCEL,
        texts=corrections.withdrawal(advisory).texts,
        sent=cancelled_at,
        effective=cancelled_at,
        expires=max(valid_until, cancelled_at + WITHDRAWAL_VALID_FOR),
        shapes=places.shapes,
        follows=[*await _corrected(session, advisory), advisory],
        is_narrow=places.is_narrow,
    )


def _replacement(advisory: Advisory, at: datetime) -> Select[int]:
    """Select an advisory that corrected another one by then."""
    return (
        select(Advisory.id)
        .where(Advisory.corrects_id == advisory.id)
        .where(Advisory.approved_at <= at)
        .limit(1)
    )


async def _places(session: AsyncSession, advisory: Advisory) -> Places:
    audience = await advice.area(session, advisory)
    countries_of_posts = await posts.countries(session)
    shapes = cap_places.shapes(audience, countries_of_posts)
    return Places(shapes, areas.is_narrow(audience))


async def _corrected(session: AsyncSession, advisory: Advisory) -> list[Advisory]:
    """List the advisories that this one corrects, the oldest first."""
    latest_first = await ownership.corrected(session, advisory)
    return latest_first[::-1]


# --- as XML ---------------------------------------------------------------------------------------

Element = Any  # lxml's; its stubs know it as a private class
_NAMESPACES: Any = {None: CAP}  # nor do they know a namespace without a prefix


def xml(document: Document, publisher: Publisher) -> Element:
    """Write the document as an `alert`, valid against the OASIS schema, not signed yet."""
    alert = etree.Element(_tag("alert"), nsmap=_NAMESPACES)
    _add(alert, "identifier", document.identifier)
    _add(alert, "sender", publisher.sender)
    _add(alert, "sent", moment(document.sent))
    _add(alert, "status", "Exercise" if document.advisory.drill else "Actual")
    _add(alert, "msgType", document.kind.value.capitalize())
    _add_scope(alert, document)
    if document.follows:
        references = [_reference(advisory, publisher) for advisory in document.follows]
        _add(alert, "references", " ".join(references))
    for language in LANGUAGES:
        _add_info(alert, document, publisher, language)
    return alert


def _add_scope(alert: Element, document: Document) -> None:
    if document.is_narrow:
        _add(alert, "scope", "Restricted")
        _add(alert, "restriction", say("cap_restricted", "en", Form.TEXT))
    else:
        _add(alert, "scope", "Public")


def _reference(advisory: Advisory, publisher: Publisher) -> str:
    sent = moment(_approved_at(advisory))
    return f"{publisher.sender},{_identifier(advisory)},{sent}"


def _add_info(
    alert: Element,
    document: Document,
    publisher: Publisher,
    language: Language,
) -> None:
    """Add what the document says in one language."""
    advisory = document.advisory
    text = document.texts[language]
    event = f"cap_event_{advisory.category.value.lower()}"
    content = {
        "language": language,
        "category": advisory.category.value,
        "event": say(event, language, Form.TEXT),
        "urgency": advisory.urgency.value,
        "severity": advisory.severity.value,
        "certainty": advisory.certainty.value,
        "effective": moment(document.effective),
        "onset": moment(document.effective),
        "expires": moment(document.expires),
        "senderName": sender.name(language),
        "headline": text.headline,
        "description": text.text,
        "instruction": text.instruction,
        "web": address(document, publisher),
    }
    info = _add(alert, "info")
    for name, content_text in content.items():
        if content_text:
            _add(info, name, content_text)
    for shape in document.shapes:
        _add_area(info, shape, language)


def _add_area(
    info: Element,
    shape: Shape,
    language: Language,
) -> None:
    area = _add(info, "area")
    _add(area, "areaDesc", cap_places.name(shape, language))
    match shape:
        case Polygon():
            _add(area, "polygon", cap_places.corners(shape))
        case Circle():
            _add(area, "circle", cap_places.centre(shape))
        case Country(code):
            _add_geocode(area, COUNTRY_CODES, code)
        case City(name):
            _add_geocode(area, CITY_CODES, name)
        case People():
            _add_geocode(area, PEOPLE_CODES, "nationals-abroad")
        case _:
            assert_never(shape)


def _add_geocode(
    area: Element,
    list_name: str,
    code: str,
) -> None:
    geocode = _add(area, "geocode")
    _add(geocode, "valueName", list_name)
    _add(geocode, "value", code)


def _add(
    parent: Element,
    name: str,
    text: str | None = None,
) -> Element:
    """Add a child element, with a text or empty."""
    child = etree.SubElement(parent, _tag(name))
    if text is not None:
        child.text = plain(text)
    return child


def _tag(name: str) -> str:
    return f"{{{CAP}}}{name}"


def plain(text: str) -> str:
    """Remove the letters that XML cannot hold."""
    return _FORBIDDEN_IN_XML.sub("", text)


def moment(at: datetime) -> str:
    """Write a time as CAP wants it: to the second, UTC as `-00:00`."""
    utc = at.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S-00:00")


def address(document: Document, publisher: Publisher) -> str:
    """Return where others read the document."""
    return f"{publisher.site}/feeds/cap/{document.key}.xml"
