"""A number that breaks a plan only at one end of its range: few of the worlds drawn come near it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.evaluate.judging.asked import Check
from tidegate.evaluate.judging.judge import judge
from tidegate.world.file.overlay import overlay
from tiny_worlds import grow, twin


def judged(file, activity=None):
    with ThreadPoolExecutor(2) as executor:
        return judge(Check(file=file, activity=activity), executor=executor)


def ranged(value, low, high, basis="assumed"):
    return {"value": value, "low": low, "high": high, "basis": basis, "measure": "ask the vendor"}


CONNECTIONS = "services.web.connections"


@pytest.mark.parametrize(("low", "said"), [("195", "cannot_tell"), ("201", "proceed")])
def test_a_limit_at_its_low_end_decides(low, said):
    """Forty pods keep 200 connections; of the range of the limit hardly a hundredth is below that."""
    verdict = judged(overlay(grow(), {CONNECTIONS: ranged("5000", low, "1000000")}), "grow")
    assert verdict.ranges[0].collapse.value <= 0.05
    assert (said, CONNECTIONS if said == "cannot_tell" else "") == (verdict.verdict, verdict.deciding)
    if said == "cannot_tell":
        assert (CONNECTIONS, "1M", low) == (
            verdict.needed[0].path, verdict.needed[0].safe_end, verdict.needed[0].unsafe_end,
        )  # fmt: skip


def test_an_end_at_which_only_runs_collapse_decides():
    """No sum says that a slow device chokes on immediate retries: it is run at that end."""
    forwarding = "{value: 100k/s, low: 2k/s, high: 1000G/s, basis: assumed, measure: ask the vendor}"
    verdict = judged(twin(retry="immediate", forwarding=forwarding))
    assert verdict.ranges[0].collapse.value <= 0.05
    assert ("cannot_tell", "crossings.device.forwarding") == (verdict.verdict, verdict.deciding)


def test_two_ends_that_only_together_exceed_a_limit_decide():
    """At 400 requests a second six at a time are enough for 5 ms, and for 22 ms they are not."""
    held = {"services.web.concurrency": ranged("100", "6", "800"),
            "services.web.service_time": ranged("5ms", "1ms", "22ms")}  # fmt: skip
    verdict = judged(overlay(grow(), held), "grow")
    assert verdict.ranges[0].collapse.value <= 0.05
    assert ("cannot_tell", set(held)) == (verdict.verdict, {one.path for one in verdict.needed})
