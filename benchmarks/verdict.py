"""How long a verdict takes: first words, warm and cold, import; whole processes, CPU and wall medians.

Run with `python benchmarks/verdict.py`; prints a table and JSON. Nothing here is a test.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 5


def _measured(arguments: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Return wall seconds, CPU seconds and the wall seconds until the first words."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began_s = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            arguments, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        process.stderr.readline()
        first_s = time.perf_counter() - began_s
        process.stderr.read()
        process.wait()
    wall_s = time.perf_counter() - began_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall_s, cpu_s, first_s


def _case(name: str, arguments: list[str], environment: dict[str, str], rounds: int) -> dict[str, object]:
    runs = [_measured(arguments, environment) for _ in range(rounds)]
    wall_s, cpu_s, first_s = (statistics.median(run[i] for run in runs) for i in range(3))
    print(f"{name:<40}{wall_s:8.2f} s wall{cpu_s:8.2f} s CPU{first_s:8.2f} s to the first words")
    return {"case": name, "wall_s": wall_s, "cpu_s": cpu_s, "first_words_s": first_s, "rounds": rounds}


def main() -> None:
    """Measure and print."""
    warm = dict(os.environ)
    tidegate = [sys.executable, "-m", "tidegate.cli.main"]
    results = []
    importing = [sys.executable, "-c", "import tidegate, sys; print(file=sys.stderr)"]
    results.append(_case("import tidegate", importing, warm, ROUNDS))
    with tempfile.TemporaryDirectory() as cache:
        cold = warm | {"NUMBA_CACHE_DIR": cache}
        results.append(_case("check everyday_nat, cold", [*tidegate, "check", "everyday_nat"], cold, 1))
    for world in ("everyday_nat", "us_east_1_2021"):
        arguments = [*tidegate, "check", world]
        _measured(arguments, warm)
        results.append(_case(f"check {world}, warm", arguments, warm, ROUNDS))
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
