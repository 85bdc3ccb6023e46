"""Who starts when at most so many start at a time? The next, as one of those is ready.

A client is ready when what it wanted first has ended; an instance, when its boot calls are answered. Shortcuts:
a client that has given up makes way as well; of a pool each place starts by itself; an instance that starts
later boots first.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Client, Population, Wave
from tidegate.simulate.kernels.wheel import later


@njit()
def next_of(wave: Wave, many: int, delay_ns: int, t: int, m: Memory) -> None:
    """One of a wave of so many is ready: the next starts after a while, and not before its time of the spread."""
    i = wave.started_count
    if i < many:
        due_ns = wave.start_ns + wave.spread_ns * i // many
        later(max(t + delay_ns, due_ns), Happening.WAVE, wave.at, i, m)
        wave.started_count = i + 1


@njit()
def first_of(wave: Wave, many: int, t: int, m: Memory) -> None:
    """A wave begins: as many start at once as may."""
    wave.started_count = 1
    while wave.started_count < min(wave.at_once_count, many):
        next_of(wave, many, ZERO, t, m)


@njit()
def awaits(client: Client, wave: Wave, is_busy: bool, t: int, m: Memory) -> None:
    """A client of such a wave starts; who wants nothing is ready."""
    population = wave.population
    if is_busy:
        client.starts_in_at = wave.at
        population.starting_count += 1
    else:
        next_of(wave, wave.clients_count, ZERO, t, m)


@njit()
def is_ready(client: Client, population: Population, t: int, m: Memory) -> None:
    """What a client wanted has ended: if it was its first, the next starts."""
    wave = Wave(m, client.starts_in_at)
    if wave.exists:
        client.starts_in_at = 0
        population.starting_count -= 1
        next_of(wave, wave.clients_count, ZERO, t, m)
