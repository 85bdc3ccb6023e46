"""The figures that chose the simulation core, again with the engine as it is.

The smallest world that collapses for good, at its own size and ten times as large. The closed forms of
queueing theory are checked elsewhere, in tests/theory.
"""

from __future__ import annotations

import math

import numpy as np
from finding import Asked, Case, Finding
from published_runs import Seen, each_run, lowered, share_words, spread_words, world_file

from tidegate.simulate.fluid import run_fluid
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay

ENGINE = "Figures of the simulation core"
SOURCE = "design prototypes"
HALF = (
    "`check` runs half of this world, as it says, because ten minutes of the whole cost it too much. Close "
    "to capacity chance weighs more in a smaller world; in the whole one it is as above."
)
# Their shares are whole numbers of 400 and, at ten times the size, of 200 runs.
PROTOTYPE_RUNS = {1: 400, 10: 200}
SPIKE = "triggers.spike"
EDGE = {1150: 0.0, 1200: 0.058, 1240: 0.318, 1260: 0.495, 1280: 0.728, 1300: 0.875, 1350: 0.998}
EDGE_TEN = {1240: 0.030, 1260: 0.490, 1280: 0.985}


def sized(scale: int, spike_per_s: float) -> dict[str, object]:
    """The example `scale` times as large with a spike of 2 s."""
    return {
        "services.api.instances": 10 * scale,
        "services.api.queue": 1000 * scale,
        "clients.users.demand.rate": 700.0 * scale,
        f"{SPIKE}.for": "2s",
        f"{SPIKE}.set": {"clients.users.demand.rate": spike_per_s * scale},
    }


def _collapsed(seen: Seen) -> bool:
    names = ("served_count", "fresh_count")
    served_per_s, fresh_per_s = (seen.rate_per_s("users", name, 55, 60) for name in names)
    return served_per_s < 0.05 * fresh_per_s


def _compared(collapsed: int, runs_count: int, prototype_ratio: float, prototype_runs: int) -> Finding:
    """A share of runs beside the prototype's, within three standard errors of both."""
    # One run more on either side keeps the error of 0 and 1 above zero.
    middle = (collapsed + prototype_ratio * prototype_runs + 1) / (runs_count + prototype_runs + 2)
    error = math.sqrt(middle * (1 - middle) * (1 / runs_count + 1 / prototype_runs))
    return Finding(
        ours=f"{collapsed / runs_count:.3f}: {share_words(collapsed, runs_count)}",
        reproduces=abs(collapsed / runs_count - prototype_ratio) <= 3 * error,
    )


def edge(scale: int, spike_per_s: int, prototype_ratio: float, runs_count: int) -> Finding:
    """Probability of collapse after a spike of 2 s."""
    collapsed = sum(
        each_run(lowered("metastable_example", sized(scale, spike_per_s)), runs_count, _collapsed)
    )
    return _compared(collapsed, runs_count, prototype_ratio, PROTOTYPE_RUNS[scale])


def calm(rate_per_s: float) -> dict[str, object]:
    """The example at a steady load, for 600 s."""
    return {"horizon": "600s", "clients.users.demand.rate": rate_per_s, f"{SPIKE}.set": {}}


def spontaneous(rate_per_s: float, prototype_ratio: float, runs_count: int) -> Finding:
    """Collapse within 600 s with no trigger at all."""

    def read(seen: Seen) -> bool:
        return seen.rate_per_s("users", "served_count", 590, 600) < 0.05 * rate_per_s

    collapsed = sum(each_run(lowered("metastable_example", calm(rate_per_s)), runs_count, read))
    return _compared(collapsed, runs_count, prototype_ratio, PROTOTYPE_RUNS[1])


def counts(runs_count: int) -> Finding:
    """Requests, attempts, served and failed of the example, means within 2 %."""
    series = ("fresh_count", "attempts_count", "served_count", "failed_count")

    def read(seen: Seen) -> list[float]:
        return [float(seen.population("users", name).sum()) for name in series]

    found = np.array(each_run(lowered("metastable_example"), runs_count, read))
    prototype = np.array([59_943, 213_491, 7_962, 50_393])
    return Finding(
        ours=" / ".join(spread_words(column.tolist(), 0) for column in found.T),
        reproduces=bool(np.all(np.abs(np.median(found, axis=0) / prototype - 1) <= 0.02)),
    )


def fluid_edge(_: int) -> Finding:
    """The spike of 2 s from which on the fluid engine collapses."""
    low, high = 1000.0, 1800.0
    while high - low > 2.0:
        spike = 0.5 * (low + high)
        file = overlay(world_file("metastable_example"), sized(1, spike))
        low, high = (low, spike) if run_fluid(write_script(file)).collapsed else (spike, high)
    return Finding(ours=f"{high:,.0f}/s", reproduces=abs(high / 1260.0 - 1.0) <= 0.03)


def engine_cases() -> tuple[Case, ...]:
    """Return the cases of this section."""
    world = "metastable_example"
    return (
        Case(
            name="The example's counts",
            section=ENGINE,
            source=SOURCE,
            world=world,
            judge=counts,
            asked=(Asked(changes={}, collapse_ratio=1.0),),
            fast_runs=10,
            published="59,943 requests / 213,491 attempts / 7,962 served / 50,393 failed (one run)",
            rule="medians within 2 %",
        ),
        *(
            Case(
                name=f"P(collapse), spike {spike:,}/s",
                section=ENGINE,
                source=SOURCE,
                world=world,
                fast_runs=60 if spike == 1260 else 0,
                published=f"{share:.3f}",
                full_runs=400,
                rule="3 standard errors",
                judge=lambda n, spike=spike, share=share: edge(1, spike, share, n),
                asked=(Asked(changes=sized(1, spike), collapse_ratio=share),),
            )
            for spike, share in EDGE.items()
        ),
        *(
            Case(
                name=f"P(collapse) at ten times the size, spike {10 * spike:,}/s",
                section=ENGINE,
                source=SOURCE,
                world=world,
                fast_runs=0,
                published=f"{share:.3f}",
                rule="3 standard errors",
                full_runs=200,
                judge=lambda n, spike=spike, share=share: edge(10, spike, share, n),
                asked=(Asked(changes=sized(10, spike), collapse_ratio=share),),
            )
            for spike, share in EDGE_TEN.items()
        ),
        *(
            Case(
                name=f"Collapse without a trigger in 600 s at {rate}/s",
                section=ENGINE,
                source=SOURCE,
                world=world,
                fast_runs=0,
                published=f"{share:.2f}",
                rule="3 standard errors",
                full_runs=200,
                judge=lambda n, rate=rate, share=share: spontaneous(float(rate), share, n),
                asked=(Asked(changes=calm(float(rate)), collapse_ratio=share),),
                differs=HALF if rate == 980 else "",
            )
            for rate, share in ((980, 0.01), (990, 0.29))
        ),
        Case(
            name="The fluid engine's edge",
            section=ENGINE,
            source=SOURCE,
            world=world,
            published="1,260/s",
            rule="within 3 %",
            judge=fluid_edge,
            fast_runs=1,
            full_runs=1,
        ),
    )
