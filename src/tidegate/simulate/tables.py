"""The arrays one run works on, and what their rows mean outside.

Rows stand in the columns of their nouns (``kernels.nouns``) and refer to each other by number. What changes
during a run is copied from here for each run, so one `Tables` serves many runs, in parallel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tidegate.simulate.kernels.row import Row

LOOK_NS = 500_000_000

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Tables:
    """A world with its script, lowered to arrays at one fraction of its size.

    Parameters
    ----------
    fraction
        Of the world's size.
    populations, crossings, services
        The names of the rows.
    horizon_ns, bin_ns
        How long is simulated, in bins of this width.
    disturbed_from_ns, disturbed_until_ns
        When the script begins and has ended.
    population_rows, crossing_rows, device_rows, service_rows
        Their parameters in each phase: (phases, rows, columns).
    flush
        Which caches each phase empties: (phases, caches).
    layer_rows, budget_rows, breaker_rows, tokens
        Retry policies, and each budget holder's tokens at the start.
    syn, laws, calls
        SYN schedules one after the other, and so the stretches of laws, and the populations that make the
        calls of services.
    wave_rows, cache_rows, effect_rows
        The script's waves and then the templates, caches, effects of health checks.
    old_hold_rows
        What devices hold down from before the run.
    sources
        Per client: the number of its source, where devices have blocks of ports for each; else empty.
    opening_rows
        What new connections carry first.
    names_until
        Per client: until when the name it has resolved before the run is good.
    breaker_count, client_count
        Holders of breakers, and clients or slots, over all populations.
    script
        Steps known beforehand: (time, kind, a, b).
    last_step_ns
        When the last step of the script happens, an operator's included.
    turns_ns
        When each further turn begins of what comes again.
    calm
        Per population: as many unanswered requests as are usual.
    calm_ns
        How long a calm must last to be one, and no pause between two outages.
    stuck_ns
        Nothing may have been served for this long before a run can be stuck; 0 where it never is,
        since a slow helper may still come.
    event_rate_per_s
        A rough guess, for the width of the calendar's buckets.
    """

    fraction: float
    populations: tuple[str, ...]
    crossings: tuple[str, ...]
    services: tuple[str, ...]
    horizon_ns: int
    bin_ns: int
    disturbed_from_ns: int
    disturbed_until_ns: int
    last_step_ns: int
    turns_ns: tuple[int, ...]
    population_rows: Ints
    crossing_rows: Ints
    device_rows: Ints
    service_rows: Ints
    flush: Ints
    layer_rows: Floats
    budget_rows: Floats
    breaker_rows: Floats
    tokens: Floats
    syn: Ints
    laws: Ints
    calls: Ints
    wave_rows: Ints
    cache_rows: Ints
    effect_rows: Ints
    old_hold_rows: Ints
    sources: Ints
    opening_rows: Ints
    names_until: Ints
    breaker_count: int
    client_count: int
    script: Ints
    calm: Ints
    calm_ns: int
    stuck_ns: int
    event_rate_per_s: float

    @cached_property
    def digest(self) -> bytes:
        """The same bytes for tables that are the same: with one seed and number they run alike."""
        digest = hashlib.blake2b()
        for one in fields(self):
            value = getattr(self, one.name)
            is_array = isinstance(value, np.ndarray)
            digest.update(repr((one.name, value.shape if is_array else value)).encode())
            if is_array:
                digest.update(np.ascontiguousarray(value).tobytes())
        return digest.digest()

    @property
    def look_ns(self) -> int:
        """How often what stands is looked at: twice a second, or once a bin where bins are shorter."""
        looks = max(1, self.bin_ns // LOOK_NS)
        return self.bin_ns // looks if self.bin_ns % looks == 0 else self.bin_ns


Noun = TypeVar("Noun", bound=Row)


def blank(noun: type[Noun]) -> Noun:
    """Return a row in a memory of its own, to be filled by name; all 0."""
    return noun(np.zeros(noun.SIZE, dtype=np.float64 if noun.holds_floats() else np.int64), 0)


def table_of(noun: type[Row], rows: Sequence[Row]) -> Any:
    """Return rows as a table: (rows, columns)."""
    kind = np.float64 if noun.holds_floats() else np.int64
    return np.array([row.memory for row in rows], dtype=kind).reshape(-1, noun.SIZE)
