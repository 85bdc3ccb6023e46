"""How does a Linux namespace become a device of a crossing? With processor, queue, limits and ports.

Both directions leave, after netfilter, through one `ifb` interface with one token bucket, whose size
table bills each packet as 1,000 bytes: a processor of packets with a queue, shared by everything.
Limits are rules of the `forward` hook, and so act before the queue. Nothing here runs a command.

Shortcut: what a limit remembers (tokens, flows) is forgotten when that limit is changed while it runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidegate.rehearse.ground import DeviceSite
from tidegate.rehearse.rig_steps import Command, SizeTable, Step, commands, table_command
from tidegate.world.crossing import Admission, Crossing, Ports, Table

PACKET_BYTES = 1000
"""What one packet counts for in the token bucket."""

UNLIMITED_PER_S = 1_000_000.0
"""Packets a second of a device that is never the limit; still counted."""

_BURST_PACKETS = 2
_QUEUE = f"stab mtu 2048 tsize 128 mpu {PACKET_BYTES} linklayer ethernet"
_CELL_BYTES = 8
_CELLS_COUNT = 256
_SYN_CELL = 74 // _CELL_BYTES
_TO_PROCESSOR = "u32 match u32 0 0 action mirred egress redirect dev processor"
_NO_LIMIT_BYTES = 2**31 - 1
_SYN = "tcp flags & (syn | ack) == syn"
_CLIENT = "ip saddr . tcp sport . ip daddr . tcp dport"
_SERVER = "ip daddr . tcp dport . ip saddr . tcp sport"
_FLOW_TYPE = "type ipv4_addr . inet_service . ipv4_addr . inet_service"
_UNITS = (("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400))


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A service as a device sees it."""

    address: str
    port: int


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
    lines = [
        "ip link add processor type ifb",
        "ip link set processor up",
        *(
            line
            for link in device.links
            for line in (
                f"tc qdisc add dev {link.interface} clsact",
                f"tc filter add dev {link.interface} egress protocol ip {_TO_PROCESSOR}",
            )
        ),
    ]
    return (
        *commands(place, "sysctl -qw net.ipv4.ip_forward=1", *lines),
        *_processor_steps(place, crossing, add=True),
        _translation(device, crossing.ports),
        *_timer_commands(place, crossing, unanswered_s),
        *_limit_tables(place, crossing, destinations),
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
    steps: list[Step] = []
    if _processor_steps(place, before, add=False) != _processor_steps(place, after, add=False):
        steps += _processor_steps(place, after, add=False)
    was, now = _translation(device, before.ports), _translation(device, after.ports)
    if was != now:
        steps.append(now)
    old = [*_timer_commands(place, before, unanswered_s), *_limit_tables(place, before, destinations)]
    new = [*_timer_commands(place, after, unanswered_s), *_limit_tables(place, after, destinations)]
    return (*steps, *(step for step in new if step not in old))


# -- processor ---------------------------------------------------------------------------------------


def set_up_packets(crossing: Crossing) -> float:
    """Return how many packets' work the shared processor does for a first packet (at least 1)."""
    if crossing.setup_per_s is None or crossing.setup_processor == "separate":
        return 1.0
    forwarding_per_s = crossing.forwarding_per_s or UNLIMITED_PER_S
    return max(1.0, forwarding_per_s / crossing.setup_per_s)


def _processor_steps(place: str, crossing: Crossing, *, add: bool) -> tuple[Step, ...]:
    verb = f"tc qdisc {'add' if add else 'change'} dev processor"
    rate = round((crossing.forwarding_per_s or UNLIMITED_PER_S) * PACKET_BYTES * 8)
    first = set_up_packets(crossing)
    burst = PACKET_BYTES * max(_BURST_PACKETS, math.ceil(first) + 1 if first > 1.0 else 0)
    bucket = f"tbf rate {rate}bit burst {burst} limit {_NO_LIMIT_BYTES}"
    # The bucket's own limit, in bytes, never binds; the queue below it is counted in packets.
    lines = (
        f"{verb} root handle 1: {_QUEUE} {bucket}",
        f"{verb} parent 1:1 handle 10: pfifo limit {crossing.queue_packets_count}",
    )
    steps: tuple[Step, ...] = commands(place, *lines)
    if first > 1.0:
        billed = [PACKET_BYTES] * _CELLS_COUNT
        billed[_SYN_CELL] = round(first * PACKET_BYTES)
        table = SizeTable(
            place=place, interface="processor", cell_bytes=_CELL_BYTES, billed_bytes=tuple(billed)
        )
        steps = (*steps, table)
    return steps


# -- addresses, ports and timers -----------------------------------------------------------------------


def _translation(device: DeviceSite, ports: Ports | None) -> Command:
    span = ""
    if ports is not None and ports.hold_s == 0.0:
        span = f":1024-{1023 + ports.per_destination_count}"
    rules = (
        f'oifname "{link.interface}" meta l4proto tcp snat to {link.device_address}{span}'
        for link in device.links
    )
    chain = (
        "chain postrouting {",
        "  type nat hook postrouting priority srcnat;",
        *(f"  {rule}" for rule in rules),
        "}",
    )
    return table_command(device.namespace, "translation", chain)


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
    settings = " ".join(
        f"net.netfilter.nf_conntrack_tcp_timeout_{name}={value}" for name, value in timers.items()
    )
    return commands(place, f"sysctl -qw {settings}")


def _whole_s(seconds: float) -> int:
    return max(1, math.ceil(seconds))


# -- limits ------------------------------------------------------------------------------------------


def _limit_tables(place: str, crossing: Crossing, destinations: Sequence[Destination]) -> tuple[Command, ...]:
    """Return the admission and the flow table as tables of nftables, empty ones where there is no limit."""
    return (
        table_command(place, "admission", _admission(crossing.admission)),
        table_command(place, "flows", _flows(crossing, destinations)),
    )


def _admission(admission: Admission | None) -> list[str]:
    if admission is None:
        return ["counter shed { }"]
    away = _turned_away(admission.on_excess == "reset")
    sets: list[str] = []
    rules: list[str] = []
    if admission.concurrent_count is not None:
        rules.append(f"{_SYN} ct state new ct count over {admission.concurrent_count} {away}")
    if admission.per_source_per_s is not None:
        sets.append("set sources { type ipv4_addr; size 65535; flags dynamic,timeout; timeout 1d; }")
        limit = f"limit rate over {_rate(admission.per_source_per_s)}"
        burst = f"burst {admission.per_source_burst_count} packets"
        rules.append(f"{_SYN} update @sources {{ ip saddr {limit} {burst} }} {away}")
    if admission.rate_per_s is not None:
        burst = f"burst {admission.burst_count} packets"
        rules.append(f"{_SYN} ct state new limit rate over {_rate(admission.rate_per_s)} {burst} {away}")
    return ["counter shed { }", *sets, *_forward_chain(-10, rules)]


def _turned_away(reset: bool) -> str:
    return 'counter name "shed" ' + ("reject with tcp reset" if reset else "drop")


def _forward_chain(priority: int, rules: Sequence[str]) -> list[str]:
    return [
        "chain forward {",
        f"  type filter hook forward priority {priority};",
        *(f"  {rule}" for rule in rules),
        "}",
    ]


def _rate(per_s: float) -> str:
    """Return a rate in the words of nftables, which knows whole numbers a unit of time."""
    for unit, seconds in _UNITS:
        count = per_s * seconds
        if count >= 1.0 and abs(round(count) / count - 1.0) < 1e-3:
            return f"{round(count)}/{unit}"
    return f"{max(1, round(per_s * 86400))}/day"


def _flows(crossing: Crossing, destinations: Sequence[Destination]) -> list[str]:
    parts: list[str] = []
    rules: list[str] = []
    table, ports = crossing.table, crossing.ports
    if table is not None:
        free_count = max(table.entries_count - crossing.background.flows_count, 1)
        if _closed_flows_give_way(table):
            away = _turned_away(table.when_full == "refuse")
            rules.append(f"{_SYN} ct state new ct count over {free_count} {away}")
        else:
            held = replace(table, entries_count=free_count)
            parts += _flow_set("entries", held)
            rules += _flow_rules("entries", held, "", "")
    if ports is not None and ports.hold_s > 0.0:
        held = Table(
            entries_count=ports.per_destination_count,
            when_full=ports.when_full,
            unanswered_hold_s=table.unanswered_hold_s if table else 120.0,
            closed_hold_s=ports.hold_s,
        )
        for i, there in enumerate(destinations, start=1):
            parts += _flow_set(f"ports{i}", held)
            to = f"ip daddr {there.address} tcp dport {there.port} "
            rules += _flow_rules(
                f"ports{i}", held, to, to.replace("daddr", "saddr").replace("dport", "sport")
            )
    return ["counter shed { }", *parts, *(_forward_chain(0, rules) if rules else ())]


def _closed_flows_give_way(table: Table) -> bool:
    """Whether only open flows count: the kernel's own count leaves out those that are closed."""
    return table.when_full == "evict" or table.closed_hold_s == 0.0


def _flow_set(name: str, held: Table) -> list[str]:
    """Return a set of flows that is full at its size, and the chain a first packet must pass to enter it."""
    unanswered = _milliseconds(held.unanswered_hold_s)
    size = f"size {held.entries_count}; flags dynamic,timeout; timeout 1d; gc-interval 100ms;"
    return [
        f"set {name} {{ {_FLOW_TYPE}; {size} }}",
        f"chain enter_{name} {{",
        f"  {_CLIENT} @{name} return",
        f"  add @{name} {{ {_CLIENT} timeout {unanswered} }} return",
        f"  {_turned_away(held.when_full == 'refuse')}",
        "}",
    ]


def _flow_rules(name: str, held: Table, to: str, back: str) -> list[str]:
    """Return rules that enter flows into their set, keep the open ones and hold the closed for a while."""
    closed = f"timeout {_milliseconds(held.closed_hold_s)}"
    forth_known, back_known = f"{_CLIENT} @{name} update @{name}", f"{_SERVER} @{name} update @{name}"
    over = "tcp flags & (fin | rst) != 0"
    return [
        f"{to}{_SYN} jump enter_{name}",
        f"{back}tcp flags & (syn | ack) == syn | ack {back_known} {{ {_SERVER} timeout 1d }}",
        f"{to}{over} {forth_known} {{ {_CLIENT} {closed} }}",
        f"{back}{over} {back_known} {{ {_SERVER} {closed} }}",
    ]


def _milliseconds(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))}ms"
