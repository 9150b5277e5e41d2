"""`python -m bench.nlu_report`: trains, measures what is understood and how fast, and writes nlu/report.md."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench import understanding
from bench.report import percentile
from bench.scores import (
    BESIDE,
    LIFE_SAVING,
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
    share,
    thresholds,
)
from bot.embedded import model
from bot.runtime.settings import ROOT
from nlu.language import fallback

NLU = ROOT / "nlu"
SETS = {
    "test": "texts in another manner than the training data; settings and gazetteer were mended on them",
    "unseen": "written by people who saw neither the training data nor the classifier; nothing was mended on them",
}
STEPS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
MOST_CONFUSED = 25


def main() -> None:
    """Measures everything; prints the report and writes it."""
    report = "\n".join(asyncio.run(_report())) + "\n"
    (NLU / "report.md").write_text(report, "utf-8")
    print(report)


async def _report() -> list[str]:
    with tempfile.TemporaryDirectory(prefix="nlu-report-") as name:
        folder = Path(name)
        sets = {name: understanding.texts(NLU / name) for name in SETS}
        async with understanding.served(folder) as server:
            heard = {
                name: await understanding.by_rasa(server, examples)
                for name, examples in sets.items()
            }
            speed = _speed(server)
        classifier = fallback.Model.load(await model.ensure_fallback(folder, lambda _line: None))
        spare = {
            name: understanding.built_in(classifier, examples) for name, examples in sets.items()
        }
        crossed = await understanding.crossed(NLU / "data", folder)
    rows = {"cross-validation, 5 folds": crossed}
    for name, answers in heard.items():
        rows |= {
            f"{name}, Rasa": answers,
            f"{name}, exact words then Rasa": understanding.with_exact(answers),
        }
        rows |= {f"{name}, built in (Rasa away)": spare[name][0]}
    each = max(seconds for _, seconds in spare.values()) * 1e3
    return [
        *_head(),
        *_summary(rows),
        *speed,
        f"- built in: {each:.2f} ms of processor time a text",
        *_depth(heard),
    ]


def _head() -> list[str]:
    counts = {name: len(understanding.texts(NLU / name)) for name in SETS}
    return [
        "# How well it understands",
        "",
        "Written by `make nlu-report`. " + understanding.settings(),
        "",
        *(f"- `nlu/{name}` ({counts[name]:,} texts): {what}." for name, what in SETS.items()),
    ]


def _summary(rows: dict[str, list[Answer]]) -> Iterator[str]:
    yield from ("", "## Over all", "")
    first = ("", "all", "macro F1", *VARIETIES, "life-saving recall", "filed safe", "safe → alarm")
    yield from _table(
        (*first, "out of scope recall", "out of scope → alarm", "entity F1"),
        ((name, *_figures(answers)) for name, answers in rows.items()),
    )


def _figures(answers: Answers) -> Iterator[str]:
    yield from (_share(accuracy(answers)), _share(macro_f1(answers)))
    for variety in VARIETIES:
        part = [answer for answer in answers if answer.variety == variety]
        yield _share(accuracy(part)) if part else "-"
    yield from (
        _share(life_saving_recall(answers)),
        str(len(filed_safe(answers))),
        _share(alarms(answers, SAFE)),
    )
    yield from (_share(precision_recall(answers, BESIDE)[1]), _share(alarms(answers, BESIDE)))
    yield _share(entities(answers)[2]) if any(answer.marked for answer in answers) else "-"


def _speed(server: understanding.Server) -> list[str]:
    waits, rate = sorted(server.waits), len(server.waits) / server.busy
    quick = f"p50 {percentile(waits, 50) * 1e3:.1f} ms, p95 {percentile(waits, 95) * 1e3:.1f} ms a text with HTTP"
    kept = f"{server.model_bytes / 1e6:.1f} MB, trained in {server.trained_in:.0f} s, ready after {server.ready_in:.1f} s"
    return [
        "",
        "## Speed and size",
        "",
        f"- server: {quick}; {rate:.0f} texts a second of one core; {server.memory() / 1e6:.0f} MB resident",
        f"- model: {kept}",
    ]


def _depth(heard: dict[str, list[Answer]]) -> Iterator[str]:
    for name, answers in heard.items():
        yield from ("", f"# nlu/{name}, by Rasa", "", "## Intents", "", *_intents(answers))
        yield from ("", f"## Confusions (the {MOST_CONFUSED} most frequent)", "")
        most = confusions(answers)[:MOST_CONFUSED]
        yield from _table(
            ("meant", "taken for", "times"),
            ((meant, guess, str(times)) for meant, guess, times in most),
        )
        yield from ("", "## Calibration", "")
        tenths = (
            (f"{low:.1f}", str(size), _share(mean), _share(right))
            for low, size, mean, right in calibration(answers)
        )
        yield from _table(("from", "texts", "mean probability", "right"), tenths)
        yield from ("", "## Where a threshold leads", "")
        first = (
            "threshold",
            "in scope answered with buttons",
            "out of scope recognised or asked back",
        )
        limits = ((f"{row[0]:.2f}", *map(_share, row[1:])) for row in thresholds(answers, STEPS))
        yield from _table((*first, "out of scope → alarm"), limits)
        yield from ("", "## Cries for help filed as safe", "", *_quoted(filed_safe(answers)))


def _intents(answers: Answers) -> Iterator[str]:
    def row(intent: str) -> Iterator[str]:
        asked = meaning(answers, intent)
        yield from (intent, str(len(asked)), *map(_share, precision_recall(answers, intent)))
        for variety in VARIETIES:
            part = [answer for answer in asked if answer.variety == variety]
            yield _share(share(part, lambda answer: answer.is_right)) if part else "-"

    intents = sorted(
        {answer.intent for answer in answers}, key=lambda name: (name not in LIFE_SAVING, name)
    )
    return _table(("", "texts", "precision", "recall", "F1", *VARIETIES), map(row, intents))


def _quoted(answers: Answers) -> list[str]:
    return [f"- {answer.intent} at {answer.sureness:.2f}: {answer.text}" for answer in answers] or [
        "None."
    ]


def _table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _share(value: float) -> str:
    return f"{value:.3f}".removeprefix("0") if value < 1 else "1.0"


if __name__ == "__main__":
    main()
