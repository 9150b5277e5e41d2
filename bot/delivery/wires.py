"""How each channel sends: by which provider, under which senders, at which pace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot.channels import phone, sms, telegram
from bot.delivery.circuit import Circuit
from bot.delivery.senders import Sender, Senders
from bot.messages import Channel, Content, Outbound, Sent
from bot.runtime.runtime import Runtime

Send = Callable[[Outbound], Awaitable[Sent]]


@dataclass(frozen=True, slots=True)
class Wire:
    """How a channel sends. `units` is what its provider counts."""

    channel: Channel
    units: Callable[[Content], int]
    senders: Senders


def wires(runtime: Runtime) -> dict[Channel, Wire]:
    """The channels that are configured. The phone page is always there: it costs nothing."""
    settings, http = runtime.settings, runtime.http
    here = _sender(Channel.PHONE, "phone", "phone", 1e6, _send_phone)
    found = [Wire(Channel.PHONE, lambda _content: 1, Senders(runtime, Channel.PHONE, [here]))]
    if settings.telegram_token:
        bot = telegram.Credentials(settings.telegram_token, settings.telegram_api)
        send = partial(telegram.send, http, bot)
        one = _sender(
            Channel.TELEGRAM, "telegram", settings.telegram_pace_key, settings.telegram_rate, send
        )
        found.append(
            Wire(Channel.TELEGRAM, telegram.count, Senders(runtime, Channel.TELEGRAM, [one]))
        )
    if senders := _sms_senders(runtime):
        found.append(Wire(Channel.SMS, sms.parts, Senders(runtime, Channel.SMS, senders)))
    return {wire.channel: wire for wire in found}


def _sms_senders(runtime: Runtime) -> list[Sender]:
    found = []
    for account, credentials in zip(
        runtime.settings.sms_accounts, sms_credentials(runtime), strict=False
    ):
        sms.client(
            runtime.http, credentials
        )  # loads a large library now rather than before the first message
        send = partial(sms.send, runtime.http, credentials)
        found.append(_sender(Channel.SMS, account.name, account.pace_key, account.rate, send))
    return found


def _sender(channel: Channel, name: str, key: str, rate: float, send: Send) -> Sender:
    return Sender(name, key, rate, send, Circuit(channel, name), rate)


def sms_credentials(runtime: Runtime) -> list[sms.Credentials]:
    """The accounts that are configured, the one preferred at rest first."""
    url = runtime.settings.public_url
    if not url:
        return []
    accounts = runtime.settings.sms_accounts
    return [
        sms.Credentials(one.account, one.token, one.sender, one.api, url, one.name)
        for one in accounts
    ]


async def _send_phone(outbound: Outbound) -> Sent:
    return phone.send(outbound)
