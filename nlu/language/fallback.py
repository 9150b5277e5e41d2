"""A small linear classifier of the standard library alone: what understands when Rasa is away.

    python -m nlu.language.fallback train --data nlu/data --out FILE
    python -m nlu.language.fallback classify --model FILE TEXT…

Multinomial logistic regression on TF-IDF features, trained by stochastic gradient descent
(AdaGrad): same data, same model. The file is JSON: the intents, and for each feature its inverse
document frequency and a weight for each intent.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import mul
from pathlib import Path

from nlu.language.examples import Example, read_examples
from nlu.language.features import features

_LONGEST = 500  # characters that are looked at
_SCALE = 1000  # weights are kept as whole thousandths
_ROUNDS = 4
_RATE = 0.5
_DECAY = 2e-6
_NEGLIGIBLE = 0.02  # a class this sure already has nothing to learn from an example
_SEED = 20240501
_LIFE_SAVING = frozenset({"need_help", "need_medical", "need_evacuation"})
_CAUTION = math.log(1.5)  # a cry for help counts for likelier than it looks, as it does in Rasa
Ranking = list[tuple[str, float]]
Vector = tuple[list[int], list[float]]


@dataclass(frozen=True)
class Model:
    """A trained classifier. `weights` holds a row for each feature, a column for each intent."""

    intents: list[str]
    vocabulary: dict[str, int]
    idf: array[float]
    weights: list[array[float]]
    bias: array[float]

    @classmethod
    def load(cls, path: Path | str) -> Model:
        """The model in a file written by `save`.

        Raises OSError or ValueError when there is none.
        """
        kept = json.loads(Path(path).read_text("utf-8"))
        weights = [array("f", (weight / _SCALE for weight in row)) for row in kept["weights"]]
        vocabulary = {feature: number for number, feature in enumerate(kept["features"])}
        return cls(
            kept["intents"], vocabulary, array("f", kept["idf"]), weights, array("f", kept["bias"])
        )

    def save(self, path: Path | str, data: str = "") -> None:
        """Writes the model; `data` is the fingerprint of what it was trained on."""
        kept = {
            "data": data,
            "intents": self.intents,
            "features": list(self.vocabulary),
            "idf": [round(value, 4) for value in self.idf],
            "weights": [[round(weight * _SCALE) for weight in row] for row in self.weights],
            "bias": [round(value, 4) for value in self.bias],
        }
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # there whole or not at all, whoever else is training
        beside = Path(f"{path}.{os.getpid()}")
        beside.write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")), "utf-8")
        beside.replace(path)

    def classify(self, text: str) -> Ranking:
        """Every intent with its probability, likeliest first.

        Where nothing is known, nothing is suspected.
        """
        numbers, values = self.vector(features(text[:_LONGEST]))
        scores = self._scores([self.weights[number] for number in numbers], values)
        if numbers:
            pairs = zip(self.intents, scores)  # noqa: B905
            scores = [
                score + _CAUTION if intent in _LIFE_SAVING else score for intent, score in pairs
            ]
        return sorted(zip(self.intents, _softmax(scores)), key=lambda pair: -pair[1])  # noqa: B905

    def vector(self, names: Iterable[str]) -> Vector:
        """The known ones among these features as numbers, and their weights: TF-IDF, length 1."""
        numbers = [number for name in names if (number := self.vocabulary.get(name)) is not None]
        values = [self.idf[number] for number in numbers]
        length = math.sqrt(sum(map(mul, values, values))) or 1.0
        return numbers, [value / length for value in values]

    def _scores(self, rows: Sequence[Sequence[float]], values: list[float]) -> list[float]:
        if not rows:
            return list(self.bias)
        columns = zip(*rows)  # noqa: B905
        columns_by_intent = zip(self.bias, columns, strict=True)
        return [bias + sum(map(mul, values, column)) for bias, column in columns_by_intent]


def _softmax(scores: Sequence[float]) -> list[float]:
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def train(examples: Sequence[Example], rare: int = 2) -> Model:
    """A model of these examples; features seen fewer than `rare` times are left out."""
    texts = [features(example.text) for example in examples]
    seen = Counter(name for names in texts for name in names)
    kept = sorted(name for name, times in seen.items() if times >= rare)
    intents = sorted({example.intent for example in examples})
    idf = array("f", (1 + math.log(len(texts) / seen[name]) for name in kept))
    width = len(intents)
    model = Model(
        intents,
        {name: number for number, name in enumerate(kept)},
        idf,
        [array("f", bytes(4 * width)) for _ in kept],
        array("f", bytes(4 * width)),
    )
    vectors = [model.vector(names) for names in texts]
    _fit(model, vectors, [intents.index(example.intent) for example in examples])
    return model


def _fit(model: Model, vectors: list[Vector], targets: list[int]) -> None:
    order = list(range(len(vectors)))
    chance = random.Random(_SEED)  # noqa: S311  # an order of examples, not a secret
    squares = [array("f", [1e-3] * len(model.intents)) for _ in model.weights]
    for _ in range(_ROUNDS):
        chance.shuffle(order)
        for example in order:
            _learn(model, squares, vectors[example], targets[example])


def _learn(model: Model, squares: list[array[float]], vector: Vector, target: int) -> None:
    """One AdaGrad step on one example."""
    numbers, values = vector
    rows = [model.weights[number] for number in numbers]
    for intent, probability in enumerate(_softmax(model._scores(rows, values))):
        error = probability - (intent == target)
        if abs(error) > _NEGLIGIBLE:
            model.bias[intent] -= 0.01 * error
            for number, row, value in zip(numbers, rows, values):  # noqa: B905
                slope = error * value + _DECAY * row[intent]
                square = squares[number]
                square[intent] += slope * slope
                row[intent] -= _RATE * slope / math.sqrt(square[intent])


def fingerprint(folder: Path) -> str:
    """A hash of the training data and of the code that reads it: another model is due when it
    changes.
    """
    here = Path(__file__).parent
    parts = [
        *sorted(folder.rglob("*.yml")),
        *sorted(here.glob("*.py")),
        *sorted((here / "data").iterdir()),
    ]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.name.encode() + b"\0" + part.read_bytes())
    return digest.hexdigest()


def is_current(path: Path | str, folder: Path) -> bool:
    """Whether the model file was trained on the present data by the present code."""
    try:
        with Path(path).open(encoding="utf-8") as file:
            return f'"data":"{fingerprint(folder)}"' in file.read(200)
    except OSError:
        return False


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m nlu.language.fallback", description="The built-in classifier."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="trains a model from Rasa's training data")
    training.add_argument("--data", type=Path, default=Path("nlu/data"))
    training.add_argument("--out", type=Path, required=True)
    asking = commands.add_parser("classify", help="prints the three likeliest intents of each text")
    asking.add_argument("--model", type=Path, required=True)
    asking.add_argument("texts", nargs="+")
    given = parser.parse_args(arguments)
    if given.command == "train":
        _train_file(given.data, given.out)
    else:
        _print_rankings(Model.load(given.model), given.texts)


def _train_file(data: Path, out: Path) -> None:
    if is_current(out, data):
        print(f"{out}: up to date")
        return
    examples = read_examples(data)
    if not examples:
        sys.exit(f"{data}: no training examples")
    model = train(examples)
    model.save(out, fingerprint(data))
    print(
        f"{out}: {len(model.intents)} intents, {len(examples):,} examples, "
        f"{len(model.vocabulary):,} features"
    )


def _print_rankings(model: Model, texts: Iterable[str]) -> None:
    for text in texts:
        best = ", ".join(
            f"{intent} {probability:.2f}" for intent, probability in model.classify(text)[:3]
        )
        print(f"{text}\t{best}")


if __name__ == "__main__":
    main()
