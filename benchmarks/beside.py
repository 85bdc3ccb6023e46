"""Tidegate beside another version of it, in turn: what a verdict costs, in an empty home and not; an import.

The other version is a checkout; both run with this interpreter and the packages installed with it, and with
bytecode, which pip makes where it installs. Whole processes, CPU time of the process and all its children,
medians; a ratio is that of medians. Events and tipping points are those of each version's own
`benchmarks/packet_events.py` and `benchmarks/tipping.py`.

    git worktree add /tmp/before 9a36100
    python benchmarks/beside.py /tmp/before [--rounds 3] [--worlds surge gitlab_nat] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from circumstances import circumstances

HERE = Path(__file__).resolve().parents[1]
WORLDS = ("surge", "us_east_1_2021", "kinesis_2020", "gitlab_nat", "everyday_nat", "square_2017")
VERDICTS = {0, 3, 4, 5}  # exit codes: proceed, slow down or protect first, cannot tell, stop
COLD = "us_east_1_2021"
CHECK = "from tidegate.cli.main import main; main()"
IMPORT = "import tidegate.api; from tidegate.verbs import check"


def _environment(checkout: Path, home: Path) -> dict[str, str]:
    """Return the environment of a process that runs a checkout's sources."""
    bytecode = Path(tempfile.gettempdir(), f"tidegate-bytecode-{checkout.name}")
    environment = dict(os.environ) | {
        "PYTHONPATH": str(checkout / "src"),
        "HOME": str(home),
        "NUMBA_CACHE_DIR": str(home / "numba"),
        "PYTHONPYCACHEPREFIX": str(bytecode),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def _cpu_s(checkout: Path, words: list[str], home: Path) -> float:
    """Return the CPU seconds of one process that runs a checkout's sources."""
    environment = _environment(checkout, home)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", *words], cwd=folder, env=environment, capture_output=True, check=False
        )
    if done.returncode not in VERDICTS:
        said = done.stderr.decode()[-500:]
        raise SystemExit(f"{words} of {checkout} ended with {done.returncode}: {said}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _pair(
    name: str, other: Path, words: list[str], home: Callable[[Path], Path], rounds: int
) -> dict[str, object]:
    """Measure both versions in turn."""
    spent: dict[Path, list[float]] = {other: [], HERE: []}
    for _ in range(rounds):
        for checkout, seen in spent.items():
            seen.append(_cpu_s(checkout, words, home(checkout)))
    before_s, now_s = (statistics.median(seen) for seen in spent.values())
    row = {"case": name, "before_s": before_s, "now_s": now_s, "ratio": now_s / before_s, "rounds": rounds}
    print(json.dumps(row), flush=True)
    return row


def _tipping(other: Path, home: Callable[[Path], Path]) -> list[dict[str, object]]:
    """Measure how long tipping points take, each version by its own script, in turn."""
    found = []
    for checkout in (other, HERE):
        words = [sys.executable, str(checkout / "benchmarks" / "tipping.py"), "--rounds", "3"]
        done = subprocess.run(
            words, env=_environment(checkout, home(checkout)), capture_output=True, text=True, check=True
        )
        found.append(json.loads(done.stdout)["tipping"])
    rows: list[dict[str, object]] = []
    for name, before in found[0].items():
        before_s, now_s = before["cpu_s"], found[1][name]["cpu_s"]
        rows.append({"case": f"tipping, {name}", "before_s": before_s, "now_s": now_s, "rounds": 3})
        rows[-1]["ratio"] = now_s / before_s
        print(json.dumps(rows[-1]), flush=True)
    return rows


def _event(other: Path, home: Callable[[Path], Path], rounds: int) -> dict[str, object]:
    """Measure what an event costs packet by packet, each version by its own script, in turn."""
    spent: dict[Path, list[float]] = {other: [], HERE: []}
    for _ in range(rounds):
        for checkout, seen in spent.items():
            with tempfile.NamedTemporaryFile(suffix=".json") as out:
                script = str(checkout / "benchmarks" / "packet_events.py")
                words = [sys.executable, script, "--runs", "5", "--out", out.name]
                subprocess.run(
                    words, env=_environment(checkout, home(checkout)), capture_output=True, check=True
                )
                seen.append(json.loads(Path(out.name).read_text())["packet_events"]["event_ns"] * 1e-9)
    before_s, now_s = (statistics.median(seen) for seen in spent.values())
    row: dict[str, object] = {"case": "an event, packet by packet", "before_s": before_s, "now_s": now_s}
    row |= {"ratio": now_s / before_s, "rounds": rounds}
    print(json.dumps(row), flush=True)
    return row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worlds", nargs="*", default=WORLDS)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    other = chosen.other.resolve()
    rows = []
    with tempfile.TemporaryDirectory() as homes:
        kept = {checkout: Path(homes, str(i)) for i, checkout in enumerate((other, HERE))}

        def warm(checkout: Path) -> Path:
            return kept[checkout]

        def cold(_: Path) -> Path:
            return Path(tempfile.mkdtemp(dir=homes))

        for checkout, home in kept.items():  # what is compiled or read for the first time is not measured
            _cpu_s(checkout, [CHECK, "check", "surge", "--no-report"], home)
        rows.append(_pair("import of what check needs", other, [IMPORT], warm, 3 * chosen.rounds))
        rows.append(_event(other, warm, 3 * chosen.rounds))
        rows += _tipping(other, warm)
        if COLD in chosen.worlds:
            words = [CHECK, "check", COLD, "--no-report"]
            rows.append(_pair(f"check {COLD}, in an empty home", other, words, cold, 1))
        for world in chosen.worlds:
            words = [CHECK, "check", world, "--no-report"]
            rows.append(_pair(f"check {world}", other, words, warm, chosen.rounds))
    text = json.dumps(circumstances() | {"load_1min": os.getloadavg()[0], "beside": rows}, indent=2)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
