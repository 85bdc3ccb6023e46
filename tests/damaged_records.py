"""Records of events that lack something: in bursts, as an old kernel's setting, or by being short."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_AT = re.compile(r"^\[(\d+\.\d+)")
_KEY = re.compile(r"(tcp|udp).*? src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)")


def untold(lines: Sequence[str]) -> list[str]:
    """Return events without what the recorder says of its losses."""
    return [line for line in lines if _AT.match(line)]


def lost_in_bursts(lines: Sequence[str], ratio: float, seed: int) -> list[str]:
    """Return events of which a share is missing, 20 to 200 in a row."""
    chance = random.Random(seed)  # noqa: S311  drawn, not secret
    gone: set[int] = set()
    while len(gone) < ratio * len(lines):
        first = chance.randrange(len(lines))
        gone.update(range(first, min(first + chance.randint(20, 200), len(lines))))
    return [line for number, line in enumerate(lines) if number not in gone]


def old_untold(lines: Sequence[str]) -> list[str]:
    """Return events without those of flows that began before: as with `nf_conntrack_events=2`."""
    begun, kept = set(), []
    for line in lines:
        found = _KEY.search(line)
        key = found and found.groups()
        if "[NEW]" in line:
            begun.add(key)
        if key in begun:
            kept.append(line)
    return kept


def cut(lines: Sequence[str], from_s: float, to_s: float) -> list[str]:
    """Return the events between two times, counted from the first."""
    times = [float(found[1]) if (found := _AT.match(line)) else None for line in lines]
    first_s = next(at_s for at_s in times if at_s is not None)
    return [
        line
        for line, at_s in zip(lines, times, strict=True)
        if at_s is not None and from_s <= at_s - first_s < to_s
    ]


def thinned(lines: Sequence[str], one_in: int) -> list[str]:
    """Return the events of one in so many flows, chosen by its ports."""
    return [
        line
        for line in lines
        if (found := _KEY.search(line)) and (int(found[4]) * 2_654_435_761 >> 7) % one_in == 0
    ]
