"""What is counted for Prometheus.

Labels are channels, states and words of ours, never a person, address or text.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

INBOUND = Counter("tammen_inbound", "Messages stored.", ["channel"])
REPEATED = Counter(
    "tammen_inbound_repeated", "Messages that came again and were not stored twice.", ["channel"]
)
UNOPENED = Counter(
    "tammen_unopened_values",
    "Encrypted values that did not open where they are: moved, changed, or of a key that is gone.",
    ["column"],
)
SET_ASIDE = Counter(
    "tammen_inbound_set_aside",
    "Messages that could not be stored as they were, by what was left: a part or nothing.",
    ["left"],
)
REFUSED = Counter(
    "tammen_hooks_refused", "Requests to a webhook that were not taken.", ["channel", "why"]
)
TURNS = Counter("tammen_turns", "Turns of a conversation, by who understood the message.", ["by"])
TURNS_FAILED = Counter("tammen_turns_failed", "Turns that ended in an error and were rolled back.")
OUTBOUND = Counter(
    "tammen_outbound", "Messages that left for a provider or were given up.", ["channel", "state"]
)
REPLIES_REFUSED = Counter(
    "tammen_replies_refused", "Turns whose reply by SMS no budget had room for.", ["reason"]
)
RECEIPTS = Counter("tammen_receipts", "Receipts from providers.", ["channel", "state"])
SEND_ERRORS = Counter(
    "tammen_send_errors", "Sends that a provider or the network refused.", ["channel", "reason"]
)
PAUSES = Counter(
    "tammen_channel_pauses",
    "Times a channel was paused because its provider was away.",
    ["channel"],
)
REQUEUED = Counter(
    "tammen_outbound_requeued", "Rows taken back from a worker that died while sending."
)
SENDER_POINTS = Gauge(
    "tammen_sender_points", "Of a hundred rows, those this sender takes.", ["channel", "sender"]
)
BELLS_LOST = Counter(
    "tammen_bells_lost", "Bells that could not be rung because Redis was away.", ["bell"]
)
WAITING = Gauge("tammen_inbound_waiting", "Messages not yet answered when last looked.")
QUEUE_LENGTH = Gauge(
    "tammen_outbound_queued", "Rows queued and due when last looked.", ["channel", "lane"]
)
QUEUE_AGE = Gauge(
    "tammen_outbound_age_seconds",
    "Age of the oldest row that is queued and due.",
    ["channel", "lane"],
)
SEND_SECONDS = Histogram(
    "tammen_send_seconds", "From the call to the provider's answer.", ["channel"]
)
FALLBACKS = Counter(
    "tammen_fallbacks", "Rows of severe broadcasts that went over to another channel.", ["to"]
)
FIRST_SECONDS = Histogram(
    "tammen_broadcast_first_seconds",
    "From the moment an advisory might go out until its first message had left, "
    "seen when all of it was sent.",
    buckets=(1, 2, 5, 10, 30, 60, 300, 1800),
)
REFUSALS = Counter(
    "tammen_refusals",
    "Requests that were refused, by HTTP status.",
    ["status"],
)
SIGN_INS = Counter(
    "tammen_sign_ins",
    "Attempts to sign in or to confirm who one is, by how they ended.",
    ["outcome"],
)
