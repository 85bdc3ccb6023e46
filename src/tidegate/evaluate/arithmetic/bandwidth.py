"""Which links are asked for more bits a second than they carry? Bytes times rates, in each direction.

Shortcut: means; half of the packets of an exchange go in each direction.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tidegate.evaluate.arithmetic.limit import Limit, about, busiest
from tidegate.evaluate.arithmetic.load import Stream, streams
from tidegate.evaluate.arithmetic.work import way_of
from tidegate.simulate.script import Script
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


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """What instances that start together fetch over a link.

    Parameters
    ----------
    crossing
        Whose link.
    service, count
        Whose instances, and how many.
    fetched_bits
        All of them together.
    left_bit_per_s
        What the link has left beside what it carries; none or less where it is full.
    patience_s
        So long it may take: an instance's boot, or what it waits for an answer.
    """

    crossing: str
    service: str
    count: int
    fetched_bits: float
    left_bit_per_s: float
    patience_s: float

    @property
    def takes_s(self) -> float:
        """How long it takes beside what the link carries."""
        return self.fetched_bits / self.left_bit_per_s if self.left_bit_per_s > 0.0 else math.inf


def fetched(script: Script) -> Iterator[Fetch]:
    """Yield what instances that start together fetch over each link on their way."""
    for wave in script.waves:
        call = wave.boot_call
        if wave.kind != "boot" or call is None:
            continue
        world = [phase.world for phase in script.phases if phase.at_s <= wave.at_s][-1]
        service, called = world.services[wave.service], world.services[call.service]
        each_bytes = called.answer_size_bytes if call.answer_size_bytes is None else call.answer_size_bytes
        links = {one.place: one for one in at_links(world, streams(world))}
        for name in way_of(world, service.network, call.service):
            if name in links:
                yield Fetch(
                    crossing=name,
                    service=service.title or wave.service,
                    count=wave.count,
                    fetched_bits=8.0 * wave.count * call.requests_count * each_bytes,
                    left_bit_per_s=links[name].allowed - links[name].wanted,
                    patience_s=max(service.boot.time_s, call.timeout_s),
                )


def fetches(script: Script) -> tuple[str, ...]:
    """Return, as clauses, what instances that start together fetch over a link and do not get in time."""
    said: dict[str, str] = {}
    for one in fetched(script):
        if one.takes_s > one.patience_s:
            lasts = f"which takes about {about(one.takes_s)} s beside what it carries"
            lasts = "which has none to spare" if math.isinf(one.takes_s) else lasts
            said[one.crossing] = (
                f"{one.count:,} instances of {one.service} that start together fetch "
                f"{format_quantity(one.fetched_bits / 8.0, 'bytes')} through {one.crossing}, {lasts}: fewer "
                "at a time, less to fetch, or a larger link lets it keep up"
            )
    return tuple(said.values())


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
    back = heads + one.requests_per_s * one.answer_bytes
    return 8.0 * there, 8.0 * back


def _background(crossing: Crossing) -> float:
    return 8.0 * FULL_PACKET_BYTES * crossing.background.packets_per_s
