"""`python -m bench.nlu_report`: trains, measures accuracy and speed, and writes nlu/report.md."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench import conversations, understanding
from bench.report import percentile
from bench.scores import (
    LIFE_SAVING,
    OUT_OF_SCOPE,
    SAFE,
    VARIETIES,
    Answer,
    Answers,
    accuracy,
    alarms,
    calibration,
    confusions,
    entities,
    filed_safe,
    life_saving_recall,
    macro_f1,
    meaning,
    precision_recall,
    thresholds,
)
from bench.understanding import Server
from bot.embedded import model
from bot.runtime.settings import ROOT
from nlu.language import fallback

NLU = ROOT / "nlu"
SETS = {
    "test": (
        "texts in another manner than the training data; settings and gazetteer were mended on them"
    ),
    "unseen": (
        "written by people who saw neither the training data nor the classifier; "
        "nothing was mended on them"
    ),
    "blind": (
        "written on 2026-11-29 without a look at the other texts; never read while mending, "
        "and therefore not quoted here"
    ),
}
UNQUOTED = frozenset({"blind"})
TOGETHER = "all sets"
STEPS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
CONFUSIONS_LIMIT = 25
NO_FIGURE = "-"

Lines = Iterator[str]
Cells = Sequence[str]
Readings = dict[str, Answers]  # by the name of the set and of the reader


def main() -> None:
    """Measure everything, print the report and write it."""
    lines = asyncio.run(_report())
    report = "\n".join(lines) + "\n"
    (NLU / "report.md").write_text(report, "utf-8")
    print(report)


async def _report() -> list[str]:
    with tempfile.TemporaryDirectory(prefix="nlu-report-") as name:
        folder = Path(name)
        async with understanding.served(folder) as server:
            by_rasa = await _by_rasa(server)
            speed = _speed(server)
            facts = await conversations.report(server.nlu)
        built_in, seconds = await _built_in(folder)
        crossed = await understanding.crossed(NLU / "data", folder)
    readings: Readings = {"cross-validation, 5 folds": crossed}
    readings |= _compared(by_rasa, built_in)
    lines = list(_head())
    lines += _summary(readings)
    lines += speed
    lines.append(f"- built in: {seconds * 1e3:.2f} ms of processor time a text")
    lines += facts
    for name, answers in by_rasa.items():
        lines += details(name, answers)
    return lines


def _compared(by_rasa: Readings, built_in: Readings) -> Readings:
    """Name the answers of the readers to each set, as the summary lists them."""
    readings: Readings = {}
    by_rasa = by_rasa | {TOGETHER: _together(by_rasa)}
    built_in = built_in | {TOGETHER: _together(built_in)}
    for name, answers in by_rasa.items():
        readings[f"{name}, Rasa"] = answers
        readings[f"{name}, exact words then Rasa"] = understanding.with_exact(answers)
        readings[f"{name}, built in (Rasa away)"] = built_in[name]
    return readings


def _together(readings: Readings) -> list[Answer]:
    """Return the answers to all sets."""
    answers: list[Answer] = []
    for part in readings.values():
        answers += part
    return answers


async def _by_rasa(server: Server) -> Readings:
    """Ask Rasa for every text of every set."""
    answers: Readings = {}
    for name in SETS:
        examples = understanding.texts(NLU / name)
        answers[name] = await understanding.by_rasa(server, examples)
    return answers


async def _built_in(folder: Path) -> tuple[Readings, float]:
    """Ask the built-in classifier for every text; return also the seconds a text."""
    path = await model.ensure_fallback(folder, lambda _line: None)
    classifier = fallback.Model.load(path)
    answers: Readings = {}
    slowest = 0.0
    for name in SETS:
        examples = understanding.texts(NLU / name)
        answers[name], seconds = understanding.built_in(classifier, examples)
        slowest = max(slowest, seconds)
    return answers, slowest


def _head() -> Lines:
    yield "# How well it understands"
    yield ""
    yield f"Written by `make nlu-report`. {understanding.settings()}"
    yield ""
    for name, description in SETS.items():
        count = len(understanding.texts(NLU / name))
        yield f"- `nlu/{name}` ({count:,} texts): {description}."


def _summary(readings: Readings) -> Lines:
    yield ""
    yield "## Over all"
    yield ""
    titles = [
        "",
        "all",
        "macro F1",
        *VARIETIES,
        "cries",
        "life-saving recall",
        "filed safe",
        "safe → alarm",
        "out of scope recall",
        "out of scope → alarm",
        "entity F1",
    ]
    rows = [[name, *_figures(answers)] for name, answers in readings.items()]
    yield from _table(titles, rows)


def _figures(answers: Answers) -> Lines:
    """Yield the figures of one line of the summary."""
    yield _share(accuracy(answers))
    yield _share(macro_f1(answers))
    yield from _by_variety(answers)
    yield f"{len(meaning(answers, *LIFE_SAVING)):,}"
    yield _share(life_saving_recall(answers))
    yield str(len(filed_safe(answers)))
    yield _share(alarms(answers, SAFE))
    outside = precision_recall(answers, OUT_OF_SCOPE)
    yield _share(outside.recall)
    yield _share(alarms(answers, OUT_OF_SCOPE))
    has_entities = any(answer.marked for answer in answers)
    if has_entities:
        yield _share(entities(answers).f1)
    else:
        yield NO_FIGURE


def _by_variety(answers: Answers) -> Lines:
    """Yield the accuracy in each variety of the languages."""
    for variety in VARIETIES:
        part = [answer for answer in answers if answer.variety == variety]
        if part:
            yield _share(accuracy(part))
        else:
            yield NO_FIGURE


def _speed(server: Server) -> list[str]:
    waits = sorted(server.waits)
    rate = len(waits) / server.busy
    p50 = percentile(waits, 50) * 1e3
    p95 = percentile(waits, 95) * 1e3
    waiting = f"p50 {p50:.1f} ms, p95 {p95:.1f} ms a text with HTTP"
    working = f"{rate:.0f} texts a second of one core; {server.memory() / 1e6:.0f} MB resident"
    size = f"{server.model_bytes / 1e6:.1f} MB"
    trained = f"trained in {server.trained_in:.0f} s"
    ready = f"ready after {server.ready_in:.1f} s"
    return [
        "",
        "## Speed and size",
        "",
        f"- server: {waiting}; {working}",
        f"- model: {size}, {trained}, {ready}",
    ]


def details(name: str, answers: Answers) -> Lines:
    """Yield the chapters about Rasa's answers to one set."""
    yield ""
    yield f"# nlu/{name}, by Rasa"
    yield ""
    yield "## Intents"
    yield ""
    yield from _intents(answers)
    yield ""
    yield f"## Confusions (the {CONFUSIONS_LIMIT} most frequent)"
    yield ""
    yield from _confusions(answers)
    yield ""
    yield "## Calibration"
    yield ""
    yield from _calibration(answers)
    yield ""
    yield "## Where a threshold leads"
    yield ""
    yield from _thresholds(answers)
    yield ""
    yield "## Cries for help filed as safe"
    yield ""
    mistakes = filed_safe(answers)
    if name in UNQUOTED:
        yield from _without_texts(mistakes)
    else:
        yield from _quotations(mistakes)


def _intents(answers: Answers) -> Lines:
    """Yield the table of intents, those that save lives first."""
    names = {answer.intent for answer in answers}
    intents = sorted(names & LIFE_SAVING) + sorted(names - LIFE_SAVING)
    rows: list[Cells] = []
    for intent in intents:
        texts = meaning(answers, intent)
        scores = map(_share, precision_recall(answers, intent))
        rows.append([intent, str(len(texts)), *scores, *_by_variety(texts)])
    yield from _table(["", "texts", "precision", "recall", "F1", *VARIETIES], rows)


def _confusions(answers: Answers) -> Lines:
    rows: list[Cells] = []
    most_frequent = confusions(answers)[:CONFUSIONS_LIMIT]
    for confusion in most_frequent:
        times = str(confusion.times)
        rows.append([confusion.meant, confusion.guess, times])
    yield from _table(["meant", "taken for", "times"], rows)


def _calibration(answers: Answers) -> Lines:
    rows: list[Cells] = []
    for band in calibration(answers):
        cells = [
            f"{band.low:.1f}",
            str(band.texts),
            _share(band.mean_probability),
            _share(band.accuracy),
        ]
        rows.append(cells)
    yield from _table(["from", "texts", "mean probability", "right"], rows)


def _thresholds(answers: Answers) -> Lines:
    titles = [
        "threshold",
        "in scope answered with buttons",
        "out of scope recognised or asked back",
        "out of scope → alarm",
    ]
    rows: list[Cells] = []
    for threshold in thresholds(answers, STEPS):
        cells = [
            f"{threshold.limit:.2f}",
            _share(threshold.offered),
            _share(threshold.declined),
            _share(threshold.alarms),
        ]
        rows.append(cells)
    yield from _table(titles, rows)


def _quotations(answers: Answers) -> Lines:
    if not answers:
        yield "None."
    for answer in answers:
        yield f"- {answer.intent} at {answer.sureness:.2f}: {answer.text}"


def _without_texts(answers: Answers) -> Lines:
    """Yield a line for each answer that keeps its text from whoever mends."""
    if not answers:
        yield "None."
    for answer in answers:
        yield f"- {answer.intent} at {answer.sureness:.2f}, {answer.variety}"


def _table(titles: Sequence[str], rows: Iterable[Cells]) -> Lines:
    """Yield the lines of a Markdown table."""
    yield f"| {' | '.join(titles)} |"
    yield "|" + "---|" * len(titles)
    for cells in rows:
        yield f"| {' | '.join(cells)} |"


def _share(share: float) -> str:
    """Write a share of 1 with three digits and no leading zero."""
    if share >= 1:
        return "1.0"
    return f"{share:.3f}".removeprefix("0")


if __name__ == "__main__":
    main()
