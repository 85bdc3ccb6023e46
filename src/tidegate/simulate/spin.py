"""Does a run spin? Somebody tries again and again without a pause, and simulated time hardly goes on.

At once where a simulated second takes millions of events. Where it takes fewer, but all of them together
minutes: once it has gone on so for longer than anything may still change.

Shortcut: what goes on ten seconds after the last step of the script is taken to go on; where instances are on
their way by themselves, half a minute and twice the longest start of an instance after it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from tidegate.simulate.kernels.nouns import Service
from tidegate.simulate.kernels.nouns.bins import PopulationBin
from tidegate.simulate.memory import Memory
from tidegate.simulate.parameters import Populations
from tidegate.simulate.tables import Ints, Tables

MOST_EVENTS_PER_S = 5_000_000
"""Events in one simulated second beyond which a run spins, at any size, if they are for retries."""
LEAST_RETRIES_RATIO = 0.9
"""The share of retries in the attempts of whoever makes most, from which on it spins for them."""
MOST_EVENTS = 30_000_000
"""Events of a whole run, which take one to two seconds, beyond which it is looked at whether it spins."""
LEAST_ATTEMPTS_PER_S = 50.0
"""Attempts of each client, connection or waiting demand from which on retries have no pause that counts."""
SECOND_NS = 1_000_000_000
LASTING_NS, LASTING_ON_THE_WAY_NS = 10 * SECOND_NS, 30 * SECOND_NS


@dataclass(frozen=True, kw_only=True)
class Spin:
    """Who tries again without a pause, and how often.

    Parameters
    ----------
    population
        Its name.
    attempts_per_s
        Its attempts in the last simulated second, at the size of the run.
    since_s
        When that second began.
    """

    population: str
    attempts_per_s: float
    since_s: float


def go_on(series: tuple[Ints, ...], filled: int, tables: Tables) -> int:
    """Let what was cut short go on to the horizon as it went last; return how many bins there are then."""
    last, end = max(filled - 1, 0), max(int(tables.horizon_ns // tables.bin_ns), 1)
    for counts in series:
        counts[last + 1 : end] = counts[last]
    return end


class Pace:
    """How many events the last simulated second took."""

    def __init__(self) -> None:
        self._marks: deque[tuple[int, int]] = deque([(0, 0)])

    def is_beyond_bound(self, now_ns: int, events_count: int) -> bool:
        """Note where a run stands, and say whether more events lie within a second than a run may take."""
        while len(self._marks) > 1 and self._marks[1][0] <= now_ns - SECOND_NS:
            self._marks.popleft()
        self._marks.append((now_ns, events_count))
        since = next((events for at_ns, events in self._marks if at_ns > now_ns - SECOND_NS), events_count)
        return events_count - since > MOST_EVENTS_PER_S


def lasting_from_ns(memory: Memory) -> int:
    """Return from when on what a run does lasts, as far as can be foreseen now."""
    tables = memory.tables
    if not memory.away_count():
        return tables.last_step_ns + LASTING_NS
    longest_ns = int(tables.service_rows[:, :, Service.boot_ns].max(initial=0))
    return tables.last_step_ns + max(LASTING_ON_THE_WAY_NS, 2 * longest_ns)


def who_spins(memory: Memory, *, least_per_s: float = 0.0) -> Spin | None:
    """Return the population with the most attempts in the last simulated second, if most are retries.

    Parameters
    ----------
    memory
        Of the run.
    least_per_s
        Attempts a second of each client, connection or waiting demand; of whoever makes fewer it is not said.
    """
    tables, bin_ = memory.tables, int(memory.head.bin)
    now_ns = int(memory.head.now_ns)
    first = max(0, min(bin_, (now_ns - SECOND_NS) // tables.bin_ns))
    made = memory.series()[1][first : bin_ + 1].sum(axis=0)
    attempts, fresh = made[:, PopulationBin.attempts_count], made[:, PopulationBin.fresh_count]
    most = int(attempts.argmax())
    since_s = first * tables.bin_ns / 1e9
    attempts_per_s = float(attempts[most]) / max(now_ns / 1e9 - since_s, 1e-9)
    waiting = memory.series()[1][max(bin_ - 1, 0), most, PopulationBin.unanswered_count]
    clients = Populations(tables)
    places = clients.clients_count[-1, most] * clients.stride_count[-1, most]
    if attempts[most] - fresh[most] < LEAST_RETRIES_RATIO * attempts[most]:
        return None
    if attempts_per_s < least_per_s * max(float(places or waiting), 1.0):
        return None
    return Spin(population=tables.populations[most], attempts_per_s=attempts_per_s, since_s=since_s)
