"""What a probe writes can be read by a world, and says what it does not know."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
import yaml
from wire import answered, packet, trial

from synthetic_client import seen
from tidegate.errors import InputError
from tidegate.present.probe_text import probe_text
from tidegate.probe.backoff_law import Interval
from tidegate.probe.catalogue_entry import Origin, entries_of, merged, quantity, refuse_name
from tidegate.probe.command import filled_in, refuse_command
from tidegate.probe.identify import Finding, identify
from tidegate.probe.situation import situations_for
from tidegate.world.file.measured import read_measured
from tidegate.world.file.read import read_world
from tidegate.world.retry import RetryLayer, RetryPolicy

ORIGIN = Origin(name="it", command="client {url}", measured_on="2026-11-23", runs_count=3, seconds=20.0)
POLICY = RetryPolicy(layers=(RetryLayer(retries_count=4, base_s=0.2, jitter="equal"),))
WORLD = """
networks: {here: {}}
services: {api: {network: here, concurrency: 10}}
clients: {app: {network: here, service: api, retry: measured/it}}
"""


@pytest.fixture(scope="module")
def finding() -> Finding:
    draw = Random(2)  # noqa: S311  a client, not a secret
    refusing = [seen(POLICY, watched_s=60.0, draw=draw) for _ in range(3)]
    healthy = trial("healthy", answered(0.0, 4000), ended_s=0.01, watched_s=0.01)
    resetting = [seen(RetryPolicy(layers=()), watched_s=60.0, draw=draw, situation="resetting")] * 3
    return identify(
        [healthy, *refusing, *resetting, trial("silent", [packet(0.0, "out", "S")])], "http", seed=1
    )


def test_an_entry_is_read_by_a_world(finding):
    """Written as YAML and read back, the policy holds the true numbers within its intervals."""
    text = yaml.safe_dump(entries_of(finding, ORIGIN))
    file = read_world(WORLD, "world.yaml", measured=read_measured(text, "measured.yaml"))
    (layer,) = file.world.clients["app"].retry.layers
    assert (4, "exponential") == (layer.retries_count, layer.backoff)
    multiplier = file.estimates["retry_policies.measured/it.layers.0.multiplier"]
    assert multiplier.low <= 2.0 <= multiplier.high


def test_an_entry_has_the_catalogues_shape(finding):
    """What the catalogue states of an entry stands in each; each kind of behaviour has one."""
    entries = entries_of(finding, ORIGIN)
    assert ["it", "it-resetting"] == list(entries)
    for entry in entries.values():
        assert {"title", "version", "source", "read_on", "tag", "note", "tree"} <= entry.keys()
        assert ("measured", "2026-11-23") == (entry["tag"], entry["read_on"])


@pytest.mark.parametrize(("honours", "said"), [(True, "obey"), (False, "ignore"), (None, None)])
def test_an_entry_says_whether_retry_after_is_honoured(finding, honours, said):
    """Told in the innermost layer, which reads the answer, where it is known; left out where it is not."""
    entry = entries_of(replace(finding, honours_retry_after=honours), ORIGIN)["it"]
    layers = entry["tree"]["layers"]
    assert said == layers[0].get("retry_after")
    assert all("retry_after" not in layer for layer in layers[1:])


def test_what_is_not_known_is_written_down(finding):
    """The attempt that never ended is named, and no time-out is made up for it."""
    entry = entries_of(finding, ORIGIN)["it"]
    assert any("still under way after 10 s [silent]" in why for why in entry["not_identified"])
    assert "connect_timeout" not in entry["clients"]


def test_the_answer_begins_with_the_finding(finding):
    """First the client, then the one sentence to read, then a line a situation."""
    text = probe_text(finding, ORIGIN, names=("it",), file="measured.yaml", width=100)
    lines = [line for line in text.splitlines() if line]
    assert lines[0].startswith("it · client {url} · 3 runs")
    assert (
        "  Does not try again when connections are reset; backs off when connections are refused." == lines[1]
    )
    assert all(len(line) <= 100 for line in lines)
    assert "retry: measured/it" in lines[-1]


def test_ends_are_rounded_outwards():
    """Rounding never makes an interval narrower."""
    written = quantity(Interval(low=1.23456, value=1.3, high=1.34567), "s", ORIGIN)
    assert ("1.234s", "1.3s", "1.346s") == (written["low"], written["value"], written["high"])


def test_other_clients_of_a_file_are_kept():
    """A client measured anew replaces its own entries alone."""
    existing = {"it": 1, "it-changing": 2, "other": 3, "it-ems": 4}
    assert {"other": 3, "it-ems": 4, "it": 5} == merged(existing, {"it": 5}, "it")


def test_placeholders_are_filled_in_and_nothing_else_is():
    """JSON and the shell's braces pass unchanged."""
    command = ("client", "{url}", "-d", '{"port": {port}}', "${HOME}")
    filled = ["client", "http://service.probe:80/", "-d", '{"port": 80}', "${HOME}"]
    assert filled == filled_in(command, "service.probe", 80, "http")


@pytest.mark.parametrize("name", ["", "a/b", "a b", "x" * 31])
def test_a_name_must_fit_into_a_world(name):
    """Names that a world could not write are refused."""
    with pytest.raises(InputError):
        refuse_name(name)


def test_a_command_must_say_where_it_connects_to():
    """Neither nothing nor a command without a placeholder is run."""
    for command in ((), ("curl", "http://example.org")):
        with pytest.raises(InputError):
            refuse_command(command)


def test_healthy_is_always_played():
    """The situations wanted are played in their own order, and healthy first."""
    assert ["healthy", "silent", "changing"] == [
        one.name for one in situations_for("http", ["changing", "silent"])
    ]
    with pytest.raises(InputError, match="no such situation for tcp"):
        situations_for("tcp", ["erring"])
