"""Alerts become outages: one cause, one outage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from record_sample import NOON_S, desk, world
from tidegate.errors import InputError
from tidegate.journal.moment import moment_text
from tidegate.track.alert import Alert, read_webhook
from tidegate.track.component import Component, Status
from tidegate.track.correlate import correlate
from tidegate.verbs.record.alert import hear
from tidegate.verbs.record.outage import change


def alert(number: int, service: str, severity: str = "critical", **labels) -> Alert:
    return Alert(
        fingerprint=f"f{number}",
        is_firing=True,
        starts_s=NOON_S + number,
        ends_s=None,
        labels={"service": service, "severity": severity, **labels},
        annotations={"summary": f"{service} is slow"},
    )


def group(alerts, **given):
    arguments = {"world": world(), "components": (), "outages": (), **given}
    return correlate(alerts, **arguments)


def test_sixty_alerts_of_one_cause_are_one_group():
    """Alerts of shop, sign-in and storage have storage in common; edge reaches less of them."""
    names = ["shop", "login", "store"]
    (found,) = group([alert(number, names[number % 3]) for number in range(60)])
    assert ("store", "likely", 60) == (found.cause, found.certainty, len(found.alerts))
    assert {"shop", "login", "store"} == found.components.keys()


def test_the_smallest_cause_is_named():
    """Shop alone points at the shop, not at everything it needs."""
    (found,) = group([alert(1, "shop")])
    assert ("shop", "possible") == (found.cause, found.certainty)


def test_two_causes_are_two_groups():
    """What nothing has in common stays apart."""
    found = group([alert(1, "search"), alert(2, "store"), alert(3, "login")])
    assert [("store", 2), ("search", 1)] == [(one.cause, len(one.alerts)) for one in found]


def test_a_crossing_is_found_by_its_binding():
    """An alert on the device group of a crossing points at the crossing."""
    odd = Alert(
        fingerprint="d",
        is_firing=True,
        starts_s=NOON_S,
        ends_s=None,
        labels={"device_group": "edge"},
        annotations={},
    )
    (found,) = group([odd, alert(1, "shop")])
    assert "edge" == found.cause


def test_alerts_on_nothing_known_make_one_group():
    """Without a noun there is no cause, and no component is raised."""
    (found,) = group([alert(1, "moon"), alert(2, "sun")])
    assert ("", {}) == (found.cause, found.components)


def test_without_a_world_components_are_enough():
    """A plain list of components gathers alerts by component."""
    components = (Component(id="web", title="Web"), Component(id="mail", title="Mail"))
    found = group([alert(1, "web"), alert(2, "web"), alert(3, "mail")], world=None, components=components)
    assert [("web", 2), ("mail", 1)] == [(one.cause, len(one.alerts)) for one in found]


def test_alerts_during_maintenance_mean_nothing():
    """What is being worked on raises no outage."""
    assert () == group([alert(1, "shop")], in_maintenance={"shop"})


def batch(*alerts: Alert):
    return read_webhook(
        {
            "version": "4",
            "receiver": "tidegate",
            "alerts": [
                {
                    "status": "firing" if one.is_firing else "resolved",
                    "labels": one.labels,
                    "annotations": one.annotations,
                    "startsAt": moment_text(one.starts_s),
                    "endsAt": "0001-01-01T00:00:00Z" if one.ends_s is None else moment_text(one.ends_s),
                    "fingerprint": one.fingerprint,
                }
                for one in alerts
            ],
        }
    )


def test_alerts_open_one_outage_and_join_it():
    """The first call opens it, later alerts of the same cause join, the same alerts again change nothing."""
    here, clock, journal = desk()
    (one,) = hear(here, batch(alert(1, "store"), alert(2, "login")))
    assert ("Storage is disturbed", "emerging", "alert", 2) == (
        one.title,
        one.state.value,
        one.source,
        len(one.alerts),
    )
    assert ("buyers",) == one.segments
    clock.now_s += 60
    (same,) = hear(here, batch(alert(1, "store"), alert(3, "shop")))
    assert (one.id, 3, 1) == (same.id, len(same.alerts), len(here.state.outages()))
    entries_count = len(journal.sealed)
    assert () == hear(here, batch(alert(1, "store"), alert(2, "login"), alert(3, "shop")))
    assert entries_count == len(journal.sealed)


def test_alerts_raise_and_never_lower():
    """A warning after an outage of the whole does not make it better; a ceased alert neither."""
    here, _, _ = desk()
    (one,) = hear(here, batch(alert(1, "store")))
    change(here, one, components={"login": "degraded_performance"})
    (one,) = hear(here, batch(alert(2, "store", "warning"), alert(3, "login", "critical")))
    assert (Status.MAJOR, Status.MAJOR) == (one.components["store"], one.components["login"])
    ceased = replace(alert(1, "store"), is_firing=False, ends_s=NOON_S + 500)
    (one,) = hear(here, batch(ceased))
    assert (Status.MAJOR, 1, True) == (one.components["store"], len(one.ceased), one.is_open)
    assert () == hear(here, batch(ceased))


def test_a_webhook_names_every_fault():
    """Six things wrong are six faults with their places; what is not known is passed over."""
    payload = {
        "version": "3",
        "truncatedAlerts": -1,
        "unknown": 1,
        "alerts": [
            {"status": "maybe", "labels": {"a": 1}, "startsAt": "yesterday", "fingerprint": "a/b"},
            "alert",
        ],
    }
    with pytest.raises(InputError) as caught:
        read_webhook(payload)
    assert {
        "version",
        "alerts.0.status",
        "alerts.0.labels",
        "alerts.0.startsAt",
        "alerts.0.fingerprint",
        "alerts.1",
        "truncatedAlerts",
    } == {fault.path for fault in caught.value.faults}


@pytest.mark.parametrize("payload", [None, [], "x", {}, {"version": "4"}, {"version": "4", "alerts": {}}])
def test_other_payloads_are_refused(payload):
    """What is no webhook call is a fault and never a crash."""
    with pytest.raises(InputError):
        read_webhook(payload)


def test_an_odd_alert_hides_no_other():
    """Who sends does not try again: what is right is heard, the rest is named."""
    good = {"status": "firing", "labels": {"a": "b"}, "startsAt": moment_text(NOON_S)}
    odd = [{**good, "status": []}, {**good, "startsAt": "soon"}, 7]
    heard = read_webhook({"version": "4", "alerts": [*odd, good], "truncatedAlerts": -1})
    assert (1, 0) == (len(heard.alerts), heard.truncated_count)
    told = ["alerts.0.status", "alerts.1.startsAt", "alerts.2", "truncatedAlerts"]
    assert told == [fault.path for fault in heard.left_out]


def test_an_alert_without_fingerprint_has_one_of_its_labels():
    """Two receivers that drop the fingerprint still name an alert alike, and others differently."""
    sent = {
        "version": "4",
        "alerts": [{"status": "firing", "labels": {"a": "b"}, "startsAt": moment_text(NOON_S)}],
    }
    other = {
        "version": "4",
        "alerts": [{"status": "firing", "labels": {"a": "c"}, "startsAt": moment_text(NOON_S)}],
    }
    keys = [read_webhook(one).alerts[0].key for one in (sent, sent, other)]
    assert keys[0] == keys[1] != keys[2]
