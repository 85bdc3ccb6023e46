"""`tidegate discover` with what sysctl or /proc say of the NAT: its table and timers, as measured there."""

from __future__ import annotations

import random

import pytest

from recorded_flows import Drawn
from run_here import run_here
from tidegate.world.file.read import read_world

SYSCTL = """
kernel.ostype = Linux
net.ipv4.ip_local_port_range = 32768	60999
net.netfilter.nf_conntrack_count = 1200
net.netfilter.nf_conntrack_max = 131072
net.netfilter.nf_conntrack_tcp_timeout_established = 86400
net.netfilter.nf_conntrack_tcp_timeout_syn_sent = 60
net.netfilter.nf_conntrack_tcp_timeout_time_wait = 30
"""


def as_proc(*, is_headed):
    """Return the same as the files of /proc/sys are printed."""
    lines = [one.partition(" = ") for one in SYSCTL.splitlines() if one]
    paths = [(f"/proc/sys/{key.replace('.', '/')}", value) for key, _, value in lines]
    return "\n".join(f"==> {p} <==\n{v}\n" if is_headed else f"{p}:{v}" for p, v in paths) + "\n"


PRINTED = {
    "sysctl -a": lambda: SYSCTL,
    "grep -r .": lambda: as_proc(is_headed=False),
    "tail -n +1": lambda: as_proc(is_headed=True),
    "grep . in its folder": lambda: "\n".join(
        one.removeprefix("net.netfilter.").replace(" = ", ":") for one in SYSCTL.splitlines()
        if one.startswith("net.netfilter")
    ),
}  # fmt: skip


@pytest.fixture(name="folder")
def recorded(tmp_path):
    """Return a folder with two minutes of flows whose closed entries are held for 30 s."""
    drawn = Drawn(random.Random(3), 120.0, hold_s=30.0)  # noqa: S311  a record that is drawn
    for i in range(1, 9):
        drawn.kept_before(f"10.0.0.{i}", ("10.1.0.7", 5432), 4)
    drawn.opened([f"10.0.0.{i}" for i in range(1, 9)], ("10.1.0.6", 80), 20.0, 0.02)
    (tmp_path / "e.txt").write_text(drawn.events())
    (tmp_path / "d.txt").write_text(drawn.dump())
    return tmp_path


def discovered(folder, text, *words):
    (folder / "nat.txt").write_text(text)
    return run_here(folder, "discover", "e.txt", "d.txt", "nat.txt", "--no-rank", *words)


def one_line(text):
    return " ".join(text.split())


@pytest.mark.parametrize("printed", PRINTED)
def test_a_running_kernels_numbers_are_the_crossings(folder, printed):
    """Table and timers are measured, with where they stood; no conflict where the flows say the same."""
    done = discovered(folder, PRINTED[printed]())
    assert 0 == done.returncode, done.stderr
    known = read_world(done.stdout, "world").estimates
    wanted = {"entries": 131_072, "idle_timeout": 86_400, "unanswered_hold": 60, "closed_hold": 30}
    for key, value in wanted.items():
        one = known[f"crossings.nat.table.{key}"]
        assert ("measured", value, value, value) == (one.basis, one.value, one.low, one.high), key
        assert one.source.startswith("nat.txt, read on"), one.source
        assert "net.netfilter.nf_conntrack_" in one.source
    assert "is said to be" not in one_line(done.stderr)
    assert "nat.txt is taken to be of nat, the only Linux machine" in one_line(done.stderr)
    assert "entries that stood in the table when it was read" in one_line(done.stderr)


def test_the_ports_of_the_machine_itself_are_not_those_of_what_it_translates(folder):
    """A NAT's own range of ports limits a proxy, and is said not to be used; of a proxy it is its limit."""
    done = discovered(folder, SYSCTL)
    assert "ports of what the machine itself connects to" in one_line(done.stderr)
    done = discovered(folder, SYSCTL, "--device", "linux-source-ports")
    assert 0 == done.returncode, done.stderr
    ports = read_world(done.stdout, "world").estimates["crossings.nat.ports.per_destination"]
    assert ("measured", 28_232) == (ports.basis, ports.value)


def test_a_timer_that_the_flows_show_otherwise_is_told(folder):
    """Thirty seconds were seen, and two minutes are set: both stay, as a range."""
    done = discovered(folder, SYSCTL.replace("time_wait = 30", "time_wait = 120"))
    hold = read_world(done.stdout, "world").estimates["crossings.nat.table.closed_hold"]
    assert (120, 120) == (hold.value, hold.high)
    assert 29 < hold.low < 31
    assert "Mind: nat: table.closed_hold is said to be 120 (nat.txt" in one_line(done.stderr)


def test_a_table_smaller_than_what_stood_in_it_is_told(folder):
    """A dump has more entries than the kernel's table: it is of another machine."""
    done = discovered(folder, SYSCTL.replace("131072", "16"))
    assert "the table is said to have 16 entries (nat.txt" in one_line(done.stderr)
    assert "these are two machines" in one_line(done.stderr)
