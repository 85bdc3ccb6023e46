"""The fluid engine in the report's browser is the one in Python: the same numbers on any world."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from engine_worlds import worlds
from hypothesis import HealthCheck, given, settings

from tidegate.errors import InputError
from tidegate.simulate.fluid import FluidRun, run_fluid
from tidegate.simulate.script import Script, write_script
from tidegate.simulate.script_document import script_document
from tidegate.world.file.read import read_world

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "src/tidegate/present/report/fluid.js"
TOLERANCE = 1e-9  # of the greatest value of a series
KINDS = ("crossings", "clients", "services")
ASK = """
const told = x => Object.fromEntries(x.items());
const answers = JSON.parse(require("fs").readFileSync(0, "utf8")).map(plan => {
  ROUTES = plan.routes;
  SYN = plan.syn;
  const run = run_fluid(revive(plan), null);
  return {...run, crossings: told(run.crossings), clients: told(run.clients), services: told(run.services)};
});
console.log(JSON.stringify(answers));
"""


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None and os.environ.get("REQUIRE_PARTS") != "1":
        pytest.skip("Node.js is not installed")
    assert found is not None
    return found


def asked(node: str, scripts: list[Script], folder: Path) -> list[dict[str, Any]]:
    """Run scripts as the browser would."""
    program = folder / "ask.cjs"
    program.write_text(ENGINE.read_text(encoding="utf-8") + ASK, encoding="utf-8")
    plans = json.dumps([script_document(one) for one in scripts])
    done = subprocess.run([node, program], input=plans, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def drawn(count: int) -> list[Script]:
    """Return scripts of worlds with anything in them."""
    found: list[Script] = []

    @settings(max_examples=count, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(world=worlds())
    def keep(world: dict[str, Any]) -> None:
        try:
            file = read_world(json.dumps({**world, "horizon": "12s"}), "drawn.yaml")
            script = write_script(file, next(iter(file.world.activities), None))
        except InputError:
            return
        found.append(script)

    keep()
    return found


def furthest(run: FluidRun, other: dict[str, Any]) -> float:
    """Return by how much any value of any series differs, as a share of the greatest of it."""
    worst = 0.0
    for kind in KINDS:
        for name, course in getattr(run, kind).items():
            for field in dataclasses.fields(course):
                here, there = getattr(course, field.name), other[kind][name][field.name]
                assert len(here) == len(there)
                most = max(map(abs, here), default=0.0) or 1.0
                worst = max([worst, *(abs(a - b) / most for a, b in zip(here, there, strict=True))])
    return worst


def test_the_script_is_what_the_fluid_engine_says_today() -> None:
    """Whoever changes `simulate/fluid` writes the script anew: `python docs/generate_estimate.py`."""
    command = [sys.executable, str(ROOT / "docs/generate_estimate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def agree(node: str, count: int, folder: Path) -> None:
    scripts = drawn(count)
    assert len(scripts) > count // 2
    for script, other in zip(scripts, asked(node, scripts, folder), strict=True):
        run = run_fluid(script)
        assert (run.recovered_at_s, run.until_s) == pytest.approx((other["recovered_at_s"], other["until_s"]))
        assert furthest(run, other) <= TOLERANCE


def test_a_few_random_worlds_agree(node: str, tmp_path: Path) -> None:
    """Series by series, on worlds with retries, budgets, tables, ports, calls and waves."""
    agree(node, 8, tmp_path)


@pytest.mark.evidence
def test_many_random_worlds_agree(node: str, tmp_path: Path) -> None:
    """The same on two hundred."""
    agree(node, 200, tmp_path)
