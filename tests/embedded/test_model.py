"""The model is trained when, and only when, something changed that it learns from."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.embedded import model, training
from bot.embedded.child import EmbeddedError, plain_environment
from nlu.language import fallback

PHRASES = """nlu:
  - intent: checkin_safe
    examples: |
      - أنا بخير
      - نحن بخير
  - intent: need_help
    examples: |
      - أحتاج مساعدة
      - نحتاج مساعدة
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the least that a model is made from."""
    for folder in ("nlu/data/ar", "nlu/components", "nlu/language", "nlu/test"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "nlu" / "data" / "ar" / "safety.yml").write_text(PHRASES, encoding="utf-8")
    (tmp_path / "config.yml").write_text("language: ar\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "source",
    [
        "nlu/data/ar/safety.yml",
        "nlu/data/en/new.yml",
        "nlu/components/linear.py",
        "nlu/language/folding.py",
        "nlu/requirements.lock",
        "config.yml",
    ],
)
def test_a_change_in_what_it_learns_from_makes_another_model(project: Path, source: str) -> None:
    before = model.fingerprint(project)
    (project / source).parent.mkdir(exist_ok=True)
    (project / source).write_text("# changed\n", encoding="utf-8")
    assert model.fingerprint(project) != before


@pytest.mark.parametrize(
    "source",
    [
        "nlu/test/ar.yml",
        "nlu/blind/ar.yml",
        "nlu/language/__pycache__/folding.cpython-313.pyc",
        "README.md",
    ],
)
def test_a_change_elsewhere_does_not(project: Path, source: str) -> None:
    before = model.fingerprint(project)
    (project / source).parent.mkdir(exist_ok=True)
    (project / source).write_text("changed", encoding="utf-8")
    assert model.fingerprint(project) == before


def test_a_file_that_moved_makes_another_model(project: Path) -> None:
    before = model.fingerprint(project)
    folder = project / "nlu" / "data" / "ar"
    (folder / "safety.yml").rename(folder / "rescue.yml")
    assert model.fingerprint(project) != before


async def test_a_model_that_is_there_is_not_trained_again(tmp_path: Path) -> None:
    there = model.path(tmp_path)
    there.parent.mkdir()
    there.write_bytes(b"trained before")
    said: list[str] = []
    assert await model.ensure(tmp_path, said.append) == there
    assert there.read_bytes() == b"trained before"
    assert said == []


async def test_every_data_folder_gets_the_model_of_the_one_cache(
    tmp_path: Path, fallback_model: Path
) -> None:
    progress: list[str] = []
    first = await model.ensure_fallback(tmp_path / "run", progress.append)
    second = await model.ensure_fallback(tmp_path / "talk", progress.append)
    assert first.parent == tmp_path / "run" / "models"
    assert second.parent == tmp_path / "talk" / "models"
    assert first.read_bytes() == second.read_bytes() == fallback_model.read_bytes()
    assert progress == []  # nothing was trained


async def test_a_model_in_the_cache_serves_although_its_data_folder_is_new(
    tmp_path: Path, fallback_model: Path
) -> None:
    assert model.is_trained(model.fallback_path(tmp_path))
    assert not model.fallback_path(tmp_path).exists()
    assert not model.is_trained(tmp_path / "models" / "never-trained.tar.gz")


async def test_the_built_in_classifier_is_trained_once(fallback_model: Path) -> None:
    changed = fallback_model.stat().st_mtime_ns
    said: list[str] = []
    assert await model.ensure_fallback(fallback_model.parent.parent, said.append) == fallback_model
    assert fallback_model.stat().st_mtime_ns == changed
    assert said == []
    (best, _probability), *_others = fallback.Model.load(fallback_model).classify(
        "أنا بخير الحمد لله"
    )
    assert best == "checkin_safe"


async def test_a_child_that_fails_is_quoted(tmp_path: Path) -> None:
    command: list[str | Path] = ["sh", "-c", "echo 'لا مكان على القرص'; exit 3"]
    said: list[str] = []
    with pytest.raises(EmbeddedError, match=r"ended with 3[^\n]*\nلا مكان على القرص"):
        await training.run(command, plain_environment(), tmp_path, said.append)
    assert said == ["لا مكان على القرص"]
