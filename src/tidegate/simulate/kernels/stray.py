"""Flows of nobody in the world that nobody ever answers (scans, dead destinations), and the entries they take.

Where a table or an admission refuses them with a reset, that passes the processor like any packet.

Shortcuts: they come evenly, more than 200 a second in groups; what they cost the processor is part of what it
takes for every packet (`lower_crossing`), also where a full queue or table would have lost them; they, and the
resets to them, are not among the packets that are counted; they are open flows as long as they keep an entry, and
none where there is no table; one that is evicted counts among those until its time would be over.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.device import overdrawn, refuse_stray
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Device
from tidegate.simulate.kernels.nouns.device import Held, WhenFull
from tidegate.simulate.kernels.wheel import later


@njit()
def stray(device: Device, chain: int, t: int, m: Memory) -> None:
    """The next group of flows that nobody answers comes to a device, and the one after it."""
    if chain != device.stray_chain or device.stray_ns <= 0:
        return
    later(t + device.stray_ns, Happening.STRAY, device.at, chain, m)
    entering = _let_in(device, t)
    if device.resets_excess == 1:
        for _ in range(device.strays_count - entering):
            refuse_stray(device, t, m)
    entered = _with_room(device, entering) if device.table_count >= 0 else 0
    if device.table_count >= 0 and device.when_table_full == WhenFull.REFUSE:
        for _ in range(entering - entered):
            refuse_stray(device, t, m)
    if entered > 0:
        device.stray_open_count += entered
        end = Held.UNANSWERED | (entered << Held.MANY_SHIFT)
        later(t + device.unanswered_hold_ns, Happening.EXPIRE, device.at, end, m)


@njit()
def _let_in(device: Device, t: int) -> int:
    """How many of a group the limits of open flows, of their sources and the device's admission let in."""
    entering, room = 0, device.strays_count
    if device.concurrent_count >= 0 and device.table_count >= 0:
        room = device.concurrent_count - device.open_count - device.stray_open_count
    for _ in range(device.strays_count):
        if entering >= room:
            break
        if device.stray_source_ns > 0:
            if overdrawn(device.stray_source_from_ns - t, 1, 0, device.stray_source_burst_ns):
                continue
            device.stray_source_from_ns = max(device.stray_source_from_ns, t) + device.stray_source_ns
        if device.admit_ns > 0:
            if overdrawn(device.admit_from_ns - t, 1, 0, device.admit_burst_ns):
                continue
            device.admit_from_ns = max(device.admit_from_ns, t) + device.admit_ns
        entering += 1
    return entering


@njit()
def _with_room(device: Device, wanted: int) -> int:
    """Take entries for so many, one after the other; how many found room.

    Where unanswered flows are evicted, each of them makes room for the next.
    """
    room = max(device.table_count - device.entries_count, 0)
    entered = min(wanted, room)
    if entered < wanted and device.when_table_full >= WhenFull.EVICT:
        closed = device.held_count if device.when_table_full == WhenFull.EVICT else 0
        missing = device.entries_count + wanted - device.table_count
        if missing < closed + device.unanswered_count + wanted:
            closed = min(closed, missing)
            device.held_count -= closed
            device.evicted_count += closed
            device.unanswered_count -= missing - closed
            device.forgotten_count += missing - closed
            device.entries_count -= missing
            entered = wanted
    device.unanswered_count += entered
    device.entries_count += entered
    return entered
