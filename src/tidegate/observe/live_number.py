"""Which numbers of a world are read while it lives, and where? Each is a promise to be seen.

A number is read where its noun is bound to a source (`known_as: {prometheus: '{…}'}`), or where `readings:`
of the file of series says its expression. A bound noun promises the load of each limit that it states.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.errors import Fault, InputError
from tidegate.observe.answering import Answers
from tidegate.observe.known_series import CLOUDWATCH, PROMETHEUS, KnownSeries, known_series
from tidegate.observe.label_matcher import LabelMatcher, read_matchers
from tidegate.world.belief import Estimate
from tidegate.world.clients import Clients
from tidegate.world.crossing import Crossing
from tidegate.world.file.nearest_name import nearest
from tidegate.world.file.value import value_at
from tidegate.world.service import Service

if TYPE_CHECKING:
    from tidegate.world.world import World, WorldFile

LOADS: Mapping[str, tuple[str, str]] = {
    "flows_held": ("count", "flows that it holds"),
    "new_flows": ("per_s", "new connections a second"),
    "packets": ("per_s", "packets a second"),
    "bits": ("bit_per_s", "bits a second"),
    "ports_used": ("count", "source ports in use"),
    "open_connections": ("count", "open connections"),
    "requests": ("per_s", "requests a second"),
    "waiting": ("count", "connections or requests that wait"),
    "refused": ("per_s", "refused or dropped a second"),
    "packets_dropped": ("per_s", "packets dropped a second"),
    "busy": ("count", "requests that it works on"),
    "attempts": ("per_s", "attempts a second, first ones and retries"),
    "served": ("per_s", "requests answered a second"),
    "failed": ("per_s", "requests given up a second"),
}
"""What is asked of a place: the unit, and what people call it."""
JUDGED = frozenset(LOADS) - {"waiting", "refused", "packets_dropped", "busy", "served", "failed"}
"""Loads of which it is judged whether more is asked than usual."""
_OF: Mapping[str, tuple[str, ...]] = {
    "crossings": ("flows_held", "new_flows", "packets", "bits", "ports_used", "refused", "packets_dropped"),
    "services": ("open_connections", "new_flows", "requests", "waiting", "refused", "busy"),
    "clients": ("requests", "attempts", "served", "failed", "waiting", "open_connections"),
}
SECTIONS = tuple(_OF)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What a place can take of a load, by the world.

    Parameters
    ----------
    path
        The number of the world file that says it.
    each
        What one device or instance can take.
    times_ratio
        How many times that all of them together can take until the busiest is full.
    """

    path: str
    each: float
    times_ratio: float = 1.0


@dataclass(frozen=True, kw_only=True)
class LiveNumber:
    """One number that is read.

    Parameters
    ----------
    section, name, what
        Of which noun, and which: a load, or the path of a number of the file below the noun.
    expression
        Where it is read, as `readings:` says; empty where by `names`.
    form
        "gauge" or "counter", of the expression.
    matchers
        What labels its series have, by the system that shows them.
    names
        What sources call it.
    limits
        What the place can take of it.
    estimate
        What is known of it, where it is a number of the world file.
    is_promised
        Whether it must be seen. Else it is shown where it is.
    parts_count
        Of how many devices or instances the load is at least, by the world.
    """

    section: str
    name: str
    what: str
    expression: str = ""
    form: str = "gauge"
    matchers: Mapping[str, tuple[LabelMatcher, ...]] = field(default_factory=dict)
    names: tuple[KnownSeries, ...] = ()
    limits: tuple[Limit, ...] = ()
    estimate: Estimate | None = None
    is_promised: bool = True
    parts_count: int = 1

    @property
    def path(self) -> str:
        """Its name in full."""
        return f"{self.section}.{self.name}.{self.what}"

    @property
    def is_load(self) -> bool:
        """Whether it is asked of the place; else it is a number of the world file."""
        return self.what in LOADS

    @property
    def is_rate(self) -> bool:
        """Whether it is so many a second."""
        return self.is_load and LOADS[self.what][0] != "count"


def amount_text(amount: float, digits_count: int = 3) -> str:
    """Return a number as people read it: whole where it is large, else with so many digits."""
    return f"{amount:,.0f}" if amount >= 10.0 ** (digits_count - 1) else f"{amount:,.{digits_count}g}"


def live_numbers(file: WorldFile, answers: Answers) -> tuple[LiveNumber, ...]:
    """Return the numbers of a world that are read, in the order of the file.

    Parameters
    ----------
    file
        The world.
    answers
        The series that are stated for it.

    Raises
    ------
    InputError
        With every binding and every reading that is none.
    """
    faults: list[Fault] = []
    stated: dict[str, dict[str, tuple[str, str]]] = {}
    for path, said in answers.readings.items():
        section, name, what = (*path.split(".", 2), "", "")[:3]
        stated.setdefault(f"{section}.{name}", {})[what] = said
    found: list[LiveNumber] = []
    for section in SECTIONS:
        for name, noun in getattr(file.world, section).items():
            own = stated.pop(f"{section}.{name}", {})
            matchers = _matchers(section, name, noun, faults)
            found += _numbers(file.world, section, name, own, matchers, file.estimates, faults)
    allowed = "SECTION.NAME.NUMBER of crossings, services and clients"
    places = [f"{section}.{name}" for section in SECTIONS for name in _nouns(file, section)]
    for place, numbers in stated.items():
        path, near = f"{place}.{next(iter(numbers))}", nearest(place, places)
        faults.append(Fault(what="is of no place of the world", path=path, allowed=allowed, nearest=near))
    if faults:
        raise InputError(*faults)
    return tuple(found)


def unbound(file: WorldFile, numbers: tuple[LiveNumber, ...]) -> tuple[str, ...]:
    """Return crossings, and services with a limit, of which nothing is read."""
    read = {(one.section, one.name) for one in numbers}
    return tuple(
        f"{section}.{name}"
        for section in ("crossings", "services")
        for name in _nouns(file, section)
        if (section, name) not in read
        and any(limits_of(file.world, section, name, what) for what in _OF[section])
    )


def unread(file: WorldFile, numbers: tuple[LiveNumber, ...]) -> tuple[str, ...]:
    """Return loads with a limit that are not read, of places of which something is."""
    read = {one.path for one in numbers}
    places = dict.fromkeys((one.section, one.name) for one in numbers)
    return tuple(
        path
        for section, name in places
        for what in _OF[section]
        if (path := f"{section}.{name}.{what}") not in read
        and any(limits_of(file.world, section, name, what))
    )


def _nouns(file: WorldFile, section: str) -> Mapping[str, object]:
    found: Mapping[str, object] = getattr(file.world, section)
    return found


def _matchers(
    section: str, name: str, noun: Crossing | Service | Clients, faults: list[Fault]
) -> dict[str, tuple[LabelMatcher, ...]]:
    found = {}
    said = noun.known_as.get(PROMETHEUS, "")
    if said:
        read = read_matchers(said)
        if read is None:
            allowed = """a selector with a label at least, such as '{instance="10.0.0.1:9100"}'"""
            path = f"{section}.{name}.known_as.{PROMETHEUS}"
            faults.append(Fault(what="is no selector", path=path, value=said[:80], allowed=allowed))
        else:
            found[PROMETHEUS] = read
    if CLOUDWATCH in noun.known_as:
        found[CLOUDWATCH] = (LabelMatcher(label="resource", sign="=", word=noun.known_as[CLOUDWATCH]),)
    return found


def _numbers(
    world: World,
    section: str,
    name: str,
    stated: Mapping[str, tuple[str, str]],
    matchers: Mapping[str, tuple[LabelMatcher, ...]],
    estimates: Mapping[str, Estimate],
    faults: list[Fault],
) -> Iterator[LiveNumber]:
    by_names: dict[str, list[KnownSeries]] = {}
    for system in matchers:
        for one in known_series(section, system):
            by_names.setdefault(one.what, []).append(one)
    for what in dict.fromkeys((*_OF[section], *by_names, *stated)):
        names = tuple(by_names.get(what, ()))
        path = f"{section}.{name}.{what}"
        form, expression = stated.get(what, ("gauge", ""))
        if not expression and not names:
            continue
        estimate = None
        if what not in _OF[section]:
            stated_now = value_at(world, path)
            if isinstance(stated_now, bool) or not isinstance(stated_now, int | float):
                if expression:
                    allowed = f"{', '.join(_OF[section])}, or a number that the world states"
                    faults.append(Fault(what="is no number that is read", path=path, allowed=allowed))
                continue
            value = float(stated_now)
            estimate = estimates.get(path) or Estimate(path=path, value=value, low=value, high=value)
        limits = tuple(limits_of(world, section, name, what)) if estimate is None else ()
        yield LiveNumber(
            section=section, name=name, what=what, expression=expression, form=form,
            matchers={} if expression else matchers, names=() if expression else names, limits=limits,
            estimate=estimate, is_promised=bool(expression or limits),
            parts_count=_parts_count(world, section, name),
        )  # fmt: skip


def _parts_count(world: World, section: str, name: str) -> int:
    if section == "crossings":
        return world.crossings[name].devices_count
    if section == "services":
        service = world.services[name]
        scaled = service.autoscaler
        return service.instances_count if scaled is None else min(service.instances_count, scaled.least_count)
    return 1


def limits_of(world: World, section: str, name: str, what: str) -> Iterator[Limit]:
    """Yield what a place can take of a load, by each number that limits it."""
    place = f"{section}.{name}"
    if section == "crossings":
        crossing = world.crossings[name]
        for path, each in _crossing_limits(crossing, what):
            yield Limit(path=f"{place}.{path}", each=each, times_ratio=1.0 / crossing.busiest_share_ratio)
    if section == "services":
        service = world.services[name]
        for path, each in _service_limits(service, what):
            yield Limit(path=f"{place}.{path}", each=each, times_ratio=service.instances_count)


def _crossing_limits(crossing: Crossing, what: str) -> Iterator[tuple[str, float]]:
    admission, table, ports = crossing.admission, crossing.table, crossing.ports
    if what == "flows_held" and table is not None:
        yield "table.entries", float(table.entries_count)
    if what == "flows_held" and admission is not None and admission.concurrent_count is not None:
        yield "admission.concurrent", float(admission.concurrent_count)
    if what == "new_flows" and crossing.setup_per_s is not None:
        yield "setup", crossing.setup_per_s
    if what == "new_flows" and admission is not None and admission.rate_per_s is not None:
        yield "admission.rate", admission.rate_per_s
    if what == "packets" and crossing.forwarding_per_s is not None:
        yield "forwarding", crossing.forwarding_per_s
    if what == "bits" and crossing.bandwidth_bit_per_s is not None:
        yield "bandwidth", crossing.bandwidth_bit_per_s
    if what == "ports_used" and ports is not None:
        yield "ports.per_destination", math.floor(ports.per_destination_count * ports.usable_ratio)


def _service_limits(service: Service, what: str) -> Iterator[tuple[str, float]]:
    if what == "open_connections" and service.accepted_count is not None:
        yield "connections", float(service.accepted_count)
    if what == "requests" and service.crowded_time_s > 0 and service.instances_count > 0:
        yield "service_time", service.concurrency_count / service.crowded_time_s
    if what == "waiting" and service.queue_count is not None:
        yield "queue", float(service.queue_count)
