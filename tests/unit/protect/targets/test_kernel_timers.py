"""Linux has one timer for the entry of a flow and for its port: written once, read as both."""

from __future__ import annotations

import pytest

from tidegate.protect.adopted import Subjects
from tidegate.protect.protection import protection_of
from tidegate.protect.targets import vendors
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

NAT = "crossings.nat"
SYN_SENT = "net.netfilter.nf_conntrack_tcp_timeout_syn_sent"


def world(limits: str) -> WorldFile:
    return read_world(
        f"networks: {{a: {{}}, b: {{}}}}\ncrossings: {{nat: {{between: [a, b], {limits}}}}}\n"
        "services: {s: {network: b}}\nclients: {c: {network: a, service: s}}\n",
        "nat.yaml",
    )


PORTS = "ports: {per_destination: 2000, hold: 5s}"
STATED = "ports: {per_destination: 2000, hold: 5s, unanswered_hold: 60s}"
TABLE = "table: {entries: 9000}, "


def written(limits: str, **seconds: float):
    changes = {f"{NAT}.{key.replace('__', '.')}": value for key, value in seconds.items()}
    file = world(limits)
    return vendors.named("nftables").write(protection_of(file, changes), file)


def text_of(done) -> str:
    return "".join(one.text for one in done.files if one.name.endswith(".sysctl.conf"))


def test_a_hold_of_unanswered_ports_is_the_kernels_timer_of_such_flows() -> None:
    """The port alone, or with its entry where both are set to the same."""
    assert f"{SYN_SENT} = 20" in text_of(written(PORTS, ports__unanswered_hold=20.0))
    both = written(TABLE + PORTS, ports__unanswered_hold=20.0, table__unanswered_hold=20.0)
    assert 1 == text_of(both).count(f"{SYN_SENT} = 20")
    assert not both.not_expressed


def test_two_times_for_one_timer_are_refused_and_what_follows_is_told() -> None:
    """Of two times the entry has its own; where the world states one for ports, they follow all the same."""
    two = written(TABLE + PORTS, ports__unanswered_hold=20.0, table__unanswered_hold=30.0)
    assert f"{SYN_SENT} = 30" in text_of(two)
    assert [f"{NAT}.ports.unanswered_hold"] == [one.path for one in two.not_expressed]
    noted = written(TABLE + STATED, table__unanswered_hold=30.0)
    assert any("one timer for unanswered flows and ports" in note for note in noted.notes)
    assert not any("unanswered" in note for note in written(TABLE + PORTS, table__unanswered_hold=30.0).notes)


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        (PORTS, {f"{NAT}.ports.unanswered_hold": 20}),
        (TABLE + PORTS, {f"{NAT}.table.unanswered_hold": 20}),
        (TABLE + STATED, {f"{NAT}.table.unanswered_hold": 20, f"{NAT}.ports.unanswered_hold": 20}),
    ],
)
def test_the_kernels_timer_is_read_as_that_of_entries_and_ports(limits: str, found: dict[str, int]) -> None:
    """Left out in the world, ports go by the table; without a table there is nothing else to read it as."""
    text = f"# crossings.nat.\n{SYN_SENT} = 20\n"
    adopted = vendors.named("nftables").read(text, "nat.conf", Subjects(world=world(limits).world))
    assert found == adopted.overlay()
