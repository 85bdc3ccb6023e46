"""Which rules make a device admit, remember and translate as its crossing says? Text for nftables.

Limits are rules of the `forward` hook, and so act before the queue. Nothing here runs a command.

Shortcut: what a limit remembers (tokens, flows) is forgotten when that limit is changed while it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidegate.rehearse.block_plan import GC, block_map, block_parts, block_rules, held_by_block
from tidegate.rehearse.ground import DeviceSite
from tidegate.rehearse.rig_steps import Command, table_command
from tidegate.world.crossing import Admission, Crossing, Ports, Table

SYN = "tcp flags & (syn | ack) == syn"
"""A client's first packet."""

_CLIENT = "ip saddr . tcp sport . ip daddr . tcp dport"
_SERVER = "ip daddr . tcp dport . ip saddr . tcp sport"
_ASKED = "ip saddr . udp sport . ip daddr . udp dport"
_ANSWERED = "ip daddr . udp dport . ip saddr . udp sport"
_FLOW_TYPE = "type ipv4_addr . inet_service . ipv4_addr . inet_service"
_UNITS = (("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400))


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A service as a device sees it."""

    address: str
    port: int
    datagrams: bool = False
    """Whether it is asked for names, over UDP."""
    sources: tuple[str, ...] = ()
    """The addresses from which it is asked, where those are told apart."""


def limit_tables(
    device: DeviceSite, crossing: Crossing, destinations: Sequence[Destination]
) -> tuple[Command, ...]:
    """Return address translation, admission and flow table, empty ones where there is no limit."""
    place = device.namespace
    asked = [there for there in destinations if there.datagrams]
    return (
        table_command(place, "translation", _translation(device, crossing.ports, datagrams=bool(asked))),
        table_command(place, "admission", _admission(crossing.admission, asked)),
        table_command(place, "flows", _flows(crossing, destinations)),
    )


def counts_sources(crossing: Crossing) -> bool:
    """Whether a device limits each source by itself, or gives it ports of its own."""
    limit, ports = crossing.admission, crossing.ports
    return (limit is not None and limit.per_source_per_s is not None) or (
        ports is not None and ports.block is not None
    )


def strangers_command(device: DeviceSite, returns_count: int = 0) -> Command:
    """Return the rule by which a device drops what belongs to a flow that another one has set up.

    Linux would take it over in the middle, and translate it to an address that the service does not know. A
    device that was away, so many times, has lost what it had set up before.
    """
    rules = ["ct state new tcp flags & (syn | rst) == 0 drop"]
    if returns_count > 0:
        rules += [f"ct state new ct mark set {returns_count}", f"ct mark != {returns_count} drop"]
    chain = _chain("forward", "filter hook forward priority -20", rules)
    return table_command(device.namespace, "strangers", chain)


def _translation(device: DeviceSite, ports: Ports | None, *, datagrams: bool) -> list[str]:
    carried = "{ tcp, udp }" if datagrams else "tcp"
    span = ""
    if ports is not None and ports.hold_s == 0.0:
        span = f":1024-{1023 + ports.per_destination_count}"
    rules = [
        f'oifname "{link.interface}" meta l4proto {carried} snat to {link.device_address}{span}'
        for link in device.links
    ]
    # Written configuration that limits in place of the rig's rules is counted by these.
    counters = ["counter asked { }", "counter passed { }"]
    return [*counters, *_chain("postrouting", "nat hook postrouting priority srcnat", rules)]


def _chain(name: str, hook: str, rules: Sequence[str]) -> list[str]:
    return [f"chain {name} {{", f"  type {hook};", *(f"  {rule}" for rule in rules), "}"]


def _admission(admission: Admission | None, asked: Sequence[Destination]) -> list[str]:
    if admission is None:
        return ["counter shed { }"]
    away = _turned_away(admission.on_excess == "reset")
    sets: list[str] = []
    rules: list[str] = []
    rate_chain: list[str] = []
    if admission.concurrent_count is not None:
        rules.append(f"{SYN} ct state new ct count over {admission.concurrent_count} {away}")
    if admission.per_source_per_s is not None:
        sets.append("set sources { type ipv4_addr; size 65535; flags dynamic,timeout; timeout 1d; }")
        limit = f"limit rate over {_rate(admission.per_source_per_s)}"
        burst = f"burst {admission.per_source_burst_count} packets"
        rules.append(f"{SYN} update @sources {{ ip saddr {limit} {burst} }} {away}")
    if admission.rate_per_s is not None:
        burst = f"burst {admission.burst_count} packets"
        limit = f"limit rate over {_rate(admission.rate_per_s)} {burst} {away}"
        if not asked:
            rules.append(f"{SYN} ct state new {limit}")
        else:  # connections and names have one limit together
            rate_chain = ["chain new {", f"  {limit}", "}"]
            rules.append(f"{SYN} ct state new jump new")
            rules += [f"{_question(there)} ct state new jump new" for there in asked]
    return [
        "counter shed { }",
        *sets,
        *rate_chain,
        *_chain("forward", "filter hook forward priority -10", rules),
    ]


def _question(there: Destination) -> str:
    """Return the words for a packet that asks a name."""
    return f"ip daddr {there.address} udp dport {there.port}"


def _turned_away(reset: bool) -> str:
    return 'counter name "shed" ' + ("reject with tcp reset" if reset else "drop")


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
        if _closed_flows_give_way(table) and crossing.background.unanswered_per_s == 0.0:
            away = _turned_away(table.when_full == "refuse")
            rules.append(f"{SYN} ct state new ct count over {free_count} {away}")
        else:
            held = replace(table, entries_count=free_count)
            parts += _flow_set("entries", held)
            rules += _flow_rules("entries", held, "", "")
            for there in destinations:
                if there.datagrams:
                    parts += _enter_chain("entries", held, _ASKED, "names")
                    rules += _name_rules("entries", held, there)
    unanswered_s = crossing.unanswered_port_hold_s
    if ports is not None and ports.block is not None:
        parts += block_parts(ports, _turned_away(ports.when_full == "refuse"))
        for i, there in enumerate(destinations, start=1):
            parts += _block_chains(i, there, held_by_block(ports, unanswered_s))
            rules += block_rules(i, there.address, there.port, SYN) if there.sources else []
    elif ports is not None and ports.hold_s > 0.0:
        held = Table(
            entries_count=ports.per_destination_count,
            when_full=ports.when_full,
            unanswered_hold_s=unanswered_s,
            closed_hold_s=ports.hold_s,
        )
        for i, there in enumerate(destinations, start=1):
            parts += _flow_set(f"ports{i}", held)
            to = f"ip daddr {there.address} tcp dport {there.port} "
            rules += _flow_rules(
                f"ports{i}", held, to, to.replace("daddr", "saddr").replace("dport", "sport")
            )
    return [
        "counter shed { }",
        *parts,
        *(_chain("forward", "filter hook forward priority 0", rules) if rules else ()),
    ]


def _block_chains(number: int, there: Destination, held: Table) -> list[str]:
    """Return for each source that asks a service its set of flows, and the rules that keep it."""
    parts: list[str] = []
    for n, _ in enumerate(there.sources):
        name = f"block{number}_{n}"
        parts += _flow_set(name, held, gc=GC)
        parts += [
            f"chain source{number}_{n} {{",
            *(f"  {rule}" for rule in _flow_rules(name, held, "", "")),
            "}",
        ]
    return [*parts, block_map(number, there.sources)] if there.sources else []


def _closed_flows_give_way(table: Table) -> bool:
    """Whether only open flows count: the kernel's own count leaves out those that are closed."""
    return table.when_full == "evict" or table.closed_hold_s == 0.0


def _flow_set(name: str, held: Table, *, gc: str = "10ms") -> list[str]:
    """Return a set of flows that is full at its size, and the chain a first packet must pass to enter it."""
    size = f"size {held.entries_count}; flags dynamic,timeout; timeout 1d; gc-interval {gc};"
    return [
        f"set {name} {{ {_FLOW_TYPE}; {size} }}",
        *_enter_chain(name, held, _CLIENT, name),
    ]


def _enter_chain(name: str, held: Table, flow: str, chain: str) -> list[str]:
    """Return the chain that a first packet must pass to enter a set of flows."""
    unanswered = _milliseconds(held.unanswered_hold_s)
    return [
        f"chain enter_{chain} {{",
        f"  {flow} @{name} return",
        f"  add @{name} {{ {flow} timeout {unanswered} }} return",
        f"  {_turned_away(held.when_full == 'refuse')}",
        "}",
    ]


def _name_rules(name: str, held: Table, there: Destination) -> list[str]:
    """Return rules that enter questions for names into a set of flows; answered, they are held as closed."""
    closed = f"timeout {_milliseconds(held.closed_hold_s)}"
    answer = f"ip saddr {there.address} udp sport {there.port}"
    return [
        f"{_question(there)} jump enter_names",
        f"{answer} {_ANSWERED} @{name} update @{name} {{ {_ANSWERED} {closed} }}",
    ]


def _flow_rules(name: str, held: Table, to: str, back: str) -> list[str]:
    """Return rules that enter flows into their set, keep the open ones and hold the closed for a while."""
    closed = f"timeout {_milliseconds(held.closed_hold_s)}"
    forth_known, back_known = f"{_CLIENT} @{name} update @{name}", f"{_SERVER} @{name} update @{name}"
    over = "tcp flags & (fin | rst) != 0"
    return [
        f"{to}{SYN} jump enter_{name}",
        f"{back}tcp flags & (syn | ack) == syn | ack {back_known} {{ {_SERVER} timeout 1d }}",
        f"{to}{over} {forth_known} {{ {_CLIENT} {closed} }}",
        f"{back}{over} {back_known} {{ {_SERVER} {closed} }}",
    ]


def _milliseconds(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))}ms"
