"""The trained models: one cache for every command, a file named by the hash of everything it learnt
from.

A model is trained once, into `.cache/models` of the project, and linked into the data folder that
uses it. Where the project cannot be written to, the data folder keeps the only copy.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot.embedded import rasa, training
from bot.embedded.child import EmbeddedError
from bot.embedded.lock import locked
from bot.embedded.training import Say
from bot.runtime.settings import ROOT
from nlu.language import fallback

NLU = ROOT / "nlu"
CACHE = ROOT / ".cache"  # may serve as a data folder too: its models are the cache
MODELS = "models"  # folder of the models, in the cache and in a data folder
# What the training of Rasa's model reads. The tests and reports in nlu/ change nothing about a
# model.
SOURCE_FOLDERS = ("nlu/data", "nlu/components", "nlu/language")
SOURCE_FILES = ("config.yml", "nlu/requirements.lock", "nlu/train.py")
UNLEARNT = "reading"  # this folder of nlu/language reads clauses: no model learns from it
RASA_SUFFIX = ".tar.gz"
BUILT_IN_SUFFIX = ".npz"
FINGERPRINT_DIGITS = 16
LOCK_SECONDS = 900.0  # another process may be training this very model
MAX_OLD_MODELS = 3  # of each kind, so that going back a step needs no training

Train = Callable[[Path], Awaitable[None]]


def path(data: Path) -> Path:
    """Say where the data folder has, or will have, Rasa's model for the present sources."""
    return (data / MODELS / f"{fingerprint()}{RASA_SUFFIX}").absolute()


def fallback_path(data: Path) -> Path:
    """Say where the data folder has, or will have, the built-in reader for the present sources."""
    digits = fallback.fingerprint(NLU / "data")[:FINGERPRINT_DIGITS]
    return (data / MODELS / f"built-in-{digits}{BUILT_IN_SUFFIX}").absolute()


def fingerprint(root: Path = ROOT) -> str:
    """Hash every source of Rasa's model into sixteen hexadecimal digits."""
    files = {root / name for name in SOURCE_FILES}
    files.update(_files_below(root / name for name in SOURCE_FOLDERS))
    digest = hashlib.sha256()
    for file in sorted(files):
        name = str(file.relative_to(root))
        content = file.read_bytes() if file.exists() else b""
        digest.update(name.encode() + b"\0")
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:FINGERPRINT_DIGITS]


def _files_below(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for file in folder.rglob("*"):
            is_learnt = not {"__pycache__", UNLEARNT} & set(file.parts)
            is_source = is_learnt and not file.name.startswith(".")
            if is_source and file.is_file():
                yield file


def is_trained(model: Path) -> bool:
    """Tell whether a model of this name is in its data folder or in the cache."""
    return model.exists() or _cached(model).exists()


async def ensure(data: Path, say: Say) -> Path:
    """Put Rasa's model for the present sources into the data folder, trained now when no command
    has trained it.

    `say` hears the steps of the training. Raises EmbeddedError when Rasa is not installed or the
    training fails.
    """

    async def train(model: Path) -> None:
        why_not = rasa.missing()
        if why_not:
            raise EmbeddedError(why_not)
        await training.train_rasa(
            model,
            _cache_folder(data),
            say,
        )

    return await _provide(
        path(data),
        _cache_folder(data),
        train,
    )


async def ensure_fallback(data: Path, say: Say) -> Path:
    """Put the built-in reader for the present sources into the data folder, trained now if need be.

    Raises EmbeddedError when the training fails.
    """

    async def train(model: Path) -> None:
        await training.train_built_in(model, say)

    return await _provide(
        fallback_path(data),
        _cache_folder(data),
        train,
    )


async def _provide(model: Path, cache: Path, train: Train) -> Path:
    if model.exists():
        return model
    cached = _cached(model)
    if not cached.exists():
        cached = cache / model.name
        async with _alone(cached):
            if not cached.exists():
                await _train_beside(cached, train)
                _forget_old(cached)
    if cached != model:
        _link(cached, model)
        _forget_old(model)
    return model


def _cached(model: Path) -> Path:
    return CACHE / MODELS / model.name


def _cache_folder(data: Path) -> Path:
    """Choose the folder to train into: the project's, or that of the data where the project is
    read-only.
    """
    shared = CACHE / MODELS
    try:
        shared.mkdir(parents=True, exist_ok=True)
    except OSError:
        return (data / MODELS).absolute()
    if os.access(shared, os.W_OK):
        return shared
    return (data / MODELS).absolute()


def _alone(model: Path) -> AbstractAsyncContextManager[int]:
    """Hold the lock of one model: its twin may be trained meanwhile."""
    minutes = LOCK_SECONDS / 60
    busy = f"{model} is locked: another process has been training it for {minutes:.0f} minutes"
    return locked(
        model.with_name(f"{model.name}.lock"),
        LOCK_SECONDS,
        busy,
    )


async def _train_beside(model: Path, train: Train) -> None:
    """Train in a folder beside the model and move it, so that the model is whole or not there."""
    with tempfile.TemporaryDirectory(prefix="training-", dir=model.parent) as folder:
        fresh = Path(folder) / model.name
        await train(fresh)
        fresh.replace(model)


def _link(cached: Path, model: Path) -> None:
    """Link the model into its data folder; copy it there when that is another file system."""
    model.parent.mkdir(parents=True, exist_ok=True)
    fresh = model.with_name(f"{model.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        os.link(cached, fresh)
    except OSError:
        shutil.copyfile(cached, fresh)
    fresh.replace(model)


def _forget_old(model: Path) -> None:
    """Delete all but the newest models of the same kind."""
    is_rasa = model.name.endswith(RASA_SUFFIX)
    kind = RASA_SUFFIX if is_rasa else BUILT_IN_SUFFIX
    models = sorted(
        model.parent.glob(f"*{kind}"),
        key=_modified,
        reverse=True,
    )
    for old in models[MAX_OLD_MODELS:]:
        old.unlink(missing_ok=True)
        old.with_name(f"{old.name}.lock").unlink(missing_ok=True)


def _modified(file: Path) -> float:
    return file.stat().st_mtime
