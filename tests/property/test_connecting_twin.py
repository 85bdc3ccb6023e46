"""What new connections carry first, beside the readable twin: every count of every bin is the same."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_packet_twin import assert_the_same
from twin_connecting import connecting_worlds, restarted_worlds

SMALL = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


FAMILIES = {"connections that are opened": connecting_worlds, "restarts by checks": restarted_worlds}


@pytest.mark.parametrize("family", FAMILIES)
@SMALL
@given(data=st.data())
def test_connecting_worlds_are_the_same_to_the_last_packet(family: str, data: st.DataObject) -> None:
    """Every count of every bin is the same in the engine and in its twin."""
    assert_the_same(data.draw(FAMILIES[family]()), runs=1)


@pytest.mark.evidence
@pytest.mark.parametrize("family", FAMILIES)
@settings(SMALL, max_examples=1500, derandomize=False)
@given(data=st.data())
def test_many_connecting_worlds_are_the_same(family: str, data: st.DataObject) -> None:
    """The same on worlds that nobody has seen before."""
    assert_the_same(data.draw(FAMILIES[family]()), runs=1)
