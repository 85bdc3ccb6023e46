"""Which share of what is asked is answered in the worst minute? Read off one run.

A request belongs to the minute in which it began, and is judged by what became of it: answered before its
client would give an attempt up, or not. What is under way as a minute ends is neither served nor lost; what
is still under way as the run ends, and began unusually long before that, is never answered. Clients that
ask again only once they are answered ask nothing while they hang: what they would have asked counts as well.
"""

from __future__ import annotations

import numpy as np

from tidegate.evaluate.reading.measures import (
    Floats,
    bad_bins,
    first_bin,
    judged_rows,
    least_silence_ns,
    usually_waiting,
)
from tidegate.simulate.parameters import Populations
from tidegate.simulate.run import Run
from tidegate.simulate.tables import Tables

WINDOW_S = 60.0
LEAST_ASKED = 5.0
"""Requests in a window below which it says nothing by itself."""


def worst_shares(tables: Tables, run: Run) -> tuple[float, ...]:
    """Return what `worst_share` says of each judged population."""
    was_bad = _was_bad(tables, run)
    return tuple(worst_share(tables, run, j, was_bad=was_bad) for j in judged_rows(tables))


def _was_bad(tables: Tables, run: Run) -> bool:
    return bool(bad_bins(tables, run)[_first(tables, run) :].any())


def _first(tables: Tables, run: Run) -> int:
    return min(first_bin(tables), run.bins_count - 1)


def worst_share(tables: Tables, run: Run, j: int, *, was_bad: bool | None = None) -> float:
    """Return the share served in the worst minute; in a run that never was bad, of all that ended.

    A minute in which hardly anybody asks says nothing; where nobody ever asks, nothing went wrong: 1.

    Parameters
    ----------
    tables, run
        What was run and what came of it.
    j
        The row of a judged population.
    was_bad
        Whether the run ever was bad, where that is known already.
    """
    y = run.populations.bins(end=run.bins_count).row(j)
    first = _first(tables, run)
    if not (_was_bad(tables, run) if was_bad is None else was_bad):
        return _share(y.served_count.sum(), y.served_count.sum() + y.failed_count.sum())
    prompt = y.prompt_count.astype(float)
    # What began just before the end and is not over yet is not judged.
    asked: Floats = prompt + y.amiss_count
    sure = max(run.bins_count - _bins(tables, least_silence_ns(tables, j)), 0)
    asked[:sure] = np.maximum(y.fresh_count - y.left_count, asked)[:sure]
    window = max(1, min(_bins(tables, WINDOW_S * 1e9), run.bins_count - first))
    got, wanted = _over(prompt[first:], window), _over(asked[first:], window)
    wanted = wanted + _not_asked(tables, run, j, wanted, window)
    enough = wanted >= LEAST_ASKED
    if enough.any():
        return float(np.clip(got[enough] / wanted[enough], 0.0, 1.0).min())
    return min(_share(y.served_count.sum(), y.fresh_count.sum()), 1.0)


def _bins(tables: Tables, lasts_ns: float) -> int:
    return max(int(lasts_ns // tables.bin_ns), 1)


def _over(values: Floats, window: int) -> Floats:
    summed: Floats = np.convolve(values, np.ones(window), mode="valid")
    return summed


def _share(served: float, asked: float) -> float:
    """Return the share served of what was asked, or ended; 1 where nothing was."""
    return float(served / asked) if asked > 0 else 1.0


def _not_asked(tables: Tables, run: Run, j: int, asked: Floats, window: int) -> Floats:
    """Return how many requests clients that hang do not make in each window, at their usual pace."""
    populations, first = Populations(tables), first_bin(tables)
    many = float((populations.clients_count[:, j] * populations.stride_count[:, j]).max())
    if not populations.is_closed[j] or many == 0.0 or first < 4:
        return np.zeros(len(asked))
    usual = run.populations.served_count[first // 3 : first, j].mean() * window
    waiting = run.populations.unanswered_count[: run.bins_count, j].astype(float)
    over = np.maximum(waiting - usually_waiting(tables, run)[:, judged_rows(tables).index(j)], 0.0)
    patience = min(_bins(tables, float(populations.prompt_ns[:, j].max())), run.bins_count)
    # Those who hang as the run ends go on with it, if they have for unusually long.
    hang = over[-_bins(tables, least_silence_ns(tables, j)) :].min(initial=many)
    lasting = _lasting(np.append(over, np.full(patience, hang)), patience)[: run.bins_count]
    share = _over(lasting[first:], window) / window / many
    missing: Floats = np.minimum(share * usual, np.maximum(usual - asked, 0.0))
    return missing


def _lasting(values: Floats, bins: int) -> Floats:
    """Return what each value is part of that stays for at least so many bins."""
    least = np.lib.stride_tricks.sliding_window_view(values, bins).min(axis=1)
    padded = np.pad(least, bins - 1, constant_values=0.0)
    found: Floats = np.lib.stride_tricks.sliding_window_view(padded, bins).max(axis=1)
    return found
