"""HTTP clients for addresses that people typed in, which lead to the public net only."""

from __future__ import annotations

import ipaddress
import socket
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import aiohttp

MAX_CONNECTIONS = 4
IPV4_BYTES = 4
UNICAST = ipaddress.ip_network("2000::/3")  # all that IANA has given out (RFC 4291)
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 from networks without it (RFC 6052)
RELAYS_TO_IPV6 = ipaddress.ip_network("192.88.99.0/24")  # RFC 7526


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
    address = ipaddress.ip_address(number)
    if isinstance(address, IPv6Address):
        return _is_public_v6(address)
    return _is_public_v4(address)


def _is_public_v4(address: IPv4Address) -> bool:
    is_relay = address in RELAYS_TO_IPV6
    return address.is_global and not address.is_multicast and not is_relay


def _is_public_v6(address: IPv6Address) -> bool:
    """Tell whether an address is of the net in use today, and no tunnel to an IPv4 address.

    Python calls much global that leads inside: 64:ff9b::10.0.0.1, ::127.0.0.1, fec0::1.
    """
    if address.ipv4_mapped is not None:
        return _is_public_v4(address.ipv4_mapped)
    if address in TRANSLATED:
        return _is_public_v4(IPv4Address(address.packed[-IPV4_BYTES:]))
    is_tunnel = address.sixtofour is not None or address.teredo is not None
    return address in UNICAST and address.is_global and not is_tunnel
