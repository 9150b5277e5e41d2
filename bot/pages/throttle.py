"""How long somebody waits before we look at what they say to prove who they are."""

from __future__ import annotations

from starlette.requests import Request

from bot.consular.staff import devices, emails
from bot.pages import cookies, networks, origins
from bot.runtime.runtime import Runtime
from bot.signals import attempts, knocks
from bot.signals.knocks import Knocker

MAX_TRIES_OF_NETWORK = 50  # of browsers that never were inside, on all accounts together
WINDOW_SECONDS = 900


async def wait_seconds(
    runtime: Runtime,
    request: Request,
    email: str,
    purpose: str,
) -> int:
    """Count one try on an account; return the seconds to wait, 0 when it may be looked at.

    `purpose` keeps passwords and second factors apart.
    """
    knocker = _knocker(
        runtime,
        request,
        email,
        purpose,
    )
    if knocker.is_stranger and not await _may_try_from(runtime, request):
        return WINDOW_SECONDS
    return await knocks.knock(runtime.redis, knocker)


def is_stranger(runtime: Runtime, request: Request, email: str) -> bool:
    """Tell whether the account was never opened in the browser of a request."""
    mark = cookies.read(runtime, request, cookies.DEVICE)
    return not devices.is_known(runtime.keyring, mark, email)


async def welcome(
    runtime: Runtime,
    request: Request,
    email: str,
    purpose: str,
) -> None:
    """Forget the tries of somebody who proved to be right."""
    knocker = _knocker(
        runtime,
        request,
        email,
        purpose,
    )
    await knocks.welcome(runtime.redis, knocker)


def _knocker(
    runtime: Runtime,
    request: Request,
    email: str,
    purpose: str,
) -> Knocker:
    """Name who tries, by digests: Redis sees nothing else."""
    account = emails.normalised(email)
    door = _digest(runtime, account, purpose)
    if is_stranger(runtime, request, email):
        return Knocker(
            door=door,
            name=_network(runtime, request),
            is_stranger=True,
        )
    mark = cookies.read(runtime, request, cookies.DEVICE)
    return Knocker(
        door=door,
        name=_digest(runtime, mark, "known browser"),
        is_stranger=False,
    )


async def may_ask(runtime: Runtime, request: Request, purpose: str, limit: int) -> bool:
    """Count one question from a network; return whether it is among the first of a window."""
    network = _network(runtime, request)
    return await attempts.allow(
        runtime.redis,
        f"{purpose}:{network}",
        limit,
        WINDOW_SECONDS,
    )


async def _may_try_from(runtime: Runtime, request: Request) -> bool:
    return await may_ask(runtime, request, "sign-in-from", MAX_TRIES_OF_NETWORK)


def _network(runtime: Runtime, request: Request) -> str:
    host = origins.host(request)
    network = networks.counted(host)
    return _digest(runtime, network, "network")


def _digest(
    runtime: Runtime,
    plain: str,
    purpose: str,
) -> str:
    digest = runtime.keyring.index(plain, purpose.encode())
    return digest.hex()
