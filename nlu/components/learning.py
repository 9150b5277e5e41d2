"""Training of the intent classifier: one-against-rest support vectors, on all cores allowed."""

from __future__ import annotations

import ctypes
import math
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from nlu.components import corpus, meaning
from nlu.components.corpus import Corpus
from nlu.components.learner import Settings, Weights, softmax
from nlu.components.meaning import VectorCache
from nlu.language.expansion import expanded

SEED = 20240501
CALIBRATION_FOLDS = 4  # a quarter of the texts is held back to fit the sharpness
# liblinear's own default. With 0.0001 it takes a tenth longer and no decision changes.
SOLVER_TOLERANCE = 0.1
INTENT_GROUPS = 3  # on several cores; each group costs one more vector, for all other intents
OTHER_INTENTS = -1
SHARPNESS_STEPS = np.arange(1.0, 12.0, 0.25)
PR_SET_PDEATHSIG = 1  # linux/prctl.h

Say = Callable[[str], None]
Map = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]


def ignore(_step: str) -> None:
    """Tell nobody of the progress."""


@dataclass(frozen=True)
class Plan:
    """How to train: a folder that keeps vectors, the number of processes, who hears each step."""

    vectors: Path | None = None
    processes: int = 1
    say: Say = ignore


@dataclass(frozen=True)
class Problem:
    """What the support vectors separate.

    `answers` holds the number of the intent of each row. People wrote the texts of the first
    `written` rows; the others are spellings made from them.
    """

    rows: csr_matrix
    answers: np.ndarray
    written: int
    C: float


@dataclass(frozen=True)
class Separation:
    """Weights and bias for each intent of a group, in their order."""

    weights: np.ndarray
    bias: np.ndarray


def learn(
    texts: Sequence[str],
    intents: Sequence[str],
    settings: Settings,
    plan: Plan,
) -> Weights:
    """Learn from texts and the intent of each, and from other spellings of these texts."""
    all_texts, all_intents = expanded(texts, intents)
    names = sorted(set(all_intents))
    answers = np.searchsorted(names, all_intents)
    body = _build_corpus(all_texts, settings, plan)
    plan.say("the weights of the intents")
    problem = Problem(
        rows=body.rows,
        answers=answers,
        written=len(texts),
        C=settings.C,
    )
    separation, sharpness = _solve(problem, len(names), plan)
    matrix = separation.weights.T
    return Weights(
        intents=names,
        vocabulary=body.vocabulary,
        idf=body.idf,
        matrix=np.ascontiguousarray(matrix, dtype=np.float32),
        bias=separation.bias,
        sharpness=sharpness,
    )


def _build_corpus(
    texts: list[str],
    settings: Settings,
    plan: Plan,
) -> Corpus:
    cache = VectorCache(plan.vectors)
    unknown = cache.missing(texts)
    text_shares = _shares(texts, plan.processes)
    unknown_shares = _shares(unknown, plan.processes)
    with _processes(plan.processes) as run:
        plan.say(f"the words of {len(texts):,} texts")
        parts = run(corpus.extract, text_shares)
        plan.say(f"the meaning of {len(unknown):,} texts")
        encoded = run(meaning.encode, unknown_shares)
    if unknown:
        cache.add(unknown, np.concatenate(encoded))
        cache.save(texts)
    features = corpus.join(parts)
    vectors = cache.vectors(texts)
    return corpus.build(
        features,
        vectors * settings.meaning,
        settings.rare,
    )


def _shares(items: list[Any], count: int) -> list[list[Any]]:
    """Cut a list into runs of neighbours, `count` of them or fewer."""
    size = math.ceil(len(items) / count)
    shares: list[list[Any]] = []
    while items:
        share = items[:size]
        shares.append(share)
        items = items[size:]
    return shares


def _solve(
    problem: Problem,
    intents: int,
    plan: Plan,
) -> tuple[Separation, float]:
    """Separate all intents and fit the sharpness."""
    group_count = 1 if plan.processes == 1 else INTENT_GROUPS
    numbers = list(range(intents))
    groups = _shares(numbers, group_count)
    with _processes(plan.processes, problem) as run:
        sharpness, *separations = run(_solve_task, [None, *groups])
    weights: list[np.ndarray] = []
    biases: list[np.ndarray] = []
    for part in separations:
        weights.append(part.weights)
        biases.append(part.bias)
    separation = Separation(
        weights=np.concatenate(weights),
        bias=np.concatenate(biases),
    )
    return separation, sharpness


# --- in the processes -----------------------------------------------------------------------------

_problem: list[Problem] = []  # a forked process inherits it: the rows are too large to be sent


@contextmanager
def _processes(count: int, problem: Problem | None = None) -> Iterator[Map]:
    """Give a `map` that runs on `count` forked processes, or right here for one."""
    _problem.clear()
    if problem is not None:
        _problem.append(problem)
    try:
        if count == 1:
            yield _map_here
        else:
            fork = multiprocessing.get_context("fork")
            with fork.Pool(count, _end_with_parent) as pool:
                yield lambda function, tasks: pool.map(function, tasks, chunksize=1)
    finally:
        _problem.clear()


def _map_here(function: Callable[[Any], Any], tasks: Sequence[Any]) -> list[Any]:
    return [function(task) for task in tasks]


def _end_with_parent() -> None:
    """Let the kernel kill this process with its parent: nobody would give it work again."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(
            PR_SET_PDEATHSIG,
            signal.SIGKILL,
            0,
            0,
            0,
        )


def _solve_task(group: list[int] | None) -> Separation | float:
    """Separate a group of intents from all others; without a group, fit the sharpness."""
    problem = _problem[0]
    if group is None:
        return _fit_sharpness(problem)
    is_in_group = np.isin(problem.answers, group)
    answers = np.where(is_in_group, problem.answers, OTHER_INTENTS)
    machine = _machine(problem)
    machine.fit(problem.rows, answers)
    first = -len(group)  # OTHER_INTENTS, if there are any, come before
    return Separation(
        weights=machine.coef_[first:],
        bias=machine.intercept_[first:],
    )


def _machine(problem: Problem) -> LinearSVC:
    return LinearSVC(
        C=problem.C,
        tol=SOLVER_TOLERANCE,
        random_state=SEED,
    )


def _fit_sharpness(problem: Problem) -> float:
    """Find the sharpness that makes scores of held back texts the most likely probabilities."""
    rows = problem.rows[: problem.written]
    answers = problem.answers[: problem.written]
    folds = StratifiedKFold(
        CALIBRATION_FOLDS,
        shuffle=True,
        random_state=SEED,
    )
    training, held_back = next(folds.split(rows, answers))
    machine = _machine(problem)
    machine.fit(rows[training], answers[training])
    scores = machine.decision_function(rows[held_back])
    return _likeliest_sharpness(scores, answers[held_back])


def _likeliest_sharpness(scores: np.ndarray, answers: np.ndarray) -> float:
    """Choose the sharpness by which the right answers have the greatest likelihood."""
    right_answers = np.arange(len(answers)), answers
    likelihoods: list[float] = []
    for sharpness in SHARPNESS_STEPS:
        chances = softmax(scores * sharpness)
        right_chances = chances[right_answers]
        likelihood = np.log(right_chances).mean()
        likelihoods.append(likelihood)
    best = np.argmax(likelihoods)
    return float(SHARPNESS_STEPS[best])
