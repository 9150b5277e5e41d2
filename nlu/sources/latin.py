"""Builds data/latin.tsv: how much each three letters speak for Arabizi against English. For
developers.

    python -m nlu.sources.latin

The numbers are log-odds of letter triples in the training texts of the two varieties.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from nlu.language.examples import read_examples
from nlu.language.languages import triples

HERE = Path(__file__).parents[1] / "language"
_KEPT = 2500
_SMOOTHING = 0.5


def log_odds() -> Iterator[tuple[str, float]]:
    """(triple, log-odds) of the most telling triples, positive for Arabizi."""
    counts: dict[str, Counter[str]] = {"ar-Latn": Counter(), "en": Counter()}
    for example in read_examples(HERE.parent / "data"):
        if example.variety in counts:
            counts[example.variety].update(triples(example.text))
    arabizi, english = counts["ar-Latn"], counts["en"]
    totals = math.log(arabizi.total() / english.total())
    for triple in arabizi.keys() | english.keys():
        odds = math.log((arabizi[triple] + _SMOOTHING) / (english[triple] + _SMOOTHING)) - totals
        yield triple, odds


def main() -> None:
    """Rewrites the file."""
    telling = sorted(log_odds(), key=lambda pair: (-abs(pair[1]), pair[0]))[:_KEPT]
    lines = (f"{triple}\t{odds:.2f}" for triple, odds in sorted(telling))
    (HERE / "data" / "latin.tsv").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
