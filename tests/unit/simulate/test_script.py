from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

WORLD = """
name: w
horizon: 100s
networks: {a: {}, b: {}}
crossings:
  edge: {between: [a, b], devices: 4, forwarding: 10k/s, queue_packets: 100, round_trip: 1ms}
services:
  api: {network: b, instances: 8, service_time: 1ms, boot: {time: 5s, calls: [{service: names, requests: 3}]}}
  names: {network: a, instances: 1, service_time: 1ms}
clients:
  users: {network: a, service: api, population: 100, timeout: 1s, retry: none, start_spread: 4s,
          demand: {kind: open, rate: 10/s}, lookup: {service: names, ttl: 30s}}
activities:
  grow: {kind: scale, service: api, from: 8, to: 16, at: 10s, batches: 4, pause: 2s,
         reactions: [{clients: users, reconnect: 50%, spread: 3s}]}
  pods: {kind: scale, from: 10, to: 25, clients_added: users, at: 10s}
  roll: {kind: restart, service: api, at: 10s, batches: 4, pause: PAUSE,
         reactions: [{clients: users, spread: 1s}]}
  move: {kind: reconnect, service: api, at: 10s, reactions: [{clients: users, spread_by_lookup: true}]}
  fewer: {kind: devices, crossing: edge, from: 4, to: 3, at: 10s}
"""


def scripted(activity=None, *, pause="6s", more=""):
    return write_script(read_world(WORLD.replace("PAUSE", pause) + more, "w.yaml"), activity)


def counts(script, read):
    """The last value of each moment at which something changes."""
    return {phase.at_s: read(phase.world) for phase in script.phases}


def instances(world):
    return world.services["api"].instances_count


def test_without_activity_or_trigger_nothing_happens():
    """One phase, no wave, and a disturbance at the horizon, that is, none."""
    script = scripted()
    assert [0.0] == [phase.at_s for phase in script.phases]
    assert () == script.waves
    assert (100.0, 100.0) == (script.disturbed_from_s, script.disturbed_until_s)


def test_an_activity_happens_only_where_it_is_named():
    """Activities of a world are plans; triggers happen in any case."""
    more = "triggers:\n  busy: {at: 20s, for: 5s, set: {clients.users.demand.rate: 50/s}}\n"
    assert [0.0, 20.0, 25.0] == [phase.at_s for phase in scripted(more=more).phases]
    assert [0.0, 10.0, 20.0, 25.0] == [phase.at_s for phase in scripted("fewer", more=more).phases]


def test_an_unknown_activity_is_refused_with_the_names_there_are():
    """The fault lists what could have been meant."""
    with pytest.raises(InputError, match="fewer, grow, move, pods, roll"):
        scripted("grwo")


def test_scaling_in_batches_is_a_staircase():
    """From 8 to 16 in four steps of two, two seconds apart."""
    expected = {0.0: 8, 10.0: 10, 12.0: 12, 14.0: 14, 16.0: 16}
    assert expected == counts(scripted("grow"), instances)


def test_new_instances_ask_for_what_they_need_to_boot():
    """Each step's new instances make the boot calls, as many as there are new ones."""
    boots = [wave for wave in scripted("grow").waves if wave.kind == "boot"]
    assert [(10.0, 2), (12.0, 2), (14.0, 2), (16.0, 2)] == [(wave.at_s, wave.count) for wave in boots]
    assert {3} == {wave.boot_call.requests_count for wave in boots}


def test_clients_react_at_each_step():
    """An endpoint change reaches the stated share at every batch; the disturbance ends with the last."""
    script = scripted("grow")
    waves = [wave for wave in script.waves if wave.kind == "reconnect"]
    assert [(10.0, 0.5, 3.0)] == [(w.at_s, w.share_ratio, w.spread_s) for w in waves][:1]
    assert 4 == len(waves)
    assert (10.0, 19.0) == (script.disturbed_from_s, script.disturbed_until_s)


def test_instances_that_are_clients_grow_in_step():
    """From 10 to 25 pods, the population of 100 becomes 250, and starts over its own spread."""
    script = scripted("pods")
    assert {0.0: 100, 10.0: 250} == counts(script, lambda world: world.clients["users"].population_count)
    assert 14.0 == script.disturbed_until_s


def test_a_rolling_restart_takes_one_batch_down_at_a_time():
    """With pauses longer than the boot, two of eight are down, and all are back between."""
    expected = {0.0: 8, 10.0: 6, 15.0: 8, 16.0: 6, 21.0: 8, 22.0: 6, 27.0: 8, 28.0: 6, 33.0: 8}
    assert expected == counts(scripted("roll"), instances)


def test_batches_that_overlap_are_down_together():
    """With pauses shorter than the boot, the next batch goes before the last is back."""
    found = counts(scripted("roll", pause="4s"), instances)
    assert {10.0: 6, 14.0: 4, 15.0: 6, 18.0: 4, 19.0: 6} == {
        at_s: found[at_s] for at_s in (10, 14, 15, 18, 19)
    }
    assert 8 == found[27.0]


def test_a_restart_in_one_breath_leaves_nobody():
    """All batches at once are all instances."""
    assert {0.0: 8, 10.0: 0, 15.0: 8} == counts(scripted("roll", pause="0s"), instances)


def test_a_restart_breaks_only_its_own_share_of_connections():
    """A quarter of the connections break with each of four batches."""
    shares = [wave.share_ratio for wave in scripted("roll").waves if wave.kind == "reconnect"]
    assert [0.25] * 4 == shares


def test_the_lookup_spreads_a_reaction():
    """Where clients learn of the change by name, they come over the name's time to live."""
    (wave,) = scripted("move").waves
    assert 30.0 == wave.spread_s


def test_devices_change_at_the_crossing():
    """Three devices of four are left."""
    found = counts(scripted("fewer"), lambda world: world.crossings["edge"].devices_count)
    assert {0.0: 4, 10.0: 3} == found


TRIGGERS = """triggers:
  burst: {at: 20s, for: 10s, set: {clients.users.demand.rate: 50/s}}
  crowd: {at: 25s, set: {clients.users.population: 300}, reconnect: users, reconnect_spread: 2s}
  shed: {at: 60s, set: {clients.users.demand.rate: 1/s}, by_operator: true}
"""


def test_a_trigger_with_an_end_is_undone_and_others_stay():
    """What overlaps is laid one over the other, and only what ended is taken back."""
    script = scripted(more=TRIGGERS)
    rates = counts(script, lambda world: world.clients["users"].demand.rate_per_s)
    sizes = counts(script, lambda world: world.clients["users"].population_count)
    assert {0.0: 10.0, 20.0: 50.0, 25.0: 50.0, 30.0: 10.0, 60.0: 1.0} == rates
    assert {0.0: 100, 20.0: 100, 25.0: 300, 30.0: 300, 60.0: 300} == sizes


def test_an_operators_action_is_no_part_of_the_disturbance():
    """The disturbance lasts from the first trigger to the end of the last that is not an operator's."""
    script = scripted(more=TRIGGERS)
    assert (20.0, 30.0) == (script.disturbed_from_s, script.disturbed_until_s)


def test_a_trigger_may_make_clients_reconnect():
    """All of them, over the stated spread."""
    (wave,) = scripted(more=TRIGGERS).waves
    assert (25.0, 2.0, "users", 1.0) == (wave.at_s, wave.spread_s, wave.clients, wave.share_ratio)
