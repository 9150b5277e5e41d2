"""The built-in reader: a small linear classifier that understands texts when Rasa is away.

    python -m nlu.language.fallback train --data nlu/data --out FILE
    python -m nlu.language.fallback classify --model FILE TEXT…

It is a multinomial logistic regression on TF-IDF features, trained by stochastic gradient descent
(AdaGrad): the same data make the same model.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.language.examples import Example, read_examples
from nlu.language.features import features

MAX_LENGTH = 500  # characters that are read of a text
RARE = 2  # features of fewer training texts are left out
ROUNDS = 4  # passes over all training texts
RATE = 0.5
BIAS_RATE = 0.01
DECAY = 2e-6
FIRST_SQUARE = 1e-3  # AdaGrad's sum of squares before the first step
NEGLIGIBLE = 0.02  # an intent this sure already has nothing to learn from a text
SEED = 20240501
LIFE_SAVING = ("need_help", "need_medical", "need_evacuation")
CAUTION = math.log(1.5)  # a cry for help counts for likelier than it looks, as it does in Rasa
GUESSES_SHOWN = 3

Ranking = list[tuple[str, float]]
Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class Row:
    """The known features of one text: their numbers, and their TF-IDF as a vector of length 1."""

    numbers: Numbers
    values: Floats


@dataclass(frozen=True)
class Model:
    """A trained classifier.

    `weights` has a row for each feature of the vocabulary and a column for each intent.
    """

    intents: list[str]
    vocabulary: dict[str, int]
    idf: Floats
    weights: Floats
    bias: Floats

    @classmethod
    def load(cls, path: Path | str) -> Model:
        """Read what `save` wrote. Raises OSError or ValueError when the file holds no model."""
        with np.load(path, allow_pickle=False) as kept:
            names = str(kept["features"]).split("\n")
            return cls(
                intents=str(kept["intents"]).split("\n"),
                vocabulary={name: number for number, name in enumerate(names)},
                idf=kept["idf"],
                weights=kept["weights"].astype(np.float32),
                bias=kept["bias"],
            )

    def save(self, path: Path | str, data: str = "") -> None:
        """Write the model; `data` is the fingerprint of what it learnt from.

        The file is there whole or not at all, whoever else is training.
        """
        whole = Path(path)
        whole.parent.mkdir(parents=True, exist_ok=True)
        beside = whole.with_name(f"{whole.name}.{os.getpid()}")
        with beside.open("wb") as file:
            np.savez_compressed(
                file,
                data=np.array(data),
                intents=np.array("\n".join(self.intents)),
                features=np.array("\n".join(self.vocabulary)),
                idf=self.idf,
                weights=self.weights.astype(np.float16),
                bias=self.bias,
            )
        beside.replace(whole)

    def classify(self, text: str) -> Ranking:
        """Rank every intent by its probability, likeliest first.

        A text without any known feature is no reason for caution.
        """
        names = features(text[:MAX_LENGTH])
        row = self.row(names)
        scores = self.scores(row)
        if row.numbers.size:
            scores += self._caution()
        chances = softmax(scores)
        ranking: Ranking = []
        for number in np.argsort(-chances, kind="stable"):
            chance = float(chances[number])
            ranking.append((self.intents[number], chance))
        return ranking

    def row(self, names: Iterable[str]) -> Row:
        """Look up the known ones among these features."""
        known: list[int] = []
        for name in names:
            number = self.vocabulary.get(name)
            if number is not None:
                known.append(number)
        numbers = np.array(known, dtype=np.intp)
        values = self.idf[numbers]
        length = float(np.linalg.norm(values)) or 1.0
        return Row(numbers, values / np.float32(length))

    def scores(self, row: Row) -> Floats:
        """Score each intent."""
        return self.bias + row.values @ self.weights[row.numbers]

    def _caution(self) -> Floats:
        """Give what each score gains."""
        is_cry = [intent in LIFE_SAVING for intent in self.intents]
        return np.where(is_cry, np.float32(CAUTION), np.float32(0))


def softmax(scores: Floats) -> Floats:
    """Turn scores into probabilities."""
    powers = np.exp(scores - np.max(scores))
    chances: Floats = powers / np.sum(powers)
    return chances


# --- training -------------------------------------------------------------------------------------


def train(examples: Sequence[Example], rare: int = RARE) -> Model:
    """Learn from examples; features of fewer than `rare` of them are left out."""
    names_by_text = [features(example.text) for example in examples]
    model = _empty_model(names_by_text, examples, rare)
    rows = [model.row(names) for names in names_by_text]
    targets = [model.intents.index(example.intent) for example in examples]
    squares = np.full_like(model.weights, FIRST_SQUARE)
    order = list(range(len(rows)))
    chance = random.Random(SEED)  # noqa: S311  # an order of texts, not a secret
    for _ in range(ROUNDS):
        chance.shuffle(order)
        for number in order:
            _learn(model, squares, rows[number], targets[number])
    return model


def _empty_model(
    names_by_text: Sequence[Sequence[str]],
    examples: Sequence[Example],
    rare: int,
) -> Model:
    """Choose features and intents; every weight is 0."""
    texts_with = Counter(name for names in names_by_text for name in names)
    kept = sorted(name for name, count in texts_with.items() if count >= rare)
    intents = sorted({example.intent for example in examples})
    counts = np.array([texts_with[name] for name in kept])
    idf = 1 + np.log(len(examples) / counts)
    return Model(
        intents=intents,
        vocabulary={name: number for number, name in enumerate(kept)},
        idf=idf.astype(np.float32),
        weights=np.zeros((len(kept), len(intents)), dtype=np.float32),
        bias=np.zeros(len(intents), dtype=np.float32),
    )


def _learn(model: Model, squares: Floats, row: Row, target: int) -> None:
    """Take one step of AdaGrad on one text."""
    errors = softmax(model.scores(row))
    errors[target] -= 1
    (wrong,) = np.nonzero(np.abs(errors) > NEGLIGIBLE)
    errors = errors[wrong]
    model.bias[wrong] -= BIAS_RATE * errors
    cells = np.ix_(row.numbers, wrong)
    weights = model.weights[cells]
    slopes = np.outer(row.values, errors) + DECAY * weights
    sums = squares[cells] + slopes**2
    squares[cells] = sums
    model.weights[cells] = weights - RATE * slopes / np.sqrt(sums)


def fingerprint(folder: Path) -> str:
    """Hash the training data and the code that reads it: another hash asks for another model."""
    here = Path(__file__).parent
    sources = [
        *sorted(folder.rglob("*.yml")),
        *sorted(here.glob("*.py")),
        *sorted((here / "data").iterdir()),
    ]
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode() + b"\0")
        digest.update(source.read_bytes())
    return digest.hexdigest()


def is_current(path: Path | str, folder: Path) -> bool:
    """Tell whether the file holds a model of the present data and code."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            return str(kept["data"]) == fingerprint(folder)
    except OSError:
        return False


# --- the command line -----------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Train or classify as the command line asks."""
    options = _parser().parse_args(arguments)
    if options.command == "train":
        _train_file(options.data, options.out)
    else:
        model = Model.load(options.model)
        _print_rankings(model, options.texts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nlu.language.fallback",
        description="The built-in reader.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="trains a model from Rasa's training data")
    training.add_argument("--data", type=Path, default=Path("nlu/data"))
    training.add_argument("--out", type=Path, required=True)
    reading = commands.add_parser("classify", help="prints the likeliest intents of each text")
    reading.add_argument("--model", type=Path, required=True)
    reading.add_argument("texts", nargs="+")
    return parser


def _train_file(data: Path, out: Path) -> None:
    if is_current(out, data):
        print(f"{out}: up to date")
        return
    examples = read_examples(data)
    if not examples:
        sys.exit(f"{data}: there are no training examples")
    model = train(examples)
    model.save(out, fingerprint(data))
    print(
        f"{out}: {len(model.intents)} intents, {len(examples):,} examples, "
        f"{len(model.vocabulary):,} features"
    )


def _print_rankings(model: Model, texts: Iterable[str]) -> None:
    for text in texts:
        guesses: list[str] = []
        for intent, chance in model.classify(text)[:GUESSES_SHOWN]:
            guesses.append(f"{intent} {chance:.2f}")
        print(f"{text}\t{', '.join(guesses)}")


if __name__ == "__main__":
    main()
