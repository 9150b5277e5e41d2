"""Build data/latin.tsv: how much each three letters speak for Arabizi against English.

    python -m nlu.sources.latin        (for developers, in the development environment)

The numbers are log-odds of letter triples in the training texts of the two varieties.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

from nlu.language.examples import read_examples
from nlu.language.languages import triples

LANGUAGE = Path(__file__).parents[1] / "language"
TRAINING_DATA = LANGUAGE.parent / "data"
OUT = LANGUAGE / "data" / "latin.tsv"
MAX_TRIPLES = 2500
SMOOTHING = 0.5


def log_odds() -> dict[str, float]:
    """Compute the log-odds of every triple, positive for Arabizi."""
    arabizi: Counter[str] = Counter()
    english: Counter[str] = Counter()
    counts = {"ar-Latn": arabizi, "en": english}
    for example in read_examples(TRAINING_DATA):
        if example.variety in counts:
            counts[example.variety].update(triples(example.text))
    size_odds = math.log(arabizi.total() / english.total())
    odds: dict[str, float] = {}
    for triple in arabizi.keys() | english.keys():
        for_arabizi = arabizi[triple] + SMOOTHING
        for_english = english[triple] + SMOOTHING
        odds[triple] = math.log(for_arabizi / for_english) - size_odds
    return odds


def main() -> None:
    """Write the triples that tell the most."""
    odds = log_odds()
    by_weight = sorted(odds, key=lambda triple: (-abs(odds[triple]), triple))
    triples_out = sorted(by_weight[:MAX_TRIPLES])
    lines = [f"{triple}\t{odds[triple]:.2f}\n" for triple in triples_out]
    OUT.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
