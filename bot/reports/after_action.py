"""An after-action report in words: how a crisis or a drill went, and what to do better."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.consular.advisories.results import REASONS
from bot.consular.audiences.standings import COUNTS
from bot.consular.crises.after_action import Course, Durations, Report
from bot.documents.parts import Block, Cell, Document, Note, Section, Table
from bot.messages import Language
from bot.reports import curves
from bot.reports.tables import Row, counted, table_or
from bot.reports.voice import N_, STANDINGS, Voice

CHANNELS: Mapping[str, str] = {
    "telegram": N_("Telegram"),
    "sms": N_("SMS"),
    "phone": N_("phone page"),
    "link": N_("reply link"),
    "staff": N_("written down by staff"),
    "warden": N_("told by wardens"),
}
FAILURES: Mapping[str, str] = {
    **REASONS,
    "failed": N_("the network does not say why"),
    "no_channel": N_("no address"),
}

Figure = Callable[[Course], Cell]


def document(report: Report, language: Language) -> Document:
    """Write an after-action report in a language."""
    voice = Voice(language)
    crisis = report.course.crisis
    title = voice.gettext("After-action report")
    name = voice.own(crisis.names)
    sections = [
        _answers(report, voice),
        _channels(report.course, voice),
        _cases(report, voice),
        _failures(report.course, voice),
    ]
    if report.slow:
        sections.append(_slow(report, voice))
    return Document(
        language,
        title,
        name,
        _facts(report, voice),
        sections,
        mark=voice.exercise(crisis.drill),
        foot=f"{voice.sender} · {title} · {name}",
    )


def _facts(report: Report, voice: Voice) -> list[tuple[str, str]]:
    crisis = report.course.crisis
    codes = [covered.country for covered in crisis.countries]
    facts = [
        (voice.gettext("Countries"), voice.countries(codes)),
        (voice.gettext("Open since"), voice.when(crisis.opened_at)),
    ]
    if crisis.closed_at is not None:
        facts.append(
            (
                voice.gettext("Closed"),
                voice.when(crisis.closed_at),
            )
        )
    if report.countries is not None:
        only = " · ".join(map(voice.country, report.countries))
        facts.append(
            (
                voice.gettext("Figures of this country alone"),
                only,
            )
        )
    facts.append(
        (
            voice.gettext("Compared with"),
            _drill_name(report.drill, voice),
        )
    )
    return facts


def _drill_name(drill: Course | None, voice: Voice) -> str:
    if drill is None:
        return voice.gettext("no drill before it in these countries")
    name = voice.own(drill.crisis.names)
    return f"{name}, {voice.day(drill.crisis.opened_at)}"


def _answers(report: Report, voice: Voice) -> Section:
    """Say how many answered and how fast, beside the last drill."""

    def share(course: Course) -> Cell:
        return voice.share(course.answered, course.people)

    def people(course: Course) -> Cell:
        return voice.number(course.people)

    rows = [
        _compared(voice.gettext("People"), people, report),
        *_presence(report, voice),
        *_vulnerability(report, voice),
        _compared(voice.gettext("answered"), share, report),
        *_speeds(report, voice),
        *_standings(report, voice),
    ]
    headings = _headings(
        report,
        voice,
        voice.gettext("Figure"),
    )
    curve = curves.draw(
        report.moments,
        report.curve,
        report.course.people,
        voice.gettext("People who had answered, over time"),
        voice,
    )
    return Section(
        voice.gettext("Answers"),
        [Table(headings, rows), curve],
    )


def _presence(report: Report, voice: Voice) -> list[Row]:
    """Say how many were taken to be there, the doubtful apart."""

    def present(course: Course) -> Cell:
        return voice.number(course.people - course.stale)

    def doubtful(course: Course) -> Cell:
        return voice.number(course.stale)

    return [
        _compared(voice.gettext("Taken to be there"), present, report),
        _compared(voice.gettext("Doubtful, counted apart"), doubtful, report),
    ]


def _vulnerability(report: Report, voice: Voice) -> list[Row]:
    """Say how many go first, and how many of these nobody had heard of."""

    def everybody(course: Course) -> Cell:
        return voice.number(course.vulnerable)

    def silent(course: Course) -> Cell:
        return voice.number(course.vulnerable_silent)

    return [
        _compared(voice.gettext("Vulnerable"), everybody, report),
        _compared(voice.gettext("Vulnerable, without an answer"), silent, report),
    ]


def _speeds(report: Report, voice: Voice) -> list[Row]:
    def first(course: Course) -> Cell:
        return voice.length_of_time(course.first)

    def half(course: Course) -> Cell:
        return voice.length_of_time(course.half)

    def nearly_all(course: Course) -> Cell:
        return voice.length_of_time(course.nearly_all)

    return [
        _compared(voice.gettext("until the first answer"), first, report),
        _compared(voice.gettext("until half of everybody had answered"), half, report),
        _compared(voice.gettext("until 95 of 100 had answered"), nearly_all, report),
    ]


def _standings(report: Report, voice: Voice) -> list[Row]:
    rows: list[Row] = []
    for standing in COUNTS:

        def people(course: Course, standing: str = standing) -> Cell:
            return voice.number(
                course.counts.get(
                    standing,
                    0,
                )
            )

        label = voice.term(STANDINGS, standing)
        rows.append(_compared(label, people, report))
    return rows


def _compared(
    label: str,
    figure: Figure,
    report: Report,
) -> Row:
    """Write a figure of the crisis, and the same of the drill where there was one."""
    cells = [label, figure(report.course)]
    if report.drill is not None:
        cells.append(figure(report.drill))
    return cells


def _headings(
    report: Report,
    voice: Voice,
    first: str,
) -> list[str]:
    headings = [first, voice.gettext("This time")]
    if report.drill is not None:
        headings.append(voice.gettext("Last drill"))
    return headings


def _channels(course: Course, voice: Voice) -> Section:
    blocks = table_or(
        voice.gettext("Nobody answered."),
        voice.all(N_("Channel"), N_("Answers")),
        counted(course.by_channel, CHANNELS, voice),
    )
    return Section(voice.gettext("Answers by channel"), blocks)


def _failures(course: Course, voice: Voice) -> Section:
    blocks = table_or(
        voice.gettext("Nothing failed."),
        voice.all(N_("Reason"), N_("People")),
        counted(course.failures, FAILURES, voice),
    )
    return Section(voice.gettext("Whom the roll call did not reach"), blocks)


def _cases(report: Report, voice: Voice) -> Section:
    """Say how many cases there were, and how long each step took."""
    cases = report.course.cases
    rows = [
        _step(voice.gettext("seen"), cases.seen, voice),
        _step(voice.gettext("taken"), cases.taken, voice),
        _step(voice.gettext("closed"), cases.closed, voice),
    ]
    opened = voice.gettext(
        "%(cases)s cases were opened.",
        cases=voice.number(cases.opened).text,
    )
    blocks: list[Block] = [Note(opened)]
    if cases.opened:
        headings = voice.all(
            N_("Step"),
            N_("Cases"),
            N_("Median time from opening"),
            N_("Longest"),
        )
        blocks.append(Table(headings, rows))
    return Section(voice.gettext("Cases"), blocks)


def _step(
    label: str,
    step: Durations,
    voice: Voice,
) -> Row:
    return [
        label,
        voice.number(step.count),
        voice.length_of_time(step.median),
        voice.length_of_time(step.slowest),
    ]


def _slow(report: Report, voice: Voice) -> Section:
    rows: list[Row] = []
    for account in report.slow:
        rows.append(
            _step(
                voice.isolated(account.email),
                account.taken,
                voice,
            )
        )
    headings = voice.all(
        N_("Account"),
        N_("Cases taken"),
        N_("Median time until taken"),
        N_("Longest"),
    )
    return Section(
        voice.gettext("How long cases waited for each account"),
        [Table(headings, rows)],
    )
