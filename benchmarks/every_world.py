"""How soon every world is answered: the first words, what is said meanwhile, the verdict; whole processes.

For each file given (all bundled worlds and those of the tests where none is) one `check` of a whole process,
seconds on the clock: until the first line that says something of the answer, until the verdict, and the
longest silence before it.

    python benchmarks/every_world.py [FILE …] [--out benchmarks/results/2026-11-29-every-world.json]
"""

from __future__ import annotations

import argparse
import json
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
        ]
    )


def _answered(world: Path) -> dict[str, object]:
    """Return when a check of one world said what."""
    began_s = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [*CHECK, str(world), "--no-report"],
            cwd=folder,
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
        code = process.wait()
    verdict_s = time.perf_counter() - began_s
    if code not in VERDICTS:
        raise SystemExit(f"{world} ended with {code}")
    silence_s = max(b - a for a, b in zip(said_s, [*said_s[1:], verdict_s], strict=True))
    return {
        "world": str(world.relative_to(HERE)) if world.is_relative_to(HERE) else world.name,
        "first_s": None if first_s is None else round(first_s, 2),
        "verdict_s": round(verdict_s, 1),
        "silence_s": round(silence_s, 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worlds", nargs="*", type=Path)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    rows = []
    for world in chosen.worlds or _worlds():
        rows.append(_answered(world.resolve()))
        print(json.dumps(rows[-1]), flush=True)
    text = json.dumps(circumstances() | {"worlds": rows}, indent=2)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
