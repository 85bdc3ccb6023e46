"""Write docs/evidence/fates.md: how runs that end early end, beside the same runs to the horizon.

Run it with the development environment: ``python docs/generate_fates.py [WORLDS] [RUNS]``. The page is the same
every time on one platform and version.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator, Sequence

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from fates import Agreement, agreement, own_worlds, random_worlds  # noqa: E402
from tidegate.experiment.interval import share_interval  # noqa: E402

PAGE = ROOT / "docs" / "evidence" / "fates.md"
WORLDS_COUNT, RUNS_COUNT = 300, 10
HEAD = """# Runs that end early, beside runs to the horizon

Written by `python docs/generate_fates.py`; do not edit. A run ends early only where the world's calm is certain:
eight runs left alone to the horizon do not tip, and eight that are kicked out of calm come back. Everything else
goes to the horizon. Each run was made both ways, with the same chance. Random worlds are drawn by
`tests/nasty_worlds.py` to be hard: slow drains, long holds, spreads, recurrences, loads near the ceiling, `once`,
deferred work, caches, scalers.
"""


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _sums(title: str, found: Sequence[Agreement]) -> str:
    runs, early = sum(one.runs_count for one in found), sum(one.early_count for one in found)
    differing = sum(one.differing_count for one in found)
    low, high = share_interval(differing, max(early, 1))
    certain = [one for one in found if one.is_certain]
    spared = sum(one.events_ratio for one in certain) / max(len(certain), 1)
    return _row(
        title,
        f"{len(found)}",
        f"{len(certain)}",
        f"{runs:,}",
        f"{sum(one.collapsed_count for one in found):,}",
        f"{early:,}",
        f"{differing} ({100 * low:.2g}–{100 * high:.2g} % of those)",
        f"{spared:.2f}",
    )


def _page(worlds_count: int, runs_count: int) -> Iterator[str]:
    own = [agreement(file, activity, runs_count) for file, activity in own_worlds()]
    drawn = [agreement(file, activity, runs_count) for file, activity in random_worlds(worlds_count)]
    yield HEAD
    yield _row(
        "Worlds", "how many", "calm certain", "runs", "collapse", "ended early", "ended otherwise", "events needed"
    )
    yield _row(*["---"] * 8)
    yield _sums("of the repository", own)
    yield _sums("random", drawn)
    yield "\n*Events needed* is the mean share of the events to the horizon, where calm is certain.\n"
    yield _row("World of the repository", "calm certain", "collapse", "ended early", "ended otherwise", "events")
    yield _row(*["---"] * 6)
    for one in own:
        yield _row(
            one.title,
            "yes" if one.is_certain else "no",
            f"{one.collapsed_count} of {one.runs_count}",
            f"{one.early_count}",
            f"{one.differing_count}",
            f"{one.events_ratio:.2f}",
        )
    wrong = [one.title for one in (*own, *drawn) if one.differing_count]
    yield f"\nWorlds in which a run ended otherwise: {', '.join(wrong) or 'none'}."


def main() -> None:
    """Write the page."""
    given = [int(text) for text in sys.argv[1:]]
    worlds_count, runs_count = given or (WORLDS_COUNT, RUNS_COUNT)
    PAGE.write_text("\n".join(_page(worlds_count, runs_count)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
