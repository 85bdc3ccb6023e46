"""Which rig rehearses a script? Namespaces, links, devices, servers, addresses, changes in time.

Pure: a script goes in, a plan comes out that an adapter carries out. The script is of a world that already
has the size of one machine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from tidegate.errors import Fault, InputError
from tidegate.rehearse import named_servers
from tidegate.rehearse.asked_beside import asks, resolvers
from tidegate.rehearse.device_plan import device_change_steps, device_steps, opened
from tidegate.rehearse.ground import (
    DeviceSite,
    Ground,
    Site,
    device_route_commands,
    link_commands,
    make_ground,
    network_route_commands,
    route_change_commands,
    service_port,
    split_commands,
    whole_packet_commands,
)
from tidegate.rehearse.growth import GrowthPlan, growth_plans
from tidegate.rehearse.health_checks import CheckPlan
from tidegate.rehearse.limit_plan import Destination, counts_sources, strangers_command
from tidegate.rehearse.returning import Returns
from tidegate.rehearse.rig_steps import Change, Command, Step
from tidegate.rehearse.service_plan import (
    Endpoint,
    ServerSettings,
    ServicePlan,
    backlog_of,
    network_commands,
    settings_of,
    silence_command,
)
from tidegate.rehearse.sizes import weighs
from tidegate.rehearse.stray_plan import (
    StrayPlan,
    counting_commands,
    old_flows_commands,
    stray_plans,
    vanishing_command,
)
from tidegate.rehearse.switched_on import (
    ProxyPlan,
    SwitchedOn,
    cannot_switch_on,
    loading_steps,
    proxies,
    without_limits,
)
from tidegate.rehearse.unsupported import (
    MOST_CLIENTS,
    linux_syn_settings,
    unsupported,
    unsupported_changes,
)
from tidegate.simulate.script import Script
from tidegate.world.graph import route
from tidegate.world.world import World

__all__ = ["Endpoint", "RigPlan", "ServicePlan", "make_plan", "unsupported"]

SERVERS = ("sleeping", *named_servers.KINDS)
_LINUX_SYNS = (4, 6)

Addresses = Mapping[str, tuple[str, ...]]

LIMITED_S = 0.1
"""How long before the start the devices get their limits; until then connections that stand are opened."""


@dataclass(frozen=True, kw_only=True)
class RigPlan:
    """Everything that is built, started and changed for one rehearsal.

    Parameters
    ----------
    name, horizon_s
        The world's.
    server
        What answers: `SERVERS`.
    namespaces
        Every namespace with what it stands for, in order.
    steps
        What builds the rig, in order.
    changes
        What is done to it while it runs, in order.
    services
        What stands in for each service.
    devices
        The namespaces of each crossing's devices.
    generators
        Networks that have clients, and their namespaces.
    client_addresses
        The addresses that each population's clients come from.
    checks
        The health checks that are made.
    proxies
        What stands in front of services.
    strays
        What comes to devices that nobody ever answers.
    linked
        Crossings whose devices have links of a bandwidth from the start.
    growths
        What is done as crossings grow by themselves.
    """

    name: str
    horizon_s: float
    server: str
    namespaces: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    changes: tuple[Change, ...]
    services: tuple[ServicePlan, ...]
    devices: Mapping[str, tuple[str, ...]]
    generators: Mapping[str, str]
    client_addresses: Mapping[str, tuple[str, ...]]
    checks: tuple[CheckPlan, ...]
    proxies: tuple[ProxyPlan, ...] = ()
    strays: tuple[StrayPlan, ...] = ()
    linked: tuple[str, ...] = ()
    growths: tuple[GrowthPlan, ...] = ()

    @property
    def endpoints(self) -> dict[str, tuple[Endpoint, ...]]:
        """Return where each service is reached; its instances share one endpoint."""
        return {service.name: (service.endpoint,) for service in self.services}


def make_plan(script: Script, *, server: str = "sleeping", switched: SwitchedOn | None = None) -> RigPlan:
    """Return the rig on which a script can be carried out.

    Parameters
    ----------
    script
        What happens, of the size of one machine.
    server
        What answers: `SERVERS`.
    switched
        Written configuration that limits in place of the rig's own rules.

    Raises
    ------
    InputError
        The script needs what the rig has no means for; carries everything found.
    """
    faults = unsupported_changes(script)
    if switched is not None:
        faults += cannot_switch_on(switched.target, script, server=server)
    if faults:
        raise InputError(*faults)
    world = script.phases[0].world
    ground = make_ground(world, _devices(script))
    fronts = proxies(switched, ground, world)
    services = tuple(_services(ground, script, {there for front in fronts for there in front.listens}))
    strays = tuple(stray_plans(ground, script))
    addresses = _client_addresses(ground, script)
    faults = tuple(_not_by_name(server, services, world))
    if faults:
        raise InputError(*faults)
    return RigPlan(
        name=world.name,
        horizon_s=world.horizon_s,
        server=server,
        namespaces=tuple(_namespaces(ground)),
        steps=(*_building(ground, script, addresses), *_for_strays(ground, strays)),
        changes=tuple(_changes(ground, without_limits(script, switched), switched, strays, addresses)),
        services=services,
        devices={
            name: tuple(device.namespace for device in ground.devices_of(name)) for name in world.crossings
        },
        generators={
            name: site.clients_namespace
            for name, site in ground.sites.items()
            if any(clients.network == name for clients in world.clients.values())
        },
        client_addresses=addresses,
        checks=tuple(_checks(ground, script, services)),
        proxies=fronts,
        strays=strays,
        linked=tuple(name for name, one in world.crossings.items() if one.bandwidth_bit_per_s is not None),
        growths=tuple(growth_plans(ground, script)),
    )


def _devices(script: Script) -> dict[str, int]:
    """Return how many devices of each crossing there are at most."""
    return {
        name: max(phase.world.crossings[name].devices_most_count for phase in script.phases)
        for name in script.phases[0].world.crossings
    }


def _namespaces(ground: Ground) -> Iterator[tuple[str, str]]:
    for site in ground.sites.values():
        yield site.namespace, f"network {site.network}, {site.prefix}"
        if site.split:
            yield site.clients_namespace, f"clients in network {site.network}"
    for device in ground.devices:
        ends = " and ".join(link.site.network for link in device.links)
        yield device.namespace, f"device of crossing {device.crossing}, between {ends}"


# -- building ------------------------------------------------------------------------------------------


def _building(ground: Ground, script: Script, addresses: Addresses) -> Iterator[Step]:
    world = script.phases[0].world
    for site in ground.sites.values():
        yield from _network_settings(world, site)
        yield from split_commands(site)
    for device in ground.devices:
        yield from link_commands(device)
    if any(weighs(phase.world) for phase in script.phases):
        yield from whole_packet_commands(ground)
    for site in ground.sites.values():
        yield from network_route_commands(ground, site)
        yield from _silence(ground, world, site)
    for device in ground.devices:
        yield from device_route_commands(ground, device)
        yield from device_steps(
            device,
            opened(world.crossings[device.crossing]),
            _destinations(ground, world, addresses),
            unanswered_s=_unanswered_s(world),
        )
        each = [phase.world.crossings[device.crossing] for phase in script.phases]
        if len({count for one in each for count in (one.devices_count, one.devices_most_count)}) > 1:
            yield strangers_command(device)


def _for_strays(ground: Ground, strays: tuple[StrayPlan, ...]) -> Iterator[Command]:
    """Let what nobody answers be counted and vanish."""
    vanish = {plan.to_number for plan in strays}
    for site in ground.sites.values():
        if site.number in vanish:
            yield vanishing_command(site.namespace, site.number)
    for plan in strays:
        yield from counting_commands(plan)


def _network_settings(world: World, site: Site) -> Iterator[Command]:
    inhabitants = [clients for clients in world.clients.values() if clients.network == site.network]
    linear, retries = _LINUX_SYNS
    if inhabitants:
        linear, retries = linux_syn_settings(inhabitants[0]) or _LINUX_SYNS
    for place in dict.fromkeys((site.namespace, site.clients_namespace)):
        stamped = bool(inhabitants) and place == site.clients_namespace
        yield from network_commands(
            place, linear_syns_count=linear, syn_retries_count=retries, stamped=stamped
        )


def _destinations(ground: Ground, world: World, addresses: Addresses) -> tuple[Destination, ...]:
    return tuple(
        Destination(
            address=ground.sites[service.network].service_address,
            port=service_port(world, name),
            datagrams=name in resolvers(world),
            sources=_sources(world, name, addresses),
        )
        for name, service in world.services.items()
    )


def _sources(world: World, service: str, addresses: Addresses) -> tuple[str, ...]:
    """Return from where a service is asked through a device that keeps the ports of each source apart."""
    return tuple(
        address
        for name, clients in world.clients.items()
        if clients.service == service and _told_apart(world, name)
        for address in addresses[name]
    )


def _unanswered_s(world: World) -> float:
    return max((clients.longest_timeout_s for clients in world.clients.values()), default=1.0)


def _silence(ground: Ground, world: World, site: Site) -> Iterator[Command]:
    for name, service in world.services.items():
        if service.network == site.network and service.instances_count == 0:
            yield _silence_step(ground, world, name)


def _silence_step(ground: Ground, world: World, name: str, *, absent: bool | None = None) -> Command:
    service = world.services[name]
    site = ground.sites[service.network]
    if absent is None:
        absent = service.instances_count == 0
    return silence_command(
        site.namespace,
        site.service_address,
        service_port(world, name),
        absent=absent,
        datagrams=name in resolvers(world),
    )


# -- changes -------------------------------------------------------------------------------------------


def _changes(
    ground: Ground,
    script: Script,
    switched: SwitchedOn | None,
    strays: tuple[StrayPlan, ...],
    addresses: Addresses,
) -> Iterator[Change]:
    first = script.phases[0].world
    crossings = {name: opened(crossing) for name, crossing in first.crossings.items()}
    unlimited = replace(first, crossings=crossings)
    limits: list[Step] = []
    for device in ground.devices:
        limits += _device_change(ground, device, unlimited, first, addresses)
    limits += loading_steps(switched, ground.devices)
    limits += old_flows_commands(ground, first, strays, from_s=LIMITED_S)
    if limits:
        yield Change(at_s=-LIMITED_S, steps=tuple(limits))
    returns = Returns(ground)
    for before, after in zip(script.phases, script.phases[1:], strict=False):
        steps: list[Step] = [*returns.steps(before.world, after.world)]
        steps += route_change_commands(ground, before.world, after.world)
        for device in ground.devices:
            steps += _device_change(ground, device, before.world, after.world, addresses)
        for name, service in after.world.services.items():
            was = before.world.services[name].instances_count
            if service.boot.calls:
                continue  # who asks as it boots is there later: its server knows when
            if (was == 0) != (service.instances_count == 0):
                steps.append(_silence_step(ground, after.world, name))
        if steps:
            yield Change(at_s=after.at_s, steps=tuple(steps))


def _device_change(
    ground: Ground, device: DeviceSite, before: World, after: World, addresses: Addresses
) -> tuple[Step, ...]:
    return device_change_steps(
        device,
        before.crossings[device.crossing],
        after.crossings[device.crossing],
        _destinations(ground, after, addresses),
        unanswered_s=_unanswered_s(before),
    )


# -- services and clients ------------------------------------------------------------------------------


def _services(ground: Ground, script: Script, taken: Collection[Endpoint]) -> Iterator[ServicePlan]:
    first = script.phases[0].world
    for name, service in first.services.items():
        settings: list[tuple[float, ServerSettings]] = []
        for phase in script.phases:
            now = settings_of(phase.world.services[name])
            if not settings or settings[-1][1] != now:
                settings.append((phase.at_s, now))
        site, port = ground.sites[service.network], service_port(first, name)
        endpoint = (site.service_address, port)
        here, gone = (_silence_step(ground, first, name, absent=absent).text for absent in (False, True))
        yield ServicePlan(
            name=name,
            namespace=site.namespace,
            endpoint=endpoint,
            listens_at=(site.inner_address, port) if endpoint in taken else endpoint,
            backlog_count=backlog_of(service),
            settings=tuple(settings),
            silences=(here, gone) if service.boot.calls else None,
            asks=asks(service),
            is_resolver=name in resolvers(first),
        )


def _not_by_name(server: str, services: tuple[ServicePlan, ...], world: World) -> Iterator[Fault]:
    """Yield what the named server cannot do for the services of a plan."""
    if server == "sleeping":
        return
    taken: set[str] = set()
    for service in services:
        settings = tuple(settings for _, settings in service.settings)
        checked = bool(world.services[service.name].health_probes)
        yield from named_servers.cannot_stand_in(server, service.name, settings, checked=checked)
        if service.asks or service.is_resolver:
            what = f"cannot be rehearsed with {server}: what a service asks of others, and a resolver"
            yield Fault(what=what, path=f"services.{service.name}")
        if service.namespace in taken:
            what = f"cannot be rehearsed with {server}: two services in one network"
            yield Fault(what=what, path=f"services.{service.name}")
        taken.add(service.namespace)


def _checks(ground: Ground, script: Script, services: tuple[ServicePlan, ...]) -> Iterator[CheckPlan]:
    numbers = dict.fromkeys(ground.sites, MOST_CLIENTS)  # addresses that no client has
    for plan in services:
        service = script.phases[0].world.services[plan.name]
        for i, probe in enumerate(service.health_probes):
            site = ground.sites[probe.network]
            numbers[probe.network] += 1
            yield CheckPlan(
                name=f"{plan.name}/probe/{i}",
                service=plan.name,
                namespace=site.clients_namespace,
                address=site.client_address(numbers[probe.network]),
                server_namespace=plan.namespace,
                endpoint=plan.endpoint,
                instances=tuple((at_s, settings.instances_count) for at_s, settings in plan.settings),
                interval_s=probe.interval_s,
                timeout_s=probe.timeout_s,
                failures_count=probe.failures_count,
                successes_count=probe.successes_count,
                on_failure=probe.on_failure,
                panic_ratio=probe.panic_ratio,
                boot_s=service.boot.time_s,
                apart=not probe.busy_fails,
            )


def _client_addresses(ground: Ground, script: Script) -> dict[str, tuple[str, ...]]:
    worlds = [phase.world for phase in script.phases]
    used = dict.fromkeys(ground.sites, 0)
    found: dict[str, tuple[str, ...]] = {}
    for name, clients in worlds[0].clients.items():
        count = 1
        if any(_told_apart(world, name) for world in worlds):
            count = max(1, *(world.clients[name].population_count for world in worlds))
        first = used[clients.network]
        used[clients.network] += count
        site = ground.sites[clients.network]
        found[name] = tuple(site.client_address(first + n) for n in range(count))
    return found


def _told_apart(world: World, population: str) -> bool:
    """Whether a device on the way limits each client by itself, or gives it ports of its own."""
    clients = world.clients[population]
    way = route(world, clients.network, world.services[clients.service].network) or ()
    return any(counts_sources(world.crossings[name]) for name in way)
