"""The kernels mean the same with the compiler off."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tidegate.simulate.kernels.compile import ENGINE
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

WORLD = json.dumps(
    {
        "name": "small",
        "horizon": "2s",
        "networks": {"a": {}, "b": {}},
        "crossings": {
            "x": {
                "between": ["a", "b"],
                "forwarding": "900/s",
                "queue_packets": 60,
                "round_trip": "1ms",
                "table": {"entries": 60, "when_full": "evict", "closed_hold": "300ms"},
                "admission": {"rate": "80/s", "burst": 5},
            }
        },
        "services": {
            "s": {
                "network": "b",
                "instances": 2,
                "service_time": "10ms",
                "queue": 10,
                "service_law": "lognormal",
            }
        },
        "clients": {
            "p": {
                "network": "a",
                "service": "s",
                "population": 30,
                "timeout": "200ms",
                "demand": {"kind": "closed", "think": "300ms"},
                "connection": "keep_alive",
                "retry": {
                    "layers": [
                        {
                            "retries": 3,
                            "base": "20ms",
                            "jitter": "full",
                            "budget": {"tokens": 5, "per_success": 0.2},
                        }
                    ]
                },
            }
        },
        "triggers": {"burst": {"at": "500ms", "reconnect": "p"}},
    }
)


def digest() -> str:
    tables = lower(write_script(read_world(WORLD, "small.yaml")), horizon_s=2.0)
    with np.errstate(over="ignore"):
        run = simulate(tables, seed=9)
    kept = (run.crossings, run.populations, run.services, run.latencies)
    return hashlib.sha256(b"".join(np.ascontiguousarray(one.counts).tobytes() for one in kept)).hexdigest()


def test_the_small_world_gives_the_bytes_it_always_gave() -> None:
    """On every machine and with every engine; another digest is a change of the model, to be said."""
    assert "4027c3a88804d5601b594c56b50210163025c5c5363dedd42c197f93b03e0078" == digest()


@pytest.mark.parametrize("engine", ["built", pytest.param("numba", marks=pytest.mark.evidence), "python"])
def test_every_way_to_run_the_engine_gives_the_same_bytes(engine: str) -> None:
    """Built with the package, compiled here or interpreted: the same handlers, the same bytes."""
    plain = subprocess.run(
        [sys.executable, __file__],
        env=os.environ | {"TIDEGATE_ENGINE": engine},
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    assert digest() == plain.stdout.strip()


if __name__ == "__main__":
    assert os.environ["TIDEGATE_ENGINE"] == ENGINE
    sys.stdout.write(digest())
