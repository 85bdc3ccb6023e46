"""What do clients do where a place fails? Only what was seen of it: all else stays unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tidegate.discover.failure_run import waits
from tidegate.discover.flow_book import Tally
from tidegate.discover.give_up import Flows, after_silence_s, agreed, under_way_s
from tidegate.discover.hidden_clients import Hidden, hidden_clients
from tidegate.discover.number import Number, doubted
from tidegate.discover.sent_again import on_schedule, syn_schedule
from tidegate.discover.spell import Spell
from tidegate.discover.wait_law import WaitLaw, fit_law
from tidegate.world.catalogue.entries import syn_schedules

_LEAST_SOURCES_COUNT = 5
_LEAST_WAITED_COUNT = 3
MOST_BUSY_SOURCES_COUNT = 4
BUSY_PER_S = 5.0


@dataclass(frozen=True, kw_only=True)
class WhenFailing:
    """What one group of sources did where a place failed; each None where that did not show.

    Parameters
    ----------
    timeout_s
        After how long it gives an attempt up.
    waited_s
        So long it has waited for an answer at least, and then took it.
    law
        How it tries again.
    hidden
        Who stands behind it, where it is a few busy addresses.
    spread_s
        Over what time it connected anew when its connections were ended.
    syn
        When its system sends a SYN again, by catalogue name.
    """

    timeout_s: Number | None = None
    waited_s: float | None = None
    law: WaitLaw | None = None
    hidden: Hidden | None = None
    spread_s: Number | None = None
    syn: str | None = None


NOTHING_SEEN = WhenFailing()


def when_failing(
    tallies: Sequence[Tally],
    each: Sequence[Flows],
    failed: Sequence[Spell],
    is_read_late: Callable[[float], bool],
    *,
    think_s: Number | None,
    rate_per_s: Number | None,
    life_s: float | None,
) -> WhenFailing:
    """Return what a group of sources with a flow for each request did where its place failed.

    Parameters
    ----------
    tallies
        Of its sources, which do nothing else at that place.
    each
        All answered flows of each.
    failed
        When the place failed.
    is_read_late
        Whether the time of an event is not its own, but that of reading.
    think_s, rate_per_s, life_s
        Pause, new flows a second of all, and life of a flow when all is well, as far as they are known.
    """
    silences = [one for one in failed if one.how == "silent"]
    under_way = under_way_s(each, silences, life_s)
    is_busy = rate_per_s is not None and rate_per_s.value > BUSY_PER_S * len(tallies)
    law, timeout_s = None, under_way
    if len(tallies) >= _LEAST_SOURCES_COUNT and not is_busy:
        refused, silent = waits(tallies, is_read_late)
        pause_s = think_s.value if think_s else None
        law = fit_law(refused, pause_s)
        if law is not None:
            timeout_s = agreed(under_way, after_silence_s(silent, law, pause_s))
    late_by_s = _late(tallies, silences)
    hidden = None
    if is_busy and rate_per_s is not None and len(tallies) <= MOST_BUSY_SOURCES_COUNT and silences:
        begun_s = np.sort(np.array([at_s for one in tallies for at_s in (*one.silent_s, *one.late_s)]))
        longest = max(silences, key=lambda one: one.end_s - one.begin_s)
        hidden = hidden_clients(begun_s, longest, rate_per_s, life_s or 0.0)
    return WhenFailing(
        timeout_s=timeout_s,
        waited_s=None if timeout_s else _waited_s(tallies, silences, late_by_s),
        law=law,
        hidden=hidden,
        syn=syn_schedule(late_by_s, syn_schedules()),
    )


def as_ranges(one: WhenFailing, ratio: float) -> WhenFailing:
    """Return the same with every number a range of so many times to either side, and no end of tries."""
    law, hidden = one.law, one.hidden
    return replace(
        one,
        timeout_s=one.timeout_s and doubted(one.timeout_s, ratio),
        spread_s=one.spread_s and doubted(one.spread_s, ratio),
        law=law
        and replace(
            law,
            base_s=law.base_s and doubted(law.base_s, ratio),
            factor=law.factor and doubted(law.factor, ratio),
            cap_s=law.cap_s and doubted(law.cap_s, ratio),
            retries_count=None if law.tries_again else law.retries_count,
        ),
        hidden=hidden and Hidden(count=doubted(hidden.count, ratio), think_s=doubted(hidden.think_s, ratio)),
    )


def _late(tallies: Sequence[Tally], silences: Sequence[Spell]) -> list[float]:
    """Return by how much answers were late to attempts that began in a silence, strays left out."""
    found = [
        late_s
        for one in tallies
        for at_s, late_s in zip(one.late_s, one.late_by_s, strict=True)
        if any(silence.begin_s <= at_s < silence.end_s for silence in silences)
    ]
    return on_schedule(found, syn_schedules())


def _waited_s(
    tallies: Sequence[Tally], silences: Sequence[Spell], late_by_s: Sequence[float]
) -> float | None:
    """Return how long most wait at least: where hardly any was answered late they had given up before."""
    never = sum(
        one.begin_s <= at_s < one.end_s for one in silences for each in tallies for at_s in each.silent_s
    )
    if len(late_by_s) < max(_LEAST_WAITED_COUNT, never):
        return None
    return sorted(late_by_s)[-_LEAST_WAITED_COUNT]
