"""Other people's CAP 1.2, one alert or a feed of them, read with suspicion.

Whatever breaks the standard is refused. Nothing here opens a file or an address, expands an entity
or follows a reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urljoin

from cryptography.x509 import Certificate
from lxml import etree

from bot.consular.cap import drawing, trust
from bot.consular.cap.documents import CAP
from bot.consular.cap.drawing import CapError
from bot.consular.cap.trust import Signature
from bot.consular.errors import N_, Quote
from bot.models import Category, Certainty, Severity, Urgency

MAX_DOCUMENT_BYTES = 5_000_000
MAX_ALERTS = 50  # of one document: each becomes a draft that somebody must read
MAX_NAME_LETTERS = 450  # of sender, identifier and sent together
MAX_REFERENCES = 50
MAX_QUOTED_LETTERS = 40  # of a wrong value in a message
MAX_CLOCK_ERROR = timedelta(days=1)  # of a sender whose alerts come from the future
ATOM = "http://www.w3.org/2005/Atom"
CAP_TYPES = ("application/cap+xml", "application/common-alerting-protocol+xml")
UTF8_NAMES = (b"utf-8", b"utf8", b"us-ascii")
UTF8_MARK = b"\xef\xbb\xbf"
PUBLISHED_STATUSES = ("Actual", "Exercise")
OTHER_STATUSES = ("System", "Test", "Draft")
RECEIPTS = ("Ack", "Error")  # message types
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
_OLDER_VERSION = re.compile(r"urn:oasis:names:tc:emergency:cap:(\d\.\d)|incident\.com/cap/(\d\.\d)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)", re.ASCII)

Element = Any  # lxml's; its stubs know it as a private class
E = TypeVar("E", bound=StrEnum)


class NotForUsError(CapError):
    """A refusal of an alert without a mistake: it is a test, a receipt, not public, or over."""


class MessageKind(StrEnum):
    """CAP's msgType, of those that people are told."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


@dataclass(frozen=True, slots=True)
class Info:
    """What an alert says in one language (`ar`, `en-GB` …).

    `audience` is `{}` where no place could be read.
    """

    language: str
    category: Category
    severity: Severity
    urgency: Urgency
    certainty: Certainty
    effective: datetime | None
    expires: datetime | None
    headline: str
    description: str
    instruction: str
    audience: Mapping[str, Any]
    unread: Sequence[str]  # areas that the audience lacks, wholly or in part
    wider: Sequence[str]  # areas that the audience exceeds


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert. `name` is CAP's way to refer to it: sender,identifier,sent; so are `references`."""

    name: str
    kind: MessageKind
    is_exercise: bool
    references: Sequence[str]
    infos: Sequence[Info]
    signature: Signature


def read(
    data: bytes,
    now: datetime,
    trusted: Sequence[Certificate] = (),
) -> list[Alert]:
    """Read all alerts of a file. Raises CapError when one of them is refused."""
    document = root(data)
    alerts = [alert_of(element, now, trusted) for element in alerts_in(document)]
    if not alerts:
        raise CapError(
            N_("There is no alert in it. If it is a feed of links, add its address instead.")
        )
    return alerts


def root(data: bytes) -> Element:
    """Parse a document that holds no trap, and return its outermost element. Raises CapError."""
    if len(data) > MAX_DOCUMENT_BYTES:
        megabytes = MAX_DOCUMENT_BYTES // 1_000_000
        raise CapError(N_("It is larger than {most} MB."), most=megabytes)
    _check_encoding(data)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise _has_document_type()
    try:
        document: Element = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise CapError(
            N_("It is not XML that can be read, from line {line} on."), line=line
        ) from None
    if document.getroottree().docinfo.doctype:
        raise _has_document_type()
    return document


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )


def _has_document_type() -> CapError:
    return CapError(N_("It has a document type (DTD): CAP needs none, and it may be a trap."))


def _check_encoding(data: bytes) -> None:
    """Refuse all but UTF-8, so that a search in the bytes sees what the parser sees."""
    declaration = _DECLARED_ENCODING.match(data.removeprefix(UTF8_MARK))
    is_utf8 = declaration is None or declaration[1].lower() in UTF8_NAMES
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        is_utf8 = False
    if not is_utf8 or b"\0" in data:
        raise CapError(N_("It is not UTF-8."))


def _text(parent: Element, name: str) -> str:
    """Return the text of a child element; "" where it is missing or empty."""
    text = parent.findtext(f"{{{CAP}}}{name}")
    return str(text or "").strip()


def _required_text(parent: Element, name: str) -> str:
    text = _text(parent, name)
    if not text:
        raise _lacks(name)
    return text


def _lacks(name: str) -> CapError:
    return CapError(N_("It lacks {name}."), name=Quote(name))


def _children(parent: Element, name: str) -> list[Element]:
    return list(parent.iterchildren(f"{{{CAP}}}{name}"))


def alerts_in(document: Element) -> list[Element]:
    """Return the alerts of a document: itself, or those inside of a feed. Raises CapError."""
    if document.tag == f"{{{CAP}}}alert":
        return [document]
    if document.tag == f"{{{ATOM}}}feed" or document.tag == "rss":
        alerts = list(document.iter(f"{{{CAP}}}alert"))
        if len(alerts) > MAX_ALERTS:
            raise CapError(
                N_("It holds {count} alerts, and at most {most} are taken at once."),
                count=len(alerts),
                most=MAX_ALERTS,
            )
        return alerts
    older_version = _OLDER_VERSION.search(str(document.tag))
    if older_version:
        version = Quote(older_version[1] or older_version[2])
        raise CapError(N_("It is CAP {version}, and only 1.2 is read."), version=version)
    raise CapError(N_("It is neither a CAP 1.2 alert nor a feed of them."))


def links_in(feed: Element, base: str) -> list[str]:
    """Return the addresses of alerts that a feed refers to, in its order.

    An entry that holds its alert needs no link. Relative links start at `base`.
    """
    addresses: dict[str, None] = {}
    atom_entries = feed.iterchildren(f"{{{ATOM}}}entry")
    rss_items = feed.iterfind("channel/item")
    for entry in [*atom_entries, *rss_items]:
        link = next(_best_links(entry)).strip()
        if link and not _holds_alert(entry):
            addresses[urljoin(base, link)] = None
    return list(addresses)


def _holds_alert(entry: Element) -> bool:
    return next(entry.iter(f"{{{CAP}}}alert"), None) is not None


def _best_links(entry: Element) -> Iterator[str]:
    """Yield the links of an entry, those that say they are CAP first, at last ""."""
    atom_links = entry.iterchildren(f"{{{ATOM}}}link")
    enclosures = entry.iterchildren("enclosure")
    links = [*atom_links, *enclosures]
    for link in links:
        media_type = link.get("type", "").partition(";")[0]
        if media_type in CAP_TYPES:
            yield link.get("href") or link.get("url") or ""
    for link in links:
        if link.get("href") and _may_be_alert(link):
            yield link.get("href")
    yield entry.findtext("link") or ""


def _may_be_alert(link: Element) -> bool:
    is_alternate = link.get("rel", "alternate") == "alternate"
    is_page = "html" in link.get("type", "")
    return is_alternate and not is_page


def alert_of(
    element: Element,
    now: datetime,
    trusted: Sequence[Certificate] = (),
) -> Alert:
    """Read an `alert` element: of a signed one, what the signature covers.

    Raises CapError; NotForUsError where it is right but nothing for people.
    """
    signature = trust.check(element, trusted, now)
    alert = element
    if signature.data is not None:
        alert = _signed_alert(signature.data)
    name = _name(alert, now)
    is_exercise = _check_status(alert)
    kind = _kind(alert)
    infos = [_info(info, now) for info in _children(alert, "info")]
    if not infos and kind is not MessageKind.CANCEL:
        raise _lacks("info")
    return Alert(
        name,
        kind,
        is_exercise,
        _references(alert),
        infos,
        signature,
    )


def _signed_alert(data: bytes) -> Element:
    """Return the alert that a signature covers, and nothing else."""
    document = root(data)
    if document.tag != f"{{{CAP}}}alert":
        raise trust.partial()
    return document


def _name(alert: Element, now: datetime) -> str:
    """Return `sender,identifier,sent` of an alert. Raises CapError."""
    sent = _required_text(alert, "sent")
    if _time(sent, "sent") > now + MAX_CLOCK_ERROR:
        raise CapError(N_("It was sent in the future."))
    sender = _required_text(alert, "sender")
    identifier = _required_text(alert, "identifier")
    name = f"{sender},{identifier},{sent}"
    has_blanks = any(letter.isspace() for letter in name)
    if len(name) > MAX_NAME_LETTERS or has_blanks or name.count(",") != 2:
        raise CapError(N_("Its sender or identifier is too long, or has blanks or commas in it."))
    return name


def _check_status(alert: Element) -> bool:
    """Tell whether an alert is an exercise. Raises CapError where it is not for the public."""
    status = _required_text(alert, "status")
    scope = _required_text(alert, "scope")
    if status in OTHER_STATUSES:
        raise NotForUsError(
            N_("Its status is {status}: it is not meant for people."), status=Quote(status)
        )
    if status not in PUBLISHED_STATUSES:
        raise _is_unknown("status", status)
    if scope != "Public":
        raise NotForUsError(N_("It is not public."))
    return status == "Exercise"


def _kind(alert: Element) -> MessageKind:
    kind = _required_text(alert, "msgType")
    if kind in RECEIPTS:
        raise NotForUsError(N_("It is a receipt between machines."))
    return _member(MessageKind, kind, "msgType")


def _references(alert: Element) -> list[str]:
    names = _text(alert, "references").split()
    return [name for name in names[:MAX_REFERENCES] if name.count(",") == 2]


def _member(
    kind: type[E],
    text: str,
    name: str,
) -> E:
    """Return the member of an enumeration that an element names. Raises CapError."""
    try:
        return kind(text)
    except ValueError:
        raise _is_unknown(name, text) from None


def _is_unknown(name: str, text: str) -> CapError:
    quoted = Quote(text[:MAX_QUOTED_LETTERS])
    return CapError(N_("{name} is not what CAP has: {value}."), name=Quote(name), value=quoted)


def _info(info: Element, now: datetime) -> Info:
    """Read an `info` element. Raises CapError."""
    areas = _children(info, "area")
    effective = _optional_time(info, "effective")
    onset = _optional_time(info, "onset")
    expires = _optional_time(info, "expires")
    sent = _time(_text(info.getparent(), "sent"), "sent")
    if expires is not None:
        _check_expiry(expires, (effective, onset, sent), now)
    return Info(
        language=(_text(info, "language") or "en-US").lower(),
        category=_code(info, "category", Category),
        severity=_code(info, "severity", Severity),
        urgency=_code(info, "urgency", Urgency),
        certainty=_code(info, "certainty", Certainty),
        effective=effective,
        expires=expires,
        headline=_text(info, "headline") or _required_text(info, "event"),
        description=_text(info, "description"),
        instruction=_text(info, "instruction"),
        audience=drawing.audience(areas),
        unread=drawing.unread(areas),
        wider=drawing.wider(areas),
    )


def _code(
    info: Element,
    name: str,
    kind: type[E],
) -> E:
    return _member(kind, _required_text(info, name), name)


def _check_expiry(
    expires: datetime,
    starts: Iterable[datetime | None],
    now: datetime,
) -> None:
    """Refuse an `info` that ends before it begins, or that is over."""
    for start in starts:
        if start is not None and expires <= start:
            raise CapError(N_("It would be over before it begins."))
    if expires <= now:
        raise NotForUsError(N_("It is over already."))


def _optional_time(info: Element, name: str) -> datetime | None:
    text = _text(info, name)
    if not text:
        return None
    return _time(text, name)


def _time(text: str, name: str) -> datetime:
    """Parse a time with its zone. Raises CapError."""
    try:
        if not _TIME.fullmatch(text):
            raise ValueError
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CapError(
            N_("{name} is not a time with its zone, such as 2026-11-23T09:00:00+02:00."),
            name=Quote(name),
        ) from None
