"""Write docs/evidence/cycles.md: random worlds that stay down, beside the cycles that arithmetic names in them.

Run it with the development environment: ``python docs/generate_cycles.py [LAST_SEED]``. The page is the same every
time on one platform and version.
"""

from __future__ import annotations

import pathlib
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from feedback_counts import COMES_AGAIN, NEVER_WELL, STAYS, WELL, Counted, counted  # noqa: E402
from tidegate.experiment.interval import share_interval  # noqa: E402

PAGE = ROOT / "docs" / "evidence" / "cycles.md"
LAST_SEED = 150
HEAD = """# Feedback cycles, beside worlds that stay down

Written by `python docs/generate_cycles.py`; do not edit. Random worlds are drawn by `tests/nasty_worlds.py` (seeds 1 to
{last}) and each is run three times to its horizon. What most of its runs come to stands beside what
[arithmetic alone](../explanation/feedback-cycles.md) says of the world as it stands when all has happened: whether there is a
cycle with a gain of 1 or more, and whether a limit is exceeded (more is asked than there is, cycle or not).

* *stays down*: service was well before, and is away at the horizon, long after what disturbed it;
* *comes again*: it was well again, and then away once more, by chance;
* *never was well*: bad for more than a tenth of the time before anything happened.
"""


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _percent(count: int, of: int) -> str:
    low, high = share_interval(count, max(of, 1))
    return f"{count} of {of} ({100 * low:.0f}–{100 * high:.0f} %)"


def _page(found: Sequence[Counted], last: int) -> Iterator[str]:
    yield HEAD.format(last=last)
    yield _row("Most runs", "worlds", "a cycle feeds itself", "only a limit is exceeded", "neither")
    yield _row(*["---"] * 5)
    for fate in (STAYS, COMES_AGAIN, NEVER_WELL, WELL):
        mine = [one for one in found if one.fate == fate]
        feeding = sum(one.gain >= 1.0 for one in mine)
        over = sum(one.gain < 1.0 and one.is_over for one in mine)
        yield _row(fate, f"{len(mine)}", f"{feeding}", f"{over}", f"{len(mine) - feeding - over}")
    down = [one for one in found if one.fate == STAYS and not (one.is_over and one.gain < 1.0)]
    named = sum(one.gain >= 1.0 for one in down)
    without = [one for one in found if one.gain < 1.0 and not one.is_over and one.fate in {STAYS, WELL}]
    stay = [one for one in without if one.fate == STAYS]
    yield f"\nOf worlds that stay down and exceed no limit, a cycle is named in {_percent(named, len(down))}."
    yield f"Of worlds without such a cycle, {_percent(len(stay), len(without))} stay down:"
    yield f"{', '.join(one.name for one in stay) or 'none'}."
    yield "\nA cycle that could feed itself need not: most disturbances are too weak, or too short, to set it off.\n"
    yield _row("Strongest cycle", "worlds that stay down")
    yield _row("---", "---")
    for mechanism, count in Counter(one.mechanism for one in down if one.gain >= 1.0).most_common():
        yield _row(mechanism, f"{count}")


def main() -> None:
    """Write the page."""
    last = int(sys.argv[1]) if len(sys.argv) > 1 else LAST_SEED
    found = [one for one in map(counted, range(1, last + 1)) if one is not None]
    PAGE.write_text("\n".join(_page(found, last)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
