"""Advisories as CAP 1.2: a document of each that went out, in both languages, for other services to
read.

An advisory that was cancelled without a word to those who got it has a second document, which says
so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, assert_never

from lxml import etree
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import advice, corrections, lifecycle
from bot.consular.advisories.lifecycle import LIVE, VALID_FOR
from bot.consular.audiences import areas
from bot.consular.audiences.kinds import Circle, Polygon
from bot.consular.cap import places as cap_places
from bot.consular.cap.places import City, Country, People, Shape
from bot.consular.reference import posts
from bot.messages import Form, Language
from bot.models import Advisory, AdvisoryKind, AdvisoryState, Texts
from bot.text.catalogues import say
from bot.text.text import LANGUAGES

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
COUNTRY_CODES = "ISO 3166-1 alpha-2"  # names of geocodes
CITY_CODES = "tammen:city"  # `TR/Istanbul`, GeoNames' English name
PEOPLE_CODES = "tammen:people"
WITHDRAWN = "cancel"  # ends the key of a document that only says so
CANCELS_SHOWN = timedelta(days=7)  # a cancelled one stays in the feeds
A_DAY = timedelta(days=1)
MOST = 200  # documents in a feed
_KEY = re.compile(rf"([1-9][0-9]{{0,17}})(-{WITHDRAWN})?")
_CONTROLS = re.compile(
    r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # XML has no way to write them


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who speaks (CAP's `sender`), and where this site is, without a slash at the end."""

    sender: str
    site: str


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
        """Unique for the sender, and the same for ever."""
        is_notice = self.key.endswith(WITHDRAWN)
        return _identifier(self.advisory) + (f"-{WITHDRAWN}" if is_notice else "")


def _identifier(advisory: Advisory) -> str:
    return f"tammen-{advisory.id}-{advisory.version}"


# --- which there are ------------------------------------------------------------------------------


async def current(session: AsyncSession, now: datetime) -> list[Document]:
    """What holds now and what was taken back lately, the latest first.

    No drills, nothing for chosen people.
    """
    since = now - CANCELS_SHOWN
    holds = Advisory.state.in_(LIVE) & (Advisory.valid_until > now)
    gone = (Advisory.state == AdvisoryState.CANCELLED) & (Advisory.cancelled_at > since)
    query = select(Advisory).where(
        Advisory.approved_at.is_not(None), Advisory.drill.is_(False), holds | gone
    )
    rows = await session.scalars(
        query.order_by(Advisory.approved_at.desc(), Advisory.id.desc()).limit(MOST)
    )
    found = [document for row in rows if (document := await _shown(session, row, now))]
    return sorted(
        (one for one in found if not one.is_narrow), key=lambda one: one.sent, reverse=True
    )


async def _shown(session: AsyncSession, advisory: Advisory, now: datetime) -> Document | None:
    if advisory.state is AdvisoryState.CANCELLED:
        return await _withdrawal(session, advisory)
    is_old = advisory.kind is AdvisoryKind.CANCEL and _sent(advisory) <= now - CANCELS_SHOWN
    return None if is_old else await of(session, advisory, now)


async def find(session: AsyncSession, key: str, now: datetime) -> Document | None:
    """The document of a key (`12`, `12-cancel`); None where there is none, or none yet, or it is
    for chosen people.
    """
    asked = _KEY.fullmatch(key)
    advisory = await session.get(Advisory, int(asked[1])) if asked else None
    if asked is None or advisory is None:
        return None
    found = await (_withdrawal(session, advisory) if asked[2] else of(session, advisory, now))
    return None if found is None or found.is_narrow else found


async def keys(session: AsyncSession, advisory: Advisory, now: datetime) -> list[str]:
    """The keys under which documents of an advisory are served: none, its own, and that of its
    withdrawal.
    """
    possible = (str(advisory.id), f"{advisory.id}-{WITHDRAWN}")
    return [key for key in possible if await find(session, key, now)]


async def of(session: AsyncSession, advisory: Advisory, now: datetime) -> Document | None:
    """The document of an advisory; None while it has not begun to go out, and when it never did."""
    if not _was_published(advisory, now):
        return None
    begins = _begins(advisory)
    expires = advisory.valid_until or begins + VALID_FOR
    key = str(advisory.id)
    texts = advisory.texts
    return await _document(
        session, key, advisory, advisory.kind, texts, _sent(advisory), begins, expires
    )


def _sent(advisory: Advisory) -> datetime:
    assert advisory.approved_at is not None, "not approved"
    return advisory.approved_at


def _begins(advisory: Advisory) -> datetime:
    return max(_sent(advisory), advisory.valid_from or _sent(advisory))


def _was_published(advisory: Advisory, now: datetime) -> bool:
    """Whether it was approved, and its time came before it was cancelled."""
    if advisory.approved_at is None:
        return False
    return _begins(advisory) <= min(now, advisory.cancelled_at or now)


async def _withdrawal(session: AsyncSession, advisory: Advisory) -> Document | None:
    """“This no longer holds”, unless an advisory of its own said so in the same moment."""
    at = advisory.cancelled_at
    if (
        at is None
        or not _was_published(advisory, at)
        or await session.scalar(_replacing(advisory, at))
    ):
        return None
    texts = corrections.withdrawal(advisory).texts
    expires = max(advisory.valid_until or at, at + A_DAY)
    key = f"{advisory.id}-{WITHDRAWN}"
    return await _document(session, key, advisory, AdvisoryKind.CANCEL, texts, at, at, expires)


def _replacing(advisory: Advisory, at: datetime) -> Any:
    return (
        select(Advisory.id)
        .where(Advisory.corrects_id == advisory.id, Advisory.approved_at <= at)
        .limit(1)
    )


async def _document(
    session: AsyncSession,
    key: str,
    advisory: Advisory,
    kind: AdvisoryKind,
    texts: Texts,
    sent: datetime,
    effective: datetime,
    expires: datetime,
) -> Document:
    audience = await advice.area(session, advisory)
    shapes = cap_places.shapes(audience, await posts.countries(session))
    follows = (await lifecycle.corrected(session, advisory))[::-1]  # the oldest first
    if key.endswith(WITHDRAWN):
        follows = [*follows, advisory]
    is_narrow = areas.is_narrow(audience)
    return Document(
        key, advisory, kind, texts, sent, effective, expires, shapes, follows, is_narrow
    )


# --- as XML ---------------------------------------------------------------------------------------

Element = Any  # lxml's; its stubs know it as a private class
_SPACE: Any = {None: CAP}  # nor do they know a namespace without a prefix


def xml(document: Document, publisher: Publisher) -> Element:
    """The document as an `alert`, valid against the OASIS schema, not signed yet."""
    alert = etree.Element(_tag("alert"), nsmap=_SPACE)
    _add(alert, "identifier", document.identifier)
    _add(alert, "sender", publisher.sender)
    _add(alert, "sent", moment(document.sent))
    _add(alert, "status", "Exercise" if document.advisory.drill else "Actual")
    _add(alert, "msgType", document.kind.value.capitalize())
    _add(alert, "scope", "Restricted" if document.is_narrow else "Public")
    if document.is_narrow:
        _add(alert, "restriction", say("cap_restricted", "en", Form.TEXT))
    if document.follows:
        _add(alert, "references", " ".join(_reference(one, publisher) for one in document.follows))
    for language in LANGUAGES:
        _info(alert, document, publisher, language)
    return alert


def _reference(advisory: Advisory, publisher: Publisher) -> str:
    return f"{publisher.sender},{_identifier(advisory)},{moment(_sent(advisory))}"


def _info(alert: Element, document: Document, publisher: Publisher, language: Language) -> None:
    """What it says in one language."""
    info, advisory = _add(alert, "info"), document.advisory
    values = {
        "language": language,
        "category": advisory.category.value,
        "event": say(f"cap_event_{advisory.category.value.lower()}", language, Form.TEXT),
        "urgency": advisory.urgency.value,
        "severity": advisory.severity.value,
        "certainty": advisory.certainty.value,
        "effective": moment(document.effective),
        "onset": moment(document.effective),
        "expires": moment(document.expires),
        "senderName": say("cap_sender_name", language, Form.TEXT),
        **_words(document, language),
        "web": address(document, publisher),
    }
    for name, value in values.items():
        if value:
            _add(info, name, value)
    for shape in document.shapes:
        _area(info, shape, language)


def _words(document: Document, language: Language) -> Mapping[str, str]:
    text = document.texts[language]
    return {
        "headline": text.headline,
        "description": text.text,
        "instruction": text.instruction,
    }


def _area(info: Element, shape: Shape, language: Language) -> None:
    area = _add(info, "area")
    _add(area, "areaDesc", cap_places.name(shape, language))
    match shape:
        case Polygon():
            _add(area, "polygon", cap_places.corners(shape))
        case Circle():
            _add(area, "circle", cap_places.centre(shape))
        case Country(code):
            _geocode(area, COUNTRY_CODES, code)
        case City(name):
            _geocode(area, CITY_CODES, name)
        case People():
            _geocode(area, PEOPLE_CODES, "nationals-abroad")
        case _:
            assert_never(shape)


def _geocode(area: Element, name: str, value: str) -> None:
    code = _add(area, "geocode")
    _add(code, "valueName", name)
    _add(code, "value", value)


def _add(parent: Element, name: str, words: str | None = None) -> Element:
    child = etree.SubElement(parent, _tag(name))
    if words is not None:
        child.text = plain(words)
    return child


def _tag(name: str) -> str:
    return f"{{{CAP}}}{name}"


def plain(words: str) -> str:
    """Words without what XML cannot hold."""
    return _CONTROLS.sub("", words)


def moment(at: datetime) -> str:
    """A time as CAP wants it: to the second, UTC as `-00:00`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def address(document: Document, publisher: Publisher) -> str:
    """Where the document is read."""
    return f"{publisher.site}/feeds/cap/{document.key}.xml"
