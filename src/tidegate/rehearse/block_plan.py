"""How does a device keep the ports of each source apart? A set of flows for each source and service.

Whoever comes first gets a block, as long as the device has ports for one; after that nobody new does. The
ports of a block are places in a set of flows, as where all share a device's ports (`limit_plan`). Text for
nftables; nothing here runs a command.

Shortcut: a port is free again up to 0.1 s late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidegate.world.crossing import Ports, Table

MOST_SETS = 1200
"""Sets of flows that one device keeps."""

GC = "100ms"


def blocks_count(ports: Ports) -> int:
    """Return how many sources get a block."""
    least = 1 if ports.block is None else ports.block.least_count
    return max(ports.per_destination_count // least, 0)


def why_no_blocks(ports: Ports, sources_count: int, services_count: int) -> Iterator[str]:
    """Yield why the rig cannot keep the ports of each source apart."""
    block = ports.block
    if block is None:
        return
    if block.most_count is not None and block.most_count > block.least_count:
        yield "blocks that grow: the rig's stay as they are"
    if ports.hold_s == 0.0:
        yield "blocks whose ports are free at once: the rig holds them in sets of flows"
    if sources_count * services_count > MOST_SETS:
        blocks_all = f"blocks of {sources_count:,} sources for {services_count:,} services"
        yield f"{blocks_all}: at most {MOST_SETS:,} sets of flows"
    if blocks_count(ports) == 0:
        yield "blocks larger than all the ports of a device"


def held_by_block(ports: Ports, unanswered_hold_s: float) -> Table:
    """Return the set of flows of one block."""
    assert ports.block is not None
    return Table(
        entries_count=ports.block.least_count,
        when_full=ports.when_full,
        unanswered_hold_s=unanswered_hold_s,
        closed_hold_s=ports.hold_s,
    )


def block_parts(ports: Ports, turned_away: str) -> list[str]:
    """Return the set of those who have a block, and the chain by which a new source gets one."""
    return [
        f"set given {{ type ipv4_addr; size {blocks_count(ports)}; flags dynamic; }}",
        "chain give {",
        "  ip saddr @given return",
        "  add @given { ip saddr } return",
        f"  {turned_away}",
        "}",
    ]


def block_map(number: int, sources: Sequence[str]) -> str:
    """Return the map that sends a packet to the rules of its source."""
    chains = ", ".join(f"{source} : jump source{number}_{n}" for n, source in enumerate(sources))
    return f"map to{number} {{ type ipv4_addr : verdict; elements = {{ {chains} }} }}"


def block_rules(number: int, address: str, port: int, first_packet: str) -> list[str]:
    """Return the rules by which packets to and from a service find the rules of their source."""
    there = f"ip daddr {address} tcp dport {port}"
    return [
        f"{there} {first_packet} jump give",
        f"{there} ip saddr vmap @to{number}",
        f"ip saddr {address} tcp sport {port} ip daddr vmap @to{number}",
    ]
