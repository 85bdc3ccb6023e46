"""However a private address is written or wrapped, no notice goes there."""

from __future__ import annotations

import asyncio
import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tidegate.adapters.channels.guard import ForbiddenError, Guard
from tidegate.inform.reach import may_reach, read_address
from tidegate.inform.wish import read_url

PRIVATE = st.one_of(
    *(
        st.ip_addresses(v=4, network=net)
        for net in ("127.0.0.0/8", "10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16")
    )
)
WRAPS = st.sampled_from(
    [
        "::ffff:{}", "::ffff:0:{}", "64:ff9b::{}", "64:ff9b:1::{}", "::{}", "{}",
    ]
)  # fmt: skip


@given(address=PRIVATE, wrap=WRAPS)
def test_wrapping_hides_nothing(address, wrap):
    """Mapped, translated, compatible and plain: all are refused."""
    assert not may_reach(ipaddress.ip_address(wrap.format(address)))


@given(address=PRIVATE)
def test_six_to_four_hides_nothing(address):
    """An address of 6to4 carries the private one in its upper half."""
    number = (0x2002 << 112) | (int(address) << 80) | 1
    assert not may_reach(ipaddress.IPv6Address(number))


@given(st.ip_addresses())
@example(ipaddress.ip_address("168.63.129.16"))
@example(ipaddress.ip_address("::ffff:1.1.1.1"))
def test_what_the_library_calls_not_global_is_not_reached(address):
    """We refuse at least what the standard library knows not to be public."""
    mapped = getattr(address, "ipv4_mapped", None)
    if not (mapped or address).is_global or address.is_multicast:
        assert not may_reach(address)


def forms(address: ipaddress.IPv4Address) -> list[str]:
    """One address as people and attackers write it."""
    number, parts = int(address), str(address).split(".")
    return [
        str(address), str(number), hex(number), oct(number).replace("0o", "0"),
        ".".join(hex(int(part)) for part in parts), ".".join(f"0{int(part):o}" for part in parts),
        f"{parts[0]}.{number & 0xFFFFFF}", f"{parts[0]}.{parts[1]}.{number & 0xFFFF}",
        f"[::ffff:{address}]", f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]",
    ]  # fmt: skip


@given(address=PRIVATE, which=st.integers(0, 9))
def test_no_form_of_a_number_passes_the_guard(address, which):
    """Whatever the resolver makes of it, the address it gives is refused; what nobody reads is none."""
    url = read_url(f"https://{forms(address)[which]}/")
    assert url is not None

    async def run():
        guard = Guard()
        try:
            return await guard.addresses(url.host, url.port, is_encrypted=True)
        finally:
            guard.close()

    with pytest.raises((ForbiddenError, OSError)):
        asyncio.run(run())


@given(st.lists(st.ip_addresses(), min_size=1, max_size=4))
def test_the_guard_gives_only_addresses_that_may_be_reached(addresses):
    """All addresses of a name may be reached, or none is given."""

    async def run():
        guard = Guard(resolve=lambda _host, _port: [str(one) for one in addresses])
        try:
            return await guard.addresses("a.example.org", 443, is_encrypted=True)
        except ForbiddenError:
            return ()
        finally:
            guard.close()

    given_out = asyncio.run(run())
    assert all(may_reach(read_address(one)) for one in given_out)
    assert bool(given_out) is all(may_reach(one) for one in addresses)
