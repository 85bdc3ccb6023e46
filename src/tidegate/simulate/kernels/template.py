"""A wave that stands ready is set going."""

from __future__ import annotations

from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Head, Wave
from tidegate.simulate.kernels.wheel import later, take_row


@njit()
def start_wave(wave: Wave, kind: int, share_count: int, offset: int, booting: int, t: int, m: Memory) -> Wave:
    """Copy a template wave into a row of its own and set it going, as a wave of this kind."""
    copy = Wave(m, take_row(Head(m, 0).waves, Wave.SIZE, m))
    for i in range(Wave.SIZE):
        m[copy.at + i] = m[wave.at + i]
    copy.kind = kind
    copy.clients_count = share_count
    copy.start_ns = t
    copy.offset = offset
    copy.booting_count = booting
    later(t, Happening.WAVE, copy.at, ZERO, m)
    return copy
