"""Attack what takes in strangers' words, and the first start, and write down what came of it.

What each attack found is kept as it comes, so that it can be interrupted; the exit code is 1 if one broke through.

    python docs/generate_record_attacks.py [--only NAME ...] [--again] [--mutations COUNT]

A million mutations of each reader, which is what is asked if nothing else is, take an hour and a half of CPU.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from broken_texts import published  # noqa: E402
from clock_trials import SHIFTS_S, program_under, public_after_s, said, set_to  # noqa: E402
from first_starts import failures, killed_starts  # noqa: E402
from foreign_readers import READERS, read_mutations  # noqa: E402
from hostile_mails import hostile_mails, mail_cost_s, random_mail  # noqa: E402
from served import served  # noqa: E402
from tidegate import __version__  # noqa: E402

KEPT = ROOT / "docs" / "evidence" / "record-under-attack.json"
PAGE = KEPT.with_suffix(".md")
TEXTS_COUNT, AT_ONCE_COUNT = 100_000, 50
MUTATIONS_COUNT, IN_A_ROW_COUNT = 1_000_000, 1_000
MAILS_COUNT, RANDOM_MAIL_BYTES, MAIL_CPU_S = 1_000, 300_000, 1.0
KILLS_COUNT = 60
PUBLIC_S = 5.0
ROW = dict[str, Any]


def texts() -> list[ROW]:
    """Publish broken words in every place that the public reads."""
    broken = 0
    for seed in range(TEXTS_COUNT // AT_ONCE_COUNT):
        try:
            published(random.Random(seed), AT_ONCE_COUNT)  # noqa: S311
        except AssertionError:
            broken += 1
    return [{"what": "texts published", "count": TEXTS_COUNT, "goal": "the site follows", "broken": broken}]


def mutations(mutations_count: int) -> list[ROW]:
    """Change documents of each reader at random places."""
    return [_mutations(name, mutations_count) for name in READERS]


def _mutations(name: str, mutations_count: int) -> ROW:
    read = refused = broken = 0
    for seed in range(mutations_count // IN_A_ROW_COUNT):
        try:
            one = read_mutations(name, str(seed), IN_A_ROW_COUNT)
            read, refused = read + one[0], refused + one[1]
        except Exception:  # noqa: BLE001  whatever it is, it is counted
            broken += 1
    return {
        "what": f"documents for {name}",
        "count": mutations_count,
        "goal": "read, or refused by name",
        "seen": f"{read:,} read, {refused:,} refused",
        "broken": broken,
    }


def mails() -> list[ROW]:
    """Read mails that are made to be costly, each with a reader of its own."""
    chance = random.Random(4)  # noqa: S311
    made = [*hostile_mails(), *(("", random_mail(chance, RANDOM_MAIL_BYTES)) for _ in range(MAILS_COUNT))]
    costs_s = [mail_cost_s(content) for _, content in made]
    return [
        {
            "what": "costly mails",
            "count": len(costs_s),
            "goal": f"each within {MAIL_CPU_S:g} s of CPU, its words kept",
            "seen": f"median {statistics.median(costs_s):.2f} s, most {max(costs_s):.2f} s, with a reader that begins",
            "broken": sum(cost > MAIL_CPU_S for cost in costs_s),
        }
    ]


def first_starts() -> list[ROW]:
    """Kill first starts before each step, and real servers in their first moments."""
    with tempfile.TemporaryDirectory() as name:
        found = killed_starts(Path(name), 1, 1)
    with tempfile.TemporaryDirectory() as name:
        stuck = failures(Path(name), KILLS_COUNT)
    goal = "the next start serves"
    return [
        {"what": "steps before which a first start was killed", "count": len(found) - 1, "goal": goal, "broken": 0},
        {
            "what": "servers killed within 150 ms of their folder's first sight",
            "count": KILLS_COUNT,
            "goal": goal,
            "broken": len(stuck),
        },
    ]


def clock() -> list[ROW]:
    """Set the clock of a server two hours ahead, then back, then two hours behind; then start it again."""
    took_s = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shift, program = folder / "shift", program_under(folder / "shift")
        set_to(shift, 0.0)
        with served(folder, program=program) as at:
            for shift_s in SHIFTS_S:
                set_to(shift, shift_s)
                said(program, at, f"Trouble at {shift_s:+.0f}")
                took_s.append(public_after_s(at, f"Trouble at {shift_s:+.0f}"))
        with served(folder, program=program) as again:
            said(program, again, "Trouble after a restart")
            took_s.append(public_after_s(again, "Trouble after a restart"))
    return [
        {
            "what": "words said under a clock that is two hours off",
            "count": len(took_s),
            "goal": f"public within {PUBLIC_S:g} s",
            "seen": f"slowest {max(took_s):.1f} s",
            "broken": sum(one > PUBLIC_S for one in took_s),
        }
    ]


ATTACKS: dict[str, Callable[..., list[ROW]]] = {
    "clock": clock,
    "first_starts": first_starts,
    "mails": mails,
    "texts": texts,
    "mutations": mutations,
}


def page(found: dict[str, Any]) -> str:
    """Return the page."""
    lines = []
    for name in ATTACKS:
        for row in found.get(name, {}).get("rows", []):
            cells = (row["what"], f"{row['count']:,}", row["goal"], row.get("seen", ""), str(row["broken"]))
            lines.append(f"| {' | '.join(cells)} |")
    dates = sorted({one["date"] for one in found.values()})
    return f"""# The record, attacked

<!-- Generated by docs/generate_record_attacks.py; do not edit. -->

Run {" and ".join(dates)} with Tidegate {__version__}, beside other work on two cores. What broke through counts
what was not kept, what was answered with a fault of ours, and what took longer than the goal.

| what | how many | goal | seen | broke through |
| --- | ---: | --- | --- | ---: |
{chr(10).join(lines)}

Texts are made of what opens and closes emphasis, links and lists, of signs that no page may hold, and of words;
they stand in updates, titles, components and maintenance, and every file of the site is then read by a parser.
Documents are those of the tools that are named, with one to three places missing, repeated, renamed, or of another
type. Mails are of nine megabytes where they are made to cost much, and random ones of 300 kB. A small part of each
runs with every test run. Idle connections and notices have [pages](idle-connections.md) [of their own](notices.md).
"""


def main() -> int:
    """Run what is asked for and not there yet, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=ATTACKS, default=list(ATTACKS))
    parser.add_argument("--again", action="store_true", help="run what is there already, too")
    parser.add_argument("--mutations", type=int, default=MUTATIONS_COUNT, help="of the documents of each reader")
    asked = parser.parse_args()
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for name in asked.only:
        if name in found and not asked.again:
            continue
        began_s = time.monotonic()
        rows = mutations(asked.mutations) if name == "mutations" else ATTACKS[name]()
        today = dt.datetime.now(tz=dt.UTC).date().isoformat()
        found[name] = {"date": today, "version": __version__, "rows": rows}
        KEPT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(found), encoding="utf-8")
        sys.stdout.write(f"{name}: {rows} in {time.monotonic() - began_s:.0f} s\n")
        sys.stdout.flush()
    return int(any(row["broken"] for one in found.values() for row in one["rows"]))


if __name__ == "__main__":
    raise SystemExit(main())
