"""The command line without a file: a few words imply a whole world, and bad words name their option."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.errors import InputError
from tidegate.gate.command_line import Options, world_from_options
from tidegate.world.file.write import write_world

GOLDEN = Path(__file__).parents[2] / "golden" / "gate"
EVERYTHING = Options(
    scale="40:120",
    pool="20",
    spread="5s",
    retry="botocore-standard",
    through="aws-nat-gateway",
    to="db.internal:5432",
    timeout="1s",
    rate="50/s",
    service_time="5ms",
    connections="500",
    reconnect="25%",
)


def faults_of(**options):
    with pytest.raises(InputError) as caught:
        world_from_options(Options(**options))
    return caught.value.faults


@pytest.mark.parametrize(
    ("name", "options"), [("scale_only", Options(scale="40:120")), ("everything_said", EVERYTHING)]
)
def test_the_implied_world_is_as_before(name, options):
    """The written world is the golden one, character by character."""
    golden = (GOLDEN / f"{name}.yaml").read_text(encoding="utf-8")
    assert golden == write_world(world_from_options(options).document)


def test_what_is_said_is_taken():
    """Every option arrives at its place in the world."""
    world = world_from_options(EVERYTHING).file.world
    clients, service = world.clients["app"], world.services["db_internal_5432"]
    assert (40, 20, 5.0, 1.0) == (
        clients.population_count,
        clients.pool_count,
        clients.start_spread_s,
        clients.timeout_s,
    )
    assert 0.02 == clients.demand.think_s
    assert "botocore-standard" == clients.retry.name
    assert "aws-nat-gateway" == world.crossings["edge"].device
    assert (0.005, 500) == (service.service_time_s, service.connections_count)
    scale = world.activities["scale"]
    assert (40, 120, ("app",)) == (scale.from_count, scale.to_count, scale.clients_added)
    assert 0.25 == scale.reactions[0].reconnect_ratio


def test_what_is_not_said_is_assumed_widely_with_a_way_to_measure_it():
    """Every number of the fleet that was not given has a width, is assumed, and can be measured."""
    file = world_from_options(Options(scale="40:120")).file
    for path in (
        "clients.app.pool",
        "clients.app.start_spread",
        "clients.app.timeout",
        "clients.app.demand.think",
        "services.service.service_time",
        "services.service.connections",
        "crossings.edge.setup",
    ):
        estimate = file.estimates[path]
        assert estimate.is_uncertain, path
        assert "assumed" == estimate.basis
        assert estimate.measure, path


def test_running_instances_are_untouched_unless_said():
    """Without --reconnect the activity has no reaction of those already there."""
    assert () == world_from_options(Options(scale="4:12")).file.world.activities["scale"].reactions


def test_todays_pools_fit():
    """The service's assumed connections are at least what is open before the change."""
    estimate = world_from_options(Options(scale="40:120", pool="20")).file.estimates[
        "services.service.connections"
    ]
    assert (800.0, 2400.0, 9600.0) == (estimate.low, estimate.value, estimate.high)


def test_back_off_is_a_belief_with_immediate_retry_against_it():
    """The counter-belief is immediate retry; where that is what clients do, there is no belief."""
    world = world_from_options(Options(scale="4:12", retry="polly-v8")).file.world
    assert {"clients.app.retry": "immediate"} == world.beliefs["clients_back_off"].counter
    assert {} == world_from_options(Options(scale="4:12", retry="immediate")).file.world.beliefs


def test_notes_name_what_was_not_said():
    """The options left out are named, sorted."""
    notes = " ".join(world_from_options(Options(scale="4:12", pool="2")).notes)
    assert "--rate, --service-time, --spread, --timeout" in notes
    assert "--through" in notes
    assert "--pool" not in notes


@pytest.mark.parametrize(
    "scale", ["40", "40-120", "0:4", "4:0", "4:4", "-1:4", "1:999999999", "4:12\n5", "\u0664:\u0665"]
)
def test_an_impossible_scale_is_refused(scale):
    """Only two different whole numbers from 1 on are a change of size."""
    (fault,) = faults_of(scale=scale)
    assert "--scale" == fault.path
    assert "command line" == str(fault.place)


def test_a_missing_scale_says_what_to_give():
    """Without a change of size there is no question."""
    (fault,) = faults_of(pool="2")
    assert ("--scale", "is missing") == (fault.path, fault.what)


def test_all_bad_quantities_are_told_at_once():
    """Each fault names its option."""
    faults = faults_of(scale="4:12", pool="2s", spread="5", rate="0/s")
    assert {"--pool", "--spread", "--rate"} == {fault.path for fault in faults}


def test_faults_of_the_world_are_told_as_options():
    """What only the world's rules refuse names the option too, with the nearest valid name."""
    faults = {
        fault.path: fault
        for fault in faults_of(
            scale="4:12", pool="0", retry="poly-v8", through="aws-nat-gatewy", reconnect="200%"
        )
    }
    assert {"--pool", "--retry", "--through", "--reconnect"} == set(faults)
    assert "polly-v8" == faults["--retry"].nearest
    assert "aws-nat-gateway" == faults["--through"].nearest


@pytest.mark.parametrize("to", ["::1", "…", "own_pods", "a.b.c:1", "x" * 300, "UPPER"])
def test_any_host_makes_a_service(to):
    """The host's name becomes a valid service name, and stays as it is in its title."""
    world = world_from_options(Options(scale="4:12", to=to)).file.world
    (service,) = world.services.values()
    assert to == service.title
