"""What slots hold, as JSON, and as older versions stored it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.dialogue.whereabouts import Description, NamedPlace, Whereabouts
from bot.messages import Location, Option, TextKey, Verbatim

Slots = Mapping[str, Any]  # what slots hold, by their names

# Slots whose stored strings meant places in version 1: `@latitude,longitude`, `~words`, `A|B`.
_PLACE_SLOTS = frozenset({"place", "whereabouts", "still_there", "chosen_place", "noted"})
_YES_OR_NO = frozenset({"yes", "no"})


def write(content: Any) -> Any:
    """Write what a slot holds as JSON."""
    match content:
        case Location(latitude, longitude):
            return {"position": [latitude, longitude]}
        case NamedPlace(meanings):
            return {"place": list(meanings)}
        case Description(text, within):
            return {"description": text, "within": list(within)}
        case Option():
            return write_option(content)
        case list() | tuple():
            return list(map(write, content))
        case _:
            return content


def read(data: Any) -> Any:
    """Read what a slot holds from JSON."""
    match data:
        case {"position": [latitude, longitude]}:
            return Location(latitude, longitude)
        case {"place": [*meanings]}:
            return NamedPlace(tuple(meanings))
        case {"description": text}:
            within = data.get("within", ())
            return Description(text, tuple(within))
        case {"payload": _}:
            return read_option(data)
        case [*contents]:
            return tuple(map(read, contents))
        case _:
            return data


def write_option(option: Option) -> dict[str, str]:
    """Write an option as JSON."""
    match option.label:
        case TextKey(key):
            return {"key": key, "payload": option.payload}
        case Verbatim(text):
            return {"text": text, "payload": option.payload}


def read_option(data: Mapping[str, str]) -> Option:
    """Read an option from JSON."""
    payload = data["payload"]
    if "key" in data:
        return Option(TextKey(data["key"]), payload)
    return Option(Verbatim(data["text"]), payload)


# --- version 1 ------------------------------------------------------------------------------------


def read_first_version(slot: str, data: Any) -> Any:
    """Read what a slot holds as version 1 stored it."""
    if slot == "options" and data:
        return _first_choices(data)
    if slot not in _PLACE_SLOTS or not isinstance(data, str):
        return data
    if data in _YES_OR_NO:
        return data
    return _first_place(data)


def _first_choices(data: Sequence[Any]) -> tuple[Option, ...]:
    """Read the choices of the slot `options`, each stored as a label and an answer."""
    choices = []
    for label, answer in data:
        choices.append(_first_choice(label, answer))
    return tuple(choices)


def read_first_option(label: str, payload: str) -> Option:
    """Read an option as version 1 stored it: a label that began with "=" was shown as it was."""
    if label.startswith("="):
        return Option(Verbatim(label[1:]), payload)
    return Option(TextKey(label), payload)


def _first_choice(label: str, answer: str) -> Option:
    """Read a choice of the slot `options`: a command, or a place to choose."""
    payload = answer
    if not answer.startswith("/"):
        payload = f"/slot chosen_place {answer}"
    return read_first_option(label, payload)


def _first_place(text: str) -> Whereabouts | None:
    if text.startswith("~"):
        return Description(text[1:])
    if not text.startswith("@"):
        return NamedPlace(tuple(text.split("|")))
    latitude, _, longitude = text[1:].partition(",")
    try:
        return Location(float(latitude), float(longitude))
    except ValueError:  # typed by somebody, and stored by mistake: the question is open again
        return None
