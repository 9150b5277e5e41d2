"""The figures of the report, on answers small enough to count by hand."""

from __future__ import annotations

import pytest

from bench import nlu_report, scores
from bench.scores import Answer

ANSWERS = [
    Answer("الحقونا", "need_help", "ar-ly", [("need_help", 0.9)]),
    Answer("ننزف", "need_medical", "ar-ly", [("need_help", 0.6)]),
    Answer("مش باهيين", "need_help", "ar-ly", [("checkin_safe", 0.7)]),
    Answer("احنا تمام", "checkin_safe", "ar-ly", [("checkin_safe", 0.8)]),
    Answer("nothing hit us", "checkin_safe", "en", [("need_help", 0.5)]),
    Answer("قتلني الحر", "out_of_scope", "ar", [("need_medical", 0.3)]),
    Answer("يا ليل الصب", "out_of_scope", "ar", [("out_of_scope", 0.95)]),
]


def test_accuracy_and_recalls() -> None:
    assert scores.accuracy(ANSWERS) == pytest.approx(3 / 7)
    assert scores.life_saving_recall(ANSWERS) == pytest.approx(2 / 3)
    assert [answer.text for answer in scores.filed_safe(ANSWERS)] == ["مش باهيين"]
    assert scores.alarms(ANSWERS, scores.SAFE) == pytest.approx(1 / 2)
    assert scores.alarms(ANSWERS, scores.OUT_OF_SCOPE) == pytest.approx(1 / 2)


@pytest.mark.parametrize(("name", "is_quoted"), [("unseen", True), ("blind", False)])
def test_the_report_lists_cries_filed_safe_and_quotes_no_blind_text(
    name: str, is_quoted: bool
) -> None:
    chapter = "\n".join(nlu_report.details(name, ANSWERS))
    listed = chapter.partition("## Cries for help filed as safe")[2]
    assert "- need_help at 0.70" in listed
    assert ("مش باهيين" in chapter) is is_quoted


def test_precision_recall_and_confusions() -> None:
    assert scores.precision_recall(ANSWERS, "need_help") == pytest.approx((1 / 3, 1 / 2, 0.4))
    assert scores.precision_recall(ANSWERS, "greet") == (0.0, 0.0, 0.0)
    assert ("need_medical", "need_help", 1) in scores.confusions(ANSWERS)
    assert sum(times for _, _, times in scores.confusions(ANSWERS)) == 4


def test_calibration_covers_every_answer_once() -> None:
    rows = scores.calibration([*ANSWERS, Answer("نعم", "affirm", "ar", [("affirm", 1.0)])])
    assert sum(size for _, size, _, _ in rows) == 8
    assert rows[-1] == pytest.approx((0.9, 3, 0.95, 1.0))


def test_a_higher_threshold_asks_more_and_alarms_less() -> None:
    low, high = scores.thresholds(ANSWERS, [0.2, 0.55])
    assert low[1:] == (0.0, 0.5, 0.5)
    assert high[1:] == pytest.approx((1 / 5, 1.0, 0.0))


def test_entities_agree_in_label_and_value() -> None:
    answer = Answer(
        "",
        "register",
        "ar",
        [("register", 1.0)],
        [("city", "TR/Izmir"), ("country", "TR")],
        [("city", "TR/Izmir")],
    )
    assert scores.entities([answer]) == pytest.approx((1.0, 0.5, 2 / 3))
