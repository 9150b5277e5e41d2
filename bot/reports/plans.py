"""A post's contingency plan in words. What is missing or old is printed as such, never invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.consular.crises.plans import City, Drill, Plan
from bot.consular.reference import freshness
from bot.consular.reference.care import Tie
from bot.documents.parts import Block, Document, Note, Picture, Section, Table
from bot.messages import Language
from bot.models import GroundKind, Post
from bot.reports import maps
from bot.reports.tables import Row, table_or
from bot.reports.voice import N_, Voice

# A plan whose people are older than this, in a share of all, says so.
OLD_SHARE = 0.25


def document(plan: Plan, language: Language) -> Document:
    """Write a contingency plan in a language."""
    voice = Voice(language)
    title = voice.gettext("Contingency plan")
    subject = _subject(plan, voice)
    return Document(
        language,
        title,
        subject,
        _facts(plan, voice),
        [
            _missing(plan, voice),
            _people(plan, voice),
            _vulnerable(plan, voice),
            _meeting_points(plan, voice),
            _routes(plan, voice),
            _post(plan, voice),
            _neighbours(plan.neighbours, voice),
        ],
        foot=f"{voice.sender} · {title} · {subject} · {voice.when(plan.at)}",
    )


def _subject(plan: Plan, voice: Voice) -> str:
    country = voice.country(plan.country)
    if plan.post is None:
        return country
    return f"{voice.own(plan.post.names)} · {country}"


def _facts(plan: Plan, voice: Voice) -> list[tuple[str, str]]:
    people = sum(city.people for city in plan.cities)
    present = sum(city.present for city in plan.cities)
    doubtful = people - present
    return [
        (voice.gettext("Made on"), voice.when(plan.at)),
        (voice.gettext("People on record"), voice.number(people).text),
        (voice.gettext("Taken to be there"), voice.number(present).text),
        (voice.gettext("Doubtful, counted apart"), voice.number(doubtful).text),
        (voice.gettext("Last drill there"), _drill_words(plan.drill, voice)),
        (voice.gettext("Call first where life is at risk"), _numbers(plan, voice)),
    ]


def _drill_words(drill: Drill | None, voice: Voice) -> str:
    if drill is None:
        return voice.gettext("No drill was held there yet.")
    return voice.gettext(
        "%(day)s: %(share)s of %(people)s people answered",
        day=voice.day(drill.crisis.opened_at),
        share=voice.share(drill.answered, drill.people).text,
        people=voice.number(drill.people).text,
    )


def _numbers(plan: Plan, voice: Voice) -> str:
    """List the country's own numbers, with their source; that none is known is said."""
    numbers = plan.numbers
    if numbers is None:
        return voice.gettext("No number is known.")
    services = {
        N_("One number for everything"): numbers.general,
        N_("Ambulance"): numbers.ambulance,
        N_("Police"): numbers.police,
        N_("Fire brigade"): numbers.fire,
    }
    listed: list[str] = []
    for label, number in services.items():
        if number:
            listed.append(f"{voice.gettext(label)} {number}")
    source = f"({numbers.source}, {numbers.as_of})"
    return f"{' · '.join(listed)} {source}"


def _missing(plan: Plan, voice: Voice) -> Section:
    """List what is missing or old, each as a warning."""
    gaps = [
        *_gaps_of_post(plan.post, voice),
        *_gaps_of_ground(plan, voice),
        *_gaps_of_people(plan, voice),
    ]
    blocks: list[Block] = []
    for gap in gaps:
        blocks.append(Note(gap, is_warning=True))
    if not blocks:
        nothing = voice.gettext("Nothing is missing.")
        blocks.append(Note(nothing))
    return Section(voice.gettext("Missing or out of date"), blocks)


def _gaps_of_post(post: Post | None, voice: Voice) -> list[str]:
    if post is None:
        return [voice.gettext("There is no post in this country.")]
    gaps: list[str] = []
    if not post.phone:
        gaps.append(voice.gettext("No phone number of the post."))
    if not post.emergency_phone:
        gaps.append(voice.gettext("No phone number for an emergency."))
    if not post.email:
        gaps.append(voice.gettext("No e-mail address of the post."))
    if not post.street_addresses.get(voice.language):
        gaps.append(voice.gettext("No street address in this language."))
    return gaps


def _gaps_of_ground(plan: Plan, voice: Voice) -> list[str]:
    gaps: list[str] = []
    kinds = {ground.kind for ground in plan.grounds}
    if GroundKind.MEETING_POINT not in kinds:
        gaps.append(voice.gettext("No meeting point entered."))
    if GroundKind.ROUTE not in kinds:
        gaps.append(voice.gettext("No route entered."))
    if any(_is_old(ground.at, plan.at) for ground in plan.grounds):
        gaps.append(voice.gettext("Some meeting points or routes are older than 180 days."))
    return gaps


def _gaps_of_people(plan: Plan, voice: Voice) -> list[str]:
    gaps: list[str] = []
    people = sum(city.people for city in plan.cities)
    stale = sum(city.stale for city in plan.cities)
    if stale > OLD_SHARE * people:
        share = voice.share(stale, people).text
        gaps.append(
            voice.gettext("%(share)s of the places are not confirmed for 180 days.", share=share)
        )
    if plan.drill is None:
        gaps.append(voice.gettext("No drill was held there yet."))
    elif _is_old(plan.drill.crisis.opened_at, plan.at):
        gaps.append(voice.gettext("The last drill is older than 180 days."))
    return gaps


def _is_old(at: datetime, now: datetime) -> bool:
    return freshness.has_gone_stale(at, now)


def _people(plan: Plan, voice: Voice) -> Section:
    """Count people by city and by how old their places are, with a map."""
    rows = [
        _city_row(
            city,
            voice,
        )
        for city in plan.cities
    ]
    headings = voice.all(
        N_("City"),
        N_("People"),
        N_("confirmed within 30 days"),
        N_("within 180 days"),
        N_("longer ago or never"),
    )
    blocks = table_or(
        voice.gettext("Nobody is there."),
        headings,
        rows,
    )
    picture = _map(plan, voice)
    if picture is not None:
        blocks.insert(0, picture)
    return Section(voice.gettext("People by city and age of their records"), blocks)


def _map(plan: Plan, voice: Voice) -> Picture | None:
    people: dict[str, tuple[int, int]] = {}
    for city in plan.cities:
        people[city.city] = (city.people, 0)
    spots = maps.spots(people, plan.country, voice)
    return maps.draw([plan.country], spots, voice)


def _city_row(city: City, voice: Voice) -> Row:
    return [
        voice.city(city.city),
        voice.number(city.people),
        voice.number(city.fresh),
        voice.number(city.older),
        voice.number(city.stale),
    ]


def _vulnerable(plan: Plan, voice: Voice) -> Section:
    counts = {
        N_("Open medical cases"): plan.vulnerable.medical_cases,
        N_("Open cases of life at risk"): plan.vulnerable.life_cases,
        N_("Families and groups of five or more"): plan.vulnerable.large_parties,
        N_("People who must not be called"): plan.vulnerable.no_calls,
    }
    rows: list[Row] = []
    for label, number in counts.items():
        rows.append(
            [
                voice.gettext(label),
                voice.number(number),
            ]
        )
    note = Note(voice.gettext("Only what people told us: there may be more."))
    table = Table(
        voice.all(N_("Who"), N_("Number")),
        rows,
    )
    return Section(
        voice.gettext("Who may need more help"),
        [note, table],
    )


def _meeting_points(plan: Plan, voice: Voice) -> Section:
    nothing = voice.gettext("No meeting point entered.")
    blocks = _ground(plan, GroundKind.MEETING_POINT, nothing, voice)
    return Section(voice.gettext("Meeting points"), blocks)


def _routes(plan: Plan, voice: Voice) -> Section:
    nothing = voice.gettext("No route entered.")
    blocks = _ground(plan, GroundKind.ROUTE, nothing, voice)
    return Section(voice.gettext("Routes"), blocks)


def _ground(
    plan: Plan,
    kind: GroundKind,
    nothing: str,
    voice: Voice,
) -> list[Block]:
    """List the meeting points or the routes, with the day of each."""
    rows: list[Row] = []
    for ground in plan.grounds:
        if ground.kind is kind:
            description = voice.own(ground.descriptions)
            rows.append(
                [
                    description,
                    voice.day(ground.at),
                ]
            )
    headings = voice.all(
        N_("Description"),
        N_("Entered on"),
    )
    return table_or(nothing, headings, rows)


def _post(plan: Plan, voice: Voice) -> Section:
    """List how the post is reached, or who else looks after the country; a dash is unknown."""
    title = voice.gettext("The post")
    if plan.post is not None:
        return Section(
            title,
            [Table(_contact_headings(voice), [_contacts(plan.post, voice)])],
        )
    blocks: list[Block] = [Note(voice.gettext("There is no post in this country."))]
    if plan.caring.tie is not Tie.HERE and plan.caring.posts:
        ties = {
            Tie.ACCREDITED: N_("This post is accredited there and looks after it:"),
            Tie.NEAREST: N_("This is the nearest post. It is not accredited there:"),
        }
        contacts = [_contacts(post, voice) for post in plan.caring.posts]
        blocks.append(Note(voice.gettext(ties[plan.caring.tie])))
        blocks.append(Table(_contact_headings(voice), contacts))
    return Section(title, blocks)


def _neighbours(neighbours: Sequence[Post], voice: Voice) -> Section:
    blocks = table_or(
        voice.gettext("None is known."),
        _contact_headings(voice),
        [_contacts(post, voice) for post in neighbours],
    )
    title = voice.gettext("Other posts there and in the countries around")
    return Section(title, blocks)


def _contact_headings(voice: Voice) -> list[str]:
    return voice.all(
        N_("Country"),
        N_("Post"),
        N_("Address"),
        N_("Phone"),
        N_("Phone in an emergency"),
        N_("E-mail"),
    )


def _contacts(post: Post, voice: Voice) -> Row:
    return [
        voice.country(post.country),
        voice.own(post.names),
        voice.entered(post.street_addresses.get(voice.language, "")),
        voice.entered(post.phone),
        voice.entered(post.emergency_phone),
        voice.entered(post.email),
    ]
