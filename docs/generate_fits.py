"""Write docs/evidence/fits.md: worlds whose numbers are known, fitted from what exporters show of them.

Run it with the development environment: ``python docs/generate_fits.py [WORLDS]``. It takes some minutes; the page is
the same every time on one platform and version.
"""

from __future__ import annotations

import pathlib
import statistics
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from fitted_worlds import Scored, Tried, tried  # noqa: E402
from tidegate.experiment.interval import share_interval  # noqa: E402

PAGE = ROOT / "docs" / "evidence" / "fits.md"
FIRST_SEED, WORLDS = 200, 40
HEAD = """# Fitted numbers, beside the truth

Written by `python docs/generate_fits.py`; do not edit. {worlds} worlds are drawn by `tests/fitted_worlds.py` (seeds {first} to
{last}): a translating device, three services, an open, a closed and a pooled population. Each is run for 20 minutes by
the event engine, and seen only as exporters show it, every 5 s: a counter restarts, a minute is missing, some cells are
no number. In three of four a service answers nobody for 75 s. The world that [`tidegate fit`](../how-to/fit-a-world.md)
is given has the same parts and other numbers: each off by up to three times. Other seeds
(0 to 23, 100 to 139) showed mistakes while it was written; these were not looked at before. They come from the same engine that the check
runs, so that what real devices do otherwise is not in them.
"""


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _share(count: int, of: int) -> str:
    low, high = share_interval(count, max(of, 1))
    return f"{count} of {of} ({100 * count / max(of, 1):.1f} %; {100 * low:.0f}–{100 * high:.0f} %)"


def _kind(path: str) -> str:
    return path.split(".", 2)[2]


def _page(found: Sequence[Tried]) -> Iterator[str]:
    yield HEAD.format(worlds=len(found), first=FIRST_SEED, last=FIRST_SEED + len(found) - 1)
    given = [one for world in found for one in world.given]
    yield _row("All numbers that were given", "")
    yield _row("---", "---")
    yield _row("inside their interval (aim 95 %)", _share(sum(one.is_inside for one in given), len(given)))
    yield _row(
        "within 10 % of the truth (aim 90 %)", _share(sum(one.off_ratio <= 0.1 for one in given), len(given))
    )
    yield _row("median width of the interval (aim 25 %)", f"{100 * _width(given):.1f} %")
    hidden = [one for world in found for one in world.invented]
    yield _row("given although the record cannot show it (aim 0)", f"{len(hidden)}")
    kept = sum(one.state == "kept" for one in given)
    yield _row("told, and not reproduced by the engine, so that the old value stays", f"{kept}")
    yield ""
    yield _row("Number", "given", "not told", "inside", "within 10 %", "median width")
    yield _row(*["---"] * 6)
    for kind in sorted(
        {_kind(one.path) for one in given} | {_kind(one) for world in found for one in world.untold}
    ):
        mine = [one for one in given if _kind(one.path) == kind]
        untold = sum(_kind(one) == kind for world in found for one in world.untold)
        inside, near = sum(one.is_inside for one in mine), sum(one.off_ratio <= 0.1 for one in mine)
        width = f"{100 * _width(mine):.1f} %" if mine else ""
        yield _row(f"`{kind}`", f"{len(mine)}", f"{untold}", f"{inside}", f"{near}", width)
    yield "\nEvery miss, outside of its interval or more than 10 % off:\n"
    yield _row("seed", "number", "truth", "value", "interval", "what")
    yield _row(*["---"] * 6)
    for seed, world in enumerate(found, FIRST_SEED):
        for one in world.given:
            if not one.is_inside or one.off_ratio > 0.1:
                what = ", ".join(
                    ([] if one.is_inside else ["outside"])
                    + ([f"{100 * one.off_ratio:.0f} % off"] if one.off_ratio > 0.1 else [])
                )
                yield _row(
                    f"{seed}", f"`{one.path}`", f"{one.truth:.4g}", f"{one.value:.4g}",
                    f"{one.low:.4g} to {one.high:.4g}", what + (" (kept)" if one.state == "kept" else ""),
                )  # fmt: skip
    yield ""


def _width(given: Sequence[Scored]) -> float:
    return statistics.median(one.width_ratio for one in given)


def main(worlds: int) -> None:
    """Write the page."""
    with ProcessPoolExecutor(4) as pool:
        found = list(pool.map(tried, range(FIRST_SEED, FIRST_SEED + worlds)))
    PAGE.write_text("\n".join(_page(found)), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else WORLDS)
