"""How a component is: maintenance over manual over system; raise, never lower."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tidegate.track.component import RANK, Claim, Status, effective, worst

STATUSES = st.sampled_from([s for s in Status if s is not Status.MAINTENANCE])


def claim(source, status, at_s, until_s=None):
    return Claim(source=source, status=status, at_s=at_s, until_s=until_s)


def test_nothing_said_is_operational():
    """Without any claim a component is operational."""
    assert Status.OPERATIONAL is effective([], 0.0)


def test_maintenance_decides_alone():
    """During maintenance nothing else shows."""
    claims = [claim("maintenance", Status.MAINTENANCE, 0.0), claim("manual", Status.MAJOR, 1.0)]
    assert Status.MAINTENANCE is effective(claims, 2.0)


def test_a_person_overrules_what_a_machine_said_before():
    """An older automatic claim does not stand against a person's; a newer worse one does."""
    person = claim("manual", Status.OPERATIONAL, 5.0)
    assert Status.OPERATIONAL is effective([claim("system", Status.MAJOR, 1.0), person], 10.0)
    assert Status.MAJOR is effective([claim("system", Status.MAJOR, 6.0), person], 10.0)


@given(STATUSES, STATUSES, st.floats(0, 10), st.floats(0, 10))
def test_a_machine_never_lowers_what_a_person_said(said, automatic, said_s, automatic_s):
    """Whatever an automatic claim says, the component is at least as bad as the person's word."""
    claims = [claim("manual", said, said_s), claim("system", automatic, automatic_s)]
    assert RANK[effective(claims, 20.0)] >= RANK[said]


def test_an_automatic_claim_that_is_not_renewed_means_unknown():
    """Green ages by itself: what nobody confirmed in time is not known."""
    claims = [claim("system", Status.OPERATIONAL, 0.0, until_s=60.0)]
    assert Status.OPERATIONAL is effective(claims, 59.0)
    assert Status.UNKNOWN is effective(claims, 60.0)
    assert Status.MAJOR is effective([*claims, claim("outage", Status.MAJOR, 0.0)], 60.0)


def test_claims_hold_from_when_they_are_so():
    """A claim about the future says nothing now."""
    assert Status.OPERATIONAL is effective([claim("manual", Status.MAJOR, 10.0)], 9.0)


def test_the_worst_of_several():
    """Unknown is worse than operational and better than any outage."""
    assert Status.UNKNOWN is worst([Status.OPERATIONAL, Status.UNKNOWN])
    assert Status.DEGRADED is worst([Status.DEGRADED, Status.UNKNOWN])
    assert Status.OPERATIONAL is worst([])


def test_a_word_of_a_person_that_was_not_renewed_is_worth_nothing():
    """Operational until 60 s is unknown after it, not operational for ever."""
    claims = [claim("manual", Status.OPERATIONAL, 0.0, until_s=60.0)]
    assert Status.OPERATIONAL == effective(claims, 59.0)
    assert Status.UNKNOWN == effective(claims, 61.0)
    assert Status.DEGRADED == effective([*claims, claim("system", Status.DEGRADED, 30.0)], 61.0)
