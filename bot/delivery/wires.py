"""How each channel sends: by which provider, under which sender, at which pace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.channels import phone, sms, telegram
from bot.messages import Channel, Content, Outbound, Sent
from bot.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Wire:
    """How a channel sends. `key` names channel and sender for the pace; `units` is what the provider counts."""

    channel: Channel
    key: str
    rate: float
    units: Callable[[Content], int]
    send: Callable[[Outbound], Awaitable[Sent]]


def wires(runtime: Runtime) -> dict[Channel, Wire]:
    """The channels that are configured. The phone page is always there: it costs nothing."""
    settings, http = runtime.settings, runtime.http
    found = {Channel.PHONE: Wire(Channel.PHONE, "phone", 1e6, lambda _content: 1, _send_phone)}
    if settings.telegram_token:
        bot = telegram.Credentials(settings.telegram_token, settings.telegram_api)

        async def to_telegram(outbound: Outbound) -> Sent:
            return await telegram.send(http, bot, outbound)

        key = settings.telegram_pace_key
        found[Channel.TELEGRAM] = Wire(Channel.TELEGRAM, key, settings.telegram_rate, telegram.count, to_telegram)
    if account := sms_credentials(runtime):
        sms.client(http, account)  # loads a large library now rather than before the first message

        async def to_sms(outbound: Outbound) -> Sent:
            return await sms.send(http, account, outbound)

        key = settings.sms_accounts[0].pace_key
        found[Channel.SMS] = Wire(Channel.SMS, key, settings.twilio_rate, sms.parts, to_sms)
    return found


def sms_credentials(runtime: Runtime) -> sms.Credentials | None:
    """The Twilio account, when one is configured."""
    s = runtime.settings
    if not (s.twilio_account and s.twilio_token and s.twilio_from and s.public_url):
        return None
    return sms.Credentials(s.twilio_account, s.twilio_token, s.twilio_from, s.twilio_api, s.public_url)


async def _send_phone(outbound: Outbound) -> Sent:
    return phone.send(outbound)
