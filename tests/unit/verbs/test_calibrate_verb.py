"""Calibrate: what is asked for, and what becomes of what was seen."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError, RigError
from tidegate.rehearse.cost import KINDS
from tidegate.verbs.calibrate import asked, calibrate, exit_code

SEEN = {
    "samples": {"forwarding": [1e-6, 1.1e-6], "haproxy_tcp": [-1e-6, 1e-6]},
    "left_out": {"envoy_tcp": "the program envoy is missing"},
    "programs": {"haproxy": "HAProxy 2.6"},
    "load": 0.5,
    "cpus": 2,
    "other": 0.1,
    "steal": 0.0,
}


def found(measure):
    names = ("forwarding", "haproxy_tcp", "envoy_tcp")
    return calibrate(names, length_s=3.0, machine="M", date="2026-01-02", measure=measure)


def test_all_costs_are_asked_for_when_none_is_named():
    """Without a list everything is measured."""
    assert (tuple(KINDS), 45.0) == asked(None, "45s")


def test_a_group_stands_for_its_costs_in_their_usual_order():
    """Groups may come in any order, with spaces."""
    names, length_s = asked("haproxy, conntrack", "2s")
    assert ("known_flow", "new_flow", "haproxy_tcp", "haproxy_http") == names
    assert 2.0 == length_s


def test_every_fault_of_the_question_is_told_at_once():
    """Unknown groups and an impossible length are three faults."""
    with pytest.raises(InputError) as caught:
        asked("haproxy,apache,", "2 weeks")
    assert ["--only", "--only", "--for"] == [fault.path for fault in caught.value.faults]


@pytest.mark.parametrize("length", ["0.5s", "601s", "0s"])
def test_the_length_is_bounded(length):
    """From one second to ten minutes."""
    with pytest.raises(InputError, match="1s to 600s"):
        asked(None, length)


def test_what_was_seen_becomes_costs_and_reasons():
    """Costs that show keep their samples' median; the others are named with their reason."""
    calibration = found(lambda _names, *, length_s: SEEN)
    assert ["forwarding"] == [one.name for one in calibration.costs]
    assert pytest.approx(1.05e-6) == calibration.costs[0].cost_s
    envoy, haproxy = calibration.left_out
    assert "Envoy: TCP connection: the program envoy is missing" == envoy
    assert haproxy.startswith("HAProxy: TCP connection: too much else went on")
    assert 0 == exit_code(calibration)


def test_names_and_length_reach_what_measures():
    """The effect is asked for exactly what was meant."""
    seen = []
    found(lambda names, *, length_s: seen.append((names, length_s)) or SEEN)
    assert [(("forwarding", "haproxy_tcp", "envoy_tcp"), 3.0)] == seen


def test_a_machine_that_forbids_the_sandbox_gives_one_line_and_exit_4():
    """Nothing measured is not an error to be shown as one, but no success either."""

    def forbidden(_names, *, length_s):
        raise RigError("this machine refuses")

    calibration = found(forbidden)
    assert ("this machine refuses",) == calibration.left_out
    assert 4 == exit_code(calibration)
