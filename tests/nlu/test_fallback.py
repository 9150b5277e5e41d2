"""The built-in classifier: repeatable, quick, and good enough for a night without Rasa."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlu.language import fallback
from nlu.language.examples import Example, Mark, read_examples

NLU = Path(__file__).parents[2] / "nlu"
LIFE_SAVING = frozenset({"need_help", "need_medical", "need_evacuation"})
FEW = [
    Example("checkin_safe", "وصلنا سالمين والحمد لله", "ar"),
    Example("checkin_safe", "we arrived and are fine", "en"),
    Example("need_help", "يطلقوا علينا النار", "ar"),
    Example("need_help", "they are shooting at us", "en"),
]


@pytest.fixture(scope="module")
def trained(fallback_model: Path) -> fallback.Model:
    return fallback.Model.load(fallback_model)


@pytest.fixture(scope="module")
def held_back() -> list[Example]:
    return read_examples(NLU / "test")


def test_the_same_data_make_the_same_model(tmp_path: Path) -> None:
    for name in ("one", "two"):
        fallback.train(FEW, rare=1).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_saved_model_answers_as_before(tmp_path: Path) -> None:
    model = fallback.train(FEW, rare=1)
    model.save(tmp_path / "model")
    again = fallback.Model.load(tmp_path / "model")
    for example in FEW:
        assert (
            again.classify(example.text)[0][0]
            == model.classify(example.text)[0][0]
            == example.intent
        )


def test_chances_add_up_to_one_and_are_ranked() -> None:
    ranking = fallback.train(FEW, rare=1).classify("قاعدين نسمع في الرصاص")
    assert sum(chance for _, chance in ranking) == pytest.approx(1)
    assert ranking == sorted(ranking, key=lambda guess: -guess[1])


def test_a_text_of_unknown_words_gets_an_even_ranking_and_no_error() -> None:
    assert {round(chance, 1) for _, chance in fallback.train(FEW, rare=1).classify("漢字")} == {0.5}


def test_a_model_is_trained_again_only_when_its_data_changed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.yml").write_text(
        "nlu:\n  - intent: greet\n    examples: |\n      - مرحبا\n      - مرحبا بيكم\n", "utf-8"
    )
    out = tmp_path / "model.npz"
    assert not fallback.is_current(out, data)
    fallback.main(["train", "--data", str(data), "--out", str(out)])
    assert fallback.is_current(out, data)
    (data / "a.yml").write_text("nlu:\n  - intent: greet\n    examples: |\n      - اهلا\n", "utf-8")
    assert not fallback.is_current(out, data)


def test_training_without_examples_says_so(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="there are no training examples"):
        fallback.main(["train", "--data", str(tmp_path), "--out", str(tmp_path / "model")])


def test_examples_are_read_with_their_entities(tmp_path: Path) -> None:
    folder = tmp_path / "ar-ly"
    folder.mkdir()
    (folder / "a.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: register\n  examples: |\n'
        '    - احنا [5](person_count) في [تونس]{"entity": "country", "value": "TN"}\n'
        "stories:\n- story: x\n  steps:\n    - intent: greet\n    - action: action_listen\n",
        "utf-8",
    )
    (example,) = read_examples(tmp_path)
    assert (example.intent, example.text, example.variety) == (
        "register",
        "احنا 5 في تونس",
        "ar-ly",
    )
    assert example.entities == [Mark("person_count", None, "5"), Mark("country", "TN", "تونس")]


def test_held_back_texts_are_understood(trained: fallback.Model, held_back: list[Example]) -> None:
    right = [trained.classify(example.text)[0][0] == example.intent for example in held_back]
    assert sum(right) / len(right) >= 0.9


def test_cries_for_help_are_recognised_and_hardly_ever_taken_for_safe(
    trained: fallback.Model, held_back: list[Example]
) -> None:
    cries = list(
        _guesses(trained, [example for example in held_back if example.intent in LIFE_SAVING])
    )
    assert sum(best in LIFE_SAVING for best, _, _ in cries) / len(cries) >= 0.93
    trusted = [
        best
        for best, chance, behind in cries
        if best == "checkin_safe" and chance >= 0.6 and not behind
    ]
    assert len(trusted) / len(cries) <= 0.025


def _guesses(model: fallback.Model, examples: list[Example]) -> Iterator[tuple[str, float, bool]]:
    """(best intent, its chance, whether a cry for help is likely among the next two) of each."""
    for example in examples:
        (best, chance), *others = model.classify(example.text)[:3]
        yield best, chance, any(name in LIFE_SAVING and score >= 0.1 for name, score in others)


def test_classifying_is_quick(trained: fallback.Model, held_back: list[Example]) -> None:
    texts = [example.text for example in held_back[:300]]
    started = time.process_time()
    for text in texts:
        trained.classify(text)
    assert (time.process_time() - started) / len(
        texts
    ) < 0.003  # three times the aim: machines differ
