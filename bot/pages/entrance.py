"""What is looked at before a page is made: numbers, types of bodies, how many are made at once."""

from __future__ import annotations

import asyncio
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.text.text import row_number

UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LIVE_STREAM = "text/event-stream"
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
# Pages that are made at the same time; more would keep the database's connections from each other.
# Forms are not among them: whoever sends one slowly would hold a place.
MAX_PAGES_AT_ONCE = 24


def gate(request: Request) -> asyncio.Semaphore:
    """Return the gate that lets so many through at a time."""
    state = request.app.state
    return cast(asyncio.Semaphore, state.pages_at_once)


def check_query(request: Request) -> None:
    """Raise HTTPException 404 for a number in the query that no row has."""
    for text in request.query_params.values():
        is_number = text.isdecimal()
        if is_number and row_number(text) is None:
            raise HTTPException(404)


def check_type(request: Request) -> None:
    """Raise HTTPException 415 for a body that is no form."""
    content_type = request.headers.get("content-type", "")
    sent_type, _, _ = content_type.partition(";")
    length = request.headers.get("content-length", "0")
    is_empty = length == "0" and not sent_type
    if is_empty or sent_type.strip() in FORM_TYPES:
        return
    accepted = ", ".join(FORM_TYPES)
    raise HTTPException(415, headers={"Accept-Post": accepted})


def is_use(request: Request) -> bool:
    """Whether a person does something: a page that renews itself keeps no session alive."""
    if request.method in UNSAFE_METHODS:
        return True
    headers = request.headers
    is_partial = headers.get("hx-request") == "true"
    accepted = headers.get("accept", "")
    is_stream = LIVE_STREAM in accepted
    return not (is_partial or is_stream)
