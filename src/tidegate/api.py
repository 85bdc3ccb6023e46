"""Tidegate from Python: load a world, check its activities, look at one run.

The same verbs as on the command line, for notebooks and scripts; no decision is made here. Nothing
compiled is loaded before it is needed. `load` and `check` are also found in `tidegate` itself, where
the name `simulate` belongs to the engines.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tidegate.adapters.files.measured import load_world
from tidegate.errors import Fault, InputError
from tidegate.evaluate.judging.asked import DEFAULT_SEED, Check
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

if TYPE_CHECKING:
    from tidegate.evaluate.judging.verdict import Verdict
    from tidegate.evaluate.reading.run_record import Sample
    from tidegate.evaluate.searching.curve import Admission, Curve

__all__ = ["admit", "check", "load", "read_curve", "simulate"]


def load(path: str | os.PathLike[str], changes: Mapping[str, object] | None = None) -> WorldFile:
    """Return the world of a file.

    Parameters
    ----------
    path
        A world file, a folder with a ``world.yaml``, or the name of a bundled world.
    changes
        Values laid over it, by dotted path of file keys, as the file writes them (``"30k/s"``).

    Returns
    -------
    WorldFile
        The world in SI units, with the range, basis and source of each of its numbers.

    Raises
    ------
    InputError
        With every fault of the file, each with its place.

    Examples
    --------
    >>> import tidegate
    >>> file = tidegate.load("everyday_nat", {"horizon": "60s"})
    >>> file.world.horizon_s
    60.0
    """
    return overlay(load_world(os.fspath(path)), changes or {})


def check(
    world: WorldFile | str | os.PathLike[str],
    activity: str | None = None,
    *,
    seed: int = DEFAULT_SEED,
    runs_count: int | None = None,
    jobs: int | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> tuple[Verdict, ...]:
    """Judge the activities of a world before they run.

    Parameters
    ----------
    world
        A world, or where to load it from.
    activity
        The activity to judge; None judges each, or the triggers alone where there is none.
    seed
        Chooses the random streams; the same seed gives the same verdicts.
    runs_count
        Runs of each case; None lets the stopping rule decide.
    jobs
        Threads; None means one for each core. The verdicts do not depend on it.
    progress
        Called with what is being run and how many runs are done; may raise to end.

    Returns
    -------
    tuple of Verdict
        One for each activity, in the order of the file.

    Raises
    ------
    InputError
        If the world is wrong, has no such activity, or nothing happens in it.

    Examples
    --------
    >>> import tidegate
    >>> (verdict,) = tidegate.check("everyday_nat", "to_90", runs_count=1)
    >>> verdict.activity, verdict.cases[0].collapse.runs_count
    ('to_90', 1)
    """
    from concurrent.futures import ThreadPoolExecutor

    from tidegate.verbs.check import check as judge

    if runs_count is not None and runs_count < 1:
        allowed = "1 or more"
        raise InputError(Fault(what="is no number of runs", value=str(runs_count), allowed=allowed))
    asked = Check(file=_world(world), activity=activity, seed=seed, runs_count=runs_count)
    executor = ThreadPoolExecutor(jobs or os.cpu_count() or 1)
    try:
        return judge(asked, executor=executor, progress=progress)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def simulate(
    world: WorldFile | str | os.PathLike[str],
    activity: str | None = None,
    *,
    seed: int = DEFAULT_SEED,
    replication: int = 0,
) -> tuple[Sample, ...]:
    """Return the time series of one run, one value a row, in order of time.

    Parameters
    ----------
    world
        A world, or where to load it from.
    activity
        The activity that happens; None for the triggers alone.
    seed, replication
        Which run: the same two give the same rows.

    Returns
    -------
    tuple of Sample
        Each with its time in seconds since the run began, what it is of, which quantity, and its value.

    Raises
    ------
    InputError
        If the world is wrong or has no such activity.

    Examples
    --------
    >>> from tidegate.api import simulate
    >>> rows = simulate("everyday_nat", "to_90")
    >>> sorted({row.kind for row in rows})
    ['clients', 'crossing', 'service']
    """
    from tidegate.evaluate.reading.run_record import samples
    from tidegate.verbs.simulate import run_once

    return tuple(samples(*run_once(_world(world), activity, seed=seed, replication=replication)))


def read_curve(path: str | os.PathLike[str]) -> Curve:
    """Return the safe limits that ``tidegate headroom --curve`` wrote, for `admit`.

    Parameters
    ----------
    path
        The file, as it was written.

    Returns
    -------
    Curve
        Of one activity of one world, over one number.

    Raises
    ------
    InputError
        If the file cannot be read or holds no curve.
    """
    from tidegate.adapters.files.worlds import read_text
    from tidegate.evaluate.searching.curve import read_curve as parsed

    return parsed(*read_text(os.fspath(path)))


def admit(curve: Curve, world: WorldFile, *, to_count: int, at: float) -> Admission:
    """Look up whether an activity may go to a size, without running anything.

    Parameters
    ----------
    curve
        As `read_curve` returns it; read it once and keep it.
    world
        The world as it is now, loaded; a curve of another world, or of another version of Tidegate, cannot
        tell.
    to_count
        Instances after the activity.
    at
        Times the load that the world states, or instances before, as the curve is drawn over.

    Returns
    -------
    Admission
        Whether it may go ahead, up to how many, and why; what the curve does not know it cannot tell.
    """
    from tidegate import __version__
    from tidegate.evaluate.searching.curve import admit as looked_up

    return looked_up(curve, world, to_count=to_count, at=at, version=__version__)


def _world(world: WorldFile | str | os.PathLike[str]) -> WorldFile:
    return load(world) if isinstance(world, str | os.PathLike) else world
