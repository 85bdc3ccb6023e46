"""Write docs/evidence/rare-collapses.md: what is said of rare collapses, beside what was counted.

``python docs/generate_rare_collapses.py [PART ...]`` makes the named parts anew (all of them where none is named)
and keeps the others as they stand in rare-collapses.json. Everything takes about half an hour of one core; the
page is the same every time on one platform and version.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import fmean, median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from contrary_worlds import CONTRARY, contrary_world  # noqa: E402
from look_trials import trials  # noqa: E402
from nasty_worlds import nasty_world  # noqa: E402
from rare_answers import Truth, answer, count_truth, held_against, whole_answers, whole_truth  # noqa: E402
from rare_worlds import MAKERS, TODAY, rare_world  # noqa: E402
from tidegate.experiment.interval import share_interval  # noqa: E402
from tidegate.world.world import WorldFile  # noqa: E402

KEPT = ROOT / "docs" / "evidence" / "rare-collapses.json"
PAGE = KEPT.with_suffix(".md")
TRUTH_RUNS, TRUTH_SEED = 30_000, 424_242
REPEATS = {0.01: 20, 0.001: 3}  # by objective: at the smaller one it is counted up to the limit
ASKED_SEED = 1_000
FAR_TIMES, FAR_OBJECTIVE = 0.5, 1e-5
FAR_REPEATS = {1.0: 5, 10.0: 2}  # by size
WHOLE_REPEATS = 6
NASTY_WORLDS, NASTY_RUNS, NASTY_MOST_EVENTS = 34, 400, 120_000
CONTRARY_RUNS, CONTRARY_REPEATS = 1_500, 10
Found = dict[str, Any]
HEAD = """# Rare collapses, and the whole from its parts

Written by `python docs/generate_rare_collapses.py` from rare-collapses.json; do not edit. What is said of rare
collapses ([how sure](../explanation/how-sure.md)) is held against runs that were counted, misses included.

## Ten worlds that collapse once in some thousand runs

Each was run 30,000 times to the horizon. Then it was asked with other chance, twenty times at an objective of 1 %
and three times at 0.1 %. All are so near to their edge that counting is what answers nearly always.
*Holds P*: the stated interval and that of the count (95 %) have something in common. *Harder*: how often the answer
came from more demand; otherwise runs were counted. *Events* are those of the answer over those of as many runs
without a collapse as state the same bound in one look.
"""
FAR_HEAD = """
## The same worlds at half of that demand, objective 1 in 100,000

*Events*: how many times as many it would take to state the same bound by counting. Where it is not decided, chance
moves the edge of so small a world so much that not even twice today's demand is hard enough; then 400 runs are
counted, which cannot decide it either.
"""
CONTRARY_HEAD = """
## Worlds made to break it

That more demand is worse is what a bound from more demand rests on. These worlds were made to break that. In each
a collapse is more probable than 1 %, or nearly so, and each was asked ten times at an objective of 1 %. A *false small
bound* lies below the interval of what was counted.

Some did break it, and were mended; before that, of eight answers each:

- pools and limits per source: more clients, each with its own, are no harder for any of them. 5 and 8 answers said at
  most 0.5 % where 1 % collapse. Now each client asks more as well;
- an objective to recover within seconds was not asked for at more demand: 6 said 0.5 % where 0.8 % did. Now it is;
- a shared breaker that needs so many calls woke only at more demand: 1 said 0.5 % where 2.3 % did. Now it needs as many
  more calls, and instances that boot ask more as well;
- health checks that fail by chance at any demand: 1 said 0.5 % where 3.3 % did. That follows from numbers, and such
  worlds are counted;
- a case that is not as planned: the scatter of the plan bounded it, asked as near to the edge as the plan allowed. 2
  said 0.5 % where 1.5 % did. Now it is asked at 1.2 times at least, and its scatter is no less than 0.05;
- counting had a gap of its own: where calm itself tips in one of forty runs, the eight runs that it is asked with
  mostly do not tip, and runs that ended early never showed it: none of 400 where 2.5 % collapse. Now calm must be
  certain at 1.2 times the demand as well.

What remains: a collapse that depends on no demand, and that no number shows, is bounded by some fifty runs only.

"""
NASTY_HEAD = """
## Random worlds

Drawn by `tests/nasty_worlds.py`; those where none of the first 20 runs collapses, asked at an objective of 1 %, and
where that was answered from more demand run 400 times.
"""
WHOLE_HEAD = """
## The whole from its parts

Where 24 seeds of the whole tip (mean of the logarithms, 95 %), and what its smallest parts that keep their grain
say, in six repeats with other chance. *Holds*: the said interval and that of the whole have something in common.
*Earlier* and *later*: it lies wholly below, or above. Earlier is the cautious side: a small part tips earlier, and
four seeds of each part do not always show that its mean drifts. The scatter that is said is the estimate; its upper
end, which bounds use, is about twice that.
"""
LOOKS_HEAD = """
## Looking again and again

20,000 questions at a threshold of 1 %, looked at after 20, 40, … 2,000 runs, and after 3 and 9 to see whether all
collapse. At P = 1 % whatever is said is wrong: 2.5 % on each side is what is promised.
"""


def _told(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _truths() -> Found:
    found = {}
    for kind in TODAY:
        truth = count_truth(rare_world(kind), TRUTH_RUNS, seed=TRUTH_SEED)
        found[kind] = {"count": truth.count, "runs": truth.runs_count, "events": truth.events_count}
        _told(f"{kind}: {truth.count} of {truth.runs_count}")
    return found


def _asked(file: WorldFile, acceptable: float, repeats: int, executor: Executor) -> list[Found]:
    found = []
    for i in range(repeats):
        one = answer(file, acceptable, seed=ASKED_SEED + i, executor=executor)
        found.append(
            {
                "low": one.low,
                "high": one.high,
                "tips": one.tips_at,
                "harder": one.harder_times,
                "runs": one.cost.runs_count,
                "events": one.cost.events_count,
            }
        )
    _told(f"{acceptable:g}: {[round(one['high'], 6) for one in found]}")
    return found


def _repeats(acceptable: float) -> Found:
    with ThreadPoolExecutor(1) as executor:
        return {kind: _asked(rare_world(kind), acceptable, REPEATS[acceptable], executor) for kind in TODAY}


def _far(size: float) -> Found:
    found = {}
    with ThreadPoolExecutor(1) as executor:
        for kind in TODAY:
            file = rare_world(kind, FAR_TIMES, size=size)
            found[kind] = _asked(file, FAR_OBJECTIVE, FAR_REPEATS[size], executor)
    return found


def _whole() -> Found:
    found = {}
    with ThreadPoolExecutor(1) as executor:
        for kind in MAKERS:
            size = 4.0 if "restarted" in kind else 10.0
            file, activity = rare_world(kind, size=size), "roll" if "restarted" in kind else None
            truth = whole_truth(file, activity, executor=executor)
            said = whole_answers(file, activity, WHOLE_REPEATS, executor=executor)
            found[kind] = {"truth": truth, "said": said}
            _told(f"{kind}, whole: {truth}")
    return found


def _looks() -> Found:
    return trials()


def _nasty() -> Found:
    found: Found = {"asked": {}, "counted": []}
    with ThreadPoolExecutor(1) as executor:
        seed = 0
        while len(found["asked"]) < NASTY_WORLDS:
            seed += 1
            file = nasty_world(seed)
            if file is None:
                continue
            one = held_against(file, NASTY_RUNS, most_events=NASTY_MOST_EVENTS, executor=executor)
            if one is None:
                continue
            if one["count"] is None:
                found["counted"].append(seed)
            else:
                found["asked"][str(seed)] = one
            _told(f"nasty {seed}: {one}")
    return found


def _contrary() -> Found:
    found = {}
    with ThreadPoolExecutor(1) as executor:
        for kind in CONTRARY:
            file = contrary_world(kind)
            truth = count_truth(file, CONTRARY_RUNS, seed=TRUTH_SEED)
            seeds = range(ASKED_SEED, ASKED_SEED + CONTRARY_REPEATS)
            said = [answer(file, 0.01, seed=seed, executor=executor) for seed in seeds]
            found[kind] = {
                "count": truth.count,
                "runs": truth.runs_count,
                "events": truth.events_count,
                "high": [one.high for one in said],
                "harder": [one.harder_times for one in said],
            }
            _told(f"{kind}: {truth.count} of {truth.runs_count}, {[round(one.high, 4) for one in said]}")
    return found


PARTS: dict[str, Callable[[], Found]] = {
    "truths": _truths,
    "at 0.01": partial(_repeats, 0.01),
    "at 0.001": partial(_repeats, 0.001),
    "far": partial(_far, 1.0),
    "far, larger": partial(_far, 10.0),
    "whole": _whole,
    "looks": _looks,
    "nasty": _nasty,
    "contrary": _contrary,
}


def _truth_of(kept: Found) -> Truth:
    return Truth(count=kept["count"], runs_count=kept["runs"], events_count=kept["events"])


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _table(*heads: str) -> Iterator[str]:
    yield _row(*heads)
    yield _row(*["---"] * len(heads))


def _page(kept: Found) -> Iterator[str]:
    yield HEAD
    yield from _rare_lines(kept)
    yield FAR_HEAD
    yield from _far_lines(kept, "far", 1.0)
    yield "\nTen times as large:\n"
    yield from _far_lines(kept, "far, larger", 10.0)
    yield CONTRARY_HEAD
    yield from _contrary_lines(kept["contrary"])
    yield NASTY_HEAD
    yield from _nasty_lines(kept["nasty"])
    yield WHOLE_HEAD
    yield from _whole_lines(kept["whole"])
    yield LOOKS_HEAD
    yield from _look_lines(kept["looks"])


def _brute_events(high: float, truth: Truth) -> float:
    """Return the happenings of as many runs as it takes to state a bound by none of them collapsing."""
    return truth.events_count * math.log(0.025) / math.log1p(-min(high, 0.999))


def _rare_lines(kept: Found) -> Iterator[str]:
    heads = ("World", "counted", "P, 95 %", "objective", "holds P", "harder", "high, median", "runs", "events")
    yield from _table(*heads)
    held, asked, ratios, of_all = 0, 0, [], []
    for kind in TODAY:
        truth = _truth_of(kept["truths"][kind])
        low, high = truth.interval
        for acceptable in REPEATS:
            every = kept[f"at {acceptable}"][kind]
            # Counted itself: a bound is wrong where it is below what the count leaves possible.
            good = sum(one["low"] <= high and one["high"] >= low for one in every)
            spared = [one["events"] / _brute_events(one["high"], truth) for one in every]
            held, asked, ratios = held + good, asked + len(every), [*ratios, *spared]
            of_all += [one["events"] / (truth.events_count * truth.runs_count) for one in every]
            yield _row(
                kind,
                f"{truth.count} of {truth.runs_count:,}",
                f"{truth.share:.2g} ({low:.2g}–{high:.2g})",
                f"{acceptable:g}",
                f"{good} of {len(every)}",
                f"{sum(one['harder'] is not None for one in every)}",
                f"{median(one['high'] for one in every):.2g}",
                f"{median(one['runs'] for one in every):.0f}",
                f"{median(spared):.2f}",
            )
    dearest = max(of_all)
    yield f"\n**{held} of {asked} stated intervals hold what was counted.** Events: {median(ratios):.2f} in the median."
    yield (
        "Wanted: the bound holds in at least 95 % of the repeats, "
        f"{'met' if held >= 0.95 * asked else '**missed**'}, at no more than 1/20 of the events of the 30,000 runs that "
        f"were counted, {'met' if median(of_all) <= 1 / 20 else '**missed**'} in the median (1/{1 / median(of_all):.0f}; "
        f"the dearest took 1/{1 / dearest:.0f}). It is no cheaper than counting to the same bound, and at an objective of 0.1 % "
        "nothing is decided so near to the edge."
    )


def _far_lines(kept: Found, part: str, size: float) -> Iterator[str]:
    yield from _table("World", "decided", "high, median", "tips at", "runs, median", "events, 1 in so many")
    for kind, said in kept[part].items():
        decided = [one for one in said if one["high"] < FAR_OBJECTIVE]
        truth = _truth_of(kept["truths"][kind])
        tips = [one["tips"] for one in said if one["tips"] is not None]
        spared = [
            _brute_events(one["high"], truth) * FAR_TIMES * size / one["events"] for one in decided
        ]
        yield _row(
            kind,
            f"{len(decided)} of {len(said)}",
            f"{median(one['high'] for one in said):.1g}",
            f"{median(tips):.2f}" if tips else "nowhere",
            f"{median(one['runs'] for one in said):.0f}",
            f"{median(spared):,.0f}" if spared else "–",
        )


def _contrary_lines(contrary: Found) -> Iterator[str]:
    yield from _table("World", "counted", "P, 95 %", "said less than 1 %", "false small bounds", "asked at more demand")
    for kind, one in contrary.items():
        low, high = share_interval(one["count"], one["runs"])
        small = [bound for bound in one["high"] if bound < 0.01]
        yield _row(
            kind,
            f"{one['count']} of {one['runs']:,}",
            f"{one['count'] / one['runs']:.2g} ({low:.2g}–{high:.2g})",
            f"{len(small)} of {len(one['high'])}",
            f"{sum(bound < low for bound in one['high'])}",
            f"{sum(times is not None for times in one['harder'])}",
        )


def _nasty_lines(nasty: Found) -> Iterator[str]:
    asked = nasty["asked"]
    contradictions = [seed for seed, one in asked.items() if one["count"] >= 9]
    some = {seed: one for seed, one in asked.items() if one["count"]}
    yield (
        f"{len(asked)} worlds were said to collapse in less than 1 %, and {len(nasty['counted'])} more had to be "
        f"counted. Of {NASTY_RUNS} runs of each none collapsed in {len(asked) - len(some)} of them.\n\n"
        f"**Contradictions (nine or more): {', '.join(contradictions) or 'none'}.**\n"
    )
    if some:
        yield from _table("World", "bound", "asked at", "counted")
        for seed, one in some.items():
            yield _row(f"nasty_{seed}", f"{one['high']:.2g}", f"{one['times']:.2f}", f"{one['count']} of {NASTY_RUNS}")


def _whole_lines(whole: Found) -> Iterator[str]:
    heads = ("World", "the whole tips at", "scatter", "parts", "said", "holds", "earlier", "later", "scatter said")
    yield from _table(*heads, "drifts")
    held = many = bright = 0
    for kind, one in whole.items():
        truth, said = one["truth"], one["said"]
        if not said or truth["times"] is None:
            yield _row(kind, *["not known"] * 9)
            continue
        earlier = sum(part["high"] < truth["low"] for part in said)
        later = sum(part["low"] > truth["high"] for part in said)
        held, many, bright = held + len(said) - earlier - later, many + len(said), bright + later
        yield _row(
            kind,
            f"{truth['times']:.3f} ({truth['low']:.3f}–{truth['high']:.3f})",
            f"{truth['scatter']:.3f}",
            ", ".join(f"{fraction:g}" for fraction in said[0]["fractions"]),
            f"{fmean(part['times'] for part in said):.3f}",
            f"{len(said) - earlier - later} of {len(said)}",
            f"{earlier}",
            f"{later}",
            f"{fmean(part['scatter'] for part in said):.3f}",
            f"{sum(part['drifts'] for part in said)}",
        )
    yield (
        f"\n**{held} of {many} intervals hold the whole.** Of {many} at 95 % it should be {0.95 * many:.0f}: "
        f"{'met' if held >= 0.95 * many else '**missed**'}; {bright} of the others say that it tips later than it does."
    )


def _look_lines(looks: Found) -> Iterator[str]:
    yield from _table("P", "rule", "says less", "says more", "open after 2,000", "runs, mean")
    for p, rules in looks.items():
        for rule, one in rules.items():
            cells = (f"{100 * one[key]:.2f} %" for key in ("holds", "fails", "open"))
            yield _row(p, rule, *cells, f"{one['runs']:,.0f}")


def main() -> None:
    """Make the parts that are named, and write the page."""
    kept: Found = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for name in sys.argv[1:] or PARTS:
        kept[name] = PARTS[name]()
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if set(PARTS) <= set(kept):
        PAGE.write_text("\n".join(_page(kept)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
