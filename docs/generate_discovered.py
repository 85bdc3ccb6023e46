"""Write docs/evidence/discovered.md: worlds discovered from real records of drawn traffic, beside their truth.

``python docs/generate_discovered.py record FOLDER SEED ...`` records traffic of two minutes a seed at a real
NAT of three namespaces, as root, with tcpdump beside. ``read FOLDER`` discovers each record of a folder anew, of each
kind, whole and damaged (NetFlow by nfpcapd and nfdump); ``judge FOLDER [SEED ...]`` lets `check` judge the discovered world and the true one. Both keep what they find
in discovered.json, of which ``page`` writes the page.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from damaged_records import cut, lost_in_bursts, old_untold, thinned, untold  # noqa: E402
from drawn_traffic import drawn_truth  # noqa: E402
from judged_beside_truth import judged  # noqa: E402
from recorded_kinds import write_flags, write_netflow, write_vpc  # noqa: E402
from recorded_traffic import record  # noqa: E402
from tidegate.adapters.files.flow_records import read_pieces  # noqa: E402
from tidegate.discover.discovered import Recorded  # noqa: E402
from tidegate.errors import InputError  # noqa: E402
from tidegate.present.discovered_text import discovered_json  # noqa: E402
from tidegate.verbs.discover import discover  # noqa: E402
from told_beside_truth import Told, invented, told  # noqa: E402

KEPT = ROOT / "docs" / "evidence" / "discovered.json"
PAGE = KEPT.with_suffix(".md")
Found = dict[str, Any]
Lines = list[str]

EVENTS = "events and dumps"
WHOLE: dict[str, str] = {
    EVENTS: "`conntrack -E` and `-L`",
    "events alone": "`conntrack -E`",
    "own.record": "`tidegate record --at-nat`",
    "flags.pcap": "pcap of SYN, FIN and RST",
    "vpc.txt": "VPC flow logs, version 5",
    "nfdump.csv": "NetFlow, `nfdump -o csv`",
    "nfdump.json": "NetFlow, `nfdump -o json`",
}
"""Each kind of record by its file, or by which of conntrack's texts are read; and what the page calls it."""
DAMAGED: dict[str, Callable[[Lines], Lines]] = {
    "1 % of events lost in bursts, untold, with dumps": lambda events: lost_in_bursts(
        untold(events), 0.01, 1
    ),
    "1 % of events lost in bursts, untold, no dump": lambda events: lost_in_bursts(untold(events), 0.01, 1),
    "nothing of flows from before (`nf_conntrack_events=2`), with dumps": old_untold,
    "one flow in 30, with dumps": lambda events: thinned(events, 30),
    "28 quiet seconds, with a dump": lambda events: cut(events, 5.0, 33.0),
}
_BRIGHT = ("cannot_tell", "stop", "protect_first", "slow_down", "proceed")
STORY = (
    "Seeds 101 to 105 served to mend how rows of NetFlow and VPC flow logs are joined; the others were read once, and nothing "
    "was changed for what they showed."
)
HEAD = """# Worlds discovered from records of real traffic

Written by `python docs/generate_discovered.py page` from discovered.json; do not edit. Each seed draws a world: seven
populations (hosts with pools and checks, clients that pause, an open loop, clients with time-out and back-off,
clients of a server that closes idle connections, many clients behind one address, connections of an age) and look-ups.
They run as real clients and servers in three namespaces with a NAT in the middle, on a machine that did other work as
well; one place is silent, refuses and restarts, in every odd seed another is silent for 12 s. For two minutes three
recorders listen at once: `conntrack -E` (with `conntrack -L` four times), `tidegate record --at-nat`, and tcpdump on the
inside. Of the packets are made: those that begin or end a connection (a pcap), VPC flow logs with rows of a minute, and
NetFlow by nfpcapd, printed by nfdump. `tidegate discover` reads each by itself, and each number
that it calls measured is held against what was drawn.

What is told as a range only (because the machine stalled, or because the world run over again did something else, or
because the record shows it too coarsely) counts as not given. {story}

"""


def main(words: Sequence[str]) -> None:
    """Carry out one of the four."""
    act, *rest = words
    if act == "record":
        for seed in rest[1:]:
            record(drawn_truth(int(seed)), Path(rest[0]) / seed, is_by_all=True)
    elif act == "read":
        read(Path(rest[0]), rest[1:])
    elif act == "judge":
        judge(Path(rest[0]), rest[1:])
    PAGE.write_text(page(_kept()), encoding="utf-8")


def read(folder: Path, seeds: Sequence[str]) -> None:
    """Discover the records of a folder, or some of them, of each kind, whole and damaged."""
    for seed in seeds or sorted((one.name for one in folder.iterdir()), key=int):
        at = folder / seed
        truth = json.loads((at / "truth.json").read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as made:
            held = {kind: _held(at, truth, kind, Path(made)) for kind in (*WHOLE, *DAMAGED)}
        kept = _kept()
        kept["read"][at.name] = held
        _keep(kept)
        sys.stdout.write(f"{at.name}\n")
        sys.stdout.flush()


def judge(folder: Path, seeds: Sequence[str]) -> None:
    """Let `check` judge the discovered worlds of some records, and the true ones."""
    for seed in seeds:
        at = folder / seed
        truth = json.loads((at / "truth.json").read_text(encoding="utf-8"))
        found = _discovered(_conntrack(at, EVENTS))
        assert found is not None
        rows = []
        for row in judged(found, truth):
            rows.append(asdict(row))
            sys.stdout.write(f"{seed} {row}\n")
            sys.stdout.flush()
        kept = _kept()
        kept["judged"][seed] = rows
        _keep(kept)


def _kept() -> Found:
    if not KEPT.exists():
        return {"read": {}, "judged": {}}
    return dict(json.loads(KEPT.read_text(encoding="utf-8")))


def _keep(kept: Found) -> None:
    kept = {part: dict(sorted(kept[part].items(), key=lambda one: int(one[0]))) for part in kept}
    KEPT.write_text(json.dumps(kept, separators=(",", ":")) + "\n", encoding="utf-8")


def _conntrack(at: Path, kind: str) -> list[Recorded]:
    """Return the texts of conntrack that a kind of record is, damaged where it says so."""
    events = (at / "events.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    events = DAMAGED[kind](events) if kind in DAMAGED else events
    dumps = [] if "alone" in kind or "no dump" in kind else sorted(at.glob("dump_*.txt"))
    dumps = dumps[1:2] if "a dump" in kind else dumps
    texts = [Recorded(source="events", pieces=["".join(events).encode()])]
    return [*texts, *(Recorded(source=one.name, pieces=read_pieces(str(one))) for one in dumps)]


def _made(at: Path, kind: str, folder: Path) -> list[Recorded]:
    """Return the record of a kind that is made of the packets, or was written by itself."""
    path = at / kind if kind == "own.record" else folder / kind
    if not path.exists():
        {"flags.pcap": write_flags, "vpc.txt": write_vpc}.get(kind, write_netflow)(at / "packets.pcap", path)
    return [Recorded(source=kind, pieces=read_pieces(str(path)))]


def _discovered(records: Sequence[Recorded]) -> Found | None:
    try:
        done = discover(records, name="it", device="linux-nat", day="drawn", is_pseudonymous=False)
    except InputError:
        return None
    return dict(json.loads(discovered_json(done)))


def _held(at: Path, truth: Found, kind: str, folder: Path) -> Found:
    is_file = kind in WHOLE and "events" not in kind
    found = _discovered(_made(at, kind, folder) if is_file else _conntrack(at, kind))
    if found is None:
        return {"refused": True}
    if kind.startswith("28"):
        truth = truth | {"fails": []}
    every = list(told(found, truth))
    return {
        "numbers": [[one.name, *_round(one)] for one in every if one.is_number],
        "right": sum(one.truth == one.value for one in every if not one.is_number and one.value is not None),
        "wrong": [one.name for one in every if not one.is_number and one.value not in (None, one.truth)],
        "withheld": [one.name for one in every if one.value is None],
        "invented": list(invented(found, truth)),
        "warned": len(found["warnings"]) > 0,
    }


def _round(one: Told) -> list[float]:
    return [float(f"{number:.5g}") for number in (one.truth, one.value, one.low, one.high)]


def page(kept: Found) -> str:
    """Return the page of what was found."""
    return HEAD.format(story=STORY) + "".join(f"{line}\n" for line in _lines(kept))


def _lines(kept: Found) -> Iterator[str]:
    seeds = list(kept["read"])
    yield f"{len(seeds)} records of each kind."
    yield ""
    yield "| record | seeds | numbers given | inside their interval | within 10 % | median width | counts right | wrong |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for kind, title in WHOLE.items():
        yield _row(title, [kept["read"][seed][kind] for seed in seeds])
    yield ""
    yield "*Counts* are what is right or wrong: the sources of each population, the connections of a pool, jitter or"
    yield "none, how often is tried again, which kind of spell it was. What was given although the record cannot show it:"
    wrong = [
        (seed, title, what)
        for seed in seeds
        for kind, title in WHOLE.items()
        for what in kept["read"][seed][kind].get("invented", ())
    ]
    yield (", ".join(f"{what} (seed {seed}, {title})" for seed, title, what in wrong) or "nothing") + "."
    yield ""
    for kind, title in WHOLE.items():
        yield from _by_number(kept, seeds, kind, title)
    yield from _misses(kept, seeds)
    yield from _damages(kept, seeds)
    yield from _verdicts(kept)


def _row(name: str, held: Sequence[Found]) -> str:
    numbers = [one for each in held for one in each.get("numbers", [])]
    if not numbers:
        return f"| {name} | {len(held)} | – | – | – | – | – | – |"
    right, wrong = sum(each["right"] for each in held), sum(len(each["wrong"]) for each in held)
    return (
        f"| {name} | {len(held)} | {len(numbers)} | {_share(map(_inside, numbers))} | "
        f"{_share(_off(one) <= 0.1 for one in numbers)} | {statistics.median(map(_width, numbers)):.0%} | "
        f"{right} | {wrong} |"
    )


def _share(those: Any) -> str:
    every = list(those)
    return f"{sum(every) / len(every):.1%}"


def _inside(one: Sequence[Any]) -> bool:
    return bool(one[3] <= one[1] <= one[4])


def _off(one: Sequence[Any]) -> float:
    return float(abs(one[2] - one[1]) / one[1])


def _width(one: Sequence[Any]) -> float:
    return float((one[4] - one[3]) / one[2])


def _by_number(kept: Found, seeds: Sequence[str], kind: str, title: str) -> Iterator[str]:
    yield f"## By number, from {title}"
    yield ""
    yield "| number | given | not given | inside | median off | worst off | median width |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    held = [kept["read"][seed][kind] for seed in seeds]
    names = dict.fromkeys(one[0] for each in held for one in each["numbers"])
    for name in sorted(names):
        numbers = [one for each in held for one in each["numbers"] if one[0] == name]
        missing = sum(name in each["withheld"] for each in held)
        offs = [_off(one) for one in numbers]
        yield (
            f"| {name} | {len(numbers)} | {missing} | {_share(map(_inside, numbers))} | "
            f"{statistics.median(offs):.1%} | {max(offs):.1%} | {statistics.median(map(_width, numbers)):.0%} |"
        )
    yield ""


def _misses(kept: Found, seeds: Sequence[str]) -> Iterator[str]:
    yield "Every miss, of whole records:"
    yield ""
    for seed in seeds:
        for kind, title in WHOLE.items():
            held = kept["read"][seed][kind]
            for one in held["numbers"]:
                if not _inside(one):
                    yield f"- seed {seed}, {title}: {one[0]} {one[1]:.4g}, told {one[2]:.4g} ({one[3]:.4g} to {one[4]:.4g})"
            for what in held["wrong"]:
                yield f"- seed {seed}, {title}: {what} is wrong"
    yield ""


def _damages(kept: Found, seeds: Sequence[str]) -> Iterator[str]:
    yield "## Damaged records"
    yield ""
    yield "The same records with something taken away. *Warned*: at least one warning names a cause."
    yield ""
    yield "| record | seeds | numbers given | inside | within 10 % | median width | counts right | wrong | warned |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for kind in DAMAGED:
        held = [kept["read"][seed][kind] for seed in seeds]
        warned = sum(one.get("warned", True) for one in held)
        yield f"{_row(kind, held)} {warned} of {len(held)} |"
    yield ""


def _verdicts(kept: Found) -> Iterator[str]:
    rows = [{"seed": seed, **row} for seed, every in kept["judged"].items() for row in every]
    if not rows:
        return
    yield "## Verdicts"
    yield ""
    yield "The discovered world is asked what the true one is asked: a *surge* is three times as many clients that pause,"
    yield "*again* is all pools connecting anew. The device, which no record shows, is given by its owner; once with room to"
    yield "spare, once one that sets up 1.25 times what is asked for on an ordinary day. How fast services are and how much they"
    yield "do at a time, which no record shows either, is given in one half of the questions and a wide guess in the other."
    yield "Where the answer is *cannot tell* it names numbers. These are given as the truth has them, and the same is asked"
    yield "again, as often as it names any. Seeds 106, 107 and 112 showed what held the answers back before (a connection that is"
    yield "made anew for its age was counted as one more than those kept); 108 was not looked at for it."
    yield ""
    yield "| given at first | questions | decided at once | decided with the numbers it asked for | of these as the truth | brighter than the truth | numbers asked for, most |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for given in dict.fromkeys(row["given"] for row in rows):
        yield _verdicts_row(given, [row for row in rows if row["given"] == given])
    yield ""
    yield "| seed | given | device | what | at once | asked for | then | true |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for row in rows:
        asked = ", ".join(f"`{one}`" for one in row["asked"]) or "nothing"
        told = (row["seed"], row["given"], row["device"], row["activity"], _words(row["first"]), asked)
        yield "| " + " | ".join((*told, _words(row["last"]), _words(row["true"]))) + " |"
    yield ""


def _verdicts_row(given: str, rows: Sequence[Found]) -> str:
    decided = [row for row in rows if row["last"] != "cannot_tell"]
    same = sum(row["last"] == row["true"] for row in decided)
    at_once = sum(row["first"] != "cannot_tell" for row in rows)
    bright = sum(
        max(map(_BRIGHT.index, (row["first"], row["last"]))) > _BRIGHT.index(row["true"]) for row in rows
    )
    most = max(len(row["asked"]) for row in rows)
    return f"| {given} | {len(rows)} | {at_once} | {len(decided)} | {same} | {bright} | {most} |"


def _words(verdict: str) -> str:
    return verdict.replace("_", " ")


if __name__ == "__main__":
    main(sys.argv[1:])
