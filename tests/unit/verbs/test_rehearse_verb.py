from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest

from rehearsal_sample import measure, twin
from tidegate.api import load
from tidegate.errors import InputError, RigError
from tidegate.verbs.demo import SCENES, WORLD, measure_scenes, predict_scenes
from tidegate.verbs.rehearse import Asked, activity_of, carry_out, exit_code, prepare
from tidegate.world.file.read import read_world


@pytest.fixture(name="executor", scope="module")
def two_threads():
    with ThreadPoolExecutor(4) as executor:
        yield executor


@pytest.fixture(name="ready", scope="module")
def predicted(executor):
    return prepare(Asked(file=twin(), repeats_count=2, predicted_count=10), executor=executor)


def _stalled(measured):
    return dataclasses.replace(measured, lateness_s=(0.5, *measured.lateness_s[1:]))


def test_a_prediction_that_holds_exits_0(ready):
    """Two real runs as predicted: nothing spoiled, exit code 0."""
    done = carry_out(ready, measure=measure)

    assert 0 == exit_code(done)
    assert (2, ()) == (len(done.runs), done.spoiled)
    assert "kernel_twin" == done.world


def test_a_prediction_that_does_not_hold_exits_5(ready):
    """A real network on which the surge does not come at all."""

    def calm(text, **options):
        return measure(text.replace("surge.population: 600", "surge.population: 0"), **options)

    assert 5 == exit_code(carry_out(ready, measure=calm))


def test_a_spoiled_run_is_repeated_once_and_reported(ready):
    """The first run stalls; the second attempt counts, and the stall is told."""
    seen = []

    def stalls_once(text, **options):
        seen.append(options["seed"])
        found = measure(text, **options)
        return _stalled(found) if len(seen) == 1 else found

    done = carry_out(ready, measure=stalls_once)

    assert 3 == len(seen) == len(set(seen))
    assert 2 == len(done.runs)
    assert ["run 1: the machine stalled: a timer woke 0.50 s late at 0.0 s"] == list(done.spoiled)


def test_a_run_spoiled_twice_is_invalid(ready):
    """No answer is given, with exit code 4."""
    with pytest.raises(RigError, match="invalid, twice") as caught:
        carry_out(ready, measure=lambda text, **options: _stalled(measure(text, **options)))

    assert 4 == caught.value.exit_code


def test_the_rig_gets_the_text_that_was_predicted(ready):
    """What is measured is a world file of the scaled world."""
    texts = []

    def listening(text, **options):
        texts.append(text)
        return measure(text, **options)

    carry_out(ready, measure=listening)

    assert ready.rehearsable.file.world == read_world(texts[0], "rig").world


def test_what_the_rig_has_not_is_refused_before_anything_runs(executor):
    """A queue that answers with a reset when it is full has no Linux device."""
    with pytest.raises(InputError, match="queue_when_full"):
        prepare(Asked(file=twin(crossings__device__queue_when_full="visible")), executor=executor)


def test_the_activity_is_the_only_one_or_named():
    """One activity needs no name; several do; a world without any is its triggers."""
    assert "to_90" == activity_of(load("everyday_nat"), "to_90")
    assert "scale_out" == activity_of(load("us_east_1_2021"), None)
    assert activity_of(twin(), None) is None
    with pytest.raises(InputError, match="which activity"):
        activity_of(load("everyday_nat"), None)
    with pytest.raises(InputError, match="no such activity"):
        activity_of(load("everyday_nat"), "shrink")


def test_the_demo_predicts_what_it_is_about(executor):
    """The surge and its reset stay down, the limit that drops and the spread one do not."""
    scenes = predict_scenes(load(WORLD), seed=7, executor=executor)

    assert [0.0, 1.0, 0.0, 1.0] == [scene.prediction.recovers.value for scene in scenes]


def test_every_scene_is_heard_and_measured(executor):
    """Each pane hears its own run."""
    heard = set()
    with ThreadPoolExecutor(4) as four:
        scenes = predict_scenes(load(WORLD), seed=7, executor=executor)
        done = measure_scenes(
            scenes, measure=measure, executor=four, heard=lambda number, message: heard.add(number)
        )

    assert set(range(len(SCENES))) == heard
    assert [True] * 4 == [one.agreement.ending_agrees for one in done]
