"""Networks of visitors: what counts as one when attempts are counted, and what a page shows."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

SITE_BITS = 64  # of an IPv6 address: one customer has all addresses below it
SHOWN_BITS = {4: 24, 6: 48}


def counted(host: str) -> str:
    """Return what attempts from an address are counted under: it, or its IPv6 network (/64)."""
    address = _address(host)
    if address is None:
        return host
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, SITE_BITS), strict=False))


def shown(host: str) -> str:
    """Return a network coarse enough to show where a session was begun; empty when unknown."""
    address = _address(host)
    if address is None:
        return ""
    return str(ip_network((address, SHOWN_BITS[address.version]), strict=False))


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Read an address; an IPv4 one that is written in IPv6 is itself."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
