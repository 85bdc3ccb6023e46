"""What are the flows of a source at a place for? Kept connections, and those made for one request."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.flow_book import FlowBook, Tally
from tidegate.discover.kind_of_use import cut_s
from tidegate.discover.quiet_time import Spells
from tidegate.discover.spell import Attempts, Spell

_FEW_RATIO = 0.5
_STRAY_KEPT_RATIO = 0.2

Flows = tuple[NDArray[np.float64], NDArray[np.float64]]
"""When they began, ascending, and how long they lived; infinite where one was open as the record ended."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One source at a place: its flows that are kept, those for one request, and those cut off by silence."""

    tally: Tally
    kept: Flows
    asking: Flows
    pool: int

    @property
    def keeps(self) -> bool:
        """Whether it keeps connections."""
        return self.pool > 0 or _keeps_some(self.kept, self.asking)


def attempts_at(tallies: Mapping[str, Tally]) -> Attempts:
    """Return when attempts of all sources at a place began, by what became of them, where that is known."""
    answered: list[float] = []
    refused: list[float] = []
    silent: list[float] = []
    late_answers: list[float] = []
    for tally in tallies.values():
        late = set(tally.late_s)
        not_known = late.union(tally.maybe_late_s)
        answered += [at_s for at_s in tally.opened_s if at_s not in not_known]
        refused += tally.refused_s
        silent += [*tally.silent_s, *late]
        late_answers += [a + b for a, b in zip(tally.late_s, tally.late_by_s, strict=True)]
    return Attempts(
        answered_s=np.sort(np.array(answered, dtype=np.float64)),
        refused_s=np.sort(np.array(refused, dtype=np.float64)),
        silent_s=np.sort(np.array(silent, dtype=np.float64)),
        late_answers_s=np.sort(np.array(late_answers, dtype=np.float64)),
    )


def _flows(tally: Tally) -> Flows:
    begun_s = np.frombuffer(tally.opened_s, dtype=np.float64) if len(tally.opened_s) else np.zeros(0)
    life_s = np.frombuffer(tally.life_s, dtype=np.float64) if len(tally.life_s) else np.zeros(0)
    order = np.argsort(begun_s, kind="stable")
    return begun_s[order], life_s[order]


def cut_of(tallies: Mapping[str, Tally], quiet: Spells) -> float:
    """Return where flows of a place part by life; one that was born in an outage does not count."""
    lives: list[float] = []
    for tally in tallies.values():
        begun_s, life_s = _flows(tally)
        lives += life_s[quiet.holds(begun_s)].tolist()
    return cut_s(lives)


def source_at(tally: Tally, cut: float, silences: Sequence[Spell], book: FlowBook) -> Source:
    """Return the flows of a source by what they are for.

    One that is still open is kept when it is older than any request took. What was answered late, or ended
    while the place was silent, was for one request: its life is none.
    """
    begun_s, life_s = _flows(tally)
    old_s = np.where(np.isfinite(life_s), life_s, book.last_s - begun_s)
    is_kept = old_s >= cut if math.isfinite(cut) else np.zeros(len(old_s), dtype=np.bool_)
    if len(tally.late_s):
        late_by_s = dict(zip(tally.late_s, tally.late_by_s, strict=True))
        is_kept &= old_s - np.array([late_by_s.get(float(one), 0.0) for one in begun_s]) >= cut
    if cut > 0.0:
        for one in silences:
            ended_s = begun_s + life_s
            is_kept &= ~((begun_s < one.begin_s) & (ended_s > one.begin_s) & (ended_s < one.end_s))
    kept, asking = ((begun_s[these], life_s[these]) for these in (is_kept, ~is_kept))
    pool = _pool_count(tally, cut, book, kept, asking)
    if not pool and not _keeps_some(kept, asking):  # one that lived long among many that did not
        kept, asking = (begun_s[:0], life_s[:0]), (begun_s, life_s)
    return Source(tally=tally, kept=kept, asking=asking, pool=pool)


def all_asking(one: Source) -> Source:
    """Return a source all of whose flows were made for one request each."""
    begun_s, life_s = (np.concatenate([one.kept[i], one.asking[i]]) for i in (0, 1))
    order = np.argsort(begun_s, kind="stable")
    return replace(one, kept=(begun_s[:0], life_s[:0]), asking=(begun_s[order], life_s[order]), pool=0)


def without_passing(known: Mapping[str, Source], book: FlowBook) -> dict[str, Source]:
    """Return sources without pools that are no more than requests that were just under way in a dump.

    A dump that was taken after the events has flows that these do not know.
    """
    asking = [one for one in known.values() if len(one.asking[0])]
    are_few = sum(one.pool > 0 for one in asking) < _FEW_RATIO * len(asking)

    def passing(one: Source) -> bool:
        lives = one.asking[1][np.isfinite(one.asking[1])]
        if not one.pool or not len(lives) or _keeps_some(one.kept, one.asking):
            return False
        under_way = float(lives.sum()) / max(book.length_s, 1.0)
        return one.pool <= under_way + 3.0 * math.sqrt(under_way) + float(are_few)

    return {
        name: replace(one, pool=0, kept=(one.kept[0][:0], one.kept[1][:0])) if passing(one) else one
        for name, one in known.items()
    }


def _keeps_some(kept: Flows, asking: Flows) -> bool:
    return len(kept[0]) > _STRAY_KEPT_RATIO * len(asking[0])


def _pool_count(tally: Tally, cut: float, book: FlowBook, kept: Flows, asking: Flows) -> int:
    """Return how many connections a source keeps: as the dumps say, less those that just came and went.

    Without a dump, as many as were open at an end of the record and lived for long enough.
    """
    dumps = len(book.entries_by_dump)
    if dumps:
        counts = [0] * dumps
        for one in tally.listed:
            for number in one.in_dumps:
                counts[number] += one.life_s >= cut
        return int(statistics.median_high(counts))
    still = int((~np.isfinite(kept[1])).sum())
    return max(still, tally.open_before_count) if _keeps_some(kept, asking) else still


def kept_ends(known: Mapping[str, Source]) -> NDArray[np.float64]:
    """Return when kept connections ended, ascending, those included that were open before the record."""
    parts = [one.kept[0] + one.kept[1] for one in known.values()]
    parts += [np.array(one.tally.ended_before_s, dtype=np.float64) for one in known.values() if one.keeps]
    ended_s = joined_s(parts)
    return np.sort(ended_s[np.isfinite(ended_s)])


def joined_s(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return moments or lives of several sources as one."""
    return np.concatenate(parts) if parts else np.zeros(0)
