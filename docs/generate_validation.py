"""Write docs/validation.md: what the engines give beside what was published or measured.

Run it with the development environment: ``python docs/generate_validation.py``. It takes some minutes; the
page is the same every time on one platform and version. With ``--by-check`` the figures that stand on the page
are kept, and only `check` is asked again.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator, Mapping

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / "published"), str(ROOT / "tests" / "theory")]

from checked import cell  # noqa: E402
from every_case import every_case  # noqa: E402
from finding import Case  # noqa: E402
from fluid_worlds import Agreement, agreement_on_the_example, compare, drawn_worlds  # noqa: E402
from published_runs import SEED  # noqa: E402

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
world with what the case changes in it, one answer for each question; there runs may end early. It is to agree
with what was published, in the share of runs that collapse and in the word; where it does not it says so, and
why stands under the table. It is empty where a case asks nothing about collapse.

The closed forms of queueing theory are checked in `tests/theory`.
"""
FLUID_TITLE = "## Fluid engine against event engine"
NOT_EXPRESSED = """
Not expressed: a choke on the way to the server only (a crossing's processor serves both directions), and the
kernel's token bucket with bursts of 20 or 100 packets.
"""
FLUID = f"""
{FLUID_TITLE}

Random worlds, drawn once with a fixed seed and kept only where a spike a quarter smaller or larger ends the
same way for the fluid engine. Offered load is compared in bins of one second with the mean of the event
runs, as a share of its greatest second; the wait is the longest in the queue. The rule: outcomes agree in all
but one world, and where they do the offered load agrees within 3 % on average, the longest wait within 10 %.
"""


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _figures(case: Case) -> tuple[str, str]:
    """Run a case and return what came out, and the verdict on it."""
    found = case.judge(case.full_runs)
    verdict = "reproduces" if found.reproduces else "**misses**"
    if found.reproduces != case.expected:
        verdict += " (unexpected)"
    return found.ours, verdict


def _figures_kept(lines: list[str]) -> dict[str, tuple[str, str]]:
    """Return the figures of every case of a page, by its name."""
    rows = (line.strip("| ").split(" | ") for line in lines if line.startswith("| "))
    return {cells[0]: (cells[3], cells[6]) for cells in rows if len(cells) > 6}


def _section(cases: tuple[Case, ...], title: str, kept: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    yield f"\n## {title}\n"
    yield _row("Case", "Source", "Published", "Ours", "Runs", "Rule", "Verdict", "By `check`")
    yield _row(*["---"] * 8)
    mine = [case for case in cases if case.section == title]
    for case in mine:
        ours, verdict = kept[case.name] if kept else _figures(case)
        runs, answer = str(case.full_runs), cell(case)
        yield _row(case.name, case.source, case.published, ours, runs, case.rule, verdict, answer)
        sys.stderr.write(f"{case.name}: {verdict}; {answer}\n")
    notes = [f"- {case.name}: {note}" for case in mine for note in (case.note, case.differs) if note]
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


def page(kept: list[str]) -> Iterator[str]:
    """Yield the page's lines; the figures of `kept`, an earlier page, are not run again."""
    yield HEAD.rstrip()
    cases, figures = every_case(), _figures_kept(kept)
    for title in dict.fromkeys(case.section for case in cases):
        yield from _section(cases, title, figures)
        if title == "Measured choke points":
            yield NOT_EXPRESSED.rstrip()
    if kept:
        yield from ("", *kept[kept.index(FLUID_TITLE) :])
    else:
        yield from _fluid()


if __name__ == "__main__":
    earlier = PAGE.read_text(encoding="utf-8").splitlines() if "--by-check" in sys.argv else []
    PAGE.write_text("\n".join(page(earlier)) + "\n", encoding="utf-8")
