"""Why a message could not be sent. A provider's words become ours here and nowhere else."""

from __future__ import annotations

from typing import Literal, NamedTuple

Reason = Literal[
    "blocked",  # the person blocked the bot or told the provider STOP
    "gone",  # no such chat or number
    "unreachable",  # the phone is off or out of reach
    "filtered",  # a carrier did not let it pass
    "unroutable",  # our sender cannot write to this country or number
    "rejected",  # the provider does not take this text
    "flood",  # too fast: the provider asks for a pause
    "unavailable",  # the provider is away, or the way to it
    "unclear",  # no answer: perhaps it was delivered
    "credentials",  # the provider does not know our account, or our sender
    "unknown",  # the provider does not say
]


class ParseError(ValueError):
    """A request that is not what its provider sends. The words say why, and quote nothing of it."""


class SendError(Exception):
    """A message that was not taken.

    `retry`: None when trying again is no use, 0 to try again after a while of ours, else the
    seconds the provider asks for. `stop`: nothing more may be sent to this address.
    """

    def __init__(self, reason: Reason, *, retry: float | None = None, stop: bool = False) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.retry = retry
        self.stop = stop


class Meaning(NamedTuple):
    """What a provider's code means for us."""

    reason: Reason
    retry: float | None = None
    stop: bool = False


BLOCKED = Meaning("blocked", stop=True)
GONE = Meaning("gone", stop=True)
FLOOD = Meaning("flood", retry=10.0)
AWAY = Meaning("unavailable", retry=0.0)
UNCLEAR = Meaning("unclear", retry=0.0)
CREDENTIALS = Meaning("credentials", retry=0.0)
REJECTED = Meaning("rejected")
PHONE_OFF = Meaning("unreachable", retry=0.0)

# https://www.twilio.com/docs/api/errors
TWILIO: dict[int, Meaning] = {
    20003: CREDENTIALS,
    20005: CREDENTIALS,  # account not active
    20404: CREDENTIALS,
    20429: FLOOD,
    20500: AWAY,
    20503: AWAY,
    21211: GONE,  # not a phone number
    21214: GONE,
    21217: GONE,
    21408: Meaning("unroutable"),  # the country is not switched on in the account
    21601: CREDENTIALS,  # the sender cannot send SMS
    21603: CREDENTIALS,
    21606: CREDENTIALS,
    21610: BLOCKED,
    21611: Meaning("flood", retry=60.0),  # the sender's queue is full
    21612: Meaning("unroutable"),
    21614: GONE,  # not a mobile number
    21617: REJECTED,  # too long
    21635: GONE,  # a landline
    21660: CREDENTIALS,
    21703: CREDENTIALS,  # the messaging service has no sender
    21704: CREDENTIALS,
    30001: Meaning("flood", retry=60.0),
    30002: CREDENTIALS,  # account suspended
    30003: PHONE_OFF,
    30004: Meaning("filtered"),
    30005: GONE,
    30006: GONE,
    30007: Meaning("filtered"),
    30008: Meaning("unknown", retry=0.0),
    30009: Meaning("unknown", retry=0.0),  # a part was lost on the way
    30017: AWAY,  # the phone company is overloaded
    30022: Meaning("flood", retry=60.0),
    30023: Meaning("flood", retry=3600.0),  # a day's messages are used up
    30034: Meaning("filtered"),  # the sender is not registered
    30036: PHONE_OFF,  # the time it was kept for the phone is over
    30410: AWAY,
    30450: Meaning("filtered"),
    30453: Meaning("filtered"),
}

# Descriptions of Telegram's 400 and 403 answers, as they begin, in small letters.
TELEGRAM: dict[str, Meaning] = {
    "forbidden: bot was blocked by the user": BLOCKED,
    "forbidden: user is deactivated": GONE,
    "forbidden: bot can't initiate conversation": BLOCKED,
    "forbidden": BLOCKED,
    "chat not found": GONE,
    "user not found": GONE,
    "peer_id_invalid": GONE,
    "chat_id is empty": GONE,
    "user is deactivated": GONE,
    "input user deactivated": GONE,
}


def of_twilio(code: int | None, status: int) -> Meaning:
    """Translate an error code of Twilio's, or the HTTP status when the code is unknown to us."""
    if code in TWILIO:
        return TWILIO[code]
    by_status = {401: CREDENTIALS, 403: CREDENTIALS, 404: CREDENTIALS, 429: FLOOD}
    otherwise = AWAY if status >= 500 else REJECTED
    return by_status.get(status, otherwise)


def of_telegram(description: str) -> Meaning:
    """Translate the description in a 400 or 403 answer of Telegram's."""
    reason = description.lower().removeprefix("bad request: ")
    for beginning, meaning in TELEGRAM.items():
        if reason.startswith(beginning):
            return meaning
    return REJECTED
