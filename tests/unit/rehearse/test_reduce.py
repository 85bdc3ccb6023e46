from __future__ import annotations

from rehearsal_sample import twin
from tidegate.api import load
from tidegate.rehearse.reduce import ONE_MACHINE_S, reduce_world


def test_what_has_no_rig_is_taken_out_and_said():
    """Lookups and calls are gone from the world, and each is named."""
    file = load("us_east_1_2021")

    reduced = reduce_world(file, "scale_out")

    world = reduced.file.world
    assert not any(clients.lookup for clients in world.clients.values())
    assert not any(service.calls for service in world.services.values())
    assert any("name resolution of auth_callers" in said for said in reduced.left_out)
    assert any("api_gateway" in said for said in reduced.left_out)
    assert {} == dict(world.beliefs) == dict(world.segments) == dict(world.tooling)
    assert ["scale_out"] == list(world.activities)


def test_a_small_world_loses_nothing():
    """Nothing is said where nothing is left out."""
    reduced = reduce_world(twin(), None)

    assert () == reduced.left_out
    assert twin().world.clients == reduced.file.world.clients


def test_distance_is_left_out_and_said():
    """One machine has no distance: a long round trip is named, a short one is not."""
    far = reduce_world(twin(crossings__device__round_trip="20ms"), None)

    assert ONE_MACHINE_S == far.file.world.crossings["device"].round_trip_s
    assert ("the distance across device: a round trip of 20 ms",) == far.left_out


def test_background_takes_its_share_of_the_capacity():
    """What background traffic leaves of a device is what the rehearsal has."""
    file = twin(crossings__device__background={"packets": "500/s", "flows": 0})

    crossing = reduce_world(file, None).file.world.crossings["device"]

    assert 1500.0 == crossing.forwarding_per_s
    assert 0.0 == crossing.background.packets_per_s


def test_a_trigger_loses_the_paths_into_what_is_left_out():
    """A trigger that changes a call keeps its other changes."""
    file = twin(
        services__web__autoscaler={"signal": "cpu", "target": 0.5, "most": 9},
        triggers__surge__set={"clients.surge.population": 600, "services.web.autoscaler.most": 5},
    )

    reduced = reduce_world(file, None)

    assert {"clients.surge.population": 600} == dict(reduced.file.world.triggers["surge"].set)
    assert any("autoscaling of web" in said for said in reduced.left_out)


STORE = {"network": "servers"}
RESTARTED = [{"network": "clients", "on_failure": "restart"}]


def test_what_services_ask_of_others_stays():
    """Calls with their pools, and what instances ask as they boot, are shown."""
    boot = {"time": "3s", "calls": [{"service": "store"}]}
    calls = [{"service": "store", "pool": {"most": 3}}]

    file = twin(services__store=STORE, services__web__boot=boot, services__web__calls=calls)

    reduced = reduce_world(file, None)

    web = reduced.file.world.services["web"]
    assert () == reduced.left_out
    assert ["store", "store"] == [web.calls[0].service, web.boot.calls[0].service]


def test_the_boot_time_stays_when_boot_calls_go():
    """A restart takes as long as it does, whatever new instances would ask for; why they go is said."""
    boot = {"time": "3s", "calls": [{"service": "store"}]}
    changes = {"services__web__boot": boot, "services__web__health_probes": RESTARTED}

    reduced = reduce_world(twin(services__store=STORE, **changes), None)

    web = reduced.file.world.services["web"]
    assert (3.0, ()) == (web.boot.time_s, web.boot.calls)
    assert ("what new instances of web ask of store, since checks restart its instances",) == reduced.left_out


def test_only_the_calls_that_cannot_be_made_go():
    """A call that a cache may answer goes, the one beside it stays; triggers lose their paths into them."""
    calls = [{"service": "store", "cache": {"hit": 0.9}}, {"service": "store", "timeout": "2s"}]
    trigger = {"clients.surge.population": 600, "services.web.calls.1.timeout": "3s"}
    file = twin(services__store=STORE, services__web__calls=calls, triggers__surge__set=trigger)

    reduced = reduce_world(file, None)

    assert [2.0] == [call.timeout_s for call in reduced.file.world.services["web"].calls]
    assert ("calls that web makes on store, since a cache may answer instead",) == reduced.left_out
    assert {"clients.surge.population": 600} == dict(reduced.file.world.triggers["surge"].set)
