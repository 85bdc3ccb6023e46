"""Of random worlds that stay down after what disturbed them, how many have a cycle that could feed itself?"""

from __future__ import annotations

from dataclasses import dataclass

from nasty_worlds import nasty_world
from tidegate.evaluate.arithmetic.exceeded import exceeded, late_limits
from tidegate.evaluate.arithmetic.feedback.cycle import feedback
from tidegate.evaluate.reading.measures import measure
from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script

RUNS_COUNT = 3
SEED = 7
AILING_RATIO = 0.1

STAYS, COMES_AGAIN, NEVER_WELL, WELL = "stays down", "comes again", "never was well", "is well again"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One random world.

    Parameters
    ----------
    name
        Its name.
    fate
        How most of its runs end.
    gain
        Of its strongest cycle, that of dead flows left out; 0 where it has none.
    mechanism
        That cycle's.
    is_over
        Whether arithmetic says that a limit is exceeded, or that more is asked than can be done at once.
    """

    name: str
    fate: str
    gain: float
    mechanism: str
    is_over: bool


def counted(seed: int) -> Counted | None:
    """Run a random world a few times, and set its fate beside its cycles; None where none was drawn."""
    file = nasty_world(seed)
    if file is None:
        return None
    script = write_script(file)
    horizon_s = file.world.horizon_s
    tables = lower(script, horizon_s=horizon_s, fraction=choose_fraction(script, horizon_s))
    outcomes = [measure(tables, simulate(tables, seed=SEED, replication=i)) for i in range(RUNS_COUNT)]
    collapsed = [one for one in outcomes if one.collapsed]
    fate = WELL
    if 2 * len(collapsed) > RUNS_COUNT:
        fate = STAYS
        if sorted(one.ailing_ratio for one in outcomes)[RUNS_COUNT // 2] > AILING_RATIO:
            fate = NEVER_WELL
        elif sum(one.recurs or one.tips for one in collapsed) * 2 > len(collapsed):
            fate = COMES_AGAIN
    # Dead flows need attempts that fail elsewhere, so that they are no reason of their own.
    cycles = [one for one in feedback(script).cycles if one.mechanism != "dead flows"]
    return Counted(
        name=file.world.name,
        fate=fate,
        gain=cycles[0].gain if cycles else 0.0,
        mechanism=cycles[0].mechanism if cycles else "",
        is_over=bool(exceeded(script) or late_limits(script)),
    )
