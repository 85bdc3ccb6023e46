"""Do these alerts mean one outage, or several? Sixty alerts with one cause become one outage.

Each alert is traced to a noun of the world (or a component), and the causes are sought that explain most
alerts while reaching least else. Alerts that an open outage explains join it. An alert raises a status
and never lowers one; during maintenance of all that it touches, it changes nothing.

Shortcut: causes are chosen one after the other, each for what the ones before left over; with two
causes at once the first can take alerts that were the second's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tidegate.track.alert import Alert
from tidegate.track.component import RANK, Component, Status
from tidegate.track.outage import Outage
from tidegate.track.scope import scope
from tidegate.world.world import World

WINDOW_S = 900.0
"""Alerts that begin within this time of an outage's begin, or of its last alert, may belong to it."""
LABELS = ("tidegate_component", "component", "service", "job", "app", "crossing", "device_group")
"""Labels that name what an alert is about, the most telling first."""
_SEVERITIES: Mapping[str, Status] = {
    "critical": Status.MAJOR,
    "page": Status.MAJOR,
    "major": Status.MAJOR,
    "error": Status.PARTIAL,
    "warning": Status.DEGRADED,
    "minor": Status.DEGRADED,
}


@dataclass(frozen=True, kw_only=True)
class Group:
    """Alerts that mean one outage.

    Parameters
    ----------
    outage
        The open outage they join; empty where a new one is to be opened.
    cause
        The noun of the world they have in common; empty where none is known.
    certainty
        "likely" where several alerts share the cause, "possible" where it is one alert alone.
    alerts
        The alerts.
    components
        The status that they raise each component to; those that are as bad already are not named.
    """

    outage: str
    cause: str
    certainty: str
    alerts: tuple[Alert, ...]
    components: Mapping[str, Status]


def correlate(
    alerts: Sequence[Alert],
    *,
    world: World | None,
    components: Sequence[Component],
    outages: Sequence[Outage],
    in_maintenance: Collection[str] = (),
) -> tuple[Group, ...]:
    """Return what the firing alerts mean, the group with most alerts first.

    Parameters
    ----------
    alerts
        Alerts as sent; those that do not fire are passed over, and each counts once.
    world
        The world, where there is one.
    components
        The declared components.
    outages
        The outages on record.
    in_maintenance
        Components that are being worked on: their alerts mean nothing.
    """
    firing = {alert.key: alert for alert in alerts if alert.is_firing}
    nouns = {key: _noun(alert, world, components) for key, alert in firing.items()}
    told = {
        key: alert
        for key, alert in firing.items()
        if not _component_ids(nouns[key], components) & set(in_maintenance)
    }
    groups = []
    for cause, keys in _causes({key: nouns[key] for key in told}, world):
        chosen = tuple(told[key] for key in sorted(keys))
        groups.append(_group(cause, chosen, nouns, components, outages))
    return tuple(sorted(groups, key=lambda group: (-len(group.alerts), group.cause)))


def _noun(alert: Alert, world: World | None, components: Sequence[Component]) -> str:
    """Return the noun of the world or the component that an alert is about; empty where none is known."""
    values = [alert.labels[label] for label in LABELS if label in alert.labels]
    names = {one.noun or one.id for one in components} | {one.id for one in components}
    if world is not None:
        names |= world.services.keys() | world.crossings.keys()
        bound = {
            text: name
            for nouns in (world.services, world.crossings)
            for name, noun in nouns.items()
            for text in noun.known_as.values()
        }
        said = {f'{label}="{value}"' for label, value in alert.labels.items()}
        for text, name in bound.items():
            if text in said or text in alert.labels.values():
                return name
    declared = {one.id: one.noun for one in components if one.noun}
    found = next((value for value in values if value in names), "")
    return declared.get(found, found)


def _component_ids(noun: str, components: Sequence[Component]) -> set[str]:
    return {one.id for one in components if noun and noun in {one.noun, one.id}} or (
        {noun} if noun else set()
    )


def _causes(nouns: Mapping[str, str], world: World | None) -> list[tuple[str, set[str]]]:
    """Return causes with the alerts each explains; alerts on nothing known make one group without cause."""
    left = {key: noun for key, noun in nouns.items() if noun}
    unknown = {key for key, noun in nouns.items() if not noun}
    reach = _reach(world, set(left.values()))
    found: list[tuple[str, set[str]]] = []
    while left:
        hit = set(left.values())
        cause = min(reach, key=lambda one: (-len(reach[one] & hit), len(reach[one]), one not in hit, one))
        keys = {key for key, noun in left.items() if noun in reach[cause]}
        found.append((cause, keys))
        left = {key: noun for key, noun in left.items() if key not in keys}
    return [*found, *([("", unknown)] if unknown else [])]


def _reach(world: World | None, hit: set[str]) -> dict[str, set[str]]:
    """Return what each possible cause would make fail, itself included."""
    reach = {noun: {noun} for noun in hit}
    if world is not None:
        for cause in (*world.services, *world.crossings):
            reach[cause] = {cause, *(one.name for one in scope(world, cause).services)}
    return reach


def _group(
    cause: str,
    alerts: tuple[Alert, ...],
    nouns: Mapping[str, str],
    components: Sequence[Component],
    outages: Sequence[Outage],
) -> Group:
    raised: dict[str, Status] = {}
    for alert in alerts:
        status = _SEVERITIES.get(alert.labels.get("severity", ""), Status.PARTIAL)
        for name in _component_ids(nouns[alert.key], components):
            raised[name] = max((raised.get(name, status), status), key=RANK.__getitem__)
    joined = _joined(cause, alerts, set(raised), outages)
    known = joined.components if joined else {}
    return Group(
        outage=joined.id if joined else "",
        cause=cause,
        certainty="likely" if len({nouns[alert.key] for alert in alerts}) > 1 else "possible",
        alerts=alerts,
        components={
            name: status
            for name, status in raised.items()
            if RANK[status] > RANK[known.get(name, Status.OPERATIONAL)]
        },
    )


def _joined(cause: str, alerts: Sequence[Alert], hit: set[str], outages: Sequence[Outage]) -> Outage | None:
    """Return the open outage that explains these alerts: the same cause, or the same components in time."""
    lasting = [one for one in outages if one.is_open and not one.is_exercise]
    same = [one for one in lasting if cause and one.cause == cause]
    begins_s = min(alert.starts_s for alert in alerts)
    near = [
        one
        for one in lasting
        if (hit & set(one.components) or (not hit and not one.cause))
        and one.since_s - WINDOW_S <= begins_s <= max(one.since_s, one.changed_s) + WINDOW_S
    ]
    return next(iter(sorted(same or near, key=lambda one: (one.since_s, one.id))), None)


def explains(outages: Sequence[Outage], alert: Alert) -> str:
    """Return the outage an alert was counted to already; empty where it is new."""
    return next((one.id for one in outages if alert.key in one.alerts), "")
