"""A Dask cluster gives the answer that threads give, also when a worker dies in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tidegate.adapters.cluster import cluster
from tidegate.errors import InputError
from tidegate.evaluate.variants.world_case import believed_case, run_case
from tidegate.experiment.replicate import Rule
from tiny_worlds import twin

RUNS = 60


def started(place, name, *words, until):
    """Start a part of the cluster; returns it with the line of its log that says it is ready."""
    log = place / f"{name}.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{words[0]}", *words[1:]],
            stdout=stream,
            stderr=stream,
            cwd=place,
        )
    for _ in range(300):
        line = next((one for one in log.read_text().splitlines() if until in one), None)
        if line is not None:
            return process, line
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(name="local", scope="module")
def a_cluster_of_two(tmp_path_factory):
    """A scheduler and two workers of one thread each, on the loopback."""
    place = tmp_path_factory.mktemp("dask")
    here = ("--host", "127.0.0.1")
    words = ("dask_scheduler", *here, "--port", "0", "--no-dashboard")
    scheduler, line = started(place, "scheduler", *words, until="Scheduler at:")
    address = line.split()[-1]
    words = (
        "dask_worker",
        address,
        *here,
        "--nworkers",
        "1",
        "--nthreads",
        "1",
        "--no-dashboard",
        "--no-nanny",
    )
    workers = [started(place, f"worker{i}", *words, until="Registered to")[0] for i in range(2)]
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def answer(executor, rule_count=RUNS, progress=None):
    case = believed_case(twin(retry="exponential-full-jitter"), None)
    runs = run_case(
        case,
        fraction=0.5,
        seed=7,
        rule=Rule(threshold=0.5, exact_count=rule_count),
        executor=executor,
        progress=progress,
    )
    return [(one.collapsed, one.recovery_s, one.run.events_count) for one in runs.replications.outcomes]


def test_a_cluster_answers_as_threads_do_also_when_a_worker_is_killed(local):
    """One thread, all threads, and Dask with a worker killed in mid-sweep: the same answer."""
    address, workers = local
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(os.cpu_count() or 2) as many:
        expected = answer(one)
        assert expected == answer(many)

    def kill_one(_title, runs_count):
        if runs_count == 20:
            os.kill(workers[0].pid, signal.SIGKILL)
            time.sleep(0.1)

    with cluster(address) as executor:
        assert expected == answer(executor, progress=kill_one)
    assert workers[0].wait(5) == -signal.SIGKILL


def test_nobody_there_is_said(tmp_path: Path, monkeypatch):
    """An address where no scheduler answers is bad input, with what is expected."""
    monkeypatch.setattr("tidegate.adapters.cluster.CONNECT_S", 0.5)
    with pytest.raises(InputError, match="no Dask scheduler answers"), cluster("tcp://127.0.0.1:9"):
        pass
