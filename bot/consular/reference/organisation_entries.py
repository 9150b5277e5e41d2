"""What somebody enters of an organisation abroad: read, put in one form, or refused with why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

from bot.consular.errors import N_, ConsularError, CountryCode, Quote, Term
from bot.consular.reference import accreditation, organisation_kinds, places, post_names
from bot.models import Organisation
from bot.text import numbers
from bot.text.text import LANGUAGES, clean

MAX_NAME_CHARS = 120
MAX_DESCRIPTION_CHARS = 300
MAX_SOURCE_CHARS = 300
MAX_EMAIL_CHARS = 120
MAX_WEBSITE_CHARS = 200
MAX_QUOTED_CHARS = 60
_EMAIL = re.compile(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[^@\s<>\"',;]+")
_HOST = re.compile(r"(?:[\w-]+\.)+\w{2,}")


@dataclass(frozen=True, slots=True)
class Entry:
    """An organisation as somebody enters it; names and descriptions are by language.

    `city` is its name, or its value (`GB/Manchester`). The days are ISO days. An empty field is
    not known.
    """

    country: str
    city: str
    kind: str
    names: Mapping[str, str]
    descriptions: Mapping[str, str]
    phone: str
    email: str
    website: str
    contact_name: str
    contact_agreed_on: str
    source: str
    checked_on: str


def of(organisation: Organisation) -> Entry:
    """Return what the directory says of an organisation."""
    agreed_on = organisation.contact_agreed_on
    return Entry(
        country=organisation.country,
        city=organisation.city or "",
        kind=organisation.kind.value,
        names=dict(organisation.names),
        descriptions=dict(organisation.descriptions),
        phone=organisation.phone,
        email=organisation.email,
        website=organisation.website,
        contact_name=organisation.contact_name or "",
        contact_agreed_on=agreed_on.isoformat() if agreed_on else "",
        source=organisation.source,
        checked_on=organisation.checked_on.isoformat(),
    )


def empty(country: str, today: date) -> Entry:
    """Return the entry of which nothing is known yet but the country."""
    nothing: dict[str, str] = dict.fromkeys(LANGUAGES, "")
    return Entry(
        country=country,
        city="",
        kind="",
        names=nothing,
        descriptions=nothing,
        phone="",
        email="",
        website="",
        contact_name="",
        contact_agreed_on="",
        source="",
        checked_on=today.isoformat(),
    )


def checked(entry: Entry, today: date) -> Entry:
    """Return an entry as the directory keeps it. Raises ConsularError, and says what is wrong."""
    country = _country(entry.country)
    contact_name = _short(entry.contact_name, N_("name"), MAX_NAME_CHARS)
    return Entry(
        country=country,
        city=_city(entry.city, country),
        kind=organisation_kinds.read(entry.kind).value,
        names=_names(entry.names),
        descriptions=_descriptions(entry.descriptions),
        phone=_phone(entry.phone, country),
        email=_email(entry.email),
        website=_website(entry.website),
        contact_name=contact_name,
        contact_agreed_on=_agreement(entry, contact_name, today),
        source=_source(entry.source),
        checked_on=accreditation.read_day(entry.checked_on, today),
    )


def without_contact(entry: Entry) -> Entry:
    """Return an entry without the name of the person responsible."""
    return replace(entry, contact_name="", contact_agreed_on="")


def differing(before: Entry, after: Entry) -> list[str]:
    """Name the fields in which two entries differ."""
    fields: list[str] = []
    for field in Entry.__slots__:
        if getattr(before, field) != getattr(after, field):
            fields.append(field)
    return fields


def _country(typed: str) -> str:
    code = typed.strip().upper()
    if code not in places.COUNTRIES:
        raise ConsularError("Not a country code: {code}.", code=Quote(typed[:20]))
    return code


def _city(typed: str, country: str) -> str:
    """Return the value of a city of the country; "" where none was entered."""
    city_name = typed.strip()
    if not city_name:
        return ""
    city = post_names.city(city_name, country)
    if not city.startswith(f"{country}/"):
        raise ConsularError(
            "{city} is not in {country}.",
            city=Quote(city_name[:MAX_QUOTED_CHARS]),
            country=CountryCode(country),
        )
    return city


def _names(typed: Mapping[str, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for language in LANGUAGES:
        name = _short(typed.get(language, ""), N_("name"), MAX_NAME_CHARS)
        if not name:
            raise ConsularError("Write the name in both languages.")
        names[language] = name
    return names


def _descriptions(typed: Mapping[str, str]) -> dict[str, str]:
    """Return the descriptions: in both languages, or in none."""
    descriptions: dict[str, str] = {}
    for language in LANGUAGES:
        written = typed.get(language, "")
        descriptions[language] = _short(written, N_("description"), MAX_DESCRIPTION_CHARS)
    is_known = list(map(bool, descriptions.values()))
    if any(is_known) and not all(is_known):
        raise ConsularError("Write the description in both languages, or in none.")
    return descriptions


def _short(
    typed: str,
    field: str,
    limit: int,
) -> str:
    """Return a text on one line. Raises ConsularError where it is too long."""
    written = clean(" ".join(typed.split()), limit + 1)
    if len(written) > limit:
        raise ConsularError(
            "The {field} is too long: {limit} letters at most.",
            field=Term(field),
            limit=limit,
        )
    return written


def _phone(typed: str, country: str) -> str:
    if not typed.strip():
        return ""
    number = numbers.e164(typed, country)
    if number is None:
        raise ConsularError(
            "{number} is no telephone number of {country} or of another country.",
            number=Quote(typed[:MAX_QUOTED_CHARS]),
            country=CountryCode(country),
        )
    return number


def _email(typed: str) -> str:
    email = clean(typed, MAX_EMAIL_CHARS + 1)
    if not email:
        return ""
    if len(email) > MAX_EMAIL_CHARS or not _EMAIL.fullmatch(email):
        raise ConsularError(
            "{email} is no e-mail address.",
            email=Quote(email[:MAX_QUOTED_CHARS]),
        )
    return email


def _website(typed: str) -> str:
    website = typed.strip()
    if not website:
        return ""
    if not _is_website(website):
        raise ConsularError(
            "{address} is no web address that people can open safely: it begins with https://.",
            address=Quote(website[:MAX_QUOTED_CHARS]),
        )
    return website


def _is_website(address: str) -> bool:
    """Tell whether an address is of a public site, and hides no account or port in it."""
    if len(address) > MAX_WEBSITE_CHARS or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        has_port = parts.port is not None
    except ValueError:
        return False
    if parts.scheme != "https" or has_port or "@" in parts.netloc:
        return False
    return _HOST.fullmatch(parts.netloc) is not None


def _agreement(
    entry: Entry,
    contact_name: str,
    today: date,
) -> str:
    """Return the day on which the person responsible agreed that people are told their name."""
    if not contact_name:
        return ""
    if not entry.contact_agreed_on.strip():
        raise ConsularError(
            "Write when the person responsible agreed to be named, or leave the name out."
        )
    return accreditation.read_day(entry.contact_agreed_on, today)


def _source(typed: str) -> str:
    source = _short(typed, N_("source"), MAX_SOURCE_CHARS)
    if not source:
        raise ConsularError("Write where this is from.")
    return source
