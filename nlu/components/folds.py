"""Cross-validation of the classifier: every training text is answered by a model that did not learn from it.

    python -m nlu.components.folds DATA [--folds 5]     (in Rasa's environment, from the top of the project)

Prints a JSON object a line: text, intent, variety, ranking.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.model_selection import StratifiedKFold

from nlu.components.learner import SEED, Learner
from nlu.language.examples import Example, read_examples


def answers(examples: list[Example], settings: dict[str, Any], folds: int) -> Iterator[tuple[Example, Any]]:
    """Each example with the ranking of a model trained on the other folds."""
    intents = np.array([example.intent for example in examples])
    for known, unknown in StratifiedKFold(folds, shuffle=True, random_state=SEED).split(intents, intents):
        learner = Learner(settings)
        learner.fit([examples[at].text for at in known], list(intents[known]))
        yield from zip([examples[at] for at in unknown], learner.rank([examples[at].text for at in unknown]))  # noqa: B905


def configured(config: Path = Path("config.yml")) -> dict[str, Any]:
    """The settings of the classifier in Rasa's configuration."""
    steps = yaml.safe_load(config.read_text("utf-8"))["pipeline"]
    return next(dict(step) for step in steps if step["name"].endswith("LinearIntentClassifier"))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m nlu.components.folds", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    given = parser.parse_args()
    for example, ranking in answers(read_examples(given.data), configured(), given.folds):
        said = {"text": example.text, "intent": example.intent, "variety": example.variety, "ranking": ranking}
        print(json.dumps(said, ensure_ascii=False))


if __name__ == "__main__":
    main()
