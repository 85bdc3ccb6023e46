"""Do these alerts mean one outage, or several? Sixty alerts with one cause become one outage.

Each alert is traced to a noun of the world (or a component): by what an operator said of one of its labels,
then by the world's own names for it (`known_as`), then by the first of `LABELS` whose value is the id or
the title of a component, or a name of the world, in whatever case. The causes are sought that explain most
alerts while reaching least else. Alerts that an open outage explains join it. An alert raises a status
and never lowers one; during maintenance of all that it touches, it changes nothing.

Shortcut: causes are chosen one after the other, each for what the ones before left over; with two
causes at once the first can take alerts that were the second's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.observe.known_series import PROMETHEUS
from tidegate.observe.label_matcher import read_matchers
from tidegate.track.affected import scope
from tidegate.track.alert import Alert
from tidegate.track.component import RANK, Component, Status
from tidegate.track.outage import Outage

if TYPE_CHECKING:
    from tidegate.world.world import World

WINDOW_S = 900.0
"""Alerts that begin within this time of an outage's begin, or of its last alert, may belong to it."""
LABELS = ("tidegate_component", "component", "service", "job", "app", "crossing", "device_group")
"""Labels that name what an alert is about, the most telling first."""
Bindings = Mapping[tuple[str, str], str]
"""What operators said that a label's name and value mean: a component's id."""
_SEVERITIES: Mapping[str, Status] = {
    "critical": Status.MAJOR,
    "page": Status.MAJOR,
    "major": Status.MAJOR,
    "error": Status.PARTIAL,
    "warning": Status.DEGRADED,
    "minor": Status.DEGRADED,
}


def severity(labels: Mapping[str, str]) -> Status:
    """Return what an alert's severity says of a component; unknown where it says nothing that we know."""
    return _SEVERITIES.get(labels.get("severity", "").strip().lower(), Status.UNKNOWN)


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
    bindings: Bindings | None = None,
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
    bindings
        What operators said that labels mean.
    """
    firing = {alert.key: alert for alert in alerts if alert.is_firing}
    nouns = {key: noun_of(alert.labels, world, components, bindings or {}) for key, alert in firing.items()}
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


def noun_of(
    labels: Mapping[str, str], world: World | None, components: Sequence[Component], bindings: Bindings
) -> str:
    """Return the noun of the world or the component that labels are about; empty where none is known."""
    declared = {one.id: one.noun or one.id for one in components}
    bound = (bindings.get(pair, "") for pair in labels.items())
    if said := next((name for name in bound if name in declared), ""):
        return declared[said]
    if world is not None and (known := _known_as(labels, world)):
        return known
    names = {one.title.casefold(): one.noun or one.id for one in components}
    nouns = () if world is None else (*world.services, *world.crossings)
    names |= {name.casefold(): name for name in (*nouns, *(one.noun for one in components if one.noun))}
    names |= {name.casefold(): noun for name, noun in declared.items()}
    values = (labels[label].strip().casefold() for label in LABELS if label in labels)
    return next((names[value] for value in values if value in names), "")


def meant(
    labels: Mapping[str, str], world: World | None, components: Sequence[Component], bindings: Bindings
) -> set[str]:
    """Return the ids of the declared components that labels are about."""
    noun = noun_of(labels, world, components, bindings)
    return {one.id for one in components if noun and noun in {one.noun, one.id}}


def _known_as(labels: Mapping[str, str], world: World) -> str:
    said = {f'{label}="{value}"' for label, value in labels.items()} | set(labels.values())
    for nouns in (world.services, world.crossings):
        for name, noun in nouns.items():
            if said & set(noun.known_as.values()) or _is_selected(noun.known_as.get(PROMETHEUS, ""), labels):
                return name
    return ""


def _is_selected(selector: str, labels: Mapping[str, str]) -> bool:
    matchers = read_matchers(selector) if selector else None
    return matchers is not None and all(one.is_met(labels) for one in matchers)


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
        status = severity(alert.labels)
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


def counted_to(outages: Sequence[Outage], alert: Alert) -> Outage | None:
    """Return the outage an alert is counted to, an open one before others; None where it is new."""
    known = [one for one in outages if alert.key in one.alerts]
    return next((one for one in known if one.is_open), next(iter(known), None))


def explains(outages: Sequence[Outage], alert: Alert) -> str:
    """Return the id of the outage an alert is counted to; empty where it is new."""
    found = counted_to(outages, alert)
    return found.id if found else ""
