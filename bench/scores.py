"""The worth of a classifier's answers: shares, recalls, confusions, calibration and thresholds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

LIFE_SAVING = frozenset({"need_help", "need_medical", "need_evacuation"})
SAFE = "checkin_safe"
OUT_OF_SCOPE = "out_of_scope"
VARIETIES = ("ar", "ar-ly", "ar-Latn", "en", "mixed")
Entity = tuple[str, str]  # (label, value)
Ranking = Sequence[tuple[str, float]]  # (intent, probability), the likeliest first


@dataclass(frozen=True)
class Answer:
    """Hold what a text means and how the classifier read it.

    `marked` are the entities that the author of the text marked, `recognised` those that the
    classifier returned.
    """

    text: str
    intent: str
    variety: str
    ranking: Ranking
    marked: Sequence[Entity] = ()
    recognised: Sequence[Entity] = ()

    @property
    def guess(self) -> str:
        """Return the likeliest intent."""
        intent, _probability = self.ranking[0]
        return intent

    @property
    def sureness(self) -> float:
        """Return the probability of the likeliest intent."""
        _intent, probability = self.ranking[0]
        return probability

    @property
    def is_right(self) -> bool:
        """Tell whether the likeliest intent is the intended one."""
        return self.guess == self.intent

    @property
    def is_alarm(self) -> bool:
        """Tell whether the classifier took the text for a cry for help."""
        return self.guess in LIFE_SAVING


Answers = Sequence[Answer]
Condition = Callable[[Answer], bool]


class Scores(NamedTuple):
    """Hold how well the classifier recognises one kind of thing."""

    precision: float
    recall: float
    f1: float


class Confusion(NamedTuple):
    """Hold how many texts of one intent the classifier took for another."""

    meant: str
    guess: str
    times: int


class Band(NamedTuple):
    """Hold the answers of one band of probability, from its lower bound on."""

    low: float
    texts: int
    mean_probability: float
    accuracy: float


class Threshold(NamedTuple):
    """Hold the consequences of a threshold, below which the bot offers buttons.

    `offered` is the share of texts in scope that the bot answers with buttons. `declined` is the
    share of texts out of scope that the classifier recognised or the bot answers with buttons.
    `alarms` is the share of texts out of scope that raise an alarm.
    """

    limit: float
    offered: float
    declined: float
    alarms: float


def share(answers: Iterable[Answer], condition: Condition) -> float:
    """Return the share of answers that meet the condition; 0 when there is no answer."""
    total = 0
    matches = 0
    for answer in answers:
        total += 1
        if condition(answer):
            matches += 1
    if not total:
        return 0.0
    return matches / total


def _is_right(answer: Answer) -> bool:
    return answer.is_right


def _is_alarm(answer: Answer) -> bool:
    return answer.is_alarm


def accuracy(answers: Iterable[Answer]) -> float:
    """Return the share of right answers."""
    return share(answers, _is_right)


def meaning(answers: Answers, *intents: str) -> list[Answer]:
    """Return the answers to texts that mean one of the intents."""
    return [answer for answer in answers if answer.intent in intents]


def precision_recall(answers: Answers, intent: str) -> Scores:
    """Return the scores of one intent."""
    right = 0
    guessed = 0
    meant = 0
    for answer in answers:
        if answer.intent == intent:
            meant += 1
        if answer.guess == intent:
            guessed += 1
            if answer.is_right:
                right += 1
    return _scores(right, guessed, meant)


def _scores(right: int, guessed: int, meant: int) -> Scores:
    """Return the scores; 0 for a ratio that has no denominator."""
    precision = 0.0
    recall = 0.0
    f1 = 0.0
    if guessed:
        precision = right / guessed
    if meant:
        recall = right / meant
    if right:
        f1 = 2 * precision * recall / (precision + recall)
    return Scores(precision, recall, f1)


def macro_f1(answers: Answers) -> float:
    """Return the mean F1 of the intents that occur."""
    intents = {answer.intent for answer in answers}
    if not intents:
        return 0.0
    total = 0.0
    for intent in intents:
        scores = precision_recall(answers, intent)
        total += scores.f1
    return total / len(intents)


def life_saving_recall(answers: Answers) -> float:
    """Return the share of cries for help that the classifier took for any cry for help."""
    cries = meaning(answers, *LIFE_SAVING)
    return share(cries, _is_alarm)


def filed_safe(answers: Answers) -> list[Answer]:
    """Return the cries for help that the classifier took for "I am safe"."""
    cries = meaning(answers, *LIFE_SAVING)
    return [answer for answer in cries if answer.guess == SAFE]


def alarms(answers: Answers, intent: str) -> float:
    """Return the share of texts with this intent that the classifier took for a cry for help."""
    return share(meaning(answers, intent), _is_alarm)


def entities(answers: Answers) -> Scores:
    """Return the scores of the entities; label and value must agree."""
    right = 0
    recognised = 0
    marked = 0
    for answer in answers:
        agreed = Counter(answer.marked) & Counter(answer.recognised)
        right += agreed.total()
        recognised += len(answer.recognised)
        marked += len(answer.marked)
    return _scores(right, recognised, marked)


def confusions(answers: Answers) -> list[Confusion]:
    """Count every kind of mistake, the most frequent first."""
    mistakes: Counter[tuple[str, str]] = Counter()
    for answer in answers:
        if not answer.is_right:
            mistakes[answer.intent, answer.guess] += 1
    ranking: list[Confusion] = []
    for (meant, guess), times in mistakes.most_common():
        ranking.append(Confusion(meant, guess, times))
    return ranking


def calibration(answers: Answers, steps: int = 10) -> list[Band]:
    """Divide the answers into bands of probability; leave out the empty bands."""
    bands: list[Band] = []
    for step in range(steps):
        low = step / steps
        high = (step + 1) / steps
        members = _between(answers, low, high)
        if not members:
            continue
        probability = fmean(answer.sureness for answer in members)
        band = Band(low, len(members), probability, accuracy(members))
        bands.append(band)
    return bands


def _between(answers: Answers, low: float, high: float) -> list[Answer]:
    """Return the answers within a band of probability; the last band includes certainty."""
    band: list[Answer] = []
    for answer in answers:
        is_certain = high == 1 and answer.sureness >= 1
        if low <= answer.sureness < high or is_certain:
            band.append(answer)
    return band


def thresholds(answers: Answers, limits: Sequence[float]) -> list[Threshold]:
    """Return the consequences of each threshold."""
    in_scope = [answer for answer in answers if answer.intent != OUT_OF_SCOPE]
    outside = meaning(answers, OUT_OF_SCOPE)
    return [_threshold(in_scope, outside, limit) for limit in limits]


def _threshold(in_scope: Answers, outside: Answers, limit: float) -> Threshold:
    def is_offered(answer: Answer) -> bool:
        return answer.sureness < limit

    def is_declined(answer: Answer) -> bool:
        return answer.guess == OUT_OF_SCOPE or is_offered(answer)

    def is_false_alarm(answer: Answer) -> bool:
        return answer.is_alarm and not is_offered(answer)

    return Threshold(
        limit=limit,
        offered=share(in_scope, is_offered),
        declined=share(outside, is_declined),
        alarms=share(outside, is_false_alarm),
    )
