"""Other people's CAP 1.2, read with suspicion: an alert, or a feed of alerts; whatever is not right
is refused.

Nothing here opens a file or an address, expands an entity or follows a reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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

LARGEST = 5_000_000  # bytes
LONGEST_NAME = 450  # of sender, identifier and sent together
FROM_TOMORROW = timedelta(days=1)  # a clock that is wrong by more is no clock
ATOM = "http://www.w3.org/2005/Atom"
CAP_TYPES = ("application/cap+xml", "application/common-alerting-protocol+xml")
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
_OLDER = re.compile(r"urn:oasis:names:tc:emergency:cap:(\d\.\d)|incident\.com/cap/(\d\.\d)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)", re.ASCII)

Element = Any  # lxml's; its stubs know it as a private class
E = TypeVar("E", bound=StrEnum)


class NotForUsError(CapError):
    """Nothing is wrong with it, but it is a test, a receipt, not public, or over."""


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
    unread: Sequence[str]  # areas that are not in it, or not all of them
    wider: Sequence[str]  # areas of which more is in it


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert. `name` is CAP's way to refer to it: sender,identifier,sent; so are `references`."""

    name: str
    kind: MessageKind
    is_exercise: bool
    references: Sequence[str]
    infos: Sequence[Info]
    signature: Signature


def read(data: bytes, now: datetime, trusted: Sequence[Certificate] = ()) -> list[Alert]:
    """All alerts of a file. Raises CapError: all of them must be right."""
    found = root(data)
    alerts = [alert_of(one, now, trusted) for one in alerts_in(found)]
    if not alerts:
        raise CapError(
            N_("There is no alert in it. If it is a feed of links, add its address instead.")
        )
    return alerts


# --- XML ------------------------------------------------------------------------------------------


def root(data: bytes) -> Element:
    """The outermost element of a document that holds no trap. Raises CapError."""
    if len(data) > LARGEST:
        raise CapError(N_("It is larger than {most} MB."), most=LARGEST // 1_000_000)
    _check_encoding(data)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise CapError(N_("It has a document type (DTD): CAP needs none, and it may be a trap."))
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        found: Element = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise CapError(
            N_("It is not XML that can be read, from line {line} on."), line=error.lineno or 1
        ) from None
    if found.getroottree().docinfo.doctype:
        raise CapError(N_("It has a document type (DTD): CAP needs none, and it may be a trap."))
    return found


def _check_encoding(data: bytes) -> None:
    """One encoding, so that what is looked for in the bytes is what the parser sees."""
    declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf"))
    is_other = declared is not None and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        is_other = True
    if is_other or b"\0" in data:
        raise CapError(N_("It is not UTF-8."))


def _words(parent: Element, name: str, *, needed: bool = False) -> str:
    words = str(parent.findtext(f"{{{CAP}}}{name}") or "").strip()
    if needed and not words:
        raise CapError(N_("It lacks {name}."), name=Quote(name))
    return words


def _children(parent: Element, name: str) -> list[Element]:
    return list(parent.iterchildren(f"{{{CAP}}}{name}"))


# --- feeds ----------------------------------------------------------------------------------------


def alerts_in(found: Element) -> list[Element]:
    """The alerts that stand in a document: itself, or those inside of a feed. Raises CapError."""
    if found.tag == f"{{{CAP}}}alert":
        return [found]
    if found.tag == f"{{{ATOM}}}feed" or found.tag == "rss":
        return list(found.iter(f"{{{CAP}}}alert"))
    older = _OLDER.search(str(found.tag))
    if older:
        raise CapError(
            N_("It is CAP {version}, and only 1.2 is read."), version=Quote(older[1] or older[2])
        )
    raise CapError(N_("It is neither a CAP 1.2 alert nor a feed of them."))


def links_in(found: Element, base: str) -> list[str]:
    """The addresses of alerts that a feed refers to, in its order, without those whose alert stands
    in it.
    """
    entries = [*found.iterchildren(f"{{{ATOM}}}entry"), *found.iterfind("channel/item")]
    without = (entry for entry in entries if next(entry.iter(f"{{{CAP}}}alert"), None) is None)
    links = (next(_best_links(entry), "") for entry in without)
    return list(dict.fromkeys(urljoin(base, link.strip()) for link in links if link.strip()))


def _best_links(entry: Element) -> Iterator[str]:
    """Of an entry: what is said to be CAP, then what may be."""
    given = [*entry.iterchildren(f"{{{ATOM}}}link"), *entry.iterchildren("enclosure")]
    for one in given:
        if one.get("type", "").partition(";")[0] in CAP_TYPES:
            yield one.get("href") or one.get("url") or ""
    for one in given:
        is_other = one.get("rel", "alternate") != "alternate" or "html" in one.get("type", "")
        if one.get("href") and not is_other:
            yield one.get("href")
    yield entry.findtext("link") or ""


# --- an alert -------------------------------------------------------------------------------------


def alert_of(element: Element, now: datetime, trusted: Sequence[Certificate] = ()) -> Alert:
    """An `alert` element, understood.

    Raises CapError; NotForUsError where it is right but nothing for people.
    """
    signature = trust.check(element, trusted, now)
    found = element if signature.data is None else _signed(signature.data)
    sent = _words(found, "sent", needed=True)
    if _time(sent, "sent") > now + FROM_TOMORROW:
        raise CapError(N_("It was sent in the future."))
    name = ",".join(
        (_words(found, "sender", needed=True), _words(found, "identifier", needed=True), sent)
    )
    if len(name) > LONGEST_NAME or any(sign.isspace() for sign in name) or name.count(",") != 2:
        raise CapError(N_("Its sender or identifier is too long, or has blanks or commas in it."))
    is_exercise, kind = _check_status(found), _kind(found)
    infos = [_info(one, now) for one in _children(found, "info")]
    if not infos and kind is not MessageKind.CANCEL:
        raise CapError(N_("It lacks {name}."), name=Quote("info"))
    return Alert(name, kind, is_exercise, _references(found), infos, signature)


def _signed(data: bytes) -> Element:
    """The alert that a signature covers, and nothing else."""
    found = root(data)
    if found.tag != f"{{{CAP}}}alert":
        raise trust.partial()
    return found


def _check_status(found: Element) -> bool:
    """Whether it is an exercise."""
    status, scope = _words(found, "status", needed=True), _words(found, "scope", needed=True)
    if status not in ("Actual", "Exercise", "System", "Test", "Draft"):
        raise CapError(
            N_("{name} is not what CAP has: {value}."),
            name=Quote("status"),
            value=Quote(status[:40]),
        )
    if status not in ("Actual", "Exercise"):
        raise NotForUsError(
            N_("Its status is {status}: it is not meant for people."), status=Quote(status)
        )
    if scope != "Public":
        raise NotForUsError(N_("It is not public."))
    return status == "Exercise"


def _kind(found: Element) -> MessageKind:
    kind = _words(found, "msgType", needed=True)
    if kind in ("Ack", "Error"):
        raise NotForUsError(N_("It is a receipt between machines."))
    return _one_of(MessageKind, kind, "msgType")


def _references(found: Element) -> list[str]:
    return [one for one in _words(found, "references").split()[:50] if one.count(",") == 2]


def _one_of(kind: type[E], value: str, name: str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise CapError(
            N_("{name} is not what CAP has: {value}."), name=Quote(name), value=Quote(value[:40])
        ) from None


def _info(found: Element, now: datetime) -> Info:
    sent, areas = _words(found.getparent(), "sent"), _children(found, "area")
    effective, onset, expires = (
        _time_in(found, name) for name in ("effective", "onset", "expires")
    )
    if expires is not None and expires <= max(
        filter(None, (effective, onset, _time(sent, "sent")))
    ):
        raise CapError(N_("It would be over before it begins."))
    if expires is not None and expires <= now:
        raise NotForUsError(N_("It is over already."))
    return Info(
        language=(_words(found, "language") or "en-US").lower(),
        category=_one_of(Category, _words(found, "category", needed=True), "category"),
        severity=_one_of(Severity, _words(found, "severity", needed=True), "severity"),
        urgency=_one_of(Urgency, _words(found, "urgency", needed=True), "urgency"),
        certainty=_one_of(Certainty, _words(found, "certainty", needed=True), "certainty"),
        effective=effective,
        expires=expires,
        headline=_words(found, "headline") or _words(found, "event", needed=True),
        description=_words(found, "description"),
        instruction=_words(found, "instruction"),
        audience=drawing.audience(areas),
        unread=drawing.unread(areas),
        wider=drawing.wider(areas),
    )


def _time_in(found: Element, name: str) -> datetime | None:
    words = _words(found, name)
    return _time(words, name) if words else None


def _time(words: str, name: str) -> datetime:
    try:
        if not _TIME.fullmatch(words):
            raise ValueError
        return datetime.fromisoformat(words).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CapError(
            N_("{name} is not a time with its zone, such as 2026-11-23T09:00:00+02:00."),
            name=Quote(name),
        ) from None
