"""Rows of the engine's memory: their columns have names, units and meanings, and links lead to rows."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np

from tidegate.simulate.kernels.nouns import (
    Client,
    Exchange,
    Population,
    Request,
)
from tidegate.simulate.kernels.row import NOUNS, Amount, Column, Link
from tidegate.simulate.memory import with_addresses

UNITS = (
    "_ns",
    "_count",
    "_ppm",
    "_ppb",
    "_ratio",
    "_millionths",
    "_at",
    "_words",
    "_per_ns",
    "_per_s",
    "_bytes",
    "_packets",
    "_ps",
)
YES_OR_NO = re.compile(r"^(1: |1, no )|; 1: |: 1: ")
UNITLESS = {
    "Act": {"kind", "payload"},
    "Circuit": {"half"},
    "Crossing": {"first_device_number", "in_bin", "epoch"},
    "Device": {"when_table_full", "when_ports_full", "first_place", "stray_chain", "away_epoch"},
    "Effect": {"kind"},
    "Event": {"order", "payload", "links"},
    "Exchange": {"flags", "devices", "among", "source", "serial", "epoch"},
    "Head": {"sequence", "bin", "bucket_shift", "bucket", "status", "generation", "epoch", "waves_end"}
    | {"transfers_turn"},
    "Layer": {"backoff", "jitter", "ended_by", "law"},
    "OldHold": {"source"},
    "Place": {"packet"},
    "Pool": {"free", "following", "full_from"},
    "Population": {"kind", "policy", "number", "in_bin", "direct", "opening", "next_serial", "chain"}
    | {"turned", "think_law", "timeout_law"},
    "Request": {"policy", "generation", "serial", "retries", "parent", "asked_for"},
    "Service": {"law", "signal", "second_signal", "when_down", "number", "rule", "sickness"}
    | {"pace_down", "pace_up"},
    "Wave": {"kind", "policy", "offset"},
}
"""Columns that hold no amount: a kind, a number by which something is known, an address, something packed."""


def test_every_column_says_what_stands_there() -> None:
    """One sentence for each, with a capital and a full stop."""
    for noun in NOUNS.values():
        for name, field in noun.FIELDS.items():
            assert re.fullmatch(r"[A-Z0-9].*\.", field.meaning), f"{noun.__name__}.{name}"


def test_every_amount_names_its_unit() -> None:
    """What is no link, no yes or no, and no name or address ends in its unit."""
    unnamed: dict[str, set[str]] = {}
    for noun in NOUNS.values():
        for name, field in noun.FIELDS.items():
            amount = isinstance(field, Column | Amount) and not YES_OR_NO.search(field.meaning)
            if amount and not name.endswith(UNITS):
                unnamed.setdefault(noun.__name__, set()).add(name)
    assert UNITLESS == unnamed


def test_a_row_is_a_place_in_memory() -> None:
    """Read and written by name; a link leads to a row, and to none where its number is -1."""
    memory = np.zeros(200, dtype=np.int64)
    exchange, request = Exchange(memory, 40), Request(memory, 100)
    exchange.request, exchange.sent_ns = request, 7
    request.exchange = -1
    assert 100 == memory[40 + Exchange.request]
    assert 7 == exchange.sent_ns == memory[40 + Exchange.sent_ns]
    assert exchange.request.at == request.at
    assert exchange.request.exists
    assert not request.exchange.exists
    assert 100 + 2 * Request.SIZE == request.on(2).at


def test_a_part_is_a_row_within_a_row_and_another_name_the_same_column() -> None:
    """A pool's stacks stand in their population; a boot's count in the column of a client's."""
    memory = np.zeros(100, dtype=np.int64)
    population = Population(memory, 10)
    population.connected.places_count = 3
    assert 3 == memory[10 + Population.connected + 1]
    assert int(Population.unconnected) == Population.connected + 2
    assert Client.held_count == Client.name_until_ns
    assert Client.up_ns == Client.next_free


def test_numbers_of_rows_become_addresses() -> None:
    """As the nouns declare it; -1 and the marks below it stay, and the table as well."""
    table = np.zeros((1, 2, Population.PARAMETERS), dtype=np.int64)
    table[0, :, Population.service] = [0, 3]
    table[0, :, Population.lookup] = [-1, 1]
    table[0, :, Population.way + 1] = [2, 0]
    table[0, :, Population.syn_at] = [0, 5]
    table[0, :, Population.timeout_stretches_at] = [6, 0]
    bases = {"Service": 1000, "Population": 2000, "Crossing": 3000, "syn": 500, "laws": 700}
    found = with_addresses(table, Population, bases)
    service, population, crossing = (NOUNS[name].SIZE for name in ("Service", "Population", "Crossing"))
    assert [1000, 1000 + 3 * service] == found[0, :, Population.service].tolist()
    assert [-1, 2000 + population] == found[0, :, Population.lookup].tolist()
    assert [3000 + 2 * crossing, 3000] == found[0, :, Population.way + 1].tolist()
    assert [500, 505] == found[0, :, Population.syn_at].tolist()
    assert [706, 700] == found[0, :, Population.timeout_stretches_at].tolist()
    assert 0 == table[0, 0, Population.service]


def test_every_link_leads_to_a_noun() -> None:
    """A link to what is not declared would be found only when a kernel is compiled."""
    fields = [field for noun in NOUNS.values() for field in noun.FIELDS.values()]
    assert {field.to for field in fields if isinstance(field, Link)} <= set(NOUNS)


MIXED_UP = """
import numpy as np
from tidegate.simulate.kernels.compile import njit, pointer
from tidegate.simulate.kernels.nouns import Device, Exchange

@njit()
def mix_up(memory):
    m = pointer(memory)
    Exchange(m, 0).population = Device(m, 50)

try:
    mix_up(np.zeros(100, dtype=np.int64))
except Exception as error:
    print(error)
"""


def test_a_kernel_that_mixes_up_two_nouns_does_not_compile() -> None:
    """A device is no population."""
    done = subprocess.run(
        [sys.executable, "-c", MIXED_UP],
        env=os.environ | {"TIDEGATE_ENGINE": "numba"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Cannot cast row of Device to row of Population" in done.stdout
