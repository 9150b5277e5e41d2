"""How each channel sends: by which provider, under which senders, at which pace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot.channels import phone, sms, telegram
from bot.delivery.senders import TOLERATED_FAILURES, Sender, Senders
from bot.messages import Channel, Content, Outbound, Sent
from bot.runtime.breaker import Breaker
from bot.runtime.runtime import Runtime

PHONE_RATE = 1e6  # messages a second: no provider asks for a pace

Send = Callable[[Outbound], Awaitable[Sent]]


@dataclass(frozen=True, slots=True)
class Wire:
    """How a channel sends. `units` is what its provider counts."""

    channel: Channel
    units: Callable[[Content], int]
    senders: Senders


def wires(runtime: Runtime) -> dict[Channel, Wire]:
    """Return the wires of the configured channels, and the phone page's, which costs nothing."""
    wires_by_channel = {Channel.PHONE: _phone_wire(runtime)}
    if runtime.settings.telegram_token:
        wires_by_channel[Channel.TELEGRAM] = _telegram_wire(
            runtime, runtime.settings.telegram_token
        )
    if runtime.settings.public_url and runtime.settings.sms_accounts:
        wires_by_channel[Channel.SMS] = _sms_wire(runtime)
    return wires_by_channel


def sms_credentials(runtime: Runtime) -> list[sms.Credentials]:
    """Return the credentials of the configured accounts, the one preferred at rest first."""
    public_url = runtime.settings.public_url
    if not public_url:
        return []
    credentials = []
    for account in runtime.settings.sms_accounts:
        own = sms.Credentials(
            account.account,
            account.token,
            account.sender,
            account.api,
            public_url,
            account.name,
        )
        credentials.append(own)
    return credentials


def _phone_wire(runtime: Runtime) -> Wire:
    sender = _sender(
        runtime,
        Channel.PHONE,
        "phone",
        "phone",
        PHONE_RATE,
        _send_phone,
    )
    senders = Senders(runtime, Channel.PHONE, [sender])
    return Wire(Channel.PHONE, lambda _content: 1, senders)


def _telegram_wire(runtime: Runtime, token: str) -> Wire:
    settings = runtime.settings
    credentials = telegram.Credentials(token, settings.telegram_api)
    send = partial(telegram.send, runtime.http, credentials)
    key, rate = settings.telegram_pace_key, settings.telegram_rate
    sender = _sender(
        runtime,
        Channel.TELEGRAM,
        "telegram",
        key,
        rate,
        send,
    )
    senders = Senders(runtime, Channel.TELEGRAM, [sender])
    return Wire(Channel.TELEGRAM, telegram.count, senders)


def _sms_wire(runtime: Runtime) -> Wire:
    senders = []
    accounts = runtime.settings.sms_accounts
    for account, credentials in zip(accounts, sms_credentials(runtime), strict=True):
        # loads a large library now rather than before the first message
        sms.client(runtime.http, credentials)
        send = partial(sms.send, runtime.http, credentials)
        key, rate = account.pace_key, account.rate
        senders.append(
            _sender(
                runtime,
                Channel.SMS,
                account.name,
                key,
                rate,
                send,
            )
        )
    return Wire(Channel.SMS, sms.parts, Senders(runtime, Channel.SMS, senders))


def _sender(
    runtime: Runtime,
    channel: Channel,
    name: str,
    pace_key: str,
    rate: float,
    send: Send,
) -> Sender:
    breaker = Breaker(runtime.clock, tolerated=TOLERATED_FAILURES)
    return Sender(
        channel,
        name,
        pace_key,
        rate,
        send,
        breaker,
        pace=rate,
    )


async def _send_phone(outbound: Outbound) -> Sent:
    return phone.send(outbound)
