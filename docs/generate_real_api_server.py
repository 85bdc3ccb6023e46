"""Hold the gate before a real API server and write what was seen: docs/evidence/real-api-server.md.

    python docs/generate_real_api_server.py [--built FOLDER] [--fixtures]

Needs etcd, kube-apiserver and kube-controller-manager in FOLDER/bin, as `docs/real_api_server/build_server.py` puts
them there (or any others of that name), and kubectl; it takes some 20 minutes, nearly all of it waiting for autoscalers.
Where they are not built it says so, and writes the page from what was kept of the last time. All of it runs on loopback.
`--fixtures` writes the reviews that the server sent to `tests/golden/admission` anew.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "docs" / "real_api_server")]

from bench import Bench, until  # noqa: E402
from build_server import PROGRAMS  # noqa: E402
from cases_of_autoscalers import DOUBTED, PERIODS, climbs  # noqa: E402
from cases_of_outages import away_and_slow  # noqa: E402
from cases_of_people import (  # noqa: E402
    SETTLES_S,
    broken_glass,
    never_held_up,
    raised_by_hand,
    rolled_out,
    scaling,
    stateful,
    unknown,
)  # fmt: skip
from cases_of_reading import installed, reading, written  # noqa: E402
from control_plane import control_plane  # noqa: E402
from metric_source import metric_source  # noqa: E402
from objects import NAMESPACE, OWN_NAMESPACE, workload, world  # noqa: E402
from page_of_cases import page  # noqa: E402
from review_fixtures import write_fixtures  # noqa: E402
from review_recorder import Recorder, recorder  # noqa: E402
from stand_in_node import stand_in_node  # noqa: E402

from gate_served import Authority, Gate, gate  # noqa: E402
from tidegate import __version__  # noqa: E402

PAGE = ROOT / "docs" / "evidence" / "real-api-server.md"
KEPT = PAGE.with_suffix(".json")
BUILT = ROOT / "real-api-server"
WORLDS = {"shop": "Deployment", "queue": "StatefulSet", "raised": "Deployment", **dict.fromkeys({**PERIODS, **DOUBTED}, "Deployment")}
_WORKED_OUT_WITHIN_S = 600.0


def main() -> None:
    """Run the cases where they can be run, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--built", type=Path, default=BUILT, help="the folder in whose bin/ the programs are")
    parser.add_argument("--fixtures", action="store_true", help="write tests/golden/admission anew")
    parser.add_argument("--reading", action="store_true", help="only the cases in which the gate reads the server; the others stay")
    said = parser.parse_args()
    missing = [name for name in PROGRAMS if not (said.built / "bin" / name).exists()]
    missing += [] if shutil.which("kubectl") else ["kubectl"]
    if missing:
        sys.stdout.write(f"Not run: {', '.join(missing)} are not here (docs/real_api_server/build_server.py {said.built}).\n")
    else:
        with tempfile.TemporaryDirectory() as folder:
            if said.reading:
                found = with_others(measured_reading(Path(folder), said.built / "bin"))
            else:
                found = measured(Path(folder), said.built / "bin", does_fixtures=said.fixtures)
        KEPT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(json.loads(KEPT.read_text(encoding="utf-8"))), encoding="utf-8")


def measured(folder: Path, programs: Path, *, does_fixtures: bool) -> dict[str, Any]:
    """Return what all cases saw."""
    authority = Authority(folder, "authority")
    certificate = authority.certificate("gate")
    trusted = ssl.create_default_context(cafile=str(authority.path))
    for name, kind in WORLDS.items():
        (folder / f"{name}.yaml").write_text(world(name, kind))
    with ExitStack() as closes:
        plane = closes.enter_context(control_plane(folder / "plane", programs))
        metrics = closes.enter_context(metric_source(plane, certificate))
        for name in (NAMESPACE, OWN_NAMESPACE):
            plane.must("create", "namespace", name)
        bench = Bench(plane=plane, recorder=Recorder(), authority=authority.path)
        bench.make(workload("shop"), workload("queue", kind="StatefulSet"))
        scenes = {
            "allow": lambda: (people(bench), climbs(bench, metrics, DOUBTED)),
            "deny": lambda: climbs(bench, metrics, PERIODS),
        }  # fmt: skip
        for on_doubt, scene in scenes.items():
            with served(folder, certificate, trusted, on_doubt) as at, recorder(at.port, certificate, trusted) as kept:
                bench.recorder = kept
                bench.register()
                scene()
        read_cases(bench, folder, certificate, trusted)
        with outlived(folder, certificate, trusted) as at:
            away_and_slow(bench, at.port, at.process.pid)
        if does_fixtures:
            write_fixtures(bench.reviews, ROOT / "tests" / "golden" / "admission")
        return {
            "date": datetime.now(UTC).strftime("%Y-%m-%d"), "versions": versions(plane.version(), programs),
            "cases": bench.found,
        }  # fmt: skip


def measured_reading(folder: Path, programs: Path) -> list[dict[str, Any]]:
    """Return what the cases saw in which the gate reads the server."""
    authority = Authority(folder, "authority")
    certificate = authority.certificate("gate")
    for name, kind in WORLDS.items():
        (folder / f"{name}.yaml").write_text(world(name, kind))
    with ExitStack() as closes:
        plane = closes.enter_context(control_plane(folder / "plane", programs))
        for name in (NAMESPACE, OWN_NAMESPACE):
            plane.must("create", "namespace", name)
        bench = Bench(plane=plane, recorder=Recorder(), authority=authority.path)
        read_cases(bench, folder, certificate, ssl.create_default_context(cafile=str(authority.path)))
        return bench.found


def with_others(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what was kept, with some cases as they were seen now: before those of outages, which come last."""
    found = dict(json.loads(KEPT.read_text(encoding="utf-8")))
    names = {one["name"] for one in cases}
    others = [one for one in found["cases"] if one["name"] not in names]
    first = next(i for i, one in enumerate(others) if one["name"].startswith("slow-"))
    return {**found, "cases": [*others[:first], *cases, *others[first:]]}


def read_cases(bench: Bench, folder: Path, certificate: tuple[str, str], trusted: ssl.SSLContext) -> None:
    """Go through the cases in which the gate reads the server, whose pods are said to run."""
    config = str(bench.plane.checking_kubeconfig())

    @contextmanager
    def begins() -> Iterator[Gate]:
        with (
            served(folder, certificate, trusted, "deny", "--kubeconfig", config) as at,
            recorder(at.port, certificate, trusted) as kept,
        ):
            bench.recorder = kept
            if not until(lambda: at.ask("/health/ready", method="GET")[0] == 200, 60.0):
                raise RuntimeError("the gate has not read the server")
            yield at

    with stand_in_node(bench.plane, NAMESPACE):
        reading(bench, begins)
    bench.forget()
    out = folder / "installed"
    words = ("gate", "manifests", str(folder / "shop.yaml"), "--output", str(out), "--kubernetes-version", "1.25")
    subprocess.run([sys.executable, "-m", "tidegate.cli.main", *words], check=True, capture_output=True)  # noqa: S603  our own words
    installed(bench, written(out))


def people(bench: Bench) -> None:
    """Go through what people do."""
    for scene in (scaling, stateful, unknown, rolled_out, never_held_up):
        scene(bench)
    time.sleep(SETTLES_S)
    for scene in (broken_glass, raised_by_hand):
        scene(bench)


def versions(server: str, programs: Path) -> dict[str, str]:
    """Return what ran."""
    etcd = subprocess.run([programs / "etcd", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603  the one that was said
    command = [shutil.which("kubectl") or "kubectl", "version", "--client", "-o", "json"]
    kubectl = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  our own words
    return {
        "Tidegate": __version__, "kube-apiserver and kube-controller-manager": server,
        "etcd": etcd.splitlines()[0].rpartition(" ")[2],
        "kubectl": json.loads(kubectl.stdout)["clientVersion"]["gitVersion"],
        "Linux": platform.release(),
    }  # fmt: skip


@contextmanager
def served(
    folder: Path, certificate: tuple[str, str], trusted: ssl.SSLContext, on_doubt: str, *more: str
) -> Iterator[Gate]:
    """Run a gate that enforces, with all worlds worked out from their first sizes."""
    words = ("--mode", "enforce", "--on-doubt", on_doubt, "--namespace", OWN_NAMESPACE, *more)
    files = [f"{name}.yaml" for name in WORLDS]
    keys = ("--tls-cert", certificate[0], "--tls-key", certificate[1])
    with gate(folder, *files, *words, *keys, trusted=trusted) as at:
        if not until(lambda: "tidegate_gate_waiting 0.0" in at.ask("/metrics", method="GET")[1], _WORKED_OUT_WITHIN_S):
            raise RuntimeError("the worlds are not worked out")
        yield at


@contextmanager
def outlived(folder: Path, certificate: tuple[str, str], trusted: ssl.SSLContext) -> Iterator[Gate]:
    """Run a gate that a case kills, so that it does not end as it should."""
    with suppress(AssertionError), served(folder, certificate, trusted, "deny") as at:
        yield at


if __name__ == "__main__":
    main()
