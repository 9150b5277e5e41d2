"""Build data/latin.tsv: how much each three letters speak for Arabizi against English.

    python -m nlu.sources.latin        (for developers, in the development environment)

The numbers are log-odds of letter triples in the training texts of the two varieties.
"""

from __future__ import annotations

import math
from collections import Counter

from nlu.language.examples import read_examples
from nlu.language.languages import triples
from nlu.sources.folders import LANGUAGE_DATA, TRAINING_DATA

OUT = LANGUAGE_DATA / "latin.tsv"
ARABIZI = "ar-Latn"
ENGLISH = "en"
MAX_TRIPLES = 2500
SMOOTHING = 0.5


def main() -> None:
    """Write the triples that tell the most."""
    odds = log_odds()
    heaviest = heaviest_triples(odds)
    lines: list[str] = []
    for triple in sorted(heaviest):
        number = odds[triple]
        lines.append(f"{triple}\t{number:.2f}\n")
    text = "".join(lines)
    OUT.write_text(text, "utf-8")


def log_odds() -> dict[str, float]:
    """Compute the log-odds of every triple, positive for Arabizi."""
    arabizi = count_triples(ARABIZI)
    english = count_triples(ENGLISH)
    size_ratio = arabizi.total() / english.total()
    size_odds = math.log(size_ratio)
    odds: dict[str, float] = {}
    for triple in arabizi | english:
        for_arabizi = arabizi[triple] + SMOOTHING
        for_english = english[triple] + SMOOTHING
        ratio = for_arabizi / for_english
        triple_odds = math.log(ratio)
        odds[triple] = triple_odds - size_odds
    return odds


def count_triples(variety: str) -> Counter[str]:
    """Count the letter triples in the training texts of one variety."""
    counts: Counter[str] = Counter()
    for example in read_examples(TRAINING_DATA):
        if example.variety != variety:
            continue
        text_triples = triples(example.text)
        for triple in text_triples:
            counts[triple] += 1
    return counts


def heaviest_triples(odds: dict[str, float]) -> list[str]:
    """Choose the triples whose odds are farthest from even."""

    def weight(triple: str) -> tuple[float, str]:
        size = abs(odds[triple])
        return -size, triple

    ordered = sorted(odds, key=weight)
    return ordered[:MAX_TRIPLES]


if __name__ == "__main__":
    main()
