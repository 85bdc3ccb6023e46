"""Which addresses of machines may be reached? Public ones alone, whatever form they are written in.

Whoever asks for notices names the receiver; without this rule they could make us call what only we can
reach (SSRF). An operator may name networks that are reached all the same. There is no other rule: notices,
probes and identity ask this one. Resolving names must not live
here: what is checked is the address that is then connected to.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_CLOSED = tuple(
    ip_network(text)
    for text in (
        # Not public, or only for a special purpose: IANA's registries of special addresses, RFC 6890.
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        # Public by its number, but answered by the host below: Azure's platform address.
        "168.63.129.16/32",
        "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
        "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_PRIVATE = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)
_NEVER = tuple(
    ip_network(text)
    for text in (
        # Where clouds tell a machine its secrets, and what is no machine's own address: no network that an
        # operator names is meant to hold these.
        "169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "168.63.129.16/32", "0.0.0.0/8", "::/128",
        "224.0.0.0/4", "ff00::/8", "255.255.255.255/32",
    )
)  # fmt: skip
_WRAPPING = (
    # Their last 32 bits are an IPv4 address that is meant: mapped (RFC 4291), and NAT64 (RFC 6052), by which
    # networks without IPv4 reach public hosts.
    IPv6Network("::ffff:0:0/96"),
    IPv6Network("64:ff9b::/96"),
)


def read_address(text: str) -> Address | None:
    """Return the address that an exact numeric text means; None for anything else."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def may_reach(address: Address, allowed: Sequence[Network] = (), *, may_be_private: bool = False) -> bool:
    """Whether an address may be reached.

    Parameters
    ----------
    address
        The address that would be connected to.
    allowed
        Networks that are reached although they are not public.
    may_be_private
        Whether every private network is: only where an operator, not a stranger, named the host.
    """
    meant = _meant(address)
    if _is_in(meant, _NEVER):
        return False
    return (
        _is_in(meant, allowed) or not _is_in(meant, _CLOSED) or (may_be_private and _is_in(meant, _PRIVATE))
    )


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an operator named the network of an address."""
    return _is_in(_meant(address), allowed)


def _meant(address: Address) -> Address:
    """Return what an address stands for: the IPv4 address it wraps, otherwise itself."""
    if isinstance(address, IPv4Address):
        return address
    plain = IPv6Address(int(address))  # without a zone
    if any(plain in network for network in _WRAPPING):
        return IPv4Address(int(plain) & 0xFFFF_FFFF)
    return plain


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
