"""Train the model of the NLU server: a Rasa archive with everything in it.

    python -m nlu.train --out model.tar.gz [--vectors FOLDER] [--processes 2]

Rasa alone would copy, hash and split every text several times over. The classifier therefore learns
first, without Rasa; Rasa then packs what was learnt, and reads two texts of each intent, which is
the least it accepts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from nlu.components.learner import Settings, Weights
from nlu.components.learning import Plan, learn
from nlu.language.examples import Example, read_examples

CLASSIFIER = "nlu.components.classifier.LinearIntentClassifier"
TEXTS_FOR_RASA = 2  # of each intent
QUIET = {
    "LOG_LEVEL": "WARNING",
    "RASA_MAX_CACHE_SIZE": "0",
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}
NICENESS = 10  # whoever writes while the model is trained is answered first
MODEL_SUFFIX = ".tar.gz"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train as the command line asks."""
    options = _parser().parse_args(arguments)
    os.nice(NICENESS)
    examples = read_examples(options.data)
    if not examples:
        sys.exit(f"{options.data}: there are no training examples")
    config = yaml.safe_load(options.config.read_text("utf-8"))
    weights = learn(
        [example.text for example in examples],
        [example.intent for example in examples],
        Settings.of(classifier_step(config)),
        Plan(options.vectors, options.processes, announce),
    )
    announce("Rasa's archive")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nlu-train-") as folder:
        pack(
            weights,
            config,
            examples,
            Path(folder),
            options.out,
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nlu.train", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("nlu/data"))
    parser.add_argument("--config", type=Path, default=Path("config.yml"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, help="keeps sentence vectors for the next training")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser


def announce(step: str) -> None:
    """Tell whoever started the training what it is busy with."""
    print(f"learning: {step}", flush=True)


def classifier_step(config: dict[str, Any]) -> dict[str, Any]:
    """Find the classifier in Rasa's configuration. Raises LookupError when there is none."""
    for step in config["pipeline"]:
        if step["name"] == CLASSIFIER:
            return dict(step)
    raise LookupError(f"the pipeline has no {CLASSIFIER}")


def pack(
    weights: Weights,
    config: dict[str, Any],
    examples: Sequence[Example],
    folder: Path,
    out: Path,
) -> None:
    """Let Rasa make an archive of the weights, by way of files in an empty folder."""
    weights.save(folder)
    config_file = folder / "config.yml"
    data_file = folder / "nlu.yml"
    config_file.write_text(json.dumps(_with_weights(config, folder)), "utf-8")
    data_file.write_text(rasa_data(examples), "utf-8")
    os.environ.update(QUIET)
    # reads the environment; takes seconds
    from rasa.model_training import train_nlu  # noqa: PLC0415

    archive = train_nlu(
        str(config_file),
        str(data_file),
        str(out.parent),
        fixed_model_name=out.name.removesuffix(MODEL_SUFFIX),
    )
    if archive is None:
        sys.exit("Rasa made no model")


def _with_weights(
    config: dict[str, Any],
    folder: Path,
) -> dict[str, Any]:
    """Tell the classifier in Rasa's configuration where its weights are."""
    steps: list[dict[str, Any]] = []
    for step in config["pipeline"]:
        if step["name"] == CLASSIFIER:
            steps.append({**step, "learnt": str(folder)})
        else:
            steps.append(step)
    return {**config, "pipeline": steps}


def rasa_data(examples: Sequence[Example]) -> str:
    """Write the first texts of each intent in Rasa's format."""
    texts: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        if len(texts[example.intent]) < TEXTS_FOR_RASA:
            texts[example.intent].append(example.text)
    lines = ['version: "3.1"', "nlu:"]
    for intent, sentences in texts.items():
        lines.append(f"- intent: {intent}")
        lines.append("  examples: |")
        lines.extend(f"    - {sentence}" for sentence in sentences)
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
