"""Whatever a file holds, it reads or is refused; numbers and worlds survive writing."""

from __future__ import annotations

from time import process_time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidegate.errors import InputError
from tidegate.world.file.quantity import format_quantity, parse_quantity
from tidegate.world.file.read import from_document, read_world
from tidegate.world.file.write import write_world

GOOD = """\
name: demo
horizon: 5min
networks: {internal: , main: {title: NO}}
crossings:
  edge: {between: [internal, main], device: linux-conntrack, setup: {value: 60k/s, low: 30k/s, high: 120k/s}}
services:
  db: {network: main, instances: 3, calls: [], queue: unlimited}
  api: {network: internal, calls: [{service: db, retry: slow}]}
clients:
  web: {network: main, service: api, connection: pool, pool: 20, retry: [immediate, {attempts: 4, base: 1s}]}
retry_policies: {slow: {layers: [{retries: 2}]}, slower: [slow, slow]}
activities: {grow: {service: db, to: 6, reactions: [{clients: web, reconnect: 50%}]}}
triggers: {spike: {at: 20s, for: 10s, set: {clients.web.retry: none, services.db.instances: 1}}}
beliefs: {b: {says: x, counter: {clients.web.retry: immediate}}}
objectives: {recover_within: 1min}
"""
MOST_S = 2.0
WORDS = st.sampled_from(
    [
        *"{}[],:&*!|>%@`'\"#?-",
        "\n",
        "  ",
        "none",
        "1s",
        "-5",
        "1e9",
        "&a ",
        "*a",
        "? ",
        "- ",
        "<<: ",
        "db",
        "slow",
        "web",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS
KEYS = st.sampled_from(
    [
        "networks",
        "services",
        "clients",
        "crossings",
        "retry",
        "layers",
        "device",
        "between",
        "set",
        "value",
        "a",
    ]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def reads_or_refuses(read):
    start_s = process_time()
    faults = ()
    try:
        read()
    except InputError as error:
        faults = error.faults or (None,)
    assert process_time() - start_s < MOST_S
    assert len(faults) <= 51
    assert all(str(fault).replace("\n", "").isprintable() for fault in faults)
    assert None not in faults


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_read_or_are_refused(data):
    """No byte string makes a traceback."""
    reads_or_refuses(lambda: read_world(data.decode("utf-8", "surrogateescape"), "w.yaml"))


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), WORDS), min_size=1, max_size=4))
def test_any_mangled_file_reads_or_is_refused(cuts):
    """A good file with pieces cut out and others put in is never more than a list of faults."""
    text = GOOD
    for start, length, word in cuts:
        text = text[:start] + word + text[start + length :]
    reads_or_refuses(lambda: read_world(text, "w.yaml"))


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, TREES, max_size=4))
def test_any_tree_reads_or_is_refused(tree):
    """Trees that are built are judged like texts."""
    reads_or_refuses(lambda: from_document(tree, "built"))


@settings(deadline=None)
@given(
    st.floats(0.0, 1e15, allow_subnormal=False) | st.integers(0, 10**9).map(float),
    st.sampled_from(["s", "per_s", "ratio", "count"]),
)
def test_every_number_survives_being_written(value, unit):
    """A quantity written and read again is the same float."""
    assert value == parse_quantity(format_quantity(value, unit), unit)


@settings(deadline=None)
@given(
    horizon_s=st.floats(60.0, 604800.0),
    instances=st.integers(0, 10**6),
    rate=st.floats(1e-3, 1e9),
    title=st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), max_size=30
    ),
)
def test_every_world_survives_being_written(horizon_s, instances, rate, title):
    """A built tree and its text are the same world."""
    tree = {
        "title": title,
        "horizon": horizon_s,
        "networks": {"a": {}},
        "services": {"s": {"network": "a", "instances": instances, "title": title}},
        "clients": {"c": {"network": "a", "service": "s", "demand": {"kind": "open", "rate": rate}}},
    }
    assert from_document(tree, "x").world == read_world(write_world(tree), "x").world
