"""What the answers of a classifier are worth: shares, recalls, confusions, calibration, and where thresholds lead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

LIFE_SAVING = frozenset({"need_help", "need_medical", "need_evacuation"})
SAFE = "checkin_safe"
BESIDE = "out_of_scope"
VARIETIES = ("ar", "ar-ly", "ar-Latn", "en", "mixed")
Named = tuple[str, str]  # (label, value) of an entity


@dataclass(frozen=True)
class Answer:
    """What a text means, and what was made of it: intents with their probability, likeliest first, and entities."""

    text: str
    intent: str
    variety: str
    ranking: Sequence[tuple[str, float]]
    marked: Sequence[Named] = ()
    found: Sequence[Named] = ()

    @property
    def guess(self) -> str:
        """The likeliest intent."""
        return self.ranking[0][0]

    @property
    def sureness(self) -> float:
        """Its probability."""
        return self.ranking[0][1]

    @property
    def is_right(self) -> bool:
        """Whether the likeliest intent is the one meant."""
        return self.guess == self.intent


Answers = Sequence[Answer]


def share(answers: Iterable[Answer], holds: Callable[[Answer], bool]) -> float:
    """The share of answers for which something holds; 0 of none."""
    held = [holds(answer) for answer in answers]
    return sum(held) / len(held) if held else 0.0


def accuracy(answers: Iterable[Answer]) -> float:
    """The share that is right."""
    return share(answers, lambda answer: answer.is_right)


def meaning(answers: Answers, *intents: str) -> list[Answer]:
    """Those that mean one of these intents."""
    return [answer for answer in answers if answer.intent in intents]


def precision_recall(answers: Answers, intent: str) -> tuple[float, float, float]:
    """(precision, recall, F1) of one intent."""
    right = sum(answer.guess == intent == answer.intent for answer in answers)
    guessed = sum(answer.guess == intent for answer in answers)
    meant = sum(answer.intent == intent for answer in answers)
    return _f1(right, guessed, meant)


def _f1(right: int, guessed: int, meant: int) -> tuple[float, float, float]:
    precision, recall = right / guessed if guessed else 0.0, right / meant if meant else 0.0
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0


def macro_f1(answers: Answers) -> float:
    """The mean F1 of the intents that occur."""
    intents = {answer.intent for answer in answers}
    return (
        sum(precision_recall(answers, intent)[2] for intent in intents) / len(intents)
        if intents
        else 0.0
    )


def life_saving_recall(answers: Answers) -> float:
    """Of the cries for help, those taken for a cry for help, whichever."""
    return share(meaning(answers, *LIFE_SAVING), lambda answer: answer.guess in LIFE_SAVING)


def filed_safe(answers: Answers) -> list[Answer]:
    """Cries for help taken for "I am safe"."""
    return [answer for answer in meaning(answers, *LIFE_SAVING) if answer.guess == SAFE]


def alarms(answers: Answers, intent: str) -> float:
    """Of the texts that mean this, those taken for a cry for help."""
    return share(meaning(answers, intent), lambda answer: answer.guess in LIFE_SAVING)


def entities(answers: Answers) -> tuple[float, float, float]:
    """(precision, recall, F1) of the entities: label and value must agree."""
    right = sum((Counter(answer.marked) & Counter(answer.found)).total() for answer in answers)
    return _f1(
        right,
        sum(len(answer.found) for answer in answers),
        sum(len(answer.marked) for answer in answers),
    )


def confusions(answers: Answers) -> list[tuple[str, str, int]]:
    """(meant, taken for, how often), most frequent first."""
    wrong = Counter((answer.intent, answer.guess) for answer in answers if not answer.is_right)
    return [(meant, guess, times) for (meant, guess), times in wrong.most_common()]


def calibration(answers: Answers, steps: int = 10) -> list[tuple[float, int, float, float]]:
    """(from, texts, mean probability, share right) for each tenth of probability."""
    rows = []
    for step in range(steps):
        low, high = step / steps, (step + 1) / steps
        inside = [a for a in answers if low <= a.sureness < high or (high == 1 and a.sureness >= 1)]
        if inside:
            rows.append(
                (low, len(inside), sum(a.sureness for a in inside) / len(inside), accuracy(inside))
            )
    return rows


def thresholds(answers: Answers, steps: Sequence[float]) -> list[tuple[float, float, float, float]]:
    """(threshold, in scope offered as buttons, out of scope not answered as a request, alarms from out of scope).

    Below the threshold a text is answered with the likeliest intents as buttons.
    """
    inside = [answer for answer in answers if answer.intent != BESIDE]
    outside = meaning(answers, BESIDE)
    return [
        (
            step,
            share(inside, lambda answer, step=step: answer.sureness < step),  # type: ignore[misc]
            share(
                outside, lambda answer, step=step: answer.guess == BESIDE or answer.sureness < step
            ),  # type: ignore[misc]
            share(
                outside,
                lambda answer, step=step: answer.guess in LIFE_SAVING and answer.sureness >= step,
            ),  # type: ignore[misc]
        )
        for step in steps
    ]
