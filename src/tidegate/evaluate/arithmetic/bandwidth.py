"""Which links are asked for more bits a second than they carry? Bytes times rates, in each direction.

Shortcut: means; half of the packets of an exchange go in each direction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidegate.evaluate.arithmetic.limit import Limit, busiest
from tidegate.evaluate.arithmetic.load import Stream
from tidegate.world.crossing import KEPT_EXCHANGE_PACKETS, Crossing
from tidegate.world.file.quantity import format_quantity
from tidegate.world.world import World

HEAD_BYTES = 66
FULL_PACKET_BYTES = 1514


def at_links(world: World, asked: Sequence[Stream]) -> Iterator[Limit]:
    """Yield what each crossing carries in the direction that is asked for more."""
    for name, crossing in world.crossings.items():
        if crossing.bandwidth_bit_per_s is None:
            continue
        who, devices_count, share = busiest(name, crossing)
        used = [[0.0, 0.0], [0.0, 0.0]]
        for one in asked:
            if name not in one.way:
                continue
            turned = is_turned(world, one, name)
            least = min(1.0, one.least_requests_per_s / one.requests_per_s) if one.requests_per_s else 1.0
            for direction, bits_per_s in enumerate(_bits_per_s(one)):
                used[direction ^ turned][0] += bits_per_s * share
                used[direction ^ turned][1] += bits_per_s * least * share
        wanted, least_wanted = max(used)
        wanted += _background(crossing) * devices_count
        least_wanted += _background(crossing) * devices_count
        allowed = crossing.bandwidth_bit_per_s * devices_count * crossing.growth_most_times
        says = f"{who} carries {bits(allowed)} in each direction, and {bits(wanted)} are wanted in one"
        yield Limit(
            place_kind="crossing",
            place=name,
            path=f"crossings.{name}.bandwidth",
            kind="rate",
            wanted=wanted,
            allowed=allowed,
            least_wanted=least_wanted,
            says=says,
        )


def bits(bits_per_s: float) -> str:
    """Return a bandwidth with the two figures that a mean is worth."""
    return format_quantity(float(f"{bits_per_s:.2g}"), "bit_per_s")


def is_turned(world: World, one: Stream, crossing: str) -> bool:
    """Whether a stream passes a crossing against the direction in which that is stated."""
    here = one.start
    for name in one.way:
        between = world.crossings[name].between
        if name == crossing:
            return between[1] == here
        here = between[0] if between[1] == here else between[1]
    return False


def _bits_per_s(one: Stream) -> tuple[float, float]:
    """Return what a stream brings towards its service, and back."""
    packets_per_s = one.flows_per_s * one.packets_count
    packets_per_s += one.requests_per_s * KEPT_EXCHANGE_PACKETS if one.kept_count else 0.0
    heads = packets_per_s * HEAD_BYTES / 2.0
    there = heads + one.requests_per_s * one.request_bytes
    back = heads + one.requests_per_s * one.answer_bytes + one.flows_per_s * one.opening_bytes
    return 8.0 * there, 8.0 * back


def _background(crossing: Crossing) -> float:
    return 8.0 * FULL_PACKET_BYTES * crossing.background.packets_per_s
