"""Activities: beside the readable twin every count is the same, step by step."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_packet_twin import assert_the_same
from twin_activities import changing_worlds

SMALL = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@SMALL
@given(data=st.data())
def test_worlds_with_an_activity_are_the_same_to_the_last_packet(data: st.DataObject) -> None:
    """Every count of every bin is the same in the engine and in its twin."""
    assert_the_same(data.draw(changing_worlds()), runs=1)


@pytest.mark.evidence
@settings(SMALL, max_examples=1500, derandomize=False)
@given(data=st.data())
def test_many_worlds_with_an_activity_are_the_same(data: st.DataObject) -> None:
    """The same on worlds that nobody has seen before."""
    assert_the_same(data.draw(changing_worlds()), runs=1)
