"""Write the tables of docs/evidence/speed.md from what the benchmarks wrote: the newest result of each kind.

Run it with the development environment: ``python docs/generate_speed.py``. A table stands between the marks
``<!-- table: NAME -->`` and ``<!-- end -->``; the words about it are written by hand.
"""

from __future__ import annotations

import json
import pathlib
import re
import statistics
from collections.abc import Callable, Iterator
from typing import Any

ROOT = pathlib.Path(__file__).parents[1]
PAGE = ROOT / "docs" / "evidence" / "speed.md"
RESULTS = ROOT / "benchmarks" / "results"
MARKED = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
FIRST_WITHIN_S = 0.5
ANSWER_WITHIN_S, VERDICT_WITHIN_S, TOLD_WITHIN_S = 2.0, 60.0, 10.0
WANTED = {
    "check": 2 / 3,
    "check us_east_1_2021, in an empty home": 1 / 5,
    "all six": 1 / 3,
    "import of what check needs": 1 / 3,
    "an event, packet by packet": 3 / 4,
    "tipping, search": 1 / 2,
    "tipping, row of 64": 1 / 2,
}
FRACTIONS = {3 / 4: "3/4", 2 / 3: "2/3", 1 / 5: "1/5", 1 / 3: "1/3", 1 / 2: "1/2", 1 / 10: "1/10"}

Result = dict[str, Any]


def newest(kind: str) -> Result:
    """Return the newest result of a kind, as its script wrote it."""
    paths = sorted(RESULTS.glob(f"????-??-??-{kind}.json"))
    return dict(json.loads(paths[-1].read_text(encoding="utf-8")))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _wanted(ratio: float, wanted: float | None) -> str:
    if wanted is None:
        return ""
    return f"{FRACTIONS[wanted]}, {'met' if ratio <= wanted else '**missed**'}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def _source(found: Result) -> str:
    load = f", load {found['load_1min']:.0f} on {found['cores_count']} cores" if "load_1min" in found else ""
    return f"\n{found['date']}, commit {found['commit'][:9]}{load}."


def beside() -> Iterator[str]:
    """Yield what a verdict costs beside the version before right answers."""
    found = newest("beside")
    rows: list[Result] = list(found["beside"])
    whole = [one for one in rows if one["case"].startswith("check ") and "," not in one["case"]]
    before_s, now_s = (sum(one[key] for one in whole) for key in ("before_s", "now_s"))
    title = "all six" if len(whole) == 6 else f"these {len(whole)}"
    rows.append({"case": title, "before_s": before_s, "now_s": now_s, "ratio": now_s / before_s})
    yield _row("", "before", "now", "times", "wanted")
    yield _row("---", "---:", "---:", "---:", "---")
    for one in rows:
        case = str(one["case"])
        wanted = WANTED.get(case, WANTED["check"] if case.startswith("check ") else None)
        yield _row(
            case,
            *(_seconds(one[key], one["now_s"]) for key in ("before_s", "now_s")),
            f"{one['ratio']:.2f}",
            _wanted(one["ratio"], wanted),
        )
    yield _source(found)


def _seconds(value_s: float, beside_s: float) -> str:
    """Return a time with as many digits as one beside it bears."""
    if beside_s < 1e-6:
        return f"{1e9 * value_s:.0f} ns"
    return f"{value_s:.{1 if beside_s >= 1.0 else 2}f} s"


def retry_storm() -> Iterator[str]:
    """Yield what an attempt of a retry storm costs each contender."""
    found = newest("retry-storm")
    yield _row("", "ns CPU an attempt, median", "least to greatest", "times ours")
    yield _row("---", "---:", "---:", "---:")
    for one in found["retry_storm"]:
        many = one["attempt_ns"]
        digits = 0 if many < 1000 else -1
        median, least, most = (
            f"{round(one[key], digits):,.0f}" for key in ("attempt_ns", "least_ns", "greatest_ns")
        )
        yield _row(one["name"], median, f"{least}–{most}", f"{one['ratio']:.1f}")
    yield _source(found)


def installed() -> Iterator[str]:
    """Yield how large an installation is."""
    found = newest("installed-size")
    sizes = found["installed"]
    names = sorted(sizes["now"] | sizes["before"], key=lambda name: -sizes["before"].get(name, 0))
    largest = [name for name in names if max(sizes[at].get(name, 0) for at in ("before", "now")) > 4e6]
    yield _row("", "before", "now", "times", "wanted")
    yield _row("---", "---:", "---:", "---:", "---")
    for name in largest:
        yield _row(name, *(f"{sizes[at].get(name, 0) / 1e6:.0f} MB" for at in ("before", "now")), "", "")
    before, now = (f"{sizes[key] / 1e6:.0f} MB" for key in ("before_bytes", "now_bytes"))
    yield _row("all", before, now, f"{sizes['ratio']:.2f}", _wanted(sizes["ratio"], 1 / 3))
    yield _source(found)


def work(kind: str = "verdict-work") -> Iterator[str]:
    """Yield what a verdict has to do, beside another version."""
    found = newest(kind)
    yield _row("", "runs", "happenings", "times", "CPU", "times", "P(collapse) at most")
    yield _row("---", "---:", "---:", "---:", "---:", "---:", "---")
    for one in found["verdict_work"]:
        before, now = one["before"], one["now"]
        events, cpu = (now[key] / before[key] for key in ("events", "cpu_s"))
        highs = [", ".join(map(_percent, each["highs"])) for each in (before, now)]
        yield _row(
            one["world"],
            f"{before['runs']:,} → {now['runs']:,}",
            f"{before['events'] / 1e6:.0f} M → {now['events'] / 1e6:.0f} M",
            f"{events:.2f}",
            f"{before['cpu_s']:.1f} s → {now['cpu_s']:.1f} s",
            f"{cpu:.2f}",
            highs[0] if highs[0] == highs[1] else " → ".join(highs),
        )
    yield _source(found)


def start() -> Iterator[str]:
    """Yield what the start of a run costs where many connections are kept."""
    found = newest("kept-connections")
    one = found["start"]
    yield _row("", "before", "now", "times", "wanted")
    yield _row("---", "---:", "---:", "---:", "---")
    for part in one["parts"]:
        seconds = (f"{part[key]:.3f} s" for key in ("before_s", "now_s"))
        wanted = _wanted(part["ratio"], 1 / 10) if part is one["parts"][-1] else ""
        yield _row(part["what"], *seconds, f"{part['ratio']:.2f}", wanted)
    yield _source(found | {"load_1min": one["load_1min"]})


def first_words() -> Iterator[str]:
    """Yield how soon each world's first words come, in CPU seconds."""
    found = newest("first-words")
    rows = sorted(found["worlds"], key=lambda one: -float(one["cpu_s"]))
    within = sum(one["cpu_s"] <= FIRST_WITHIN_S for one in rows if one["first_s"] is not None)
    said = sum(one["first_s"] is not None for one in rows)
    spent = sorted(float(one["cpu_s"]) for one in rows if one["first_s"] is not None)
    yield _row("worlds", "first words", "within 0.5 s of CPU", "median", "slowest")
    yield _row("---:", "---:", "---:", "---:", "---:")
    yield _row(
        f"{len(rows)}", f"{said}", f"{within}", f"{spent[len(spent) // 2]:.2f} s", f"{spent[-1]:.2f} s"
    )
    yield _source(found)


def two_threads() -> Iterator[str]:
    """Yield what two threads gain over one, and how much of the machine they had."""
    found = newest("scaling")
    one = found["threads"]
    load = statistics.median(each["one"]["load_1min"] for each in one["passes"])
    least, most = one["gain_range"]
    yield _row("times as fast", "least to greatest", "cores one had", "cores two had", "CPU of two over one")
    yield _row(*["---:"] * 5)
    yield _row(
        f"{one['gain']:.2f}",
        f"{least:.2f}–{most:.2f}",
        f"{one['cores_had_by_one']:.2f}",
        f"{one['cores_had_by_two']:.2f}",
        f"{one['cpu_ratio']:.2f}",
    )
    yield _source(found | {"load_1min": load})


def every_world() -> Iterator[str]:
    """Yield how soon each world is answered, on the clock; those that take long by name."""
    found = newest("every-world")
    rows = [one for one in found["worlds"] if "verdict_s" in one]
    slow = sorted(
        (one for one in rows if one["verdict_s"] > VERDICT_WITHIN_S), key=lambda one: one["verdict_s"]
    )
    firsts = sorted(float(one["first_s"]) for one in rows)
    prompt = sum(first_s <= ANSWER_WITHIN_S for first_s in firsts)
    told = sum(one["silence_s"] <= TOLD_WITHIN_S for one in rows)
    yield _row("", "worlds")
    yield _row("---", "---:")
    yield _row("all", f"{len(rows)}")
    yield _row("a first answer within 2 s", f"{prompt} (median {firsts[len(firsts) // 2]:.2f} s)")
    yield _row("a verdict within 60 s", f"{len(rows) - len(slow)}")
    yield _row("never silent for more than 10 s", f"{told}")
    for one in slow:
        yield _row(f"`{one['world']}`", f"{one['verdict_s']:.0f} s ({one['cpu_s']:.0f} s of CPU)")
    yield _source(found)


def flow_records() -> Iterator[str]:
    """Yield what ten million records of each kind take."""
    found = newest("flow-records")
    yield _row("kind", "records", "file", "CPU", "most memory", "wanted")
    yield _row("---", "---:", "---:", "---:", "---:", "---")
    for one in found["flow_records"]:
        is_met = one["cpu_s"] <= one["within_s"] and one["most_bytes"] <= one["within_bytes"]
        wanted = f"{one['within_s']:.0f} s, {one['within_bytes'] / 1e6:.0f} MB, {'met' if is_met else '**missed**'}"
        yield _row(
            str(one["kind"]),
            f"{one['records'] / 1e6:.0f} M",
            f"{one['file_bytes'] / 1e6:,.0f} MB",
            f"{one['cpu_s']:.0f} s",
            f"{one['most_bytes'] / 1e6:.0f} MB",
            wanted,
        )
    yield _source(found)


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "beside": beside,
    "retry-storm": retry_storm,
    "installed": installed,
    "start": start,
    "work": work,
    "run-once": lambda: work("run-once"),
    "first-words": first_words,
    "two-threads": two_threads,
    "every-world": every_world,
    "flow-records": flow_records,
}


def page(text: str) -> str:
    """Return the page with every table as it is today."""

    def table(found: re.Match[str]) -> str:
        lines = "\n".join(TABLES[found[2]]())
        return f"{found[1]}{lines}\n{found[3]}"

    return MARKED.sub(table, text)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
