"""Open HTTP clients for addresses that people typed in: the public net only."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import aiohttp


class PrivateAddressError(OSError):
    """An address inside of a private net, or this machine's own."""


def open_outside(seconds: float, *, private: bool = False) -> aiohttp.ClientSession:
    """A client for addresses that people typed in: to the public net only, wherever names and redirects lead.

    Whoever opens it closes it. `private`: everywhere.
    """
    connector = aiohttp.TCPConnector(limit=4, socket_factory=None if private else _public_socket)
    timeout = aiohttp.ClientTimeout(total=seconds)
    headers = {"User-Agent": "Tammen"}
    return aiohttp.ClientSession(
        connector=connector, timeout=timeout, headers=headers, cookie_jar=aiohttp.DummyCookieJar()
    )


def _public_socket(found: Any) -> socket.socket:
    """A socket for what a name was resolved to (as by getaddrinfo). Raises PrivateAddressError."""
    family, kind, protocol, _, where = found
    address: Any = ipaddress.ip_address(where[0].partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_global or address.is_multicast:
        raise PrivateAddressError("a private address")
    return socket.socket(family, kind, protocol)
