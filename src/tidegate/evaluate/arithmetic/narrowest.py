"""Which place is the narrow one in all that happens? Also for a while, and by those who come together.

`exceeded.nearest` is of what lasts; what passes sooner, and a herd, may be what the runs fail by. Where a
limit is exceeded by arithmetic, that has decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tidegate.evaluate.arithmetic.connecting import herd_limits, log_in_limits
from tidegate.evaluate.arithmetic.downtime import start_limits
from tidegate.evaluate.arithmetic.exceeded import limits
from tidegate.evaluate.arithmetic.limit import Limit, about
from tidegate.evaluate.arithmetic.meanwhile import pressed
from tidegate.simulate.script import Script


def narrowest(script: Script) -> Limit | None:
    """Return the limit that is pressed hardest while anything happens; None where the world states none."""
    every = limits(script)
    over = tuple(limit for limit in every if limit.is_exceeded)
    together = (*herd_limits(script), *start_limits(script), *log_in_limits(script.phases))
    found = over or (*every, *_passing(script), *together)
    return max(found, key=lambda limit: limit.pressure_ratio, default=None)


def _passing(script: Script) -> Iterator[Limit]:
    """Yield what is asked for more than it does for a while, and for how long."""
    for one in pressed(script):
        says = one.limit.says if one.is_last else f"for {about(one.lasts_s)} s {one.limit.says}"
        yield replace(one.limit, says=says)
