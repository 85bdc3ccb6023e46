"""Settings of a Linux kernel, TOML, and variables of a task: each number is read, or has its row."""

from __future__ import annotations

import json

import pytest

from tidegate.errors import InputError
from tidegate.gate.command_line import Options
from tidegate.gate.deployed import world_from_files
from tidegate.gate.settings.text import toml_settings

SYSCTL = """\
# of a node
net.netfilter.nf_conntrack_max = 65536
net/netfilter/nf_conntrack_tcp_timeout_time_wait=30
net.core.somaxconn = 1024
net.ipv4.ip_local_port_range = 1024 65535
vm.swappiness = 1
kernel.panic = 5
"""
TOML = """\
[database]
url = "postgres://db.internal/shop"
pool.max_size = 7
[[workers]]
concurrency = 2
[[workers]]
concurrency = 3
limits = [
  1,
  2,
]
"""


def made(*files, through=None):
    return world_from_files([(text, name) for name, text in files], Options(scale="40:120", through=through))


def rows(found):
    return {row.line: (row.means, row.value, row.why) for row in found.read}


@pytest.mark.parametrize("device", ["linux-conntrack", "linux-nat"])
def test_a_linux_machine_in_between_takes_its_table_and_timers(device):
    """With --through it is said whose the file is; the rest of the device stays the catalogue's."""
    plain = made(("app.env", "DB_POOL_SIZE=5\n"), through=device).file.world.crossings["edge"]
    found = made(("app.env", "DB_POOL_SIZE=5\n"), ("99-node.conf", SYSCTL), through=device)
    crossing = found.file.world.crossings["edge"]
    assert (65536, 30.0) == (crossing.table.entries_count, crossing.table.closed_hold_s)
    assert plain.table.unanswered_hold_s == crossing.table.unanswered_hold_s
    assert plain.ports == crossing.ports
    assert ("crossings.edge.table.entries", "65536", "") == rows(found)[2]
    assert "linux-source-ports" in rows(found)[5][2]


def test_source_ports_are_counted_off_their_range():
    """Both ends belong to it."""
    found = made(("sysctl.conf", SYSCTL), through="linux-source-ports")
    assert 64512 == found.file.world.crossings["edge"].ports.per_destination_count
    assert ("crossings.edge.ports.per_destination", "64512") == rows(found)[5][:2]


@pytest.mark.parametrize("device", [None, "aws-nat-gateway"])
def test_where_nobody_says_whose_machine_it_is_each_limit_is_told(device):
    """Nothing of it is in the world; what limits nothing is counted in one row."""
    found, plain = (made(*files, ("app.env", "DB_POOL_SIZE=5\n"), through=device)
                    for files in ([("sysctl.conf", SYSCTL)], []))  # fmt: skip
    assert plain.file.world == found.file.world
    told = {line: row for line, row in rows(found).items() if row[2]}
    assert {2, 3, 4, 5, 6} <= set(told)
    assert "of which machine is not said" in told[2][2]
    assert "accept_backlog" in told[4][2]
    assert "1 more settings" in told[6][2]


@pytest.mark.parametrize(
    "line", ["net.netfilter.nf_conntrack_max = many", "net.ipv4.ip_local_port_range = 9 1"]
)
def test_what_is_no_number_is_told(line):
    """It is never taken for another."""
    found = made(("sysctl.conf", line + "\n"), through="linux-conntrack")
    assert ["is no whole number" if "max" in line else "is no range of ports"] == [
        row.why for row in found.read
    ]


def test_toml_is_read_with_its_lines():
    """Dotted keys, arrays of tables, and what stands inside a value."""
    found = [(one.key, one.value, one.place.line) for one in toml_settings(TOML, "app.toml")]
    assert ("database.pool.max_size", "7", 3) in found
    assert [("workers.0.concurrency", "2", 5), ("workers.1.concurrency", "3", 7)] == found[2:4]
    assert {8} == {line for key, _, line in found if "limits" in key}
    world = made(("app.toml", TOML)).file.world
    assert ({"db_internal"}, 7) == (set(world.services), world.clients["app"].pool_count)


@pytest.mark.parametrize(("text", "line"), [("a = 1\nb = \n", 2), ("a = 1\na = 2\n", 2), ("[" * 5000, 1)])
def test_broken_toml_is_refused_with_its_line(text, line):
    """In the words of Python's own parser."""
    with pytest.raises(InputError) as caught:
        toml_settings(text, "app.toml")
    assert ("is not TOML" in caught.value.faults[0].what, line) == (True, caught.value.faults[0].place.line)


def test_variables_of_a_task_definition_are_its_settings():
    """Names and values, as ECS lists them."""
    env = [{"name": "DATABASE_URL", "value": "postgres://db/x"}, {"name": "DB_POOL_SIZE", "value": "20"}]
    text = json.dumps(
        {"family": "web", "containerDefinitions": [{"name": "web", "environment": env}]}, indent=1
    )
    found = made(("task.json", text))
    assert (20, {"db"}) == (found.file.world.clients["app"].pool_count, set(found.file.world.services))
