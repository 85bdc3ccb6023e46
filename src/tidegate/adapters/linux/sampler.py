"""What do the devices do meanwhile? Queues, counters and flow tables of every device, ten times a second.

A process of its own, which enters each device's namespace once, opens what it needs there and keeps it
open: a sample starts no program and opens no file. Started by the rig (`python -m
tidegate.adapters.linux.sampler`, request on standard input, JSON lines on standard output, the result
last). What a sample means must not live here.

Flows that nobody answers are nobody's: their packets are counted apart and taken off. Shortcut: of the
packets that a bin dropped, and of those that wait, as many are theirs as of those that came. Shortcut: what
waits for a link is not among those that wait.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tidegate.adapters.linux.netlink import FilterSocket, QueueState, RouteSocket
from tidegate.adapters.linux.part import Tell, request, sleep_until, tell
from tidegate.adapters.linux.sandbox.namespace import Namespace
from tidegate.rehearse.device_plan import PROCESSOR, SET_UP
from tidegate.rehearse.measurement import BIN_S, MeasuredCrossing

LIMIT_TABLES = ("admission", "flows")
LINKS = ("left", "right")
LINK_HANDLE = 0x200000
_FLOWS = Path("/proc/sys/net/netfilter/nf_conntrack_count")
_TRACKING = Path("/proc/thread-self/net/stat/nf_conntrack")
_NOT_ENTERED = "insert_failed"


class DeviceGauge:
    """What one device shows; everything is opened when it is made."""

    def __init__(self, namespace: str, *, is_strayed: bool = False, is_linked: bool = False) -> None:
        with Namespace(name=namespace).entered():
            self._route = RouteSocket()
            self._filter = FilterSocket()
            names = {name for _, name in socket.if_nameindex()}
            self._processor = socket.if_nametoindex(PROCESSOR)
            self._set_up = socket.if_nametoindex(SET_UP) if SET_UP in names else None
            self._flows = os.open(_FLOWS, os.O_RDONLY)
            self._tracking = os.open(_TRACKING, os.O_RDONLY)
            self._links = [socket.if_nametoindex(name) for name in LINKS] if is_linked else []
        self._shed_before = [0] * len(LIMIT_TABLES)
        self._lost_before = self._without_port_before = 0
        self._is_strayed = is_strayed

    def lost_at_links_count(self) -> int:
        """Return how many packets found no room before the device's links, once the processor was done."""
        return sum(self._route.root_queue(link, handle=LINK_HANDLE).dropped_count for link in self._links)

    def strays(self) -> tuple[int, int]:
        """Return how many packets of nobody's flows came to the processor, and were turned away."""
        if not self._is_strayed:
            return 0, 0
        asked, sent, turned = (
            self._filter.counted_packets("strays", name) for name in ("asked", "sent", "turned")
        )
        return sent + turned, asked - sent

    def queue(self) -> QueueState:
        """Return the state of the queues before the processors.

        A first packet that waits to be set up comes to the processor later; one that finds that queue
        full has come and was dropped.
        """
        queue = self._route.root_queue(self._processor)
        if self._set_up is None:
            return queue
        first = self._route.root_queue(self._set_up)
        return QueueState(
            queue.sent_count,
            queue.dropped_count + first.dropped_count,
            queue.waiting_count + first.waiting_count,
        )

    def shed_count(self) -> int:
        """Return how many first packets were turned away since the last call."""
        count = 0
        for i, table in enumerate(LIMIT_TABLES):
            now_count = self._filter.counted_packets(table, "shed")
            # A limit that was changed meanwhile counts anew.
            count += now_count - self._shed_before[i] if now_count >= self._shed_before[i] else now_count
            self._shed_before[i] = now_count
        asked, passed = (self._filter.counted_packets("translation", name) for name in ("asked", "passed"))
        lost_count = asked - passed  # at written configuration
        count += lost_count - self._lost_before if lost_count >= self._lost_before else lost_count
        self._lost_before = lost_count
        without_port_count = self._without_port_count()
        count += without_port_count - self._without_port_before
        self._without_port_before = without_port_count
        return count

    def _without_port_count(self) -> int:
        """Return how many first packets the kernel has dropped, since it had found no port for them.

        It lets them through all its hooks and then cannot enter their flow beside the one that has the port.
        """
        head, *processors = os.pread(self._tracking, 65536, 0).decode("ascii").splitlines()
        column = head.split().index(_NOT_ENTERED)
        return sum(int(line.split()[column], 16) for line in processors)

    def flows_count(self) -> int:
        """Return how many flows the device tracks."""
        return int(os.pread(self._flows, 32, 0))


class CrossingGauge:
    """All devices of one crossing together, bin by bin."""

    def __init__(
        self, namespaces: list[str], strayed: Collection[str] = (), *, is_linked: bool = False
    ) -> None:
        self._devices = [
            DeviceGauge(each, is_strayed=each in strayed, is_linked=is_linked) for each in namespaces
        ]
        self._before = (0, 0, 0, 0)
        self._rows: list[tuple[int, int, int, int, int]] = []

    def begin(self) -> None:
        """Count from now on."""
        self.sample()
        self._rows.clear()

    def sample(self) -> dict[str, int]:
        """Close the present bin and return what a reader who follows the run wants to know."""
        queues = [device.queue() for device in self._devices]
        strays = [device.strays() for device in self._devices]
        now = (
            sum(queue.offered_count for queue in queues),
            sum(queue.dropped_count for queue in queues)
            + sum(device.lost_at_links_count() for device in self._devices),
            sum(came for came, _ in strays),
            sum(away for _, away in strays),
        )
        offered, dropped, came, away = (count - was for count, was in zip(now, self._before, strict=True))
        ours = 1.0 if came == 0 else max(offered - came, 0) / max(offered, 1)
        row = (
            max(offered - came, 0),
            round(dropped * ours),
            max(sum(device.shed_count() for device in self._devices) - away, 0),
            round(sum(queue.waiting_count for queue in queues) * ours),
            sum(device.flows_count() for device in self._devices),
        )
        self._before = now
        self._rows.append(row)
        return dict(zip(("packets", "dropped", "shed", "backlog", "flows"), row, strict=True))

    def series(self) -> MeasuredCrossing:
        """Return all bins that were closed."""
        packets, dropped, shed, backlog, flows = zip(*self._rows, strict=True) if self._rows else ((),) * 5
        return MeasuredCrossing(
            packets_count=packets,
            dropped_count=dropped,
            shed_count=shed,
            backlog_packets_count=backlog,
            flows_count=flows,
        )


def sample_all(request: Mapping[str, Any], gauges: Mapping[str, CrossingGauge], tell: Tell) -> dict[str, Any]:
    """Sample every bin from the start to the end, and return the series.

    Parameters
    ----------
    request
        ``start_s`` on CLOCK_MONOTONIC and ``bins_count``.
    gauges
        By crossing.
    tell
        Given one message for each bin.
    """
    start_s = request["start_s"]
    sleep_until(start_s)
    machine_before, own_before_s = _machine_ticks(), time.process_time()
    for gauge in gauges.values():
        gauge.begin()
    lateness_s = []
    for k in range(request["bins_count"]):
        due_s = start_s + (k + 1) * BIN_S
        sleep_until(due_s)
        late_s = time.monotonic() - due_s
        said = {name: gauge.sample() for name, gauge in gauges.items()}
        lateness_s.append(round(late_s, 6))
        tell({"bin": k, "crossings": said})
    busy, whole = (after - before for after, before in zip(_machine_ticks(), machine_before, strict=True))
    return {
        "crossings": {name: asdict(gauge.series()) for name, gauge in gauges.items()},
        "lateness_s": lateness_s,
        "busy_s": time.process_time() - own_before_s,
        "machine_busy_ratio": busy / max(whole, 1),
    }


def _machine_ticks() -> tuple[int, int]:
    """Return busy and all clock ticks of all processors since the machine began."""
    fields = [
        int(word) for word in Path("/proc/stat").read_text(encoding="ascii").split("\n")[0].split()[1:9]
    ]
    return sum(fields) - fields[3] - fields[4], sum(fields)


def main() -> int:
    """Read one request, say when everything is open and what is seen, and last the result."""
    asked = request()
    gauges = {
        name: CrossingGauge(namespaces, asked["strayed"], is_linked=name in asked["linked"])
        for name, namespaces in asked["devices"].items()
    }
    gc.collect()
    gc.freeze()
    tell({"ready": True})
    tell({"result": sample_all(asked, gauges, tell)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
