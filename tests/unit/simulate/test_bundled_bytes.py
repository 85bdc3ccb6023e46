"""Bundled worlds give the bytes that they always gave: one seed's run of each activity, as a golden digest.

Another digest is a change of the model, to be said in CHANGELOG.md; `pytest --update-golden` writes it anew.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from tidegate.adapters.files.measured import load_world
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "golden" / "engine" / "bundled_worlds.json"
WORLDS = sorted(path.parent.name for path in (ROOT / "examples").glob("*/world.yaml"))
FRACTIONS = {"kinesis_2020": 0.001, "us_east_1_2021": 0.004, "surge": 1.0}
FRACTION = 0.02
"""So much of a world that its run takes some hundredths of a second; that is no answer of the world."""


def digests(name: str) -> dict[str, str]:
    """The digest of everything that one run of each activity counted, or of the triggers alone."""
    file = load_world(name)
    found = {}
    for activity in file.world.activities or (None,):
        tables = lower(
            write_script(file, activity),
            horizon_s=file.world.horizon_s,
            fraction=FRACTIONS.get(name, FRACTION),
        )
        with np.errstate(over="ignore"):  # as plain Python the kernels' whole numbers wrap with a warning
            run = simulate(tables, seed=7)
        counted = (run.crossings, run.populations, run.services, run.latencies)
        kept = [np.ascontiguousarray(one.counts, dtype="<i8").tobytes() for one in counted]
        kept.append(f"{run.status} {run.bins_count} {run.events_count}".encode())
        found[activity or ""] = hashlib.sha256(b"".join(kept)).hexdigest()
    return found


def test_every_bundled_world_has_its_digests() -> None:
    """A world that is added is run here as well."""
    assert WORLDS == sorted(json.loads(GOLDEN.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", WORLDS)
def test_a_bundled_world_gives_the_bytes_it_always_gave(name: str, update_golden: bool) -> None:
    """On every processor, with every engine: series of all devices, clients and services, and latencies."""
    found = digests(name)
    if update_golden:
        kept = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
        GOLDEN.write_text(
            json.dumps({**kept, name: found}, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
    assert json.loads(GOLDEN.read_text(encoding="utf-8"))[name] == found
