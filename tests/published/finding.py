"""What one comparison with a published result comes to, and the cases there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Ours beside theirs.

    Parameters
    ----------
    ours
        What came out, with interval or range.
    reproduces
        Whether the case's rule is met.
    """

    ours: str
    reproduces: bool


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question to `tidegate check`, and what was published of its answer.

    Parameters
    ----------
    changes
        What is set in the case's world, by path.
    collapse_ratio
        The published share that collapses: 0 where it heals, 1 where it stays down.
    """

    changes: Mapping[str, object]
    collapse_ratio: float


@dataclass(frozen=True, kw_only=True)
class Case:
    """One published result and how it is judged.

    Parameters
    ----------
    name
        As the page calls it.
    section
        The heading of the page it stands under.
    source
        Where it was published.
    published
        Their outcome.
    rule
        When ours counts as reproducing it.
    world
        The world file, without its suffix, here or among the examples; empty for pure arithmetic.
    judge
        Runs it so many times and compares.
    fast_runs, full_runs
        Runs in every test run (0: not clear-cut with few runs, left out), and for the evidence page.
    expected
        False for a known miss; then `note` explains it.
    note
        What a reader must know.
    asked
        What `tidegate check` is asked of it; nothing where the case says nothing of collapse.
    all_as_asked
        False where the claim is that not all of what is asked can come out so.
    differs
        Why `check` answers otherwise than was published; empty where it agrees.
    """

    name: str
    section: str
    source: str
    published: str
    rule: str
    world: str
    judge: Callable[[int], Finding]
    fast_runs: int = 20
    full_runs: int = 200
    expected: bool = True
    note: str = ""
    asked: tuple[Asked, ...] = ()
    all_as_asked: bool = True
    differs: str = ""
