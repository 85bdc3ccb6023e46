from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest

from rehearsal_sample import measure, twin
from tidegate.evaluate.judging.verdict import Probability
from tidegate.rehearse.agreement import compare
from tidegate.rehearse.course import as_run, course
from tidegate.rehearse.outcome import outcome
from tidegate.rehearse.prediction import predict, tables_of
from tidegate.simulate.run import simulate
from tidegate.world.file.write import write_world

HORIZON_S = 20.0


@pytest.fixture(name="prediction", scope="module")
def of_clients_that_back_off():
    """Sixteen runs of the twin with back-off, which recovers after some nine seconds."""
    file = twin(clients__base__retry="backing_off", clients__surge__retry="backing_off")
    with ThreadPoolExecutor(2) as executor:
        return predict(tables_of(file, None), seed=7, runs_count=16, executor=executor)


@pytest.fixture(name="real", scope="module")
def as_if_measured(prediction):
    """Other runs of the same world."""
    tables = prediction.tables
    runs = [simulate(tables, seed=99, replication=i) for i in range(3)]
    return [outcome(tables, run) for run in runs]


def test_runs_of_the_same_world_agree(prediction, real):
    """Another seed ends alike, and every quantity that decides is within its bound."""
    agreement = compare(prediction, real)

    assert agreement.holds
    assert agreement.ending_agrees
    assert not agreement.undecided
    assert (3, 3) == (agreement.recovered_count, agreement.runs_count)
    time, packets = agreement.quantities[:2]
    assert abs(time.error_ratio) < 0.15
    assert time.error_low_ratio <= time.error_ratio <= time.error_high_ratio
    assert abs(packets.error_ratio) < 0.05


def test_another_ending_is_no_agreement(prediction, real):
    """One real run of three that stays down contradicts a prediction that all recover."""
    down = dataclasses.replace(real[0], recovered=False, recovery_s=None)

    agreement = compare(prediction, [down, *real[1:]])

    assert not agreement.ending_agrees
    assert not agreement.holds


@pytest.mark.parametrize(
    ("change", "name"),
    [({"packets_count": 60_000}, "packets"), ({"recovery_s": 15.0}, "time to recover")],
)
def test_a_quantity_out_of_bounds_is_no_agreement(prediction, real, change, name):
    """The ending is right and the number is not: that is said of the one that is off."""
    agreement = compare(prediction, [dataclasses.replace(one, **change) for one in real])

    assert agreement.ending_agrees
    assert not agreement.holds
    assert [name] == [one.name for one in agreement.quantities if one.agrees is False]


@pytest.mark.parametrize(("recovered", "agrees"), [(0, False), (1, True), (2, True), (3, True)])
def test_near_the_edge_only_the_improbable_disagrees(prediction, real, recovered, agrees):
    """Where 80 % were to recover, none of three is improbable and one is not."""
    edge = dataclasses.replace(
        prediction, recovers=Probability(value=0.8, low=0.75, high=0.85, runs_count=400)
    )
    down = dataclasses.replace(real[0], recovered=False, recovery_s=None)

    agreement = compare(edge, [*real[:recovered], *[down] * (3 - recovered)])

    assert agreement.undecided
    assert agrees == agreement.ending_agrees


def test_what_never_happened_has_no_error(prediction, real):
    """Nothing is refused by a limit, so nothing can be off."""
    shed = next(one for one in compare(prediction, real).quantities if one.name == "refused by a limit")

    assert shed.error_ratio is None
    assert shed.agrees is None


def test_a_measurement_reads_as_the_run_it_is_made_of(prediction):
    """One definition for both: the engine's counts, filled into a measurement, end the same way."""
    tables = prediction.tables
    file = twin(clients__base__retry="backing_off", clients__surge__retry="backing_off")
    run = simulate(tables, seed=12)
    measured = measure(
        write_world(file.document), activity=None, horizon_s=HORIZON_S, server="sleeping", seed=11
    )

    found = outcome(tables, as_run(measured, tables))
    expected = outcome(tables, run)

    assert expected.recovered == found.recovered
    assert expected.recovery_s == found.recovery_s
    assert expected.packets_count == found.packets_count
    assert expected.given_up_count == found.given_up_count
    assert pytest.approx(expected.p99_s, rel=0.05) == found.p99_s
    ours, real = course(tables, run), course(tables, as_run(measured, tables))
    assert list(ours) == list(real)
    for key, values in ours.items():
        tolerance = 0.001 if key[1] == "queue" else 1e-9
        assert pytest.approx(list(values), abs=tolerance) == list(real[key])


SURE = Probability(value=1.0, low=0.83, high=1.0, runs_count=20)
RARE = Probability(value=0.25, low=0.09, high=0.49, runs_count=20)


@pytest.mark.parametrize(("nearby", "near_edge"), [((SURE, SURE), False), ((SURE, RARE), True), ((), False)])
def test_a_world_whose_neighbours_end_otherwise_is_near_an_edge(prediction, real, nearby, near_edge):
    """Where a few percent of a number decide, it was said before, and either ending is possible."""
    down = dataclasses.replace(real[0], recovered=False, recovery_s=None)
    told = dataclasses.replace(prediction, nearby=nearby)

    agreement = compare(told, [down, *real[1:]])

    assert (near_edge, near_edge) == (agreement.near_edge, agreement.undecided)
    assert near_edge == agreement.ending_agrees
