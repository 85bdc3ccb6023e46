"""Where is the narrow place? Networks as two banks, each crossing as the channel between them.

The channel's width shows what it can set up, the water what it is asked for: what is wider than
the channel piles up before it. Only the choke point is coloured.
"""

from __future__ import annotations

from collections.abc import Collection

from tidegate.evaluate.judging.verdict import CaseEvidence, CrossingEvidence
from tidegate.present.quantities import after_text, count_text, percent_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.verdict import highlights
from tidegate.world.graph import route
from tidegate.world.world import World

_WIDTH, _HEIGHT = 400, 150.0
_MOST_LISTED_COUNT = 8
# The widest channel takes this share of the drawing, so that even one with room to spare looks like one.
_NARROW_RATIO = 0.6


def topology(world: World, case: CaseEvidence, *, only: str, parts: Collection[str] = ()) -> Html:
    """Return one crossing of the world as it stands at its worst moment in `case`.

    Parameters
    ----------
    world, case
        What is drawn.
    only
        The crossing.
    parts
        What of the world takes part in the cycle that feeds the collapse, as paths: it is marked.
    """
    choke = highlights.choke(case)
    most_per_s = max(
        (
            max(one.setup_peak_per_s, (one.setup_capacity_per_s or 0.0) / _NARROW_RATIO)
            for one in case.crossings
        ),
        default=1.0,
    )
    return join(
        *(
            _crossing(
                world,
                one,
                most_per_s=most_per_s,
                is_choke=choke is not None and one.name == choke.name,
                parts=parts,
            )
            for one in case.crossings
            if one.name == only
        )
    )


def _crossing(
    world: World,
    evidence: CrossingEvidence,
    *,
    most_per_s: float,
    is_choke: bool,
    parts: Collection[str],
) -> Html:
    start, end = _direction(world, evidence.name)
    over = highlights.pressure_ratio(evidence) >= 1.0
    state = _state(evidence, over=over, is_choke=is_choke)
    channel = tag(
        "div",
        tag("h3", f"Crossing {evidence.name}", _mark(f"crossings.{evidence.name}", parts)),
        _channel(evidence, most_per_s=most_per_s, flooded=over and is_choke),
        tag("p", *_measures(evidence), class_="measures"),
        tag("p", tag("strong", state, class_="choke" if over and is_choke else None)),
        tag("p", _devices(world, evidence.name), class_="quiet"),
        class_="channel",
    )
    banks = [_bank(world, name, parts) for name in (start, end)]
    return tag("div", banks[0], channel, banks[1], class_="topology")


def _mark(part: str, parts: Collection[str]) -> Html:
    """Return the mark of what takes part in the cycle that feeds the collapse."""
    return tag("span", " ↻ feeds it", class_="fed") if part in parts else join()


def _direction(world: World, name: str) -> tuple[str, str]:
    """Return the networks from the side with more clients to the other."""
    first, second = world.crossings[name].between
    weight = 0
    for clients in world.clients.values():
        service = world.services.get(clients.service)
        passed = route(world, clients.network, service.network) if service else None
        if passed and name in passed:
            # The side a population is on is the side from which this crossing is reached first.
            near = route(world, clients.network, first) or ()
            weight += clients.population_count if name not in near else -clients.population_count
    return (first, second) if weight >= 0 else (second, first)


def _state(evidence: CrossingEvidence, *, over: bool, is_choke: bool) -> str:
    if not over:
        pressure = highlights.pressure_ratio(evidence)
        return (
            f"● within its limits, at {percent_text(pressure)} of the nearest" if pressure else "○ no limit"
        )
    moments = (
        evidence.setup_limit_at_s,
        evidence.table_full_at_s,
        evidence.ports_full_at_s,
        evidence.saturated_at_s,
    )
    known = [moment for moment in moments if moment is not None]
    since = f" from {after_text(min(known))}" if known else ""
    return f"■ {'choke point: ' if is_choke else ''}over its limit{since}"


def _measures(evidence: CrossingEvidence) -> tuple[Html, ...]:
    """Return the three widths of the drawing in words, as they stand below it."""
    peak_per_s, capacity_per_s = evidence.setup_peak_per_s, evidence.setup_capacity_per_s
    served_per_s = peak_per_s * _served_share(evidence)
    limit = f"can set up {count_text(capacity_per_s)}/s" if capacity_per_s else "no limit stated"
    said = (f"asked for {count_text(peak_per_s)}/s", limit, f"served {count_text(served_per_s)}/s")
    return tuple(tag("span", text) for text in said)


def _devices(world: World, name: str) -> str:
    count = world.crossings[name].devices_count
    return f"{count} devices." if count != 1 else "One device carries all flows."


def _bank(world: World, name: str, parts: Collection[str]) -> Html:
    network = world.networks.get(name)
    items = [
        *(
            (clients.title or key, "clients", f"clients.{key}")
            for key, clients in world.clients.items()
            if clients.network == name
        ),
        *(
            (service.title or key, "service", f"services.{key}")
            for key, service in world.services.items()
            if service.network == name
        ),
        *(
            (tool.title or key, "tooling", f"tooling.{key}")
            for key, tool in world.tooling.items()
            if tool.network == name
        ),
    ]
    items.sort(key=lambda item: item[2] not in parts)
    listed = [
        tag("li", text, tag("span", kind, class_="kind"), _mark(part, parts))
        for text, kind, part in items[:_MOST_LISTED_COUNT]
    ]
    if len(items) > _MOST_LISTED_COUNT:
        listed.append(tag("li", f"and {len(items) - _MOST_LISTED_COUNT} more"))
    title = network.title if network and network.title else name
    return tag("div", tag("h3", title), tag("ul", *listed) if listed else "", class_="bank")


def _channel(evidence: CrossingEvidence, *, most_per_s: float, flooded: bool) -> Html:
    capacity = evidence.setup_capacity_per_s
    gap = _HEIGHT if capacity is None else max(capacity / most_per_s * _HEIGHT, 10.0)
    before = max(evidence.setup_peak_per_s / most_per_s * _HEIGHT, 3.0)
    after = max(before * _served_share(evidence), 2.0)
    asked = percent_text(highlights.setup_ratio(evidence))
    return tag(
        "svg",
        tag("rect", class_="land", width=_WIDTH, height=_HEIGHT),
        _band(_HEIGHT, min(gap, _HEIGHT), _HEIGHT, kind="bed"),
        _band(before, min(before, gap), after, kind="water flooded" if flooded else "water"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT:.0f}",
        role="img",
        aria_label=f"{asked} of what {evidence.name} can set up is asked for.",
    )


def _served_share(evidence: CrossingEvidence) -> float:
    """Return the share served at the moment when most was offered."""
    offered, served = highlights.offered_and_served(evidence)
    if offered is None or served is None or not offered.values:
        return 1.0
    at = max(range(len(offered.values)), key=lambda i: offered.values[i])
    return min(served.values[at] / offered.values[at], 1.0) if offered.values[at] else 1.0


def _band(left: float, middle: float, right: float, *, kind: str) -> Html:
    """Return a stretch of water that is `left` wide, narrows to `middle`, and leaves `right` wide."""

    def edge(side: int) -> list[tuple[float, float]]:
        start, narrow, end = (_HEIGHT / 2 + side * width / 2 for width in (left, middle, right))
        return [
            (0, start), (60, start), (112, start), (92, narrow), (152, narrow),
            (248, narrow), (308, narrow), (288, end), (340, end), (400, end),
        ]  # fmt: skip

    there = [f"{x} {y:.1f}" for x, y in edge(-1)]
    back = [f"{x} {y:.1f}" for x, y in reversed(edge(1))]
    shore = "{} L{} C{} {} {} L{} C{} {} {} L{}"
    return tag("path", class_=kind, d=f"M{shore.format(*there)} L{shore.format(*back)}Z")
