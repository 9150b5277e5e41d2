"""HTTP clients for addresses that people typed in, which lead to the public net only."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import aiohttp

MAX_CONNECTIONS = 4


class PrivateAddressError(OSError):
    """An address inside of a private net, or this machine's own."""


def open_outside(seconds: float, *, private: bool = False) -> aiohttp.ClientSession:
    """Open a client that reaches the public net only, wherever names and redirects lead.

    Whoever opens it closes it. With `private` it reaches every net.
    """
    socket_factory = None if private else _public_socket
    connector = aiohttp.TCPConnector(limit=MAX_CONNECTIONS, socket_factory=socket_factory)
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=seconds),
        headers={"User-Agent": "Tammen"},
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def _public_socket(resolved: Any) -> socket.socket:
    """Open a socket for what `getaddrinfo` resolved a name to. Raises PrivateAddressError."""
    family, kind, protocol, _, (host, *_port) = resolved
    if not _is_public(host):
        raise PrivateAddressError("a private address")
    return socket.socket(family, kind, protocol)


def _is_public(host: str) -> bool:
    """Tell whether an address (with its zone, as in `fe80::1%eth0`) is of the public net."""
    number, _, _zone = host.partition("%")
    address: Any = ipaddress.ip_address(number)
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    return bool(address.is_global) and not address.is_multicast
