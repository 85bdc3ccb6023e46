"""What Alertmanager, Grafana and PagerDuty send, in the forms that their documentation shows."""

from __future__ import annotations

import pytest

from record_sample import NOON_S, desk
from tidegate.errors import InputError
from tidegate.journal.moment import moment_text
from tidegate.track.component import Component, Status
from tidegate.track.correlate import correlate, noun_of
from tidegate.track.lifecycle import OutageEvent
from tidegate.track.pager import read_alerts
from tidegate.track.proposal import proposals
from tidegate.verbs.record.alert import bind, hear
from tidegate.verbs.record.component import Described, declare
from tidegate.verbs.record.gather import gather
from tidegate.verbs.record.outage import Report as OutageReport
from tidegate.verbs.record.outage import find_outage, move, open_outage

GRAFANA = {
    "receiver": "tidegate", "status": "firing", "orgId": 1, "version": "1", "groupKey": "{}:{}",
    "truncatedAlerts": 0, "title": "[FIRING:1]", "state": "alerting", "message": "", "externalURL": "https://g.example/",
    "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
    "alerts": [{
        "status": "firing", "fingerprint": "c6eadffa33fcdf37",
        "labels": {"alertname": "High memory usage", "team": "blue", "service": "checkout"},
        "annotations": {"summary": "Memory is full", "description": "The system has high memory usage",
                        "runbook_url": "https://runbook.example/1234"},
        "startsAt": "2021-10-12T09:51:03.157076+02:00", "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://g.example/alerting/1afz29v7z/edit",
        "silenceURL": "https://g.example/alerting/silence/new?alertmanager=grafana",
        "dashboardURL": "https://g.example/d/abc", "panelURL": "javascript:alert(1)",
        "values": {"B": 44.2, "C": 1},
    }],
}  # fmt: skip


def pager(kind: str, status: str, **data: object) -> dict[str, object]:
    found = {
        "id": "PGR0VU2", "type": "incident", "self": "https://api.pagerduty.com/incidents/PGR0VU2",
        "html_url": "https://acme.pagerduty.com/incidents/PGR0VU2", "number": 2, "status": status,
        "incident_key": "d3640fbd41094207a1c11e58e46b1662", "created_at": "2020-04-09T15:16:27Z",
        "title": "A little bump in the road",
        "service": {"id": "PF9KMXH", "summary": "API Service", "type": "service_reference"},
        "assignees": [], "teams": [], "priority": {"id": "PSO75BM", "summary": "P1"}, "urgency": "high",
        "conference_bridge": {"conference_number": "+1 1", "conference_url": "https://meet.example/1"},
        "resolve_reason": None, **data,
    }  # fmt: skip
    return {
        "event": {
            "id": "5ac64822-4adc-4fda-ade0-410becf0de4f", "event_type": kind, "resource_type": "incident",
            "occurred_at": "2020-04-09T15:46:27Z", "agent": None, "client": None, "data": found,
        }
    }  # fmt: skip


def test_grafanas_webhook_is_read():
    """The same alerts as Alertmanager's; runbook and links are kept, and what is no web address is not."""
    here, _, _ = desk(with_world=False)
    (one,) = hear(here, read_alerts(GRAFANA))
    (seen,) = one.seen
    assert ("Memory is full", "https://runbook.example/1234") == (seen.summary, seen.runbook)
    assert {"source", "dashboard", "silence"} == seen.links.keys()
    assert "checkout" == seen.labels["service"]


def test_an_alert_without_annotations_is_one():
    """Go writes an empty map as null: the alert fires all the same."""
    here, _, _ = desk(with_world=False)
    bare = {**GRAFANA, "alerts": [{**GRAFANA["alerts"][0], "annotations": None, "values": None}]}
    (one,) = hear(here, read_alerts(bare))
    assert "High memory usage" == one.seen[0].summary


def test_pagerdutys_webhook_is_read():
    """One incident is one alert from its begin to its end; the link leads to it."""
    here, _, _ = desk(with_world=False)
    declare(here, [Described(id="api", title="API service")])
    (one,) = hear(here, read_alerts(pager("incident.triggered", "triggered")))
    assert ("api", {"api": Status.UNKNOWN}) == (one.cause, one.components)
    assert () == hear(here, read_alerts(pager("incident.acknowledged", "acknowledged")))
    (seen,) = one.seen
    assert {
        "incident": "https://acme.pagerduty.com/incidents/PGR0VU2",
        "conference": "https://meet.example/1",
    } == seen.links
    (over,) = hear(here, read_alerts(pager("incident.resolved", "resolved")))
    assert (False, 1800.0) == (over.seen[0].is_firing, over.seen[0].ends_s - over.seen[0].starts_s)
    (again,) = hear(here, read_alerts(pager("incident.reopened", "triggered")))
    assert (one.id, True) == (again.id, again.seen[0].is_firing)
    assert 1 == len(here.state.outages())


@pytest.mark.parametrize("kind", ["pagey.ping", "service.updated", "incident.annotated"])
def test_events_about_no_incidents_state_are_taken_and_mean_nothing(kind):
    """PagerDuty ends a subscription whose calls are refused."""
    assert () == read_alerts({"event": {"event_type": kind, "data": {"type": "ping"}}}).alerts
    assert () == read_alerts({"event": {"event_type": kind, "data": None}}).alerts


def test_an_event_names_every_fault():
    """Three things wrong are three faults with their places."""
    with pytest.raises(InputError) as caught:
        read_alerts(pager("incident.triggered", "on fire", id="a/b", created_at=[]))
    assert {"event.data.id", "event.data.status", "event.data.created_at"} == {
        fault.path for fault in caught.value.faults
    }
    with pytest.raises(InputError):
        read_alerts({"event": "x"})


def test_an_alert_that_fires_again_is_shown_so():
    """In its own outage while that lasts; as another once it is over."""
    here, _, _ = desk(with_world=False)
    gone = {
        **GRAFANA,
        "alerts": [{**GRAFANA["alerts"][0], "status": "resolved", "endsAt": "2021-10-12T10:51:03Z"}],
    }
    (one,) = hear(here, read_alerts(GRAFANA))
    hear(here, read_alerts(gone))
    (back,) = hear(here, read_alerts(GRAFANA))
    assert (one.id, True) == (back.id, back.seen[0].is_firing)
    hear(here, read_alerts(gone))
    move(here, find_outage(here.state, one.id), OutageEvent.RESOLVE)
    (new,) = hear(here, read_alerts(GRAFANA))
    assert new.id != one.id
    assert () == hear(here, read_alerts(GRAFANA))


def fired(number: int, at_s: float = NOON_S, **labels: str) -> dict[str, object]:
    return {
        "status": "firing", "labels": labels, "annotations": {"summary": f"alert {number}"},
        "startsAt": moment_text(at_s), "endsAt": "0001-01-01T00:00:00Z", "fingerprint": f"f{number}",
    }  # fmt: skip


def sent(*alerts: dict[str, object]):
    return read_alerts({"version": "4", "alerts": list(alerts)})


@pytest.mark.parametrize("said", [{}, {"severity": "sev-2"}, {"severity": "info"}])
@pytest.mark.parametrize("with_world", [True, False])
def test_what_no_severity_says_is_not_known_yet(said, with_world):
    """Neither no impact nor a guessed one, of the component itself and of what it is needed by."""
    here, _, _ = desk(with_world=with_world)
    (one,) = hear(here, sent(fired(1, service="store", **said)))
    assert "unknown" == one.impact
    assert {Status.UNKNOWN} >= set(one.components.values())
    (one,) = hear(here, sent(fired(2, service="store", severity="Critical")))
    assert ("critical" if with_world else "unknown") == one.impact


def test_an_outage_that_names_no_component_has_no_known_impact():
    """Opened by hand, or by an alert that no rule knows."""
    here, _, _ = desk(with_world=False)
    assert "unknown" == open_outage(here, OutageReport(title="something")).impact
    (one,) = hear(here, sent(fired(1, app="nobody knows", severity="critical")))
    assert "unknown" == one.impact


def test_a_picked_label_means_its_component_from_then_on():
    """It raises what fires already, decides before every other rule, and can be undone."""
    here, _, _ = desk(with_world=False)
    declare(here, [Described(id="web", title="Web shop"), Described(id="mail", title="Mail")])
    (one,) = hear(here, sent(fired(1, app="frontend-v2", severity="critical")))
    assert {} == one.components
    (raised,) = bind(here, "app", "frontend-v2", "web")
    assert (one.id, {"web": Status.MAJOR}) == (raised.id, raised.components)
    (other,) = hear(
        here, sent(fired(2, NOON_S + 5000, app="frontend-v2", component="mail", severity="warning"))
    )
    assert {"web": Status.DEGRADED} == other.components
    bind(here, "app", "frontend-v2", "")
    assert {} == here.state.bindings()
    with pytest.raises(InputError, match="no such component"):
        bind(here, "app", "frontend-v2", "wbe")
    with pytest.raises(InputError, match="names no label"):
        bind(here, "", "", "web")


@pytest.mark.parametrize(
    ("labels", "noun"),
    [
        ({"service": "WEB"}, "web"),
        ({"service": "web shop"}, "web"),
        ({"job": "mail", "service": "unknown"}, "mail"),
        ({"service": "mail", "tidegate_component": "web"}, "web"),
        ({"instance": "web"}, ""),
    ],
)
def test_the_rule_of_labels(labels, noun):
    """The most telling label first, by id or title, in whatever case; others say nothing."""
    components = (Component(id="web", title="Web shop"), Component(id="mail", title="Mail"))
    assert noun == noun_of(labels, None, components, {})
    assert "mail" == noun_of({**labels, "x": "y"}, None, components, {("x", "y"): "mail"})


def test_alerts_of_one_incident_are_proposed_as_one_outage():
    """Without a world each component's alerts open one; one button makes them one."""
    here, clock, _ = desk(with_world=False)
    declare(here, [Described(id=name, title=name) for name in ("web", "mail", "chat", "wiki")])
    alerts = [fired(n, NOON_S + 60 * n, service=name, cluster="eu1", severity="critical", alertname=name)
              for n, name in enumerate(("web", "mail", "chat"))]  # fmt: skip
    clock.now_s += 300
    hear(here, sent(*alerts, fired(9, NOON_S + 7200, service="wiki", cluster="eu1")))
    (found,) = proposals(here.state.outages(), None)
    assert ("web", ["mail", "chat"]) == (found.into.cause, [one.cause for one in found.others])
    assert (("cluster=eu1",), 120.0) == (found.shared, found.within_s)
    one = gather(here, found.into, found.others)
    assert {"web", "mail", "chat"} == one.components.keys()
    assert () == proposals(here.state.outages(), None)


def test_what_is_known_to_be_apart_is_not_proposed():
    """By the world's graph, or by people who confirmed both."""
    here, _, _ = desk()
    hear(here, sent(fired(1, service="search"), fired(2, service="store")))
    assert 2 == len(here.state.outages())
    assert () == proposals(here.state.outages(), here.world)
    assert 1 == len(proposals(here.state.outages(), None))
    for one in here.state.outages():
        move(here, one, OutageEvent.CONFIRM)
    assert () == proposals(here.state.outages(), None)


def test_a_warning_guesses_nothing_worse_of_what_depends_on_it():
    """The graph says whom it reaches, not that they are worse off than the cause."""
    here, _, _ = desk()
    (one,) = hear(here, sent(fired(1, service="store", severity="warning")))
    assert {Status.DEGRADED} == set(one.components.values())
    assert 3 == len(one.components)


def test_the_journal_keeps_annotations_within_bounds():
    """However many and however long."""
    here, _, _ = desk(with_world=False)
    long = {**fired(1), "annotations": {f"a{n}": "ö" * 9_000 for n in range(500)}}
    (one,) = hear(here, sent(long))
    assert 40 == len(one.seen[0].annotations)
    assert 2_000 >= max(len(text.encode()) for text in one.seen[0].annotations.values())
    assert () == correlate([], world=None, components=(), outages=())
