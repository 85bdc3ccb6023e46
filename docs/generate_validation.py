"""Write docs/validation.md: what the engines give beside what was published or measured.

Run it with the development environment: ``python docs/generate_validation.py``. It takes some minutes; the
page is the same every time on one platform and version.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / "published"), str(ROOT / "tests" / "theory")]

from arithmetic_cases import arithmetic_cases  # noqa: E402
from day_case import day_cases  # noqa: E402
from engine_cases import engine_cases  # noqa: E402
from finding import Case  # noqa: E402
from fitted_cases import fitted_cases  # noqa: E402
from fluid_worlds import Agreement, agreement_on_the_example, compare, drawn_worlds  # noqa: E402
from measured_cases import measured_cases  # noqa: E402
from published_cases import published_cases  # noqa: E402
from published_runs import SEED, by_check_words  # noqa: E402

PAGE = ROOT / "docs" / "validation.md"
FLUID_RUNS = 40
EXAMPLE_RUNS = 200
HEAD = f"""# Validation

Written by `python docs/generate_validation.py`; do not edit. Every case is a world under
`tests/published/worlds`, where the readings of its source are stated, and has a rule. Seed {SEED}.

"Reproduces", not "predicts": some outcomes follow from published parameters, not from a published table.
Nothing is tuned, save the one cost of the MongoDB case, which is said there. Misses stay on the page and are
explained under their table. Shares carry their 95 % interval (Wilson); other numbers are the median with
the least and the greatest of all runs. The last column is what a user gets who asks `tidegate check` about the
world as it stands in its file, before what a case changes in it; there runs may end early.

The closed forms of queueing theory are checked in `tests/theory`.
"""
NOT_EXPRESSED = """
Not expressed: a choke on the way to the server only (a crossing's processor serves both directions), and the
kernel's token bucket with bursts of 20 or 100 packets.
"""
FLUID = """
## Fluid engine against event engine

Random worlds, drawn once with a fixed seed and kept only where a spike a quarter smaller or larger ends the
same way for the fluid engine. Offered load is compared in bins of one second with the mean of the event
runs, as a share of its greatest second; the wait is the longest in the queue. The rule: outcomes agree in all
but one world, and where they do the offered load agrees within 3 % on average, the longest wait within 10 %.
"""


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _section(cases: tuple[Case, ...], title: str) -> Iterator[str]:
    yield f"\n## {title}\n"
    yield _row("Case", "Source", "Published", "Ours", "Runs", "Rule", "Verdict", "The world, by `check`")
    yield _row(*["---"] * 8)
    mine = [case for case in cases if case.section == title]
    for case in mine:
        found = case.judge(case.full_runs)
        verdict = "reproduces" if found.reproduces else "**misses**"
        if found.reproduces != case.expected:
            verdict += " (unexpected)"
        yield _row(
            case.name,
            case.source,
            case.published,
            found.ours,
            str(case.full_runs),
            case.rule,
            verdict,
            by_check_words(case.world),
        )
        sys.stderr.write(f"{case.name}: {verdict}\n")
    notes = [f"- {case.name}: {case.note}" for case in mine if case.note]
    if notes:
        yield ""
        yield from notes


def _fluid_row(found: Agreement, number: str) -> str:
    outcome = "collapses" if found.collapses_fluid else "heals"
    return _row(
        number,
        found.drawn.words,
        outcome,
        f"{100 * found.collapses_ratio:.0f} %",
        f"{100 * found.offered_mean_ratio:.2f} %",
        f"{100 * found.offered_worst_ratio:.1f} %",
        f"{found.delay_fluid_s:.3f} / {found.delay_event_s:.3f}",
        "agrees" if found.same_outcome else "**differs**",
    )


def _fluid() -> Iterator[str]:
    yield FLUID
    yield _row(
        "",
        "World",
        "Fluid",
        "Event runs that collapse",
        "Offered, mean",
        "Offered, worst second",
        "Longest wait, s, fluid / event",
        "Outcome",
    )
    yield _row(*["---"] * 8)
    found = [compare(drawn, FLUID_RUNS) for drawn in drawn_worlds()]
    for i, each in enumerate(found, start=1):
        yield _fluid_row(each, f"{i}, {each.drawn.kind}")
    yield _fluid_row(agreement_on_the_example(EXAMPLE_RUNS), "example")
    alike = [each for each in found if each.same_outcome]
    means = sorted(each.offered_mean_ratio for each in alike)
    runs = f"{FLUID_RUNS} event runs each, {EXAMPLE_RUNS} of the example"
    middle, worst = means[len(means) // 2], means[-1]
    yield (
        f"\nOutcomes agree in {len(alike)} of {len(found)} worlds ({runs}). Where they do, the offered load "
        f"is {100 * middle:.2f} % off in the median world and {100 * worst:.1f} % in the worst. Where they "
        "differ the fluid engine says that the world heals and the event engine that it does not: at packet "
        "queues its edge can lie further off than the quarter by which the worlds were chosen."
    )


def page() -> Iterator[str]:
    """Yield the page's lines."""
    yield HEAD.rstrip()
    cases = (
        *published_cases(),
        *fitted_cases(),
        *day_cases(),
        *measured_cases(),
        *arithmetic_cases(),
        *engine_cases(),
    )
    for title in dict.fromkeys(case.section for case in cases):
        yield from _section(cases, title)
        if title == "Measured choke points":
            yield NOT_EXPRESSED.rstrip()
    yield from _fluid()


if __name__ == "__main__":
    PAGE.write_text("\n".join(page()) + "\n", encoding="utf-8")
