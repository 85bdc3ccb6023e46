"""Which namespaces, links and addresses does a rig have, and which way do packets go? Numbering only.

One namespace for each network and one for each device; where clients and services share a network, or
flows choose among several devices, the clients have a namespace of their own beside it. Nothing here
knows what a device limits.

Shortcut: hosts of a network are addresses of one namespace, and take no time to reach each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tidegate.rehearse.rig_steps import Command, commands
from tidegate.world.crossing import Crossing
from tidegate.world.graph import route
from tidegate.world.world import World

MOST_DEVICES = 60
MOST_NETWORKS = 200
FIRST_PORT = 8001
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_-]")
_FIRST_CLIENT = 128 * 256


@dataclass(frozen=True, kw_only=True)
class Site:
    """One network as a namespace; every address of its prefix belongs to it.

    Parameters
    ----------
    network, namespace
        Its name in the world and on the rig.
    number
        Counted from 1; the second part of its addresses.
    clients_namespace
        Where its clients live: the same, or one beside it.
    """

    network: str
    namespace: str
    number: int
    clients_namespace: str

    @property
    def prefix(self) -> str:
        """Return the addresses of the network."""
        return f"10.{self.number}.0.0/16"

    @property
    def split(self) -> bool:
        """Return whether its clients live beside it."""
        return self.clients_namespace != self.namespace

    @property
    def services_prefix(self) -> str:
        """Return the addresses that its services' namespace has for itself."""
        return f"10.{self.number}.0.0/17" if self.split else self.prefix

    @property
    def clients_prefix(self) -> str:
        """Return the addresses that clients come from."""
        return f"10.{self.number}.128.0/17"

    @property
    def cable(self) -> tuple[str, str]:
        """Return the addresses of network and clients on the cable between them."""
        return f"172.17.{self.number}.1", f"172.17.{self.number}.2"

    @property
    def service_address(self) -> str:
        """Return the address at which its services listen."""
        return f"10.{self.number}.0.1"

    @property
    def inner_address(self) -> str:
        """Return the address at which they listen when a proxy stands at the other."""
        return f"10.{self.number}.0.2"

    def client_address(self, n: int) -> str:
        """Return the address of the `n`-th client, counted from 0."""
        at = n + _FIRST_CLIENT
        return f"10.{self.number}.{at // 256}.{at % 256}"


@dataclass(frozen=True, kw_only=True)
class Link:
    """The cable between a device and one of its two networks."""

    site: Site
    device_number: int
    side: int

    @property
    def interface(self) -> str:
        """Return its name at the device."""
        return ("left", "right")[self.side]

    @property
    def network_interface(self) -> str:
        """Return its name in the network."""
        return f"device{self.device_number}"

    @property
    def prefix(self) -> str:
        """Return the link's own addresses."""
        return f"172.16.{self.device_number}.{4 * self.side}/30"

    @property
    def network_address(self) -> str:
        """Return the address of the network's end."""
        return f"172.16.{self.device_number}.{4 * self.side + 1}"

    @property
    def device_address(self) -> str:
        """Return the address of the device's end, which is also what it translates to."""
        return f"172.16.{self.device_number}.{4 * self.side + 2}"


@dataclass(frozen=True, kw_only=True)
class DeviceSite:
    """One device of a crossing as a namespace between two networks."""

    crossing: str
    namespace: str
    number: int
    links: tuple[Link, Link]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Everything that stands before any limit is set."""

    sites: dict[str, Site]
    devices: tuple[DeviceSite, ...]
    world: World

    def devices_of(self, crossing: str) -> tuple[DeviceSite, ...]:
        """Return the devices that share a crossing."""
        return tuple(device for device in self.devices if device.crossing == crossing)


def service_port(world: World, service: str) -> int:
    """Return the port of a service."""
    return FIRST_PORT + list(world.services).index(service)


def make_ground(world: World, most_devices: Mapping[str, int] | None = None) -> Ground:
    """Return the ground of a world, numbered in its order.

    Parameters
    ----------
    world
        As it begins.
    most_devices
        How many devices of each crossing stand there, where more may come than it begins with.
    """
    counts = {name: crossing.devices_count for name, crossing in world.crossings.items()}
    counts |= most_devices or {}
    sites = {name: _site(world, name, i, counts) for i, name in enumerate(world.networks, start=1)}
    devices: list[DeviceSite] = []
    for name, crossing in world.crossings.items():
        for i in range(counts[name]):
            number = len(devices) + 1
            ends = (sites[crossing.between[0]], sites[crossing.between[1]])
            links = (
                Link(site=ends[0], device_number=number, side=0),
                Link(site=ends[1], device_number=number, side=1),
            )
            plain = f"dev-{_plain(name, number)}"
            space = plain if counts[name] == 1 else f"{plain}.{i + 1}"
            devices.append(DeviceSite(crossing=name, namespace=space, number=number, links=links))
    return Ground(sites=sites, devices=tuple(devices), world=world)


def _plain(name: str, number: int) -> str:
    """Return a name as a file and a shell take it; no two are the same, since no world's name has a dot."""
    cleaned = _NOT_PLAIN.sub("_", name)
    return name if cleaned == name else f"{cleaned}.{number}"


def _site(world: World, name: str, number: int, devices: Mapping[str, int]) -> Site:
    # Linux chooses among several ways by a packet's addresses and ports where it forwards it. Where packets
    # begin it goes by their socket, so that a reset, which has none, would go by another device.
    chooses = any(name in one.between and devices[key] > 1 for key, one in world.crossings.items())
    serves = any(service.network == name for service in world.services.values())
    split = (serves or chooses) and any(clients.network == name for clients in world.clients.values())
    plain = _plain(name, number)
    return Site(
        network=name,
        namespace=f"net-{plain}",
        number=number,
        clients_namespace=f"{'hosts' if split else 'net'}-{plain}",
    )


def split_commands(site: Site) -> tuple[Command, ...]:
    """Connect a network to its clients beside it, where they are."""
    if not site.split:
        return ()
    network, clients = site.cable
    return (
        *commands(
            site.namespace,
            f"ip link add hosts type veth peer name network netns {site.clients_namespace}",
            f"ip addr add {network}/30 dev hosts",
            "ip link set hosts up",
        ),
        *commands(
            site.clients_namespace,
            f"ip addr add {clients}/30 dev network",
            "ip link set network up",
            f"ip route add local {site.clients_prefix} dev lo",
            f"ip route add default via {network}",
        ),
        *commands(site.namespace, f"ip route add {site.clients_prefix} via {clients}"),
    )


def link_commands(device: DeviceSite) -> tuple[Command, ...]:
    """Connect a device to its two networks."""
    found: list[Command] = []
    for link in device.links:
        far = f"peer name {link.network_interface} netns {link.site.namespace}"
        found += commands(
            device.namespace,
            f"ip link add {link.interface} type veth {far}",
            f"ip addr add {link.device_address}/30 dev {link.interface}",
            f"ip link set {link.interface} up",
        )
        found += commands(
            link.site.namespace,
            f"ip addr add {link.network_address}/30 dev {link.network_interface}",
            f"ip link set {link.network_interface} up",
        )
    return tuple(found)


def whole_packet_commands(ground: Ground) -> tuple[Command, ...]:
    """Let no cable carry several packets as one, as Linux would: they are counted."""
    found: list[Command] = []
    for device in ground.devices:
        for link in device.links:
            found += commands(device.namespace, f"ip link set {link.interface} gso_max_segs 1")
            found += commands(link.site.namespace, f"ip link set {link.network_interface} gso_max_segs 1")
    for site in ground.sites.values():
        if site.split:
            found += commands(site.namespace, "ip link set hosts gso_max_segs 1")
            found += commands(site.clients_namespace, "ip link set network gso_max_segs 1")
    return tuple(found)


def network_route_commands(ground: Ground, site: Site) -> tuple[Command, ...]:
    """Return the ways from a network to itself and to every network it reaches."""
    # Every address of the prefix is this namespace's own, without being listed one by one.
    lines = [f"ip route add local {site.services_prefix} dev lo"]
    for other in ground.sites.values():
        way = route(ground.world, site.network, other.network)
        if way:
            lines.append(f"ip route add {other.prefix} {_next_hops(ground, site, way[0], ground.world)}")
    return commands(site.namespace, *lines)


def route_change_commands(ground: Ground, before: World, after: World) -> tuple[Command, ...]:
    """Return the steps that spread flows over as many devices as there are from now on."""
    changed = {
        name
        for name, crossing in after.crossings.items()
        if crossing.devices_count != before.crossings[name].devices_count
    }
    found: list[Command] = []
    for site in ground.sites.values():
        for other in ground.sites.values():
            way = route(ground.world, site.network, other.network)
            if way and way[0] in changed:
                hops = _next_hops(ground, site, way[0], after)
                found += commands(site.namespace, f"ip route replace {other.prefix} {hops}")
    return tuple(found)


def moved_ratio(before: Crossing, after: Crossing) -> float:
    """Return the share of flows that Linux gives to another device when their number changes.

    It divides the range of its hash among them, in their order and by their weights.
    """
    kept, start, began = 0.0, 0.0, 0.0
    for share, was in zip(_shares(after), _shares(before), strict=False):
        kept += max(min(start + share, began + was) - max(start, began), 0.0)
        start, began = start + share, began + was
    return 1.0 - kept


def _shares(crossing: Crossing) -> list[float]:
    count = crossing.devices_count
    if count == 1:
        return [1.0]
    first, others = _weights(count, crossing.skew_ratio)
    whole = first + others * (count - 1)
    return [first / whole, *[others / whole] * (count - 1)]


def _next_hops(ground: Ground, site: Site, crossing: str, world: World) -> str:
    there = world.crossings[crossing]
    addresses = [
        link.device_address
        for device in ground.devices_of(crossing)[: there.devices_count]
        for link in device.links
        if link.site is site
    ]
    if len(addresses) == 1:
        return f"via {addresses[0]}"
    first, others = _weights(len(addresses), there.skew_ratio)
    weights = [first, *[others] * (len(addresses) - 1)]
    return " ".join(
        f"nexthop via {address} weight {weight}" for address, weight in zip(addresses, weights, strict=True)
    )


def _weights(count: int, skew_ratio: float) -> tuple[int, int]:
    """Return the weights (1 to 256) of the busiest device and of each other one."""
    share = min((1.0 + skew_ratio) / count, 1.0)
    rest = max((1.0 - share) / (count - 1), share / 256)
    scale = 128 / max(share, rest)
    return max(1, round(share * scale)), max(1, round(rest * scale))


def device_route_commands(ground: Ground, device: DeviceSite) -> tuple[Command, ...]:
    """Return the ways from a device to every network and to what other devices translate to."""
    lines = []
    for site in ground.sites.values():
        side = _side_towards(ground, device, site.network)
        if side is not None:
            lines.append(f"ip route add {site.prefix} via {device.links[side].network_address}")
    for link, other in _neighbours(ground, device):
        lines.append(f"ip route add {other.prefix} via {link.network_address}")
    return commands(device.namespace, *lines)


def _side_towards(ground: Ground, device: DeviceSite, network: str) -> int | None:
    """Return the side from which the network is reached without coming back, the shorter way first."""
    found = []
    for side, link in enumerate(device.links):
        way = route(ground.world, link.site.network, network)
        if way is not None and device.crossing not in way:
            found.append((len(way), side))
    return min(found)[1] if found else None


def _neighbours(ground: Ground, device: DeviceSite) -> Iterator[tuple[Link, Link]]:
    """Yield each link of another device to a network of ours, behind the link of ours to it."""
    for other in ground.devices:
        for theirs in other.links:
            for ours in device.links:
                if other is not device and theirs.site is ours.site:
                    yield ours, theirs
