"""A site made from what was made before is, byte for byte, the site made from nothing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from test_site_privacy import drafts

import site_sample as sample
from record_sample import NOON_S, Memory
from tidegate.inform.state import State


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(drafts(), st.integers(0, 100_000)), min_size=1, max_size=8))
def test_what_was_taken_over_is_what_would_be_made(steps):
    """After every entry and any time, taking over and making anew give the same bytes."""
    journal, state, before, now_s = Memory(), State(), None, NOON_S
    state.take_all(journal.entries())
    for one, passed_s in steps:
        now_s += passed_s
        state.take_all(journal.append([one]))
        before = sample.built(state, now_s, before)
        assert sample.built(state, now_s).contents() == before.contents()
