from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.simulate.script import write_script
from tidegate.simulate.staircase import Staircase
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
  jobs: {network: a, service: api, population: 0, timeout: 1s}
activities:
  morning: {kind: scale, from: 0, to: 5000, clients_added: jobs, at: 10s}
  fewer_pods: {kind: scale, from: 10, to: 5, clients_added: users, at: 10s}
  surge: {kind: restart, service: api, clients_added: users, batches: 4, pause: 10s, surge: 2, at: 10s}
  half: {kind: restart, service: api, clients_added: users, batches: 4, pause: 10s, surge: 1, at: 10s}
  close: {kind: restart, service: api, clients_added: users, batches: 4, pause: 5s, surge: 2, at: 10s}
  blue_green: {kind: restart, from: 10, clients_added: users, surge: 10, overlap: 30s, at: 10s}
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


def standby(world):
    return world.services["api"].standby_count


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
    with pytest.raises(InputError, match="fewer, fewer_pods, grow, half, morning, move, pods, roll, surge"):
        scripted("grwo")


def test_scaling_in_batches_is_a_staircase():
    """From 8 to 16 in four steps of two, two seconds apart; each takes requests once it has booted."""
    expected = {10.0: 8, 12.0: 8, 14.0: 8, 15.0: 10, 16.0: 10, 17.0: 12, 19.0: 14, 21.0: 16}
    assert {0.0: 8} | expected == counts(scripted("grow"), instances)
    standing = {10.0: 2, 12.0: 4, 14.0: 6, 15.0: 4, 16.0: 6, 17.0: 4, 19.0: 2, 21.0: 0}
    assert {0.0: 0} | standing == counts(scripted("grow"), standby)


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
    assert (10.0, 21.0) == (script.disturbed_from_s, script.disturbed_until_s)


def test_instances_that_are_clients_grow_in_step():
    """From 10 to 25 pods, the population of 100 becomes 250, and starts over its own spread."""
    script = scripted("pods")
    found = counts(script, population)
    assert (100, {250}) == (found.pop(0.0), set(found.values()))
    assert 10.0 == min(found)
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


def population(world):
    return world.clients["users"].population_count


def rate_per_s(world):
    return world.clients["users"].demand.rate_per_s


def test_what_instances_ask_for_grows_in_step():
    """From 10 to 25 pods over 4 s, 10/s become 25/s in four parts, each at its mean."""
    found = counts(scripted("pods"), rate_per_s)
    assert {0.0: 10.0, 10.0: 11.875, 11.0: 15.625, 12.0: 19.375, 13.0: 23.125, 14.0: 25.0} == found


def test_what_instances_ask_for_shrinks_at_once():
    """From 10 to 5 pods, half as much is asked for."""
    assert {0.0: 10.0, 10.0: 5.0} == counts(scripted("fewer_pods"), rate_per_s)


def test_from_no_instance_each_is_a_client():
    """From 0 to 5,000 instances where there are no clients: 5,000 clients."""
    assert {0.0: 0, 10.0: 5000} == counts(
        scripted("morning"), lambda world: world.clients["jobs"].population_count
    )


def test_old_and_new_run_beside_each_other():
    """Of eight, two more run for 5 s at each of four steps; nobody is missing."""
    script = scripted("surge")
    assert {8} == set(counts(script, instances).values())
    standby = counts(script, lambda world: world.services["api"].standby_count)
    assert {0.0: 0, 10.0: 2, 15.0: 0, 20.0: 2, 25.0: 0, 30.0: 2, 35.0: 0, 40.0: 2, 45.0: 0} == standby
    assert {100, 125} == set(counts(script, population).values())
    assert {2} == {wave.count for wave in script.waves if wave.kind == "boot"}


def test_what_does_not_run_beside_the_old_is_missing():
    """Two at a time, one of them beside the old: one is missing, and its clients come back anew."""
    script = scripted("half")
    assert {0.0: 8, 10.0: 7, 15.0: 8} == {
        at_s: n for at_s, n in counts(script, instances).items() if at_s < 20
    }
    shares = {wave.share_ratio for wave in script.waves if wave.clients == "users"}
    assert {1 / 8} == shares


def test_steps_that_follow_each_other_exchange_what_runs_beside():
    """Where a step begins as the last one's old instances stop, the size stays and connections do not."""
    script = scripted("close")
    assert {0.0: 100, 10.0: 125, 30.0: 100} == counts(script, population)
    waves = [wave for wave in script.waves if wave.clients == "users"]
    assert [(15.0, 0.2), (20.0, 0.2), (25.0, 0.2)] == [(w.at_s, w.share_ratio) for w in waves]


def test_all_at_once_beside_the_old_is_blue_green():
    """Twice as many for the overlap."""
    assert {0.0: 100, 10.0: 200, 40.0: 100} == counts(scripted("blue_green"), population)


@pytest.mark.parametrize(
    "more",
    [
        "  nothing: {kind: scale, service: api, from: 8, to: 8, at: 10s}",
        "  nothing: {kind: devices, crossing: edge, from: 4, to: 4, at: 10s}",
        "  nothing: {kind: reconnect, at: 10s}",
    ],
)
def test_an_activity_that_changes_nothing_is_no_activity(more):
    """The same script as without one, the times of the disturbance included."""
    found = write_script(read_world(WORLD.replace("PAUSE", "6s") + more, "w.yaml"), "nothing")
    assert (1, (), 100.0) == (len(found.phases), found.waves, found.disturbed_from_s)


def test_a_trigger_that_changes_nothing_is_no_trigger():
    """A rate set to what it is already leaves one phase."""
    more = "triggers:\n  same: {at: 20s, for: 5s, set: {clients.users.demand.rate: 10/s}}\n"
    assert 1 == len(scripted(more=more).phases)


@pytest.mark.parametrize(
    ("instances", "batches", "down"),
    [(5, 2, [3, 2]), (10, 4, [3, 2, 3, 2]), (3, 2, [2, 1]), (2, 5, [1, 0, 1, 0, 0]), (11, 4, [3, 3, 3, 2])],
)
def test_a_restart_replaces_each_instance_once(instances, batches, down):
    """However the instances divide into batches, none is left out and none goes twice."""
    text = (
        "networks: {a: {}}\ncrossings: {}\nservices: {api: {network: a, instances: 9, boot: {time: 5s}}}\n"
        "clients: {users: {network: a, service: api}}\n"
        "activities: {roll: {kind: restart, service: api, batches: 1, pause: 9s, at: 10s}}\n"
    ).replace("instances: 9", f"instances: {instances}").replace("batches: 1", f"batches: {batches}")
    file = read_world(text, "w")
    stairs = Staircase(file.world, file.world.activities["roll"])
    left = [stairs.sizes(at_s)["services.api.instances"] for at_s in stairs.starts_s]
    assert [instances - n for n in down] == left


def beside(names, plan="morning", more=""):
    changed = WORLD.replace(f"  {plan}: {{", f"  {plan}: {{beside: {names}, ")
    return write_script(read_world(changed.replace("PAUSE", "6s") + more, "w.yaml"), plan)


def test_what_is_beside_an_activity_happens_too():
    """Each at its own time, with its own reactions; the disturbance lasts until the last of them."""
    script = beside("[roll, fewer]")
    jobs = counts(script, lambda world: world.clients["jobs"].population_count)
    assert {0.0: 0} == {at: many for at, many in jobs.items() if many != 5000}
    assert {wave.at_s for wave in script.waves if wave.clients == "users"} == {10.0, 16.0, 22.0, 28.0}
    assert 3 == script.phases[-1].world.crossings["edge"].devices_count
    assert scripted("roll").disturbed_until_s == script.disturbed_until_s


@pytest.mark.parametrize(
    ("names", "plan", "more", "what"),
    [
        ("[morning]", "morning", "", "names itself"),
        ("[roll, roll]", "morning", "", "names an activity twice"),
        ("[gone]", "morning", "", "gone"),
        ("[grow, roll]", "morning", "", "changes services.api as grow does"),
        ("[pods]", "surge", "", "changes clients.users as surge does"),
        ("[late]", "morning", "  late: {kind: reconnect, beside: [move], reactions: [{clients: users}]}\n",
         "has others beside it"),
        ("[few]", "morning", "  few: {kind: restart, service: api, at_once_most: 1}\n", "at_once_most"),
    ],
)  # fmt: skip
def test_what_cannot_be_beside_is_refused(names, plan, more, what):
    with pytest.raises(InputError, match=what):
        beside(names, plan, more)

