"""How does a Linux namespace become a device of a crossing? With a processor and its queue.

Both directions leave, after netfilter, through one `ifb` interface with one token bucket, whose size
table bills each packet as 1,000 bytes: a processor of packets with a queue, shared by everything.
A set-up processor of its own is a detour that first packets make before: through a cable of the device
to itself, whose near end has a token bucket too. Nothing here runs a command.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from tidegate.rehearse.ground import DeviceSite
from tidegate.rehearse.limit_plan import SYN, Destination, limit_tables
from tidegate.rehearse.rig_steps import Command, SizeTable, Step, commands
from tidegate.world.crossing import Crossing

PACKET_BYTES = 1000
"""What one packet counts for in the token bucket."""

UNLIMITED_PER_S = 1_000_000.0
"""Packets a second of a device that is never the limit; still counted."""

PROCESSOR = "processor"
SET_UP = "setup"
"""The interfaces whose root queues stand for a device's processors."""

_BURST_PACKETS = 2
_OPEN_QUEUE = 100_000
_QUEUE = f"stab mtu 2048 tsize 128 mpu {PACKET_BYTES} linklayer ethernet"
_CELL_BYTES = 8
_CELLS_COUNT = 256
_SYN_CELL = 74 // _CELL_BYTES
_NO_LIMIT_BYTES = 2**31 - 1
_OPEN_LINK_BIT_PER_S = 10e9
_LINK_BURST_PACKETS = 2
FULL_PACKET_BYTES = 1514
"""The longest packet of a link, as the world's queue of packets counts it."""
_EVERYTHING = "u32 match u32 0 0"


def device_steps(
    device: DeviceSite, crossing: Crossing, destinations: Sequence[Destination], *, unanswered_s: float
) -> tuple[Step, ...]:
    """Return the steps that make a connected namespace a device.

    Parameters
    ----------
    device, crossing
        Where it stands, and its numbers.
    destinations
        Every service that can be reached.
    unanswered_s
        After how long a client gives up connecting (a flow never answered is then forgotten).
    """
    place = device.namespace
    apart = sets_up_apart(crossing)
    lines = ["sysctl -qw net.ipv4.ip_forward=1", *_new_interface(PROCESSOR, "type ifb")]
    if apart:
        lines += [*_new_interface(SET_UP, "type veth peer name ready"), "ip link set ready up"]
    for side, link in enumerate(device.links, start=1):
        lines.append(f"tc qdisc add dev {link.interface} clsact")
        if apart:
            lines.append(_redirect(link.interface, 1, f"u32 match ip tos {side << 2} 0xfc", SET_UP))
        lines.append(_redirect(link.interface, 2, _EVERYTHING, PROCESSOR))
    return (
        *commands(place, *lines),
        *((_detour(device),) if apart else ()),
        *_processor_steps(place, crossing, add=True),
        *_link_commands(device, crossing),
        *_timer_commands(place, crossing, unanswered_s),
        *limit_tables(device, crossing, destinations),
    )


def opened(crossing: Crossing) -> Crossing:
    """Return a crossing as it is before the start: nobody waits or is refused.

    Connections that stand already at the start are opened through it; they take their place in tables.
    """
    apart = UNLIMITED_PER_S if sets_up_apart(crossing) else None
    return replace(
        crossing,
        forwarding_per_s=None,
        setup_per_s=apart,
        queue_packets_count=_OPEN_QUEUE,
        bandwidth_bit_per_s=None if crossing.bandwidth_bit_per_s is None else _OPEN_LINK_BIT_PER_S,
        admission=None,
    )


def device_change_steps(
    device: DeviceSite,
    before: Crossing,
    after: Crossing,
    destinations: Sequence[Destination],
    *,
    unanswered_s: float,
) -> tuple[Step, ...]:
    """Return the steps that give a running device other numbers; only what differs is touched."""
    place = device.namespace
    processor = _processor_steps(place, after, add=False)
    if processor == _processor_steps(place, before, add=False):
        processor = ()
    old = {
        *_link_commands(device, before),
        *_timer_commands(place, before, unanswered_s),
        *limit_tables(device, before, destinations),
    }
    new = (
        *_link_commands(device, after),
        *_timer_commands(place, after, unanswered_s),
        *limit_tables(device, after, destinations),
    )
    return (*processor, *(step for step in new if step not in old))


def _new_interface(name: str, kind: str) -> tuple[str, str]:
    return f"ip link add {name} {kind}", f"ip link set {name} up"


def _redirect(interface: str, order: int, which: str, to: str) -> str:
    return (
        f"tc filter add dev {interface} egress protocol ip pref {order} {which} "
        f"action mirred egress redirect dev {to}"
    )


# -- processors --------------------------------------------------------------------------------------


def sets_up_apart(crossing: Crossing) -> bool:
    """Whether setting up flows has a processor of its own."""
    return crossing.setup_per_s is not None and crossing.setup_processor == "separate"


def _detour(device: DeviceSite) -> Command:
    """Return the rules that mark first packets by their way (DSCP), and send them on when they are set up."""
    lines = ["add table ip setup", "delete table ip setup", "table ip setup {", "  chain forward {"]
    lines.append("    type filter hook forward priority 20;")
    lines += [
        f'    oifname "{link.interface}" {SYN} ip dscp set {side}'
        for side, link in enumerate(device.links, start=1)
    ]
    lines += ["  }", "}", "add table netdev setup", "delete table netdev setup", "table netdev setup {"]
    lines += ["  chain ready {", '    type filter hook ingress device "ready" priority 0;']
    lines += [
        f'    ip dscp {side} ip dscp set 0 fwd to "{link.interface}"'
        for side, link in enumerate(device.links, start=1)
    ]
    lines += ["  }", "}"]
    return Command(place=device.namespace, words="nft -f -", text="\n".join(lines) + "\n")


def set_up_packets(crossing: Crossing) -> float:
    """Return how many packets' work the shared processor does for a first packet (at least 1)."""
    if crossing.setup_per_s is None or sets_up_apart(crossing):
        return 1.0
    forwarding_per_s = crossing.forwarding_per_s or UNLIMITED_PER_S
    return max(1.0, forwarding_per_s / crossing.setup_per_s)


def _processor_steps(place: str, crossing: Crossing, *, add: bool) -> tuple[Step, ...]:
    first = set_up_packets(crossing)
    queue_count = crossing.queue_packets_count
    steps: tuple[Step, ...] = _bucket(
        place, PROCESSOR, crossing.forwarding_per_s, queue_count, first, add=add
    )
    if sets_up_apart(crossing):
        steps = (*steps, *_bucket(place, SET_UP, crossing.setup_per_s, queue_count, 1.0, add=add))
    if first > 1.0:
        billed = [PACKET_BYTES] * _CELLS_COUNT
        billed[_SYN_CELL] = round(first * PACKET_BYTES)
        table = SizeTable(
            place=place, interface=PROCESSOR, cell_bytes=_CELL_BYTES, billed_bytes=tuple(billed)
        )
        steps = (*steps, table)
    return steps


def _bucket(
    place: str, interface: str, per_s: float | None, queue_count: int, largest: float, *, add: bool
) -> tuple[Command, ...]:
    verb = f"tc qdisc {'add' if add else 'change'} dev {interface}"
    rate = round((per_s or UNLIMITED_PER_S) * PACKET_BYTES * 8)
    burst = PACKET_BYTES * max(_BURST_PACKETS, math.ceil(largest) + 1 if largest > 1.0 else 0)
    # The bucket's own limit, in bytes, never binds; the queue below it is counted in packets.
    return commands(
        place,
        f"{verb} root handle 1: {_QUEUE} tbf rate {rate}bit burst {burst} limit {_NO_LIMIT_BYTES}",
        f"{verb} parent 1:1 handle 10: pfifo limit {queue_count}",
    )


def _link_commands(device: DeviceSite, crossing: Crossing) -> tuple[Command, ...]:
    """Return the buckets of bytes, one for each direction, in which packets wait behind the processor."""
    rate = crossing.bandwidth_bit_per_s
    if rate is None:
        return ()
    queue_bytes = min(FULL_PACKET_BYTES * crossing.queue_packets_count, _NO_LIMIT_BYTES)
    return commands(
        device.namespace,
        *(
            f"tc qdisc replace dev {link.interface} root handle 20: tbf rate {round(rate)}bit "
            f"burst {_LINK_BURST_PACKETS * FULL_PACKET_BYTES} limit {queue_bytes}"
            for link in device.links
        ),
    )


# -- timers ------------------------------------------------------------------------------------------


def _timer_commands(place: str, crossing: Crossing, unanswered_s: float) -> tuple[Command, ...]:
    """Return the kernel's own timers of tracked flows; they count in whole seconds."""
    table = crossing.table
    if table is not None:
        closed_s, unanswered_s = _whole_s(table.closed_hold_s), _whole_s(table.unanswered_hold_s)
        timers = {
            "time_wait": closed_s,
            "close": closed_s,
            "syn_sent": unanswered_s,
            "syn_recv": unanswered_s,
        }
    else:
        # A flow must be known as long as an answer to its first packet may still wait in the queue.
        queue_s = crossing.queue_packets_count / (crossing.forwarding_per_s or UNLIMITED_PER_S)
        timers = {"time_wait": 1, "syn_sent": _whole_s(unanswered_s + 2 * queue_s)}
    if crossing.ports is not None and crossing.ports.hold_s == 0.0:
        # Of ports that are only held Linux gives a flow about every second: it compares sequence numbers,
        # which begin anywhere.
        timers |= {"time_wait": 0, "close": 0}
        # And as long as it knows a flow that nobody has answered, that has its port.
        timers["syn_sent"] = max(timers["syn_sent"], _whole_s(crossing.unanswered_port_hold_s))
    settings = " ".join(
        f"net.netfilter.nf_conntrack_tcp_timeout_{name}={value}" for name, value in timers.items()
    )
    return commands(place, f"sysctl -qw {settings}")


def _whole_s(seconds: float) -> int:
    return max(1, math.ceil(seconds))
