"""The form of an advisory: what its fields mean, the rule of the audience they make, and what it looks like so far."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot import text
from bot.console.pages import N_
from bot.console.visit import Visit
from bot.consular import wording
from bot.consular.errors import ConsularError
from bot.consular.wording import WORDS, Draft
from bot.messages import Form
from bot.models import Advisory, Category, Certainty, Role, Severity, Urgency
from bot.text import Parts

KINDS: Mapping[str, type[StrEnum]] = {
    "severity": Severity, "urgency": Urgency, "certainty": Certainty, "category": Category
}  # fmt: skip
_CIRCLE = ("latitude", "longitude", "km")
_PLAIN = ("language", "channel", "tags", "confirmed", "crisis", "rule", *_CIRCLE)
_MINUTES = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Preview:
    """How an SMS will look and what it costs."""

    text: str
    parts: Parts


def read(visit: Visit) -> dict[str, Any]:
    """The fields as they were typed."""
    values: dict[str, Any] = {name: visit.field(name, 2 * wording.LONGEST[name.partition("_")[0]]) for name in WORDS}
    values |= {name: visit.field(name, 20) for name in (*KINDS, "valid_from", "valid_until")}
    values |= {name: bool(visit.field(name)) for name in ("routine", "drill")}
    values |= {name: visit.field(name, 10_000) for name in _PLAIN}
    return values | {"countries": list(dict.fromkeys(visit.fields("country"))), "status": visit.fields("status")}


def empty() -> dict[str, Any]:
    """The fields of a new one."""
    return shown(Draft())


def shown(said: Draft | Advisory) -> dict[str, Any]:
    """The fields that make this one."""
    values: dict[str, Any] = {name: getattr(said, name) for name in (*WORDS, "routine", "drill")}
    values |= {name: str(getattr(said, name)) for name in KINDS}
    for name in ("valid_from", "valid_until"):
        at = getattr(said, name)
        values[name] = at.astimezone(UTC).strftime(_MINUTES) if at else ""
    values |= dict.fromkeys(_PLAIN, "") | {"countries": [], "status": []}
    return values | _fields_of(dict(said.audience))


def draft(visit: Visit, values: Mapping[str, Any]) -> Draft:
    """What the fields say. Raises ConsularError where one means nothing."""
    words = {name: values[name] for name in (*WORDS, "routine", "drill")}
    kinds: dict[str, Any] = {name: _kind(kind, values[name]) for name, kind in KINDS.items()}
    times: dict[str, Any] = {name: _time(values[name]) for name in ("valid_from", "valid_until")}
    return Draft(**words, **kinds, **times, audience=rule(visit, values))


def sketch(values: Mapping[str, Any]) -> Draft:
    """The words alone, for a preview of what is being written."""
    return Draft(**{name: values[name] for name in WORDS})


def _kind(kind: type[StrEnum], value: str) -> StrEnum:
    known = [one.value for one in kind]
    return kind(value if value in known else ("Safety" if kind is Category else "Unknown"))


def _time(value: str) -> datetime | None:
    if not value:
        return None
    try:
        return datetime.strptime(text.ascii_digits(value)[:16], _MINUTES).replace(tzinfo=UTC)
    except ValueError:
        raise ConsularError(N_("Write a time as 2026-11-25T18:30.")) from None


# --- the audience -----------------------------------------------------------------------------------------------------


def rule(visit: Visit, values: Mapping[str, Any]) -> dict[str, Any]:
    """The audience as a rule; `{}` while nothing is chosen. Raises ConsularError."""
    parts = [_json(values["rule"])] if values["rule"] else list(filter(None, (make(values) for make in _MAKERS)))
    if parts and visit.staff.role is Role.POST_OFFICER and not values["countries"]:
        parts.insert(0, {"countries": [visit.staff.post_country]})
    return {} if not parts else parts[0] if len(parts) == 1 else {"all": parts}


def _json(written: str) -> dict[str, Any]:
    try:
        found = json.loads(written)
    except json.JSONDecodeError as error:
        raise ConsularError(N_("The rule is not JSON: line {line}."), line=error.lineno) from None
    if not isinstance(found, dict):
        raise ConsularError(N_("The rule is not JSON: line {line}."), line=1)
    return found


def _countries(values: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"countries": values["countries"]} if values["countries"] else None


def _circle(values: Mapping[str, Any]) -> dict[str, Any] | None:
    if not any(values[name] for name in _CIRCLE):
        return None
    return {"circle": {name: _number(values[name]) for name in _CIRCLE}}


def _number(written: str) -> float:
    try:
        return float(text.ascii_digits(written).replace("٫", "."))
    except ValueError:
        raise ConsularError(N_("A circle has a latitude, a longitude and km.")) from None


def _language(values: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"languages": [values["language"]]} if values["language"] else None


def _channel(values: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"channels": [values["channel"]]} if values["channel"] else None


def _tags(values: Mapping[str, Any]) -> dict[str, Any] | None:
    tags = [tag.strip() for tag in values["tags"].replace("،", ",").split(",") if tag.strip()]
    return {"tags": list(dict.fromkeys(tags))} if tags else None


def _confirmed(values: Mapping[str, Any]) -> dict[str, Any] | None:
    days = text.ascii_digits(values["confirmed"])
    if not days:
        return None
    return {"confirmed_within_days": int(days) if days.isdecimal() else 0}


def _status(values: Mapping[str, Any]) -> dict[str, Any] | None:
    if not values["crisis"].isdecimal() or not values["status"]:
        return None
    return {"status": {"crisis": int(values["crisis"]), "is": values["status"]}}


_MAKERS: tuple[Callable[[Mapping[str, Any]], dict[str, Any] | None], ...] = (
    _countries, _circle, _language, _channel, _tags, _confirmed, _status
)  # fmt: skip


def _fields_of(audience: dict[str, Any]) -> dict[str, Any]:
    """The fields that make this rule; what they cannot make is shown as JSON."""
    parts = audience.get("all", [audience] if audience else [])
    fields: dict[str, Any] = {}
    for part in parts:
        [(kind, value)] = part.items()
        made = _FIELDS.get(kind, lambda _value: None)(value)
        if made is None or fields.keys() & made.keys():
            return {"rule": json.dumps(audience, ensure_ascii=False)}
        fields |= made
    return fields


_FIELDS: Mapping[str, Callable[[Any], dict[str, Any] | None]] = {
    "countries": lambda value: {"countries": value},
    "circle": lambda value: {name: str(value[name]) for name in _CIRCLE},
    "languages": lambda value: {"language": value[0]} if len(value) == 1 else None,
    "channels": lambda value: {"channel": value[0]} if len(value) == 1 else None,
    "tags": lambda value: {"tags": ", ".join(value)},
    "confirmed_within_days": lambda value: {"confirmed": str(value)},
    "status": lambda value: {"crisis": str(value["crisis"]), "status": value["is"]},
}


# --- what it looks like -----------------------------------------------------------------------------------------------


def previews(contents: Mapping[str, Any]) -> dict[str, Preview]:
    """The SMS of each language, with its parts and what makes it dear."""
    said = {language: forms[Form.TEXT.value].get("text", "") for language, forms in contents.items()}
    return {language: Preview(words, text.sms_parts(words)) for language, words in said.items()}


def missing(values: Mapping[str, Any]) -> list[str]:
    """What must still be written before it can be submitted, as words of the catalogue."""
    lacks = []
    if not all(values[f"{part}_{language}"] for part in ("headline", "text") for language in text.LANGUAGES):
        lacks.append(N_("Write a headline and a text in both languages."))
    if any(bool(values[f"{part}_en"]) != bool(values[f"{part}_ar"]) for part in ("instruction", "sms")):
        lacks.append(N_("What is to be done, or the shorter SMS, is there in one language only."))
    return lacks
