"""How much CPU time did something take, whatever else the machine was doing? Read, not judged.

Everything measured is bound to one CPU. Some kernels book the handling of packets (softirq) on the
thread in whose call it happens, others apart from every thread; then it is read for the whole CPU.

Shortcut: where the kernel books packets apart, packets of other work on the same CPU are counted too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_IDLE, _IOWAIT, _IRQ, _SOFTIRQ, _STEAL = 3, 4, 5, 6, 7
_PROCESS_CLOCK = 2  # the scheduler's own clock of a whole process, in nanoseconds (linux/posix-timers.h)


@dataclass(frozen=True, kw_only=True)
class CpuTime:
    """What one CPU, or all together, have done so far, in seconds."""

    all_s: float
    idle_s: float
    packets_s: float
    steal_s: float


def cpu_time(cpu: int | None, text: str | None = None) -> CpuTime:
    """Return what one CPU has done so far, or all for None; `text` is that of /proc/stat, else it is read."""
    text = Path("/proc/stat").read_text(encoding="ascii") if text is None else text
    name = "cpu" if cpu is None else f"cpu{cpu}"
    line = next(line for line in text.splitlines() if line.startswith(f"{name} "))
    ticks = [int(word) / _TICKS_PER_S for word in line.split()[1:9]]  # guests are in user already
    return CpuTime(
        all_s=sum(ticks),
        idle_s=ticks[_IDLE] + ticks[_IOWAIT],
        packets_s=ticks[_IRQ] + ticks[_SOFTIRQ],
        steal_s=ticks[_STEAL],
    )


def choose_cpu() -> int:
    """Bind this process, and what it starts, to the CPU that has been idle most lately; returns it."""
    cpus = sorted(os.sched_getaffinity(0))
    before = {cpu: cpu_time(cpu).idle_s for cpu in cpus}
    time.sleep(0.1)
    chosen = max(cpus, key=lambda cpu: cpu_time(cpu).idle_s - before[cpu])
    os.sched_setaffinity(0, {chosen})
    return chosen


@dataclass(frozen=True, kw_only=True)
class Meter:
    """Reads CPU time used so far by this thread and some processes.

    Parameters
    ----------
    cpu
        The CPU all of them are bound to.
    booked_apart
        Whether the kernel books the handling of packets apart from threads.
    """

    cpu: int
    booked_apart: bool

    def used_s(self, pids: Sequence[int]) -> float:
        """Return CPU-seconds used so far by this thread, by the processes and for packets."""
        apart_s = cpu_time(self.cpu).packets_s if self.booked_apart else 0.0
        return time.thread_time() + self.processes_s(pids) + apart_s

    @staticmethod
    def processes_s(pids: Sequence[int]) -> float:
        """Return CPU-seconds used so far by processes, all their threads included."""
        return sum(time.clock_gettime((~pid << 3) | _PROCESS_CLOCK) for pid in pids)
