"""How soon every world is answered: the first words, what is said meanwhile, the verdict; whole processes.

For each file given (all bundled worlds and those of the tests where none is) one `check` of a whole process:
seconds on the clock until the first line that says something of the answer, until the verdict, the longest
silence before it, and the CPU seconds of it all. With `--first` each is ended at its first words, and CPU
seconds are those until then: what a machine that is busy with other work makes of the clock is left out.
Run with bytecode, which pip makes where it installs.

    python benchmarks/every_world.py [FILE …] [--first] [--out benchmarks/results/2026-11-30-every-world.json]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from circumstances import circumstances

HERE = Path(__file__).resolve().parents[1]
VERDICTS = {0, 3, 4, 5}  # exit codes: proceed, slow down or protect first, cannot tell, stop
CHECK = [sys.executable, "-c", "from tidegate.cli.main import main; main()", "check"]
ANSWERS = ("First estimate", "By arithmetic")


def _worlds() -> list[Path]:
    return sorted(
        [
            *HERE.glob("examples/*/world.yaml"),
            *(
                one
                for one in HERE.glob("tests/meaning/worlds/*.yaml")
                if "apiVersion" not in one.read_text("utf-8")
            ),
            *HERE.glob("tests/meaning/reports/*.yaml"),
        ]
    )


def _answered(world: Path, *, first_only: bool) -> dict[str, object]:
    """Return when a check of one world said what."""
    bytecode = {"PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir(), "tidegate-bytecode"))}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began_s = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [*CHECK, str(world), "--no-report"],
            cwd=folder,
            env=environment | bytecode,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        said_s, first_s = [0.0], None
        for line in process.stderr:
            said_s.append(time.perf_counter() - began_s)
            if first_s is None and line.startswith(ANSWERS):
                first_s = said_s[-1]
                if first_only:
                    process.kill()
                    break
        process.stderr.close()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    ended_s = time.perf_counter() - began_s
    ended_early = first_only and first_s is not None
    if process.returncode not in VERDICTS and not ended_early:
        return {"world": world.name, "ended_with": process.returncode}  # a manifest that asks nothing
    row: dict[str, object] = {
        "world": str(world.relative_to(HERE)) if world.is_relative_to(HERE) else world.name,
        "first_s": None if first_s is None else round(first_s, 2),
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
    }
    if not ended_early:
        silence_s = max(b - a for a, b in zip(said_s, [*said_s[1:], ended_s], strict=True))
        row |= {"verdict_s": round(ended_s, 1), "silence_s": round(silence_s, 1)}
    return row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worlds", nargs="*", type=Path)
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    rows = []
    for world in chosen.worlds or _worlds():
        rows.append(_answered(world.resolve(), first_only=chosen.first))
        print(json.dumps(rows[-1]), flush=True)
        if chosen.out:  # after each: what was measured is kept where the last of them are not waited for
            found = circumstances() | {"load_1min": os.getloadavg()[0], "worlds": rows}
            chosen.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
