"""What probes say, on record."""

from __future__ import annotations

import pytest

from record_sample import NOON_S, desk
from tidegate.journal.entry import Draft
from tidegate.track.alert import Alert, AlertBatch
from tidegate.verbs.record.component import claim
from tidegate.verbs.record.probed import CONFIRMED_S, hear_probes

NOTHING = AlertBatch(alerts=(), truncated_count=0, receiver="probes", external_url="")


@pytest.fixture(name="at")
def probed():
    """A desk with one component, of a service of another name."""
    here, clock, journal = desk()
    payload = {"title": "Sign-in", "noun": "login"}
    here.say([Draft(kind="component.declared", subject="sign-in", payload=payload)])
    return here, clock, journal


def claims_count(here) -> int:
    return len(here.state.own_claims("sign-in"))


def test_a_claim_is_confirmed_before_it_lapses_and_no_sooner(at):
    """Answered each minute for a day: never unknown, and one entry each hour and a half."""
    here, clock, _ = at
    for _ in range(24 * 60):
        clock.now_s += 60
        hear_probes(here, NOTHING, {"login": clock.now_s}, every_s=60)
        assert "operational" == here.state.status("sign-in", clock.now_s).value
    assert 16 == claims_count(here)


def test_an_answer_that_is_told_again_says_nothing_new(at):
    """The watch turns more often than probes ask."""
    here, clock, _ = at
    for _ in range(5):
        hear_probes(here, NOTHING, {"login": NOON_S}, every_s=60)
        clock.now_s += CONFIRMED_S
    assert 1 == claims_count(here)


def test_a_probe_that_asks_rarely_confirms_for_longer(at):
    """Four questions long, whatever they are apart."""
    here, clock, _ = at
    hear_probes(here, NOTHING, {"login": clock.now_s}, every_s=7200)
    assert "operational" == here.state.status("sign-in", clock.now_s + 4 * 7200 - 1).value
    assert "unknown" == here.state.status("sign-in", clock.now_s + 4 * 7200).value


def test_an_answer_lowers_nothing_that_a_person_said(at):
    """The way down is a person's."""
    here, clock, _ = at
    claim(here, "sign-in", "partial_outage")
    clock.now_s += 60
    hear_probes(here, NOTHING, {"login": clock.now_s}, every_s=60)
    assert "partial_outage" == here.state.status("sign-in", clock.now_s).value


def test_a_service_that_is_no_component_is_passed_over(at):
    """Only what people look up is claimed."""
    here, clock, _ = at
    hear_probes(here, NOTHING, {"search": clock.now_s}, every_s=60)
    assert 0 == claims_count(here)


def test_an_outage_that_a_probe_notices_says_so(at):
    """Its source is the probe; an alert of the same joins it and changes no source."""
    here, clock, _ = at
    failing = Alert(
        fingerprint="probelogin", is_firing=True, starts_s=clock.now_s, ends_s=None,
        labels={"service": "login", "severity": "major"}, annotations={},
    )  # fmt: skip
    (one,) = hear_probes(
        here, AlertBatch(alerts=(failing,), truncated_count=0, receiver="", external_url=""), {}, every_s=60
    )
    assert ("probe", {"sign-in": "major_outage"}) == (
        one.source,
        {name: status.value for name, status in one.components.items()},
    )
