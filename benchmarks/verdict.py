"""How long a verdict takes: first words, warm and cold, import; whole processes, CPU and wall medians.

First words are those that estimate something, not the title above them. A check that ends in anything but
a verdict is a failure of the benchmark.

    python benchmarks/verdict.py [--rounds 5] [--out benchmarks/results/2026-11-23-verdict.json]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from circumstances import circumstances

VERDICTS = {0, 3, 4, 5}  # exit codes: proceed, slow down, cannot tell, stop
FIRST_WORDS = b"First estimate"


def _measured(arguments: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Return wall seconds, CPU seconds and the wall seconds until the first words."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began_s = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            arguments, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        first_s = float("nan")  # an import says nothing
        for line in process.stderr:
            if line.startswith(FIRST_WORDS):
                first_s = time.perf_counter() - began_s
        if process.wait() not in VERDICTS:
            raise SystemExit(f"{arguments} ended with {process.returncode}")
    wall_s = time.perf_counter() - began_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall_s, cpu_s, first_s


def _case(name: str, arguments: list[str], environment: dict[str, str], rounds: int) -> dict[str, object]:
    runs = [_measured(arguments, environment) for _ in range(rounds)]
    row: dict[str, object] = {"case": name, "rounds": rounds}
    for i, column in enumerate(("wall_s", "cpu_s", "first_words_s")):
        values = [run[i] for run in runs]
        if not math.isnan(values[0]):
            row |= {column: statistics.median(values), f"{column[:-2]}_range_s": [min(values), max(values)]}
    print(json.dumps(row))
    return row


def _first_words_cpu(arguments: list[str], rounds: int) -> dict[str, object]:
    """Return the CPU seconds spent until the first words; each process is ended there."""
    spent = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            process = subprocess.Popen(
                arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            assert process.stderr is not None
            for line in process.stderr:
                if line.startswith(FIRST_WORDS):
                    break
            process.kill()
            process.stderr.close()
            used = os.wait4(process.pid, 0)[2]
            process.returncode = -9
            spent.append(used.ru_utime + used.ru_stime)
    row: dict[str, object] = {
        "case": "first words of everyday_nat, warm",
        "rounds": rounds,
        "cpu_s": statistics.median(spent),
        "cpu_range_s": [min(spent), max(spent)],
    }
    print(json.dumps(row))
    return row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    warm = dict(os.environ)
    check = [str(Path(sys.executable).with_name("tidegate")), "check"]
    results = [_case("import tidegate", [sys.executable, "-c", "import tidegate"], warm, chosen.rounds)]
    # A world with two activities ends in two verdicts; naming one of them asks for one.
    cases = {
        "everyday_nat, one activity": [*check, "everyday_nat", "--activity", "to_90"],
        "everyday_nat, both activities": [*check, "everyday_nat"],
        "us_east_1_2021": [*check, "us_east_1_2021"],
    }
    for name, arguments in cases.items():
        with tempfile.TemporaryDirectory() as cache:
            results.append(_case(f"{name}, cold", arguments, warm | {"NUMBA_CACHE_DIR": cache}, 1))
        _measured(arguments, warm)
        results.append(_case(f"{name}, warm", arguments, warm, chosen.rounds))
    results.append(_first_words_cpu([*check, "everyday_nat"], 2 * chosen.rounds))
    text = json.dumps(circumstances() | {"verdict": results}, indent=2)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
