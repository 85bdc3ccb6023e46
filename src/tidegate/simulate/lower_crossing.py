"""Which numbers do crossings and their devices get? One row a crossing, and one a device, for each phase.

Every number stands in the world, every meaning in `kernels.device`.

Shortcuts: background traffic takes its share of a device as a steady flow, what is never answered as far as
admission lets it in; the limits of the sources of that are one limit at each device, as wide as all.
"""

from __future__ import annotations

import math

import numpy as np

from tidegate.simulate.kernels import nouns
from tidegate.simulate.kernels.link import FULL_PACKET_BYTES
from tidegate.simulate.kernels.nouns import Device
from tidegate.simulate.kernels.nouns.device import WhenFull
from tidegate.simulate.policies import NS
from tidegate.simulate.scene import Scene, interval_ns, time_ns
from tidegate.simulate.size import scaled_limit
from tidegate.simulate.tables import Ints, blank
from tidegate.world.crossing import Admission, Crossing, DeviceScaler, PortBlock

UNLIMITED_NS = 1 << 61
NO_QUEUE_LIMIT = 1 << 30
_LEAST_LEFT_PER_S = 1e-3
_MOST_GROUPS_PER_S = 200.0
_LEAST_PART_OF_LINK = 1e-3


def crossing_table(scene: Scene) -> Ints:
    """Return how flows are spread over the devices of each crossing: (phases, crossings, columns)."""
    table = np.zeros((len(scene.worlds), len(scene.crossings), nouns.Crossing.PARAMETERS), dtype=np.int64)
    for i, world in enumerate(scene.worlds):
        for k, name in enumerate(scene.crossings):
            crossing = world.crossings[name]
            row = nouns.Crossing(table[i, k], 0)
            row.first_device_number = int(scene.first_device[k])
            row.devices_count = crossing.devices_count
            spread = crossing.devices_count > 1 or crossing.scaler is not None
            row.skew_ppm = round(crossing.skew_ratio * 1e6) if spread else 0
            row.remapped_ppm = round(crossing.remapped_ratio * 1e6)
            row.keeps_flows = crossing.flow_state == "kept"
            if crossing.scaler is not None:
                _scale(row, crossing.scaler)
    return table


def _scale(row: nouns.Crossing, scaler: DeviceScaler) -> None:
    """Say how it grows by itself."""
    row.period_ns, row.delay_ns = time_ns(scaler.interval_s), time_ns(scaler.delay_s)
    row.target_ppm = max(round(scaler.target_ratio * 1e6), 1)
    row.grows_capacity = scaler.grows == "capacity"
    row.most_ppm = round((scaler.most_count if row.grows_capacity else math.floor(scaler.most_count)) * 1e6)
    row.step_ppm = round(scaler.step_ratio * 1e6)


def device_table(scene: Scene) -> Ints:
    """Return what each device can do and holds: (phases, devices, columns)."""
    total = int(scene.first_device[-1])
    table = np.zeros((len(scene.worlds), total, Device.PARAMETERS), dtype=np.int64)
    for i, world in enumerate(scene.worlds):
        for k, name in enumerate(scene.crossings):
            device = _device(world.crossings[name], scene.fraction)
            mine = slice(scene.first_device[k], scene.first_device[k + 1])
            table[i, mine] = device.memory[: Device.PARAMETERS]
    return table


def _device(crossing: Crossing, fraction: float) -> Device:
    device = blank(Device)
    forward = setup = 0
    if crossing.forwarding_per_s is not None:
        left_per_s = max(crossing.forwarding_per_s - crossing.background.packets_per_s, _LEAST_LEFT_PER_S)
        forward = round(NS / (left_per_s * fraction))
    if crossing.setup_per_s is not None:
        setup = round(NS / (crossing.setup_per_s * fraction))
    if crossing.unanswered_per_s:
        # At a fraction each costs so much more, and so many fewer come: the share they take is the same.
        costs_s = (forward / NS * fraction, setup / NS * fraction)
        forward, setup = (round(cost_s / fraction * NS) for cost_s in crossing.beside_unanswered(*costs_s))
    device.forward_ns = forward
    device.setup_ns = max(setup, forward) if crossing.setup_processor == "shared" else setup
    device.is_shared = crossing.setup_processor == "shared"
    device.queue_count = scaled_limit(crossing.queue_packets_count, fraction) or NO_QUEUE_LIMIT
    device.is_visible = crossing.queue_when_full == "visible"
    _connect(device, crossing, fraction)
    device.stated_forward_ns, device.stated_setup_ns = device.forward_ns, device.setup_ns
    device.stated_byte_ps = device.byte_ps
    _hold(device, crossing, fraction)
    if crossing.admission is not None:
        _admit(device, crossing.admission, fraction)
    _let_stray(device, crossing, fraction)
    return device


def _connect(device: Device, crossing: Crossing, fraction: float) -> None:
    """Say what its link carries; background packets are full ones, in both directions."""
    if crossing.bandwidth_bit_per_s is not None:
        bits_per_s = (
            crossing.bandwidth_bit_per_s - 8.0 * FULL_PACKET_BYTES * crossing.background.packets_per_s
        )
        bits_per_s = max(bits_per_s, _LEAST_PART_OF_LINK * crossing.bandwidth_bit_per_s)
        device.byte_ps = max(1, round(8e12 / (bits_per_s * fraction)))
        device.link_wait_ns = device.queue_count * FULL_PACKET_BYTES * device.byte_ps // 1000


def _hold(device: Device, crossing: Crossing, fraction: float) -> None:
    """Say what the device remembers: its flow table and its ports."""
    device.table_count = device.ports_count = device.concurrent_count = -1
    device.idle_timeout_ns = UNLIMITED_NS
    if crossing.table is not None:
        free = crossing.table.entries_count - crossing.background.flows_count
        device.table_count = scaled_limit(max(free, 1), fraction)
        device.when_table_full = WhenFull[crossing.table.when_full.upper()]
        device.unanswered_hold_ns = time_ns(crossing.table.unanswered_hold_s)
        device.closed_hold_ns = time_ns(crossing.table.closed_hold_s)
        device.idle_timeout_ns = time_ns(crossing.table.idle_timeout_s)
    if crossing.ports is not None:
        usable = crossing.ports.per_destination_count * crossing.ports.usable_ratio
        device.ports_count = scaled_limit(usable, fraction)
        device.when_ports_full = WhenFull[crossing.ports.when_full.upper()]
        device.port_hold_ns = time_ns(crossing.ports.hold_s)
        device.unanswered_port_hold_ns = time_ns(crossing.unanswered_port_hold_s)
        _cut(device, crossing.ports.block)
    device.is_tracking = device.table_count >= 0 or device.ports_count >= 0


def _cut(device: Device, block: PortBlock | None) -> None:
    """Say what of its ports each source gets: that is of one source, and stays as it is at any fraction."""
    if block is not None:
        device.block_least_count = block.least_count
        device.block_most_count = block.least_count if block.most_count is None else block.most_count
        device.block_growth_ns = time_ns(block.growth_time_s)


def _admit(device: Device, limit: Admission, fraction: float) -> None:
    """Say what the device lets in."""
    if limit.rate_per_s is not None:
        device.admit_ns = interval_ns(limit.rate_per_s * fraction)
        burst = scaled_limit(limit.burst_count, fraction)
        device.admit_burst_ns = (burst - 1) * device.admit_ns
    if limit.concurrent_count is not None:
        device.concurrent_count = scaled_limit(limit.concurrent_count, fraction)
        device.is_tracking = 1
    device.resets_excess = limit.on_excess == "reset"
    if limit.per_source_per_s is not None:
        device.source_ns = interval_ns(limit.per_source_per_s)
        device.source_burst_ns = (limit.per_source_burst_count - 1) * device.source_ns


def _let_stray(device: Device, crossing: Crossing, fraction: float) -> None:
    """Say how the flows come that nobody answers, where an entry or an admission is there to be taken."""
    background, limit = crossing.background, crossing.admission
    per_s = background.unanswered_per_s * fraction
    sources_count = background.unanswered_sources_count
    is_limited = limit is not None and limit.per_source_per_s is not None and sources_count is not None
    is_reset = is_limited and device.resets_excess == 1
    if per_s == 0.0 or (device.table_count < 0 and device.admit_ns == 0 and not is_reset):
        return
    device.strays_count = math.ceil(per_s / _MOST_GROUPS_PER_S)
    device.stray_ns = interval_ns(per_s / device.strays_count)
    if limit is not None and limit.per_source_per_s is not None and sources_count is not None:
        share = sources_count * fraction / crossing.devices_count
        device.stray_source_ns = interval_ns(limit.per_source_per_s * share)
        burst = scaled_limit(limit.per_source_burst_count, share)
        device.stray_source_burst_ns = (burst - 1) * device.stray_source_ns
