"""Surveys in JSON files, as `tammen surveys draft` reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.surveys.drafts import Draft, Question
from bot.models import SurveyKind


def read(path: Path) -> Draft:
    """Read a draft from a file. Raises CommandError."""
    try:
        document = json.loads(ground.read_text(path))
        return _draft_of(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{path}: it is no survey as JSON ({error})") from error


def _draft_of(document: Mapping[str, Any]) -> Draft:
    questions: list[Question] = []
    for question in document.get("questions", []):
        questions.append(Question(dict(question["words"]), list(question["answers"])))
    starts_at = document.get("starts_at")
    return Draft(
        SurveyKind(document["kind"]),
        dict(document["titles"]),
        dict(document["audience"]),
        _moment(document["ends_at"]),
        dict(document.get("venues", {})),
        _moment(starts_at) if starts_at else None,
        _seats(document.get("seats")),
        tuple(questions),
    )


def _seats(seats: Any) -> int | None:
    if seats is not None and type(seats) is not int:
        raise ValueError("seats is a number")
    return seats


def _moment(written: str) -> datetime:
    """Read a time; without a zone it is UTC."""
    at = datetime.fromisoformat(written)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
