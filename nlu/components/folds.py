"""Cross-validation of the classifier: every training text is ranked by weights that did not learn
from it.

    python -m nlu.components.folds DATA [--folds 5] [--vectors FOLDER] [--processes 2]

Runs in Rasa's environment, from the top of the project. Prints a JSON object a line: text, intent,
variety, ranking.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml
from sklearn.model_selection import StratifiedKFold

from nlu.components.learner import Classifier, Ranking, Settings
from nlu.components.learning import SEED, Plan, learn
from nlu.language.examples import Example, read_examples
from nlu.train import classifier_step

Answer = tuple[Example, Ranking]


def answers(
    examples: list[Example],
    settings: Settings,
    folds: int,
    plan: Plan,
) -> Iterator[Answer]:
    """Rank each example by weights trained on the other folds."""
    texts = np.array([example.text for example in examples], dtype=object)
    intents = np.array([example.intent for example in examples])
    splitter = StratifiedKFold(
        folds,
        shuffle=True,
        random_state=SEED,
    )
    for training, held_back in splitter.split(intents, intents):
        weights = learn(
            list(texts[training]),
            list(intents[training]),
            settings,
            plan,
        )
        classifier = Classifier(weights, settings)
        rankings = classifier.rank(texts[held_back])
        for number, ranking in zip(held_back, rankings, strict=True):
            yield examples[number], ranking


def configured(config: Path = Path("config.yml")) -> Settings:
    """Read the settings of the classifier in Rasa's configuration."""
    text = config.read_text("utf-8")
    step = classifier_step(yaml.safe_load(text))
    return Settings.of(step)


def main() -> None:
    """Cross-validate as the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m nlu.components.folds", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    plan = Plan(options.vectors, options.processes)
    all_answers = answers(
        read_examples(options.data),
        configured(),
        options.folds,
        plan,
    )
    for example, ranking in all_answers:
        answer = {
            "text": example.text,
            "intent": example.intent,
            "variety": example.variety,
            "ranking": ranking,
        }
        print(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    main()
