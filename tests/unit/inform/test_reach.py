"""Which addresses of machines a notice may go to."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from tidegate.inform.reach import is_allowed, may_reach, read_address


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.31.255.255", "192.168.0.1",  "169.254.169.254",  # noqa: S104
        "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1",
        "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe",
        "::ffff:0:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:101:101::",
        "64:ff9b:1::101:101", "2001:0:53aa:64c::1",
        "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1", "100::1",
        "::ffff:168.63.129.16",
    ],
)  # fmt: skip
def test_what_is_not_public_is_not_reached(text):
    """Loopback, private, link-local, metadata and multicast addresses, also wrapped in IPv6."""
    assert not may_reach(read_address(text))


@pytest.mark.parametrize(
    "text",
    ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"],
)
def test_what_is_public_is_reached(text):
    """Public addresses in either family, and public ones wrapped."""
    assert may_reach(read_address(text))


def test_a_network_that_the_operator_named_is_reached_in_every_form():
    """Its own addresses, plain and wrapped; no others."""
    allowed = [ip_network("10.1.0.0/16")]
    assert may_reach(ip_address("10.1.2.3"), allowed)
    assert may_reach(ip_address("::ffff:10.1.2.3"), allowed)
    assert not may_reach(ip_address("10.2.0.1"), allowed)
    assert is_allowed(ip_address("10.1.2.3"), allowed)
    assert not is_allowed(ip_address("1.1.1.1"), allowed)


@pytest.mark.parametrize(
    "text", ["localhost", "0x7f000001", "2130706433", "127.1", "0177.0.0.1", "①27.0.0.1", ""]
)
def test_a_number_in_another_form_is_no_address_but_a_name(text):
    """It is resolved like any name, and what it resolves to is what is checked."""
    assert read_address(text) is None
