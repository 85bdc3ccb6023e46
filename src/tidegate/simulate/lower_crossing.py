"""Which numbers do crossings and their devices get? One row a crossing, and one a device, for each phase.

Every number stands in the world, every meaning in `kernels.device`.

Shortcut: background traffic takes its share of a device as a steady flow.
"""

from __future__ import annotations

import numpy as np

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.policies import NS
from tidegate.simulate.scene import Scene, interval_ns, time_ns
from tidegate.simulate.size import scaled_limit
from tidegate.simulate.tables import Ints
from tidegate.world.crossing import Admission, Crossing

FATES = ("drop", "refuse", "evict", "evict_unanswered")
UNLIMITED_NS = 1 << 61
NO_QUEUE_LIMIT = 1 << 30
_LEAST_LEFT_PER_S = 1e-3


def crossing_table(scene: Scene) -> Ints:
    """Return how flows are spread over the devices of each crossing: (phases, crossings, columns)."""
    table = np.zeros((len(scene.worlds), len(scene.crossings), c.C_COLUMNS), dtype=np.int64)
    for i, world in enumerate(scene.worlds):
        for k, name in enumerate(scene.crossings):
            crossing = world.crossings[name]
            table[i, k, c.C_FIRST] = scene.first_device[k]
            table[i, k, c.C_DEVICES] = crossing.devices_count
            spread = crossing.devices_count > 1
            table[i, k, c.C_SKEW_PPM] = round(crossing.skew_ratio * 1e6) if spread else 0
            table[i, k, c.C_REMAP_PPM] = round(crossing.remapped_ratio * 1e6)
            table[i, k, c.C_KEPT] = crossing.flow_state == "kept"
    return table


def device_table(scene: Scene) -> Ints:
    """Return what each device can do and holds: (phases, devices, columns)."""
    total = int(scene.first_device[-1])
    table = np.zeros((len(scene.worlds), total, c.D_COLUMNS), dtype=np.int64)
    for i, world in enumerate(scene.worlds):
        for k, name in enumerate(scene.crossings):
            row = _device(world.crossings[name], scene.fraction)
            table[i, scene.first_device[k] : scene.first_device[k + 1]] = row
    return table


def _device(crossing: Crossing, fraction: float) -> Ints:
    out = np.zeros(c.D_COLUMNS, dtype=np.int64)
    forward = setup = 0
    if crossing.forwarding_per_s is not None:
        left_per_s = max(crossing.forwarding_per_s - crossing.background.packets_per_s, _LEAST_LEFT_PER_S)
        forward = round(NS / (left_per_s * fraction))
    if crossing.setup_per_s is not None:
        setup = round(NS / (crossing.setup_per_s * fraction))
    out[c.D_FORWARD] = forward
    out[c.D_SETUP] = max(setup, forward) if crossing.setup_processor == "shared" else setup
    out[c.D_SHARED] = crossing.setup_processor == "shared"
    out[c.D_QUEUE] = scaled_limit(crossing.queue_packets_count, fraction) or NO_QUEUE_LIMIT
    out[c.D_VISIBLE] = crossing.queue_when_full == "visible"
    _hold(out, crossing, fraction)
    if crossing.admission is not None:
        _admit(out, crossing.admission, fraction)
    return out


def _hold(out: Ints, crossing: Crossing, fraction: float) -> None:
    """Say what the device remembers: its flow table and its ports."""
    out[[c.D_TABLE, c.D_PORTS, c.D_CONCURRENT]] = -1
    out[c.D_IDLE] = UNLIMITED_NS
    if crossing.table is not None:
        free = crossing.table.entries_count - crossing.background.flows_count
        out[c.D_TABLE] = scaled_limit(max(free, 1), fraction)
        out[c.D_TABLE_FULL] = FATES.index(crossing.table.when_full)
        out[c.D_UNANSWERED] = time_ns(crossing.table.unanswered_hold_s)
        out[c.D_CLOSED] = time_ns(crossing.table.closed_hold_s)
        out[c.D_IDLE] = time_ns(crossing.table.idle_timeout_s)
    if crossing.ports is not None:
        usable = crossing.ports.per_destination_count * crossing.ports.usable_ratio
        out[c.D_PORTS] = scaled_limit(usable, fraction)
        out[c.D_PORTS_FULL] = FATES.index(crossing.ports.when_full)
        out[c.D_PORT_HOLD] = time_ns(crossing.ports.hold_s)
    out[c.D_TRACKS] = (out[[c.D_TABLE, c.D_PORTS]] >= 0).any()


def _admit(out: Ints, limit: Admission, fraction: float) -> None:
    """Say what the device lets in."""
    if limit.rate_per_s is not None:
        out[c.D_ADMIT] = interval_ns(limit.rate_per_s * fraction)
        burst = scaled_limit(limit.burst_count, fraction)
        out[c.D_ADMIT_BURST] = (burst - 1) * out[c.D_ADMIT]
    if limit.concurrent_count is not None:
        out[c.D_CONCURRENT] = scaled_limit(limit.concurrent_count, fraction)
        out[c.D_TRACKS] = 1
    out[c.D_RESET] = limit.on_excess == "reset"
    if limit.per_source_per_s is not None:
        out[c.D_SOURCE] = interval_ns(limit.per_source_per_s)
        out[c.D_SOURCE_BURST] = (limit.per_source_burst_count - 1) * out[c.D_SOURCE]
