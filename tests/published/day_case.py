"""AWS us-east-1, 7 December 2021: which of the operators' actions helped, in their order.

The world is the bundled example, and most of its sizes are assumed, as it says; so this is an explanation
of the order, not a prediction. It runs at a thousandth of its size.
"""

from __future__ import annotations

import numpy as np
from finding import Asked, Case, Finding
from fitted_cases import FITTED
from published_runs import Seen, each_run, world_file, world_path

from tidegate.simulate.lower import lower
from tidegate.simulate.script import write_script

DAY = "us_east_1_2021/day"
# Of the day, the hours without a recovery are asked for; what helped in the end is not one word.
HOURS = Asked(changes={"objectives.recover_within": "5h"}, collapse_ratio=1.0)
FRACTION = 0.001
SETTLE_S = 600.0


def order_of_actions(runs_count: int) -> Finding:
    """What is served before any action, with names moved alone, and after the last action."""
    file = world_file(DAY)
    (activity,) = file.world.activities
    script = write_script(file, activity)
    tables = lower(script, horizon_s=file.world.horizon_s, fraction=FRACTION)
    begins_s = file.world.activities[activity].at_s
    action_s = sorted(trigger.at_s for trigger in file.world.triggers.values() if trigger.by_operator)
    windows = (
        (begins_s + SETTLE_S, action_s[0]),
        (action_s[0] + SETTLE_S, action_s[1]),
        (action_s[-1] + SETTLE_S, action_s[-1] + 7 * SETTLE_S),
    )

    def read(seen: Seen) -> list[list[float]]:
        shares = []
        for name in file.world.clients:
            usual_per_s = seen.rate_per_s(name, "served_count", 0.0, 0.9 * begins_s)
            served_per_s = [seen.rate_per_s(name, "served_count", *window) for window in windows]
            shares.append([rate_per_s / usual_per_s for rate_per_s in served_per_s])
        return shares

    found = np.array(each_run(tables, runs_count, read))
    alone, moved, after = found[:, :, 0].max(), found[:, :, 1].max(), found[:, :, 2].min()
    return Finding(
        ours=f"of usual service at most {100 * alone:.0f} % before any action ({action_s[0] / 3600:.1f} h), "
        f"at most {100 * moved:.0f} % with names moved (until {action_s[1] / 3600:.1f} h), at least "
        f"{100 * after:.0f} % after the last action",
        reproduces=bool(alone < 0.05 and moved < 0.05 and after > 0.8),
    )


def day_cases() -> tuple[Case, ...]:
    """Return the case, if the example is there."""
    return (
        Case(
            name="AWS us-east-1, 7 December 2021",
            section=FITTED,
            source="AWS, message 12721",
            world=DAY,
            published="no recovery for hours; moving names alone not enough; capacity and load cuts work",
            rule="each population below 5 % before and with names moved, above 80 % at the end",
            judge=order_of_actions,
            asked=(HOURS,),
            fast_runs=1,
            full_runs=10,
            note="The world is `examples/us_east_1_2021/day.yaml` at a thousandth of its size; most of its "
            "sizes are assumed. It shows that the account holds together, not that it was so.",
        ),
    )[: world_path(DAY).is_file()]
