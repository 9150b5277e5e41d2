"""Registered people of a crisis's countries beside the estimates of how many live there."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.consular.crises.sitrep_figures import CommunityFigures, Figures
from bot.documents.parts import Block, Note, Section, Table
from bot.reports.tables import Row
from bot.reports.voice import N_, Voice


def sections(figures: Figures, voice: Voice) -> list[Section]:
    """Write a row for each country and city with an estimate; nothing where there is none."""
    rows: list[Row] = []
    for code, country in figures["countries"].items():
        for community in country.get("communities", []):
            rows.append(_row(code, community, voice))
    if not rows:
        return []
    headings = voice.all(
        N_("Country"),
        N_("City"),
        N_("Registered people"),
        N_("Doubtful, counted apart"),
        N_("Estimated"),
        N_("Registered ÷ estimated"),
        N_("Source"),
        N_("As of"),
    )
    words = voice.gettext("Doubtful: registered, but the place was not confirmed for 180 days.")
    blocks: list[Block] = [Note(words), Table(headings, rows)]
    return [Section(voice.gettext("Registered people and estimates"), blocks)]


def _row(code: str, community: CommunityFigures, voice: Voice) -> Row:
    city = community["city"]
    dated = datetime.fromisoformat(community["dated"]).replace(tzinfo=UTC)
    return [
        voice.country(code),
        voice.city(city) if city else voice.gettext("the whole country"),
        voice.number(community["registered"]),
        voice.number(community["doubtful"]),
        voice.number(community["estimated"]),
        voice.share(community["registered"], community["estimated"]),
        voice.entered(community["source"]),
        voice.day(dated),
    ]
