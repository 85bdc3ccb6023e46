from __future__ import annotations

import pytest

from rehearsal_sample import twin
from tidegate.api import load
from tidegate.errors import CannotTellError, InputError
from tidegate.rehearse.scale import scale_text, scale_world
from tidegate.world.file.read import read_world
from tidegate.world.file.write import write_world


@pytest.fixture(name="flagship", scope="module")
def the_world_of_2021():
    return load("us_east_1_2021")


def test_ratios_are_kept(flagship):
    """Clients, capacity, queue, table and ports shrink alike; the queue's delay and times stay."""
    small = scale_world(flagship, "scale_out", scale=1 / 300)
    was, now = flagship.world.crossings["edge"], small.file.world.crossings["edge"]

    assert pytest.approx(was.forwarding_per_s / 300) == now.forwarding_per_s
    assert pytest.approx(was.setup_per_s / 300) == now.setup_per_s
    assert pytest.approx(was.queue_packets_count / was.forwarding_per_s, rel=0.01) == (
        now.queue_packets_count / now.forwarding_per_s
    )
    assert round(was.table.entries_count / 300) == now.table.entries_count
    assert round(was.ports.per_destination_count / 300) == now.ports.per_destination_count
    assert was.table.closed_hold_s == now.table.closed_hold_s
    for name, clients in flagship.world.clients.items():
        other = small.file.world.clients[name]
        assert round(clients.population_count / 300) == other.population_count
        assert pytest.approx(clients.demand.rate_per_s / 300) == other.demand.rate_per_s
        assert clients.timeout_s == other.timeout_s


def test_services_keep_their_capacity_and_the_step_its_ratio(flagship):
    """From 400 to 600 instances stays half as many again, and capacity is exact."""
    small = scale_world(flagship, "scale_out", scale=1 / 300)
    was, now = flagship.world.services["scaled_service"], small.file.world.services["scaled_service"]
    plan, planned = flagship.world.activities["scale_out"], small.file.world.activities["scale_out"]

    def capacity(service):
        return service.instances_count * service.concurrency_count / service.service_time_s

    assert pytest.approx(capacity(was) / 300) == capacity(now)
    assert pytest.approx(plan.to_count / was.instances_count) == planned.to_count / now.instances_count


def test_what_a_trigger_sets_is_scaled_too():
    """A population that a trigger raises is as much smaller as the others."""
    small = scale_world(twin(), None, scale=0.5).file.world

    assert 300 == small.clients["base"].population_count
    assert {"clients.surge.population": 300.0} == dict(small.triggers["surge"].set)


def test_a_protection_set_by_a_trigger_is_scaled_leaf_by_leaf():
    """In a mapping of several values each is scaled as what it is."""
    file = twin(
        triggers__surge__set={
            "crossings.device.admission": {"rate": "190/s", "burst": 10, "on_excess": "reset"}
        }
    )
    put = scale_world(file, None, scale=0.5).file.world.triggers["surge"].set["crossings.device.admission"]

    assert {"rate": 95.0, "burst": 5.0, "on_excess": "reset"} == dict(put)


def test_the_result_is_a_world_that_can_be_written_and_read(flagship):
    """The text the rig gets describes the very world that was predicted."""
    for file, activity in ((flagship, "scale_out"), (twin(), None)):
        small = scale_world(file, activity).file
        assert small.world == read_world(write_world(small.document), "again").world


def test_a_world_of_the_right_size_stays_as_it_is():
    """2,000 packets a second need no scaling, and a short horizon no cut."""
    small = scale_world(twin(), None)

    assert 1.0 == small.scale
    assert () == small.changed
    assert twin().world.clients == small.file.world.clients
    assert twin().world.horizon_s == small.file.world.horizon_s


def test_the_chosen_scale_is_about_two_thousand_packets_a_second(flagship):
    """The busiest device that can be full forwards between 1,000 and 3,000 packets a second."""
    small = scale_world(flagship, "scale_out")

    assert 1 / 300 == small.scale
    assert 1000 <= small.file.world.crossings["edge"].packet_capacity_per_s <= 3000


def test_every_number_too_small_is_named_at_once():
    """A scale asked for that means nothing is refused with all its reasons."""
    with pytest.raises(InputError) as caught:
        scale_world(twin(), None, scale=1 / 100)

    assert {
        "clients.base.population",
        "clients.surge.population",
        "crossings.device.forwarding",
        "crossings.device.queue_packets",
    } == {fault.path for fault in caught.value.faults}


@pytest.mark.parametrize("scale", [0.0, -1.0, 1.5])
def test_a_scale_is_above_nothing_and_at_most_whole(scale):
    """Other scales are refused by name."""
    with pytest.raises(InputError, match="no such scale"):
        scale_world(twin(), None, scale=scale)


def test_threads_for_every_peer_cannot_be_scaled():
    """What grows as the square is refused, and says why."""
    with pytest.raises(CannotTellError, match="square of the instances"):
        scale_world(load("kinesis_2020"), "add_servers")


def test_a_budget_shared_by_all_clients_keeps_its_ratio_or_is_refused():
    """Its tokens shrink with the clients, and must still hold two retries."""
    budgeted = twin(clients__base__retry="budgeted", clients__surge__retry="budgeted")

    layer = scale_world(budgeted, None, scale=0.5).file.world.clients["base"].retry.layers[0]

    assert 5.0 == layer.budget.tokens_count
    with pytest.raises(InputError, match="shared by all clients"):
        scale_world(budgeted, None, scale=1 / 10)


def test_too_much_for_one_machine_is_refused():
    """A world far too large at the scale asked for is refused with what would do."""
    with pytest.raises(InputError, match="too many connections at once"):
        scale_world(twin(clients__base__population=60000), None, scale=1.0)


@pytest.mark.parametrize(("scale", "text"), [(1.0, "1/1"), (1 / 300, "1/300"), (0.001, "1/1,000")])
def test_scales_read_as_people_write_them(scale, text):
    """One over a whole number."""
    assert text == scale_text(scale)


def test_requests_that_hold_each_other_up_are_rehearsed_whole():
    """What they do to each other depends on how many an instance serves, which a scale would change."""
    file = twin(services__web__contention__serial=0.01)
    assert file.world.services["web"].contention is not None
    with pytest.raises(InputError, match="hold each other up"):
        scale_world(file, None, scale=0.5)


def test_what_an_instance_keeps_for_a_call_shrinks_with_its_places():
    """One instance at half its size has half its places, and half of its pool's connections."""
    calls = [{"service": "store", "pool": {"most": 40, "least": 20}}]
    store = {"network": "servers", "concurrency": 100}
    file = twin(services__store=store, services__web__calls=calls)

    small = scale_world(file, None, scale=0.5).file.world.services["web"]

    assert (500, 20, 10) == (
        small.concurrency_count,
        small.calls[0].pool.most_count,
        small.calls[0].pool.least_count,
    )
    with pytest.raises(InputError, match=r"calls\.0\.pool\.most"):
        scale_world(
            twin(services__store=store, services__web__calls=[{"service": "store", "pool": {"most": 3}}]),
            None,
            scale=0.5,
        )
