"""Where does a request come from, as far as limits go? One machine may have very many addresses."""

from __future__ import annotations

import ipaddress

from starlette.requests import Request


def network_of(host: str) -> str:
    """Return an address, of IPv6 its network of 64 bits; IPv4 that is written as IPv6 is IPv4."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:60]
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))


def network(request: Request) -> str:
    """Return who asks."""
    return network_of(request.client.host if request.client else "")
