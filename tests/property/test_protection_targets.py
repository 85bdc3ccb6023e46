"""Whatever a protection holds: what a target says it expressed is what its own reader finds in its files."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import deployed_pools
import protected_world as sample
from tidegate.adapters.validators.vendors import validate
from tidegate.errors import InputError
from tidegate.protect.adopted import Subjects
from tidegate.protect.protection import protection_of
from tidegate.protect.targets import vendors
from tidegate.world.file.overlay import overlay
from tidegate.world.file.value import value_at

_RATES = st.one_of(
    st.integers(1, 2_000_000).map(float),
    st.floats(1e-4, 1e6, allow_nan=False),
    st.sampled_from([1 / 3, 1 / 60, 0.5, 2.5]),
)
_COUNTS = st.integers(1, 100_000)
_TIMES = st.one_of(st.integers(1, 3_000).map(float), st.integers(1, 100_000).map(lambda ms: ms / 1000))
_LAYER = "clients.workers.retry.layers.0."
_VALUES = {
    "crossings.edge.admission.rate": _RATES,
    "crossings.edge.admission.burst": _COUNTS,
    "crossings.edge.admission.concurrent": st.integers(1, 10_000_000),
    "crossings.edge.admission.on_excess": st.sampled_from(["drop", "reset"]),
    "crossings.edge.admission.per_source": _RATES,
    "crossings.edge.admission.per_source_burst": _COUNTS,
    "crossings.edge.queue_packets": _COUNTS,
    "crossings.edge.table.entries": _COUNTS,
    "crossings.edge.table.closed_hold": _TIMES,
    "crossings.edge.table.unanswered_hold": _TIMES,
    "crossings.edge.table.idle_timeout": _TIMES,
    "crossings.edge.ports.per_destination": _COUNTS,
    "crossings.edge.ports.hold": _TIMES,
    "services.api.connections": _COUNTS,
    "services.api.connections_when_full": st.sampled_from(["refuse", "backlog"]),
    "services.api.queue": st.integers(0, 10_000),
    "services.api.queue_when_full": st.sampled_from(["silent", "visible"]),
    "services.api.autoscaler.least": st.integers(1, 10),
    "services.api.autoscaler.most": st.integers(10, 500),
    "services.api.autoscaler.step": st.integers(1, 300).map(lambda percent: percent / 100),
    "services.api.autoscaler.step_instances": st.integers(1, 100),
    "services.api.autoscaler.interval": _TIMES,
    "services.api.autoscaler.step_period": st.integers(1, 1800).map(float),
    "services.api.autoscaler.step_choice": st.sampled_from(["larger", "smaller"]),
    "services.api.autoscaler.scale_up_delay": st.integers(0, 3600).map(float),
    "services.api.autoscaler.tolerance": st.integers(0, 100).map(lambda percent: percent / 100),
    "services.api.autoscaler.scale_down_delay": _TIMES,
    "activities.grow.batches": st.integers(1, 20),
    "activities.grow.pause": _TIMES,
    "clients.workers.timeout": _TIMES,
    "clients.workers.pool": st.integers(1, 50),
    _LAYER + "attempts": st.integers(1, 10),
    _LAYER + "backoff": st.sampled_from(["none", "constant", "linear", "exponential", "decorrelated"]),
    _LAYER + "base": st.one_of(_TIMES, st.just(0.0)),
    _LAYER + "multiplier": st.floats(1.001, 10).map(lambda ratio: round(ratio, 3)),
    _LAYER + "cap": _TIMES,
    _LAYER + "jitter": st.sampled_from(["none", "full", "equal", "spread"]),
    _LAYER + "jitter_width": st.sampled_from([0.0, 0.2, 0.5]),
    _LAYER + "deadline": _TIMES,
    _LAYER + "budget.tokens": st.one_of(st.integers(1, 2_000).map(float), st.floats(0.1, 2000)),
    _LAYER + "budget.cost": st.sampled_from([1.0, 2.0]),
    _LAYER + "budget.per_success": st.integers(0, 2_000).map(lambda thousandths: thousandths / 1000),
    _LAYER + "budget.floor": st.sampled_from([0.0, 0.5]),
}
CHANGES = st.lists(st.sampled_from(list(_VALUES)), min_size=1, max_size=8, unique=True).flatmap(
    lambda paths: st.fixed_dictionaries({path: _VALUES[path] for path in paths})
)
FILE = sample.world()


def asked(target, changes):
    """What the target makes of the changes, beside the world that has them."""
    protected = overlay(FILE, changes)
    return vendors.named(target).write(protection_of(FILE, changes), FILE, None), protected


@sample.EACH_TARGET
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=CHANGES)
@example(changes={"services.api.autoscaler.least": 5, "activities.grow.batches": 1})
def test_what_is_expressed_reads_back(target, changes):
    """Read after write gives every value expressed: exactly, or nearly where it is noted as rounded."""
    written, protected = asked(target, changes)
    found = {}
    for one in written.files:
        if not one.name.endswith(".md"):
            adopted = vendors.named(target).read(one.text, one.name, Subjects(world=protected.world))
            found |= adopted.overlay()
    again = overlay(protected, found).world
    assert sorted(changes) == sorted([*written.expressed, *(one.path for one in written.not_expressed)])
    for path in written.expressed:
        wanted, has = value_at(protected.world, path), value_at(again, path)
        rounded = any(note.startswith(f"{path} = ") and "is written as" in note for note in written.notes)
        if rounded:
            assert abs(has - wanted) <= max(0.02 * wanted, 1.0) or path.endswith(
                ("burst", "batches", "queue")
            )
        else:
            assert wanted == has, path


@sample.EACH_TARGET
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=CHANGES.filter(lambda changes: len(changes) >= 4))
def test_the_vendor_takes_whatever_is_written(target, changes):
    """The vendor's own validator accepts the files of random protections."""
    written, _ = asked(target, changes)
    found = validate(written.files) if written.files else ()
    absent = [one.says for one in found if one.valid is None]
    if absent and os.environ.get("REQUIRE_PARTS") != "1":
        pytest.skip(absent[0])
    assert [] == [(one.name, one.says) for one in found if not one.valid]


_WORDS = {
    "nftables": [
        "table", "inet", "t", "{", "}", ";", "\n", "chain", "limit", "rate", "over", "5/second", "5/x",
        "burst", "ct", "state", "new", "count", "drop", "jump", '"', "#", "$x", "define", "=", "saddr",
        "net.netfilter.nf_conntrack_max = ", "masquerade", "to", ":1-2", "update @s",
    ],
    "haproxy": [
        "global", "frontend x", "backend tg_api_instances", "maxconn", "maxconnrate", "5", "x", "\n", "'",
        "stick-table store conn_rate(5s)", "conn_rate(q)", "tcp-request connection reject if {",
        "src_conn_rate", "gt", "ge", "server a b maxconn 5 maxqueue 2", "server-template x 1-q", "#",
    ],
    "envoy": [
        "static_resources:", "\n", "  ", "- ", "{", "}", '"@type": a.filters.network.local_ratelimit.v3',
        "token_bucket: {max_tokens: 5, fill_interval: 1s}", "circuit_breakers:", "thresholds:", "name: api",
        "max_connections: 5", "retry_policy:", "cluster: api", "num_retries: x", "per_try_timeout: 0s",
    ],
    "nginx": [
        "stream", "{", "}", ";", "\n", "limit_conn", "limit_conn_zone", "$protocol", "zone=a:1m", "a", "5",
        "upstream", "server", "max_conns=5", "max_conns=x", "zone", '"', "'", "#", "\\",
    ],
    "pgbouncer": [
        "[databases]", "[pgbouncer]", "[x]", "\n", "orders", "api", "*", "=", "host=a", "pool_size=5", "5",
        "x", "max_db_connections=0", "default_pool_size", "max_client_conn", "server_connect_timeout", "'",
        '"', "# services.api.connections", "# clients.workers.pool", "%include x", ";", "pool_mode = session",
    ],
    "kubernetes": [
        "kind: HorizontalPodAutoscaler", "\n", "---", "apiVersion: autoscaling/v2", "spec:", "  ",
        "maxReplicas: 5", "behavior: {scaleUp: {policies: [{type: Pods, value: 2}]}}", "- ", "x: y",
        "scaleTargetRef: {name: api}", "policies: 3", "items: [a]", "metrics: [1]",
    ],
    "grpc": [
        "{", "}", "[", "]", '"methodConfig"', '"retryPolicy"', ":", ",", '"maxAttempts"', "3", '"1s"', "x",
        '"retryThrottling"', '"maxTokens"', '"tokenRatio"', '"timeout"', '"name"', "\n",
    ],
    "aws": [
        "[default]", "[profile x]", "\n", "retry_mode", "=", "standard", "max_attempts", "3", "x", "  ",
        "#", "AWS_MAX_ATTEMPTS=3", "export ", "s3 =",
    ],
}  # fmt: skip
_WORDS |= deployed_pools.WORDS


@sample.EACH_TARGET
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_text_is_too_broken_to_be_told_so(target, data):
    """Whatever stands in a configuration, it is read or refused with the line of each fault."""
    words = data.draw(st.lists(st.one_of(st.sampled_from(_WORDS[target]), st.text(max_size=3)), max_size=30))
    text = data.draw(st.sampled_from([" ", ""])).join(words)
    faults = ()
    found = {}
    try:
        found = vendors.named(target).read(text, "x", Subjects(world=FILE.world)).overlay()
    except InputError as error:
        faults = error.faults
    assert [] == [fault for fault in faults if fault.place is None]
    overlay(FILE, found)
