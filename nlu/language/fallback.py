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
from typing import NamedTuple

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

Names = Sequence[str]  # of features
Texts = Sequence[Names]  # by their features
Examples = Sequence[Example]
Ranking = list[tuple[str, float]]
Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class Vector:
    """A text for the classifier: the numbers of the features that it has and the vocabulary knows,
    and the TF-IDF of each, together of length 1.
    """

    numbers: Numbers
    strengths: Floats


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
        with np.load(path, allow_pickle=False) as arrays:
            intents = str(arrays["intents"])
            names = str(arrays["features"])
            vocabulary = _numbered(names.split("\n"))
            return cls(
                intents=intents.split("\n"),
                vocabulary=vocabulary,
                idf=arrays["idf"],
                weights=arrays["weights"].astype(np.float32),
                bias=arrays["bias"],
            )

    def save(self, path: Path | str, data: str = "") -> None:
        """Write the model; `data` is the fingerprint of what it learnt from.

        The file is there whole or not at all, whoever else is training.
        """
        target = Path(path)
        folder = target.parent
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f"{target.name}.{os.getpid()}"
        intents = "\n".join(self.intents)
        names = "\n".join(self.vocabulary)
        with unfinished.open("wb") as file:
            np.savez_compressed(
                file,
                data=np.array(data),
                intents=np.array(intents),
                features=np.array(names),
                idf=self.idf,
                weights=self.weights.astype(np.float16),
                bias=self.bias,
            )
        unfinished.replace(target)

    def classify(self, text: str) -> Ranking:
        """Rank every intent by its probability, likeliest first.

        A text without any feature of the vocabulary is no reason for caution.
        """
        names = features(text[:MAX_LENGTH])
        vector = self.vector(names)
        scores = self.scores(vector)
        if vector.numbers.size:
            scores += self._caution()
        chances = softmax(scores)
        order = np.argsort(-chances, kind="stable")
        ranking: Ranking = []
        for number in order:
            intent = self.intents[number]
            chance = float(chances[number])
            ranking.append((intent, chance))
        return ranking

    def vector(self, names: Iterable[str]) -> Vector:
        """Weigh those of these features that the vocabulary knows."""
        indices: list[int] = []
        for name in names:
            if name in self.vocabulary:
                number = self.vocabulary[name]
                indices.append(number)
        numbers = np.array(indices, dtype=np.intp)
        strengths = self.idf[numbers]
        length = np.float32(np.linalg.norm(strengths))
        if length > 0:
            strengths = strengths / length
        return Vector(numbers, strengths)

    def scores(self, vector: Vector) -> Floats:
        """Score each intent."""
        weights = self.weights[vector.numbers]
        return self.bias + vector.strengths @ weights

    def _caution(self) -> Floats:
        """Give what each score gains."""
        gains = np.zeros(len(self.intents), dtype=np.float32)
        for number, intent in enumerate(self.intents):
            if intent in LIFE_SAVING:
                gains[number] = CAUTION
        return gains


def softmax(scores: Floats) -> Floats:
    """Turn scores into probabilities."""
    highest = np.max(scores)
    powers = np.exp(scores - highest)
    chances: Floats = powers / np.sum(powers)
    return chances


def _numbered(names: Iterable[str]) -> dict[str, int]:
    """Number names in their order."""
    numbers: dict[str, int] = {}
    for number, name in enumerate(names):
        numbers[name] = number
    return numbers


# --- training -------------------------------------------------------------------------------------


class Lesson(NamedTuple):
    """A text for the classifier to learn from, and the number of its intent."""

    vector: Vector
    target: int


def train(examples: Examples, rare: int = RARE) -> Model:
    """Learn from examples; features of fewer than `rare` of them are left out."""
    names_by_text = [features(example.text) for example in examples]
    model = _empty_model(names_by_text, examples, rare)
    lessons = _lessons(model, names_by_text, examples)
    squares = np.full_like(model.weights, FIRST_SQUARE)
    chance = random.Random(SEED)  # noqa: S311  # an order of texts, not a secret
    for _ in range(ROUNDS):
        chance.shuffle(lessons)
        for lesson in lessons:
            _learn(model, squares, lesson)
    return model


def _empty_model(
    names_by_text: Texts,
    examples: Examples,
    rare: int,
) -> Model:
    """Choose features and intents; every weight is 0."""
    counts_by_name = _text_counts(names_by_text, rare)
    intents = sorted({example.intent for example in examples})
    counts = np.array(list(counts_by_name.values()))
    idf = 1 + np.log(len(examples) / counts)
    size = (len(counts), len(intents))
    return Model(
        intents=intents,
        vocabulary=_numbered(counts_by_name),
        idf=idf.astype(np.float32),
        weights=np.zeros(size, dtype=np.float32),
        bias=np.zeros(len(intents), dtype=np.float32),
    )


def _lessons(
    model: Model,
    names_by_text: Texts,
    examples: Examples,
) -> list[Lesson]:
    """Weigh the features of each text and number its intent."""
    lessons: list[Lesson] = []
    for names, example in zip(names_by_text, examples, strict=True):
        lesson = Lesson(
            vector=model.vector(names),
            target=model.intents.index(example.intent),
        )
        lessons.append(lesson)
    return lessons


def _text_counts(names_by_text: Texts, rare: int) -> dict[str, int]:
    """Count the texts that have each feature, by its name in the order of names; none is rare."""
    counts: Counter[str] = Counter()
    for names in names_by_text:
        counts.update(names)
    frequent: dict[str, int] = {}
    for name, count in sorted(counts.items()):
        if count >= rare:
            frequent[name] = count
    return frequent


def _learn(
    model: Model,
    squares: Floats,
    lesson: Lesson,
) -> None:
    """Take one step of AdaGrad on one text; `squares` are the sums of squares of all steps."""
    vector = lesson.vector
    scores = model.scores(vector)
    errors = softmax(scores)
    errors[lesson.target] -= 1
    is_wrong = np.abs(errors) > NEGLIGIBLE
    (wrong,) = np.nonzero(is_wrong)
    errors = errors[wrong]
    model.bias[wrong] -= BIAS_RATE * errors
    cells = np.ix_(vector.numbers, wrong)
    weights = model.weights[cells]
    pulls = np.outer(vector.strengths, errors)
    slopes = pulls + DECAY * weights
    sums = squares[cells] + slopes**2
    squares[cells] = sums
    steps = RATE * slopes / np.sqrt(sums)
    model.weights[cells] = weights - steps


def fingerprint(folder: Path) -> str:
    """Hash the training data and the code that reads it: another hash asks for another model."""
    package = Path(__file__).parent
    lists = package / "data"
    sources = [
        *sorted(folder.rglob("*.yml")),
        *sorted(package.glob("*.py")),
        *sorted(lists.iterdir()),
    ]
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode())
        digest.update(b"\0")
        digest.update(source.read_bytes())
    return digest.hexdigest()


def is_current(path: Path | str, folder: Path) -> bool:
    """Tell whether the file holds a model of the present data and code."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            learnt_from = str(arrays["data"])
    except OSError:
        return False
    return learnt_from == fingerprint(folder)


# --- the command line -----------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Train or classify as the command line asks."""
    parser = _parser()
    options = parser.parse_args(arguments)
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
        ranking = model.classify(text)
        guesses = _worded(ranking[:GUESSES_SHOWN])
        print(f"{text}\t{guesses}")


def _worded(ranking: Ranking) -> str:
    """Write intents with their probabilities on a line."""
    guesses: list[str] = []
    for intent, chance in ranking:
        guess = f"{intent} {chance:.2f}"
        guesses.append(guess)
    return ", ".join(guesses)


if __name__ == "__main__":
    main()
