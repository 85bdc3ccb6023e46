"""The files that `protect` writes, switched on: do they limit to what they claim, and does it help?"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from overloaded_sample import admitted_per_s
from tidegate.adapters.linux.rehearsal import measure
from tidegate.adapters.linux.sandbox.features import missing_programs
from tidegate.adapters.linux.sandbox.outside import why_forbidden
from tidegate.api import load
from tidegate.errors import RigError
from tidegate.rehearse.rehearsal import Rehearsal
from tidegate.verbs.rehearse import Asked, carry_out, prepare
from tidegate.world.file.overlay import overlay

FORBIDDEN = why_forbidden() or "; ".join(missing_programs(["ip", "tc", "nft"]))
REQUIRED = os.environ.get("REQUIRE_PARTS") == "1"

pytestmark = pytest.mark.skipif(bool(FORBIDDEN) and not REQUIRED, reason=f"not possible here: {FORBIDDEN}")

RATE_PER_S = 200.0


@pytest.mark.parametrize(
    ("target", "excess"),
    [
        ("nftables", "drop"),
        ("haproxy", "reset"),
        pytest.param("haproxy", "drop", marks=pytest.mark.evidence),
        pytest.param("envoy", "reset", marks=pytest.mark.evidence),
    ],
)
def test_the_claimed_rate_holds(target: str, excess: str) -> None:
    """Of 300 connections a second the written file lets in the 200 it claims, within 2 %."""
    if missing := missing_programs([target] if target != "nftables" else []):
        assert not REQUIRED, missing
        pytest.skip(f"not possible here: {missing[0]}")
    assert RATE_PER_S == pytest.approx(admitted_per_s(target, RATE_PER_S, excess), rel=0.02)


def surge(target: str | None) -> Rehearsal:
    file = load("surge")
    if target is not None:
        limit = {"crossings.nat.admission.rate": "190/s", "crossings.nat.admission.burst": 10}
        file = overlay(file, limit)
    asked = Asked(file=file, scale=1.0, switch_on=target, predicted_count=20)
    with ThreadPoolExecutor(2) as executor:
        ready = prepare(asked, executor=executor)
    try:
        return carry_out(ready, measure=measure)
    except RigError:
        return carry_out(ready, measure=measure)  # both of its runs were spoiled


@pytest.mark.evidence
def test_the_written_ruleset_lets_the_surge_recover_as_predicted() -> None:
    """With the file for nftables loaded the surge recovers, without it it stays down; both as predicted."""
    protected, bare = surge("nftables"), surge(None)
    assert (1, 0) == (protected.agreement.recovered_count, bare.agreement.recovered_count)
    assert protected.agreement.ending_agrees
    assert protected.agreement.holds
    assert bare.agreement.ending_agrees


@pytest.mark.evidence
def test_a_proxy_behind_the_device_does_not_save_it() -> None:
    """The same limit behind the device does not help, because first packets have passed it: as predicted."""
    done = surge("haproxy")
    assert 0 == done.agreement.recovered_count
    assert done.agreement.ending_agrees
