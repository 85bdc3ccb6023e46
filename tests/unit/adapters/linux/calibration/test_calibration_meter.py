"""CPU time is read per CPU and per process."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tidegate.adapters.linux.calibration.meter import Meter, cpu_time

STAT = """\
cpu  300 0 200 1000 100 50 150 30 0 0
cpu0 100 0 100 500 50 25 75 10 0 0
cpu1 200 0 100 500 50 25 75 20 0 0
cpu10 1 1 1 1 1 1 1 1 0 0
intr 12345
"""
TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(
    ("cpu", "ticks"), [(None, (1830, 1100, 200, 30)), (1, (970, 550, 100, 20)), (10, (8, 2, 2, 1))]
)
def test_the_line_of_one_cpu_or_of_all_is_read(cpu, ticks):
    """All time, idle with waiting for disks, interrupts with packets, and stolen time."""
    read = cpu_time(cpu, STAT)
    assert pytest.approx([tick * TICK_S for tick in ticks]) == [
        read.all_s,
        read.idle_s,
        read.packets_s,
        read.steal_s,
    ]


def test_this_machine_is_read():
    """The kernel's own text has all that is read."""
    assert cpu_time(None).all_s >= cpu_time(min(os.sched_getaffinity(0))).all_s > 0.0


def test_a_process_is_charged_for_what_it_uses_alone():
    """A busy process costs what it says it used; a sleeping one nothing more."""
    busy = (
        "import sys, time\nwhile time.process_time() < 0.2: pass\n"
        "print(time.process_time(), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", busy]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        used_s = float(process.stdout.readline())
        time.sleep(0.02)
        charged_s = Meter.processes_s([process.pid])
        assert used_s <= charged_s < used_s + 0.1
        assert Meter.processes_s([process.pid]) - charged_s < 0.01
        process.stdin.close()


def test_packets_are_added_where_the_kernel_books_them_apart(monkeypatch):
    """Only then is the whole CPU's time for packets part of a cost."""
    own_cpu = min(os.sched_getaffinity(0))
    reading = cpu_time(None, STAT)
    monkeypatch.setattr("tidegate.adapters.linux.calibration.meter.cpu_time", lambda _cpu: reading)
    together, apart = (Meter(cpu=own_cpu, booked_apart=apart).used_s([]) for apart in (False, True))
    assert pytest.approx(200 * TICK_S, abs=0.5) == apart - together
