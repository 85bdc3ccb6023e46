"""What a gate knows that reads the server itself, and which of the objects that it is installed by are taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import yaml
from bench import Bench, until
from cases_of_people import IN_PROD, SETTLES_S
from objects import START_COUNT, workload

from gate_served import Gate

SAFE_COUNT = 19
"""As many as were proven safe from the first size on."""
Begins = Callable[[], AbstractContextManager[Gate]]


def reading(bench: Bench, begins: Begins) -> None:
    """Go up, down and up again before a gate that reads pods, and before one that has just begun."""
    scale = ("scale", "deployment/shop", *IN_PROD, "--replicas")
    bench.forget()
    bench.make(workload("shop"))
    bench.plane.must(*scale, str(START_COUNT))
    until(lambda: _running(bench) == START_COUNT, 60)
    time.sleep(SETTLES_S)
    with begins():
        bench.register()
        _case(bench, "read-up", f"from {START_COUNT} to {SAFE_COUNT}", SAFE_COUNT, happens=True)
        until(lambda: _running(bench) == SAFE_COUNT, 60)
        _case(bench, "read-down", "down again at once", START_COUNT, happens=True)
        until(lambda: _running(bench) == START_COUNT, 60)
        _case(bench, "read-up-again", "up again at once", SAFE_COUNT, happens=False, word="left and may still be there")
        time.sleep(SETTLES_S)
        _case(bench, "read-up-later", f"up again after {SETTLES_S:.0f} s", SAFE_COUNT, happens=True)
        until(lambda: _running(bench) == SAFE_COUNT, 60)
        time.sleep(SETTLES_S)
    bench.forget()
    # Before 1.21 or so a server does not keep when a Scale was written.
    bench.plane.must("patch", "deployment", "shop", *IN_PROD, "-p", f'{{"spec": {{"replicas": {START_COUNT}}}}}')
    until(lambda: _running(bench) == START_COUNT, 60)
    with begins():
        bench.register()
        _case(bench, "read-begun", "up at once before a gate that began after it went down unasked, by a patch", SAFE_COUNT,
              happens=False, word="just before this gate began to read the cluster")  # fmt: skip
        time.sleep(SETTLES_S)
        _case(bench, "read-begun-later", f"the same after {SETTLES_S:.0f} s", SAFE_COUNT, happens=True)


def installed(bench: Bench, files: dict[str, str]) -> None:
    """Have the server look at each object of `tidegate gate manifests`, as if it were made."""
    taken, refused = [], []
    for one in (one for text in files.values() for one in yaml.safe_load_all(text) if one):
        name = f"{one['kind']} {one['apiVersion']}"
        said = bench.plane.kubectl("apply", "--server-side", "--dry-run=server", "-f", "-", given=one)
        (refused if said.code else taken).append(name if not said.code else f"{name}: {said.text[:200]}")
    wanted = {"PodDisruptionBudget policy/v1"}
    bench.note(
        "installed", f"what `tidegate gate manifests --kubernetes-version 1.25` writes, {len(taken) + len(refused)} objects, "
        "by `kubectl apply --server-side --dry-run=server`",
        expected="taken, but for `policy/v1`, which came with 1.21", taken=taken, refused=refused,
        holds={one.partition(":")[0] for one in refused} <= wanted,
    )  # fmt: skip


def written(folder: Path) -> dict[str, str]:
    """Return the objects that were written to a folder, by file."""
    return {one.name: one.read_text(encoding="utf-8") for one in sorted(folder.glob("[1-4]-*.yaml"))}


def _running(bench: Bench) -> int:
    pods = bench.plane.read("pods", *IN_PROD, "-l", "app=shop")["items"]
    return sum(one["status"].get("phase") == "Running" for one in pods) if len(pods) else 0


def _case(bench: Bench, name: str, title: str, count: int, *, happens: bool, word: str = "") -> None:
    mark = bench.recorder.mark()
    said = bench.plane.kubectl("scale", "deployment/shop", *IN_PROD, "--replicas", str(count))
    bench.note(
        name, f"a gate that reads the cluster: `kubectl scale` {title}", said, mark=mark,
        expected="happens" if happens else "refused, for who left", holds=(said.code == 0) is happens and word in said.text,
    )  # fmt: skip
