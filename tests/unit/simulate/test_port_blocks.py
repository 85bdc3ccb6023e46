"""What becomes of flows where each source has ports of its own; by engine, arithmetic and verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.variants.scope import script_of
from tidegate.simulate.fluid.run import run_fluid
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

WORLDS = Path(__file__).parents[2] / "meaning" / "worlds"


def world(ports: str, *, clients: str = "", calls: str = "", more: str = "") -> WorldFile:
    """Return ten clients that ask over new connections, or call through a service, for a minute."""
    text = f"""
horizon: 60s
networks: {{near: {{}}, far: {{}}}}
crossings: {{nat: {{between: [near, far], ports: {{{ports}}}}}}}
services:
  back: {{network: far, concurrency: 1000, service_time: 10ms}}
  front: {{network: near, instances: 5, concurrency: 20, service_time: 1ms{calls}}}
clients:
  users: {{network: near, service: {"front" if calls else "back"}, population: 10, timeout: 2s,
          demand: {{kind: open, rate: 20/s}}{clients}}}
{more}"""
    return read_world(text, "blocks.yaml")


def admitted(file: WorldFile, activity: str | None = None) -> float:
    """Return which share of the flows found a port in the second half of a run."""
    run = simulate(lower(write_script(file, activity), horizon_s=60.0), seed=3)
    half = run.bins_count // 2
    x = run.crossings
    let_in, asked = (each[half : run.bins_count, 0].sum() for each in (x.admitted_count, x.offered_count))
    return float(let_in / asked)


SHARED = "per_destination: 1000, hold: 20s"


def test_each_source_has_its_own_ports() -> None:
    """Ten clients at 2/s and 20 s of hold need 40 ports each: 1,000 shared suffice, 20 for each do not."""
    assert admitted(world(SHARED)) == 1.0
    assert admitted(world(f"{SHARED}, block: {{least: 70}}")) == 1.0
    assert admitted(world(f"{SHARED}, block: {{least: 20}}")) < 0.6


def test_a_full_block_grows_until_the_device_has_no_more() -> None:
    """Doubled from 20 to 80 it suffices; where the device has 400 for ten, half of them stay as they are."""
    grows = "block: {least: 20, most: 80, growth_time: 1s}"
    assert admitted(world(f"{SHARED}, {grows}")) > 0.99
    assert 0.5 < admitted(world(f"per_destination: 600, hold: 20s, {grows}")) < 1.0


def test_sources_beyond_the_ports_of_a_device_get_none() -> None:
    """Of ten clients with 70 ports each, 350 ports serve five."""
    share = admitted(world("per_destination: 350, hold: 20s, block: {least: 70}"))
    assert share == pytest.approx(0.4, abs=0.12)


def test_an_instance_is_a_source_with_all_its_calls() -> None:
    """Five instances at 4/s for 20 s need 80 ports each."""
    calls = ", calls: [{service: back, connection: per_request}]"
    assert admitted(world(f"{SHARED}, block: {{least: 130}}", calls=calls)) == 1.0
    assert admitted(world(f"{SHARED}, block: {{least: 40}}", calls=calls)) < 0.6


def test_arithmetic_says_what_each_source_wants() -> None:
    """Connections of each source times their hold, against its block; and sources against all ports."""
    (short,) = exceeded(script_of(world(f"{SHARED}, block: {{least: 20}}"), None))
    assert ("crossings.nat.ports.block.least", 20) == (short.path, short.allowed)
    assert pytest.approx(40.0, rel=0.01) == short.wanted
    (none,) = exceeded(script_of(world("per_destination: 350, hold: 20s, block: {least: 70}"), None))
    assert "enough for 5 sources with 70 each, and there are 10" in none.says
    assert exceeded(script_of(world(f"{SHARED}, block: {{least: 50}}"), None)) == ()


def test_the_mean_has_the_ports_of_all_sources_together() -> None:
    """The fluid engine lets in what ten blocks hold."""
    few, many = (
        sum(run_fluid(write_script(world(f"{SHARED}, {block}"))).crossings["nat"].admitted_flows_per_s)
        for block in ("block: {least: 20}", "block: {least: 70}")
    )
    assert few < 0.8 * many


@pytest.mark.parametrize(
    ("ports", "says"),
    [
        ("per_destination: 100, block: {least: 200}", "is more than the device has"),
        ("per_destination: 100, block: {least: 20, most: 10}", "is less than least"),
        ("per_destination: 100, block: {least: 20, growth_time: 3s}", "is given without most"),
        ("per_destination: 100, usable: 90%, block: {least: 20}", "is not modelled together with block"),
    ],
)
def test_what_contradicts_itself_is_refused(ports: str, says: str) -> None:
    """Each is one fault that says what is allowed."""
    with pytest.raises(InputError, match=says):
        world(ports)


def test_blocks_cannot_come_or_go_while_the_world_runs() -> None:
    """A trigger may change their numbers alone."""
    anew = "triggers: {later: {at: 5s, set: {crossings.nat.ports.block: {least: 20}}}}"
    with pytest.raises(InputError, match="cannot come or go"):
        world(SHARED, more=anew)
    larger = "triggers: {later: {at: 5s, set: {crossings.nat.ports.block.least: 20}}}"
    world(f"{SHARED}, block: {{least: 10}}", more=larger)


def test_there_may_be_many_devices() -> None:
    """A hundred devices share the flows as evenly as hashing does; each has ports of its own."""
    file = overlay(world("per_destination: 1000, hold: 20s"), {"crossings.nat.devices": 100})
    tables = lower(write_script(file, None), horizon_s=20.0)
    assert tables.device_rows.shape[1] == 100
    assert simulate(tables, seed=3).crossings.admitted_count.sum() > 300
    with pytest.raises(InputError, match="4096"):
        overlay(file, {"crossings.nat.devices": 5000})


@pytest.mark.parametrize("horizon", ["3min", "10min"])
def test_aca_snat_is_told_however_long_is_looked(horizon: str) -> None:
    """azure-container-apps#517: 128 ports an instance; the vendor's advice is to reuse connections."""
    file = tidegate.load(WORLDS / "aca_snat.yaml", {"horizon": horizon, "objectives.success": "1%"})
    (verdict,) = tidegate.check(file, "burst", runs_count=9)
    assert verdict.verdict == "protect_first"
    says = "each of handlers has 128 ports of snat towards identity, and about 1,500 ports are wanted"
    assert says in " ".join(verdict.cases[0].exceeded)
    assert verdict.remedy is not None
    assert ["clients.handlers.connection"] == [one.path for one in verdict.remedy.settings]
    kept = overlay(file, {"clients.handlers.connection": "keep_alive"})
    (verdict,) = tidegate.check(kept, "burst", runs_count=9)
    assert verdict.verdict in {"proceed", "cannot_tell"}  # nine runs are few
    assert verdict.cases[0].exceeded == ()
