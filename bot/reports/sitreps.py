"""A situation report in words: its figures are stored, so it reads the same whenever it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from bot.consular.audiences.standings import COUNTS
from bot.consular.crises import sitrep_figures
from bot.consular.crises.sitrep_figures import LIGHTS, CountryFigures, Figures
from bot.consular.crises.sitreps import Reading
from bot.documents.parts import Block, Document, Note, Picture, Section, Table
from bot.messages import Language
from bot.reports import curves, sitrep_communities, sitrep_places
from bot.reports.tables import Row, numbers, table_or, totals
from bot.reports.voice import KINDS, N_, STANDINGS, Voice

LIGHT_LABELS = (
    N_("waiting too long"),
    N_("half of its time is over"),
    N_("in time"),
    N_("closed"),
)
# States of the roll call to a person, several of which read as one.
DELIVERY: Mapping[str, tuple[str, ...]] = {
    N_("waiting"): ("queued", "sending"),
    N_("handed to the network"): ("sent",),
    N_("delivered"): ("delivered",),
    N_("read"): ("read",),
    N_("failed"): ("failed", "expired"),
    N_("not sent any more"): ("dropped",),
    N_("no channel"): ("no_channel",),
}


def document(reading: Reading, language: Language) -> Document:
    """Write a situation report in a language."""
    voice = Voice(language)
    crisis, sitrep = reading.crisis, reading.sitrep
    title = voice.gettext("Situation report no. %(number)s", number=sitrep.number)
    name = voice.own(crisis.names)
    moment = voice.when(sitrep.at)
    return Document(
        language,
        title,
        name,
        _facts(reading, voice),
        [
            _overview(reading, voice),
            _cases(reading.figures, voice),
            _evacuation(reading.figures, voice),
            _roll_call(reading.figures, voice),
            sitrep_places.section(reading, voice),
            *sitrep_communities.sections(reading.figures, voice),
        ],
        mark=voice.exercise(crisis.drill),
        foot=f"{voice.sender} · {title} · {name} · {moment}",
    )


def _facts(reading: Reading, voice: Voice) -> list[tuple[str, str]]:
    crisis, sitrep = reading.crisis, reading.sitrep
    countries = sitrep_places.countries(reading.figures)
    people = _by_standing(reading.figures).total()
    facts = [
        (voice.gettext("Figures of"), voice.when(sitrep.at)),
        (voice.gettext("Countries"), voice.countries(countries)),
        (voice.gettext("Open since"), voice.when(crisis.opened_at)),
    ]
    if crisis.closed_at is not None and crisis.closed_at <= sitrep.at:
        facts.append(
            (
                voice.gettext("Closed"),
                voice.when(crisis.closed_at),
            )
        )
    return [
        *facts,
        *_presence(reading.figures, people, voice),
        *_vulnerability(reading.figures, voice),
    ]


def _presence(figures: Figures, people: int, voice: Voice) -> list[tuple[str, str]]:
    """Say how many are taken to be there, the doubtful apart."""
    stale = _stale_people(figures)
    present = people - stale
    return [
        (voice.gettext("People"), voice.number(people).text),
        (voice.gettext("Taken to be there"), voice.number(present).text),
        (voice.gettext("Doubtful, counted apart"), voice.number(stale).text),
    ]


def _vulnerability(figures: Figures, voice: Voice) -> list[tuple[str, str]]:
    """Say how many go first, and how many of these have not answered; nothing in older reports."""
    countries = figures["countries"].values()
    if not all("vulnerable" in country for country in countries):
        return []
    vulnerable = sum(country["vulnerable"] for country in countries)
    silent = sum(country["vulnerable_silent"] for country in countries)
    return [
        (voice.gettext("Vulnerable"), voice.number(vulnerable).text),
        (voice.gettext("Vulnerable, without an answer"), voice.number(silent).text),
    ]


def _overview(reading: Reading, voice: Voice) -> Section:
    """Count by standing, with the change since the last report, and the curve of answers."""
    counts = _by_standing(reading.figures)
    blocks: list[Block] = [
        _standings(counts, reading.before, voice),
        Note(_stale(reading.figures, counts.total(), voice)),
    ]
    if reading.before is None:
        first = voice.gettext("This is the first report of this crisis.")
        blocks.append(Note(first))
    blocks.append(
        _curve(
            reading.figures,
            counts.total(),
            voice,
        )
    )
    return Section(voice.gettext("How people are"), blocks)


def _standings(
    counts: Counter[str],
    before: Figures | None,
    voice: Voice,
) -> Table:
    counts_before = None
    total_before = None
    if before is not None:
        counts_before = _by_standing(before)
        total_before = counts_before.total()
    rows: list[Row] = []
    for standing in COUNTS:
        people = counts[standing]
        people_before = None
        if counts_before is not None:
            people_before = counts_before[standing]
        label = voice.term(STANDINGS, standing)
        change = voice.change(people, people_before)
        rows.append(
            [
                label,
                voice.number(people),
                change,
            ]
        )
    total: Row = [
        voice.gettext("All"),
        voice.number(counts.total()),
        voice.change(counts.total(), total_before),
    ]
    headings = voice.all(
        N_("Standing"),
        N_("People"),
        N_("Change since the last report"),
    )
    return Table(headings, rows, total)


def _stale(
    figures: Figures,
    people: int,
    voice: Voice,
) -> str:
    stale = _stale_people(figures)
    return voice.gettext(
        "Silent, and place not confirmed for 180 days: %(stale)s of %(people)s people.",
        stale=voice.number(stale).text,
        people=voice.number(people).text,
    )


def _stale_people(figures: Figures) -> int:
    return sum(country["stale"] for country in figures["countries"].values())


def _curve(
    figures: Figures,
    people: int,
    voice: Voice,
) -> Picture:
    moments: list[datetime] = []
    for moment in figures["moments"]:
        moments.append(datetime.fromisoformat(moment))
    return curves.draw(
        moments,
        sitrep_figures.curve(figures),
        people,
        voice.gettext("People who had answered, over time"),
        voice,
    )


def _cases(figures: Figures, voice: Voice) -> Section:
    """Count cases by kind and age."""
    by_kind = _cases_by_kind(figures)
    rows: list[Row] = []
    for kind, label in KINDS.items():
        if kind in by_kind:
            cells = numbers(by_kind[kind], LIGHTS, voice)
            rows.append(
                [
                    voice.gettext(label),
                    *cells,
                ]
            )
    blocks = table_or(
        voice.gettext("No case."),
        voice.all(N_("Kind"), *LIGHT_LABELS),
        rows,
        totals(rows, voice),
    )
    return Section(voice.gettext("Cases by kind and age"), blocks)


def _cases_by_kind(figures: Figures) -> dict[str, Counter[str]]:
    by_kind: dict[str, Counter[str]] = {}
    for country in figures["countries"].values():
        for kind, counts in country["cases"].items():
            total = by_kind.setdefault(kind, Counter())
            total.update(counts)
    return by_kind


def _evacuation(figures: Figures, voice: Voice) -> Section:
    rows: list[Row] = []
    for code, country in sitrep_places.in_order(figures):
        wishes = sitrep_places.counted(country)["evacuate"]
        if wishes:
            leaving = voice.number(country["leaving"])
            rows.append(
                [
                    voice.country(code),
                    voice.number(wishes),
                    leaving,
                ]
            )
    blocks = table_or(
        voice.gettext("Nobody has asked for it."),
        voice.all(
            N_("Country"),
            N_("want evacuation"),
            N_("with the people with them"),
        ),
        rows,
        totals(rows, voice),
    )
    return Section(voice.gettext("Wishes to be evacuated"), blocks)


def _roll_call(figures: Figures, voice: Voice) -> Section:
    """Say what became of the question to everybody: sent is not delivered."""
    rows: list[Row] = []
    for code, country in sitrep_places.in_order(figures):
        if country["delivery"]:
            cells = _delivered(country, voice)
            rows.append(
                [
                    voice.country(code),
                    *cells,
                ]
            )
    blocks = table_or(
        voice.gettext("Nobody was asked."),
        voice.all(N_("Country"), *DELIVERY),
        rows,
        totals(rows, voice),
    )
    return Section(voice.gettext("The roll call"), blocks)


def _delivered(country: CountryFigures, voice: Voice) -> Row:
    cells: Row = []
    for states in DELIVERY.values():
        people = 0
        for state in states:
            people += country["delivery"].get(state, 0)
        cells.append(voice.number(people))
    return cells


def _by_standing(figures: Figures) -> Counter[str]:
    counts: Counter[str] = Counter()
    for country in figures["countries"].values():
        counts.update(sitrep_places.counted(country))
    return counts
