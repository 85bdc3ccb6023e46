"""No file makes reading run on: what would is refused, and a larger one takes no more than its share."""

from __future__ import annotations

import gc
import time
from contextlib import suppress

import pytest

import tidegate
from large_files import LARGE, made
from tidegate.errors import CannotTellError, InputError
from tidegate.gate.change.judged import planned
from tidegate.gate.changes import read_changes
from tidegate.gate.command_line import Options
from tidegate.gate.deployed import world_from_files
from tidegate.verbs.adopt import Adopt, adopt

WORLD = """
networks: {inside: {}, outside: {}}
crossings: {edge: {between: [inside, outside], forwarding: 2570/s}}
services: {api: {network: outside, instances: 4, concurrency: 32}}
clients: {workers: {network: inside, service: api, population: 60, timeout: 500ms}}
"""
SMALL, LARGER = 20_000, 80_000
ALLOWED, NOISE_S = 10.0, 0.5
"""Four times the size: a quadratic reader takes 16 times as long."""


def given(way, called, text):
    if way == "changes":
        for plan in read_changes([(text, called)]):
            planned(plan, tidegate.load("everyday_nat"))
    elif way == "check":
        world_from_files([(text, called)], Options(scale="4:9"))
    else:
        adopt(Adopt(world_text=WORLD, world_source="world.yaml", text=text, source=called))


def read(name, size):
    file = tuple(made(name, size))
    gc.disable()  # what other tests have left in memory is not this one's to look through
    began_s = time.process_time()
    try:
        with suppress(InputError, CannotTellError):
            given(*file)
        return time.process_time() - began_s
    finally:
        gc.enable()


@pytest.mark.parametrize("name", LARGE)
def test_reading_takes_no_more_than_its_share(name):
    """Measured in the processor's time, beside a small one of its kind."""
    small_s, larger_s = (min(read(name, size) for _ in range(2)) for size in (SMALL, LARGER))
    assert larger_s < max(ALLOWED * small_s, NOISE_S)


@pytest.mark.parametrize(
    ("name", "size", "what"),
    [
        ("iptables-save", 160_000, "too many rules that limit"),
        ("environment file", 9_000_000, "too many lines"),
        ("environment file of URLs", 160_000, "too many pools"),
        ("TOML", 1_100_000, "is too large"),
        ("Python with SQLAlchemy", 1_100_000, "is too large"),
        ("YAML, nested deeply", 160_000, "nested too deeply"),
        ("YAML, aliases of aliases", 1, "too many values"),
    ],
)
def test_what_would_run_on_is_refused_and_named(name, size, what):
    """Never read in part without a word."""
    with pytest.raises(InputError, match=what):
        given(*made(name, size))


def test_what_is_too_much_says_which_part_is_enough():
    """A refusal for its size ends in what to give instead: the command that prints less."""
    kept = '{"items": [' + ",".join(["{}"] * 1_000_001) + "]}"
    dump = '{"configs": [{"@type": "envoy.admin.v3.ClustersConfigDump"},' + ",".join(["0"] * 1_000_001) + "]}"
    many = "---\nkind: ConfigMap\n" * 501
    for way, called, text, instead in (
        (
            "check",
            "list.json",
            '{"apiVersion": "v1", "kind": "List", ' + kept[1:],
            "kubectl get deployment,hpa",
        ),
        ("check", "many.yaml", "apiVersion: v1\n" + many, "kubectl get deployment,hpa"),
        ("adopt", "dump.json", dump, "/config_dump?"),
    ):
        with pytest.raises(InputError, match="too many") as refused:
            given(way, called, text)
        assert instead in str(refused.value)
    one = '{"configs": [{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "api"}]}'
    with pytest.raises(CannotTellError, match="nothing that a world has a key for"):
        given("adopt", "part.json", one)
