from __future__ import annotations

import json

import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.evaluate.reading.run_record import samples, whose
from tidegate.present.explain_text import answer_text, explain_json, explain_text
from tidegate.present.series_text import series_csv, series_json
from tidegate.verbs.explain import Asked, explained, read_record
from tidegate.verbs.simulate import run_once
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tiny_worlds import grow, twin


def asked(file, **changes):
    given = {"activity": None, "wrong_belief": None, "record": None, "seed": 7, "replication": 0}
    return Asked(file=file, **(given | changes))


@pytest.fixture(name="trap", scope="module")
def the_trap():
    return explained(asked(twin(retry="immediate")))


def test_the_trap_is_told_from_trigger_to_symptom(trap):
    """The trigger strains the device, its delay fails attempts, clients try again, service is away."""
    found, world = trap
    kinds = [link.kind for link in found.links]
    assert "done" == kinds[0]
    assert {"strain", "failure", "retries", "loss"} <= set(kinds)
    assert found.trapped
    assert "It did not recover" in answer_text(found)
    assert "surge: over." in explain_text(found, world)


def test_causes_come_before_effects(trap):
    """No link is caused by a later one, and each cause is of a kind that can be."""
    found, _ = trap
    for i, link in enumerate(found.links):
        if link.because is not None:
            cause = found.links[link.because]
            assert link.because < i
            assert cause.at_s <= link.at_s
    assert all(link.because is not None for link in found.links if link.kind in {"strain", "failure", "loss"})


def test_patient_clients_are_said_to_recover():
    """With exponential back-off the same surge is over by itself."""
    found, _ = explained(asked(twin(retry="exponential-full-jitter")))
    assert found.ends_well
    assert not found.trapped


def record_of(file, text, activity=None):
    rows = samples(*run_once(file, activity, seed=7))
    return text(rows, whose(file, activity, seed=7, replication=0))


@pytest.mark.parametrize("text", [series_csv, series_json])
def test_a_record_explains_as_its_run_does(trap, tmp_path, text):
    """What `tidegate simulate` wrote gives the same chain as running again."""
    file = twin(retry="immediate")
    path = tmp_path / "run.rec"
    path.write_text(record_of(file, text))
    again, _ = explained(asked(file, record=str(path)))
    assert [(link.kind, link.name, link.what) for link in trap[0].links] == [
        (link.kind, link.name, link.what) for link in again.links
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("time_s,kind,name,quantity,value\n1,clients,a,served_per_s,many\n", 2),
        ('{"time_s": 1}\n', 1),
        ("{\n", 1),
    ],
)
def test_a_broken_record_is_named_with_its_line(text, place):
    """The first line that is not a row, and what a row has."""
    with pytest.raises(InputError) as caught:
        read_record(text, "run.csv")
    assert place == caught.value.faults[0].place.line


def test_a_record_says_which_activity_happened(tmp_path):
    """It need not be named again."""
    path = tmp_path / "run.csv"
    path.write_text(record_of(grow(), series_csv, "grow"))
    assert "grow" == explained(asked(grow(), record=str(path)))[0].activity


def test_the_record_of_another_run_is_refused(tmp_path):
    """Another world, this world with other values, another activity: each is said, all at once."""
    path = tmp_path / "run.csv"
    path.write_text(record_of(grow(), series_csv, "grow"))
    with pytest.raises(InputError, match="the record is of another world") as caught:
        explained(asked(twin(), activity="surge", record=str(path)))
    assert 2 == len(caught.value.faults)
    with pytest.raises(InputError, match="of this world with other values"):
        explained(asked(overlay(grow(), {"horizon": "13s"}), record=str(path)))
    path.write_text(record_of(grow(), series_csv))
    with pytest.raises(InputError, match="the record is of another activity"):
        explained(asked(grow(), activity="grow", record=str(path)))


def test_rows_of_two_runs_are_no_record(trap):
    """Two records put together are not one run."""
    one = series_csv(samples(*run_once(grow(), None, seed=7)), whose(grow(), None, seed=7, replication=0))
    other = one.splitlines()[1].replace(",7,0", ",8,0")
    with pytest.raises(InputError, match="another run") as caught:
        read_record(one + other + "\n", "run.csv")
    assert len(one.splitlines()) + 1 == caught.value.faults[0].place.line


def test_a_countable_limit_is_a_cause():
    """The threads of the 2020 event, which no engine follows, stand in the chain with whom they blind."""
    found, world = explained(
        asked(tidegate.load("kinesis_2020"), activity="add_servers", wrong_belief="thread_limit")
    )
    text = explain_text(found, world, width=100)
    assert "keeps a thread for each of" in text
    assert "goes dark" in text


def test_json_carries_the_sentences(trap):
    """Each link with its numbers and its sentence."""
    document = json.loads(explain_json(*trap))
    assert len(trap[0].links) == len(document["links"])
    assert all(link["says"] for link in document["links"])


def test_a_mistyped_belief_is_recognised():
    """The nearest belief is offered."""
    with pytest.raises(InputError) as caught:
        explained(asked(tidegate.load("us_east_1_2021"), wrong_belief="backoff_on_endpoint"))
    assert "backoff_on_endpoint_change" == caught.value.faults[0].nearest


FULL = """
name: full
horizon: 30s
networks: {inner: {}, main: {}}
crossings: {device: {between: [inner, main], forwarding: 20k/s, queue_packets: 1000, round_trip: 1ms}}
services: {db: {network: main, concurrency: 50, service_time: 1ms, connections: CONNECTIONS}}
clients:
  pods: {network: inner, service: db, population: 20, connection: pool, pool: 5, timeout: 1s,
         demand: {kind: open, rate: 100/s}, retry: none, start_spread: 1s}
activities: {grow: {kind: scale, from: 20, to: 40, clients_added: pods, at: 8s}}
tooling: {eyes: {role: monitoring, network: inner, uses: [db]}}
"""


@pytest.mark.parametrize(("connections", "blind"), [(200, False), (180, True)])
def test_a_full_place_that_serves_everybody_blinds_nobody(connections, blind):
    """All connections taken and nobody refused: the tooling still sees; with twenty more wanted, not."""
    file = read_world(FULL.replace("CONNECTIONS", str(connections)), "full.yaml")
    found, _ = explained(asked(file, activity="grow"))
    assert "strain" in {link.kind for link in found.links}
    assert blind is ("blind" in {link.kind for link in found.links})


CROWD = """
tidegate: 1
name: crowd
horizon: 2min
networks: {cluster: {}}
services:
  api: {network: cluster, concurrency: 16, service_time: 1ms, boot: {time: 20s}}
clients:
  nodes:
    network: cluster
    service: api
    population: 300
    connection: keep_alive
    timeout: 60s
    retry: [{retries: unlimited, backoff: constant, base: 1s}]
    demand: {kind: closed, think: 10s, think_law: LAW}
activities:
  replace: {kind: restart, service: api}
"""


@pytest.mark.parametrize("law", ["fixed", "exponential"])
def test_nobody_answered_is_not_called_normal(law):
    """Also of clients that are served in crowds, each as many as no single request would be."""
    file = read_world(CROWD.replace("LAW", law), "crowd.yaml")
    found, _ = explained(asked(file, activity="replace"))
    away = [link.at_s - found.disturbed_from_s for link in found.links if link.what == "served"]
    assert ["loss", "recovery"] == [link.kind for link in found.links if link.what == "served"]
    assert away[0] < 5.0
    assert 15.0 < away[1] < 40.0
    assert "It recovered by itself." == answer_text(found)


def test_the_only_activity_is_explained_where_nothing_else_happens():
    """Of a world without triggers "service stayed normal" said nothing; of several it is not guessed."""
    file = read_world(CROWD.replace("LAW", "exponential"), "crowd.yaml")
    assert "replace" == explained(asked(file))[0].activity
    with pytest.raises(InputError, match=r"--activity.* is missing, and this world has no triggers"):
        explained(asked(grow()))
