"""A crossing grows with what passes it: more devices, or faster ones.

Shortcut: it never shrinks within a run, and decides anew only when what it asked for is there.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.device import counts_of
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.link import FULL_PACKET_BYTES
from tidegate.simulate.kernels.nouns import Crossing, Device, Head, Lane
from tidegate.simulate.kernels.wheel import later

_MILLION = 1_000_000
_TOLERANCE_RATIO = 0.1


@njit()
def devices_now(crossing: Crossing) -> int:
    """How many devices share the flows of a crossing at this moment."""
    return crossing.devices_count + crossing.added_count


@njit()
def measure(crossing: Crossing, t: int, m: Memory) -> None:
    """A crossing's scaler reads how busy its devices were, and decides."""
    if crossing.period_ns <= 0:
        return
    later(t + crossing.period_ns, Happening.MEASURE, crossing.at, ZERO, m)
    ratio = _busy_ratio(crossing, m) * _MILLION / crossing.target_ppm
    if crossing.is_growing == 1 or ratio <= 1.0 + _TOLERANCE_RATIO:
        return
    size = crossing.capacity_ppm if crossing.grows_capacity == 1 else devices_now(crossing) * _MILLION
    wanted = min(int(size * min(ratio, 1.0 + crossing.step_ppm * 1e-6)), crossing.most_ppm)
    if wanted > size:
        crossing.is_growing = 1
        # A device is whole: what is asked for in part is one more.
        more = (wanted - size + _MILLION - 1) // _MILLION if crossing.grows_capacity == 0 else wanted - size
        later(t + crossing.delay_ns, Happening.ENLARGE, crossing.at, more, m)


@njit()
def _busy_ratio(crossing: Crossing, m: Memory) -> float:
    """How busy devices were since the last decision: their processors, or their links."""
    head = Head(m, 0)
    counts = counts_of(crossing, m)
    offered = crossing.before_offered_count + counts.offered_count - crossing.decided_offered_count
    packets = crossing.before_packets_count + counts.packets_count - crossing.decided_packets_count
    crossing.decided_offered_count += offered
    crossing.decided_packets_count += packets
    n = max(devices_now(crossing), 1)
    device = head.devices.on(crossing.first_device_number)
    forwarding = float(packets) * device.forward_ns
    if device.is_shared == 1:
        busy_ns = forwarding + float(offered) * max(device.setup_ns - device.forward_ns, 0)
    else:
        busy_ns = max(forwarding, float(offered) * device.setup_ns)
    there_ps = back_ps = 0.0
    for i in range(n):
        each = head.devices.on(crossing.first_device_number + i)
        there_ps += _carried_ps(each.there, each)
        back_ps += _carried_ps(each.back, each)
    return max(busy_ns, max(there_ps, back_ps) * 1e-3) / (float(crossing.period_ns) * n)


@njit()
def _carried_ps(lane: Lane, device: Device) -> float:
    """How long a lane was busy since the last decision."""
    carried = float(lane.carried_bytes) * device.byte_ps
    lane.carried_bytes = 0
    return carried


@njit()
def enlarge(crossing: Crossing, more: int, m: Memory) -> None:
    """What was asked for is there."""
    crossing.is_growing = 0
    if crossing.grows_capacity == 1:
        crossing.capacity_ppm += more
        speed_up(crossing, m)
        return
    most = crossing.most_ppm // _MILLION - crossing.devices_count
    before = crossing.added_count
    crossing.added_count = max(min(before + more, most), 0)
    if crossing.added_count != before and crossing.keeps_flows == 0:
        head = Head(m, 0)
        head.epoch += 1
        crossing.epoch = head.epoch


@njit()
def remap(crossing: Crossing, devices_count: int, m: Memory) -> None:
    """From now on so many devices are stated: flows are spread anew, and those that go lose what they know."""
    if devices_count == crossing.devices_count or crossing.keeps_flows == 1:
        return
    head = Head(m, 0)
    head.epoch += 1
    crossing.epoch = head.epoch
    for i in range(devices_count, crossing.devices_count):
        head.devices.on(crossing.first_device_number + crossing.added_count + i).away_epoch = head.epoch


@njit()
def speed_up(crossing: Crossing, m: Memory) -> None:
    """Devices are as fast as what is stated for this phase, times what the scaler has added."""
    head = Head(m, 0)
    for i in range(devices_now(crossing)):
        device = head.devices.on(crossing.first_device_number + i)
        device.forward_ns = _faster(device.stated_forward_ns, crossing.capacity_ppm)
        device.setup_ns = _faster(device.stated_setup_ns, crossing.capacity_ppm)
        device.byte_ps = _faster(device.stated_byte_ps, crossing.capacity_ppm)
        device.link_wait_ns = device.queue_count * FULL_PACKET_BYTES * device.byte_ps // 1000


@njit()
def _faster(time: int, capacity_ppm: int) -> int:
    return max(time * _MILLION // capacity_ppm, 1) if time > 0 else 0
