"""Libyan organisations abroad in chat: those of a country, the nearest first, in one message."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions import information
from bot.actions.context import Context, Slots, country_name
from bot.consular.people import placement
from bot.consular.reference import (
    organisation_kinds,
    organisation_list,
    organisations,
    places,
)
from bot.consular.reference.care import Point
from bot.dialogue.whereabouts import NamedPlace
from bot.messages import Form, Location
from bot.models import Organisation, OrganisationKind
from bot.text import sms
from bot.text.text import in_language
from nlu.language.folding import fold

MAX_LISTED = 8  # in a chat; whoever wants others names a city or a kind
MAX_CHAT_CHARS = 3000  # of the list in one message, which the network cuts at 4096
MAX_SMS_PARTS = 2


async def hear_organisation(ctx: Context, _slots: Slots) -> Slots:
    """Read the kind of organisation that a question names; None for any."""
    kind = organisation_kinds.asked_for(ctx.heard.text)
    return {"organisation_kind": kind.value if kind else None, "organisations": None}


async def find_organisations(ctx: Context, slots: Slots) -> Slots:
    """Word the organisations of the country asked about, the nearest first; None for none.

    Where there is none of the kind asked for, the others are listed, and the title says so.
    """
    countries = information.countries_asked(ctx, slots)
    names = information.names_of(ctx, countries)
    position = _position(ctx, slots)
    everything: list[Organisation] = []
    for country in countries:
        everything.extend(await organisation_list.near(ctx.session, country, position))
    kind = _kind(slots)
    wanted = organisation_list.of_kind(everything, kind)
    title = _title(ctx, names, kind, is_there=bool(wanted))
    worded = _listed(ctx, title, wanted or everything)
    return {
        "organisations": worded,
        "organisations_title": title,
        "country_name": names,
    }


def _kind(slots: Slots) -> OrganisationKind | None:
    code = slots.get("organisation_kind")
    if code is None:
        return None
    return OrganisationKind(code)


def _title(
    ctx: Context,
    names: str,
    kind: OrganisationKind | None,
    is_there: bool,
) -> str:
    """Say of which country the organisations are, or that there is none of the kind."""
    if kind is None or is_there:
        return ctx.say("organisations_in", country_name=names)
    kind_name = organisation_kinds.name(kind, ctx.language)
    return ctx.say("organisations_other", country_name=names, kind=kind_name)


def _position(ctx: Context, slots: Slots) -> Point | None:
    """Return the position asked about, else where the person is; None where neither is known."""
    match slots.get("place"):
        case Location(latitude, longitude):
            return latitude, longitude
        case NamedPlace(meanings):
            place = places.place_of(meanings[0])
            if place.latitude is not None and place.longitude is not None:
                return place.latitude, place.longitude
    return placement.coarse_position(ctx.person)


# --- words ----------------------------------------------------------------------------------------


def _listed(
    ctx: Context,
    title: str,
    listed: Sequence[Organisation],
) -> str | None:
    """Word as many organisations as the screen takes, and say how many more there are."""
    if not listed:
        return None
    if ctx.address.form is Form.TEXT:
        return _short(ctx, title, listed)
    paragraphs = _paragraphs(ctx, listed[:MAX_LISTED])
    more = len(listed) - len(paragraphs)
    if more:
        paragraphs.append(ctx.say("organisations_more", number=more))
    return "\n\n".join(paragraphs)


def _paragraphs(ctx: Context, listed: Sequence[Organisation]) -> list[str]:
    """Word as many organisations as one message of a chat holds, a paragraph each."""
    paragraphs: list[str] = []
    room = MAX_CHAT_CHARS
    for organisation in listed:
        paragraph = _described(ctx, organisation)
        room -= len(paragraph)
        if room < 0:
            break
        paragraphs.append(paragraph)
    return paragraphs


def _described(ctx: Context, organisation: Organisation) -> str:
    """Word an organisation, a line for each thing that is known of it."""
    details = {
        "post_phone": organisation.phone,
        "post_email": organisation.email,
        "organisation_website": organisation.website,
        "organisation_contact": organisation.contact_name,
    }
    lines = [_name(ctx, organisation), in_language(organisation.descriptions, ctx.language)]
    for key, detail in details.items():
        if detail:
            lines.append(ctx.say(key, value=detail))
    if organisations.is_doubtful(organisation, ctx.now.date()):
        lines.append(ctx.say("organisation_doubtful", day=organisation.checked_on.isoformat()))
    return "\n".join(filter(None, lines))


def _name(ctx: Context, organisation: Organisation) -> str:
    """Name an organisation, its kind and its city."""
    name = in_language(organisation.names, ctx.language)
    kind = organisation_kinds.name(organisation.kind, ctx.language)
    place = country_name(organisation.country, ctx.language)
    if organisation.city:
        place = places.city_name(organisation.city, ctx.language)
    return ctx.say("organisation_name", name=name, kind=kind, place=place)


def _short(
    ctx: Context,
    title: str,
    listed: Sequence[Organisation],
) -> str:
    """Word the nearest organisations in two parts of an SMS, or the nearest alone in more."""
    lines = [_line(ctx, organisation) for organisation in listed]
    shown = _with_more(ctx, lines, 1)
    for number in range(2, len(lines) + 1):
        longer = _with_more(ctx, lines, number)
        if sms.sms_parts(sms.for_sms(f"{title}\n{longer}")).count > MAX_SMS_PARTS:
            break
        shown = longer
    return shown


def _with_more(
    ctx: Context,
    lines: Sequence[str],
    number: int,
) -> str:
    """Join so many lines, and say how many more there are."""
    shown = list(lines[:number])
    more = len(lines) - number
    if more:
        shown.append(ctx.say("organisations_more", number=more))
    return "\n".join(shown)


def _line(ctx: Context, organisation: Organisation) -> str:
    """Word an organisation on one line: its name, how to reach it, and a doubt.

    Its city is named where the name does not say it.
    """
    name = in_language(organisation.names, ctx.language)
    words = [name]
    city = ""
    if organisation.city:
        city = places.city_name(organisation.city, ctx.language)
    if fold(city) not in fold(name):
        words.append(ctx.say("organisation_city", place=city))
    words.append(organisation.phone or organisation.email or organisation.website)
    if organisations.is_doubtful(organisation, ctx.now.date()):
        day = organisation.checked_on.isoformat()
        words.append(ctx.say("organisation_doubtful", day=day))
    return " ".join(filter(None, words))
