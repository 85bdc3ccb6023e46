"""Which written configuration limits in place of the rig's own rules, and where? Decisions and texts.

A ruleset is loaded on the device itself, before its queue. A proxy stands in front of the services, behind
the device: what it turns away has passed the device before. So a proxy is predicted as what it is, the way in
which the service takes connections, and not as a limit of the device. How configuration is written is not
known here.

Shortcut: a proxy that holds connections back is predicted as a service that takes one at a time, without the
second's worth that HAProxy lets in at once.
Shortcut: a proxy that accepts and closes is predicted as a service that answers the excess with an error: ten
packets, where it really costs four (HAProxy) to six (Envoy).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tidegate.errors import Fault
from tidegate.rehearse.ground import DeviceSite, Ground, make_ground, service_port
from tidegate.rehearse.limit_plan import SYN
from tidegate.rehearse.rig_steps import Command
from tidegate.simulate.script import Script
from tidegate.world.file.overlay import overlay
from tidegate.world.graph import route
from tidegate.world.service import Service
from tidegate.world.world import World, WorldFile

NFTABLES, HAPROXY, ENVOY = "nftables", "haproxy", "envoy"
PROXIES = (HAPROXY, ENVOY)

_RATE = re.compile(r"^\s*maxconnrate (\d+)$", re.MULTILINE)
_BACKLOG = re.compile(r"^\s*backlog (\d+)$", re.MULTILINE)
_ROOM = 2.0
"""How much more than the rate a service behind a proxy must be able to serve, not to be the limit itself."""


@dataclass(frozen=True, kw_only=True)
class SwitchedOn:
    """What a target wrote, to be in force on the rig.

    Parameters
    ----------
    target
        Of `TARGETS`.
    texts
        Its file for each crossing.
    """

    target: str
    texts: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return it as the rig is asked."""
        return {"target": self.target, "texts": dict(self.texts)}


@dataclass(frozen=True, kw_only=True)
class ProxyPlan:
    """A proxy that stands where clients reach services, and passes on to where those listen.

    Parameters
    ----------
    kind, namespace
        The program, and where it runs.
    text
        Its configuration.
    listens
        Address and port of each of its listeners.
    """

    kind: str
    namespace: str
    text: str
    listens: tuple[tuple[str, int], ...]


def limited_crossings(world: World) -> tuple[str, ...]:
    """Return the crossings that have a limit to be switched on."""
    return tuple(
        name
        for name, crossing in world.crossings.items()
        if (limit := crossing.admission) is not None
        and (limit.rate_per_s, limit.concurrent_count, limit.per_source_per_s) != (None, None, None)
    )


def cannot_switch_on(target: str, script: Script, *, server: str) -> tuple[Fault, ...]:
    """Return why a target's configuration cannot be switched on for a script, every reason."""
    world = script.phases[0].world
    names = limited_crossings(world)
    if not names:
        return (
            Fault(
                what="there is no limit to switch on",
                kind="statement",
                allowed="--with crossings.NAME.admission.rate=…",
            ),
        )
    what = "cannot be switched on: a limit that changes while it runs"
    found = [
        Fault(what=what, path=f"crossings.{name}.admission")
        for name in names
        if len({phase.world.crossings[name].admission for phase in script.phases}) > 1
    ]
    if target in PROXIES:
        found += _no_proxy(target, script, names, server)
    return tuple(found)


def _no_proxy(target: str, script: Script, names: tuple[str, ...], server: str) -> Iterator[Fault]:
    world = script.phases[0].world
    what = f"cannot be switched on with {target}"
    if server != "sleeping":
        yield Fault(
            what=f"{what}: another server than the sleeping one",
            kind="statement",
            path="--server",
            value=server,
        )
    for other in names[1:]:
        yield Fault(
            what=f"{what}: a second crossing with limits",
            kind="statement",
            path=f"crossings.{other}.admission",
        )
    name = names[0]
    at, limit = f"crossings.{name}", world.crossings[name].admission
    assert limit is not None
    for key, value in (("concurrent", limit.concurrent_count), ("per_source", limit.per_source_per_s)):
        if value is not None:
            yield Fault(
                what=f"{what}: only a rate is predicted for a proxy",
                kind="statement",
                path=f"{at}.admission.{key}",
            )
    if world.crossings[name].devices_count > 1:
        yield Fault(
            what=f"{what}: one proxy for each of several devices", kind="statement", path=f"{at}.devices"
        )
    behind = _behind(world, name)
    if len(behind) != 1:
        yield Fault(what=f"{what}: several services, or none, behind {name}", kind="statement", path=at)
    for service in behind:
        yield from _no_proxied(what, script, service, limit.rate_per_s)


def _no_proxied(what: str, script: Script, name: str, rate_per_s: float | None) -> Iterator[Fault]:
    world = script.phases[0].world
    service = world.services[name]
    at = f"services.{name}"
    if len({_taking(phase.world.services[name]) for phase in script.phases}) > 1:
        yield Fault(what=f"{what}: a service that changes while it runs", kind="statement", path=at)
    if service.connections_count is not None or service.queue_count is not None:
        yield Fault(what=f"{what}: a service with limits of its own", kind="statement", path=at)
    room_per_s = service.instances_count * service.concurrency_count / max(service.service_time_s, 1e-9)
    if rate_per_s is not None and room_per_s < _ROOM * rate_per_s:
        yield Fault(
            what=f"{what}: a service that is the limit itself", kind="statement", path=f"{at}.concurrency"
        )
    for clients_name, clients in world.clients.items():
        if clients.connection != "per_request" and clients.service == name:
            path = f"clients.{clients_name}.connection"
            yield Fault(what=f"{what}: connections that stand at the start", kind="statement", path=path)


def _taking(service: Service) -> tuple[object, ...]:
    return service.instances_count, service.concurrency_count, service.service_time_s


def _behind(world: World, crossing: str) -> tuple[str, ...]:
    """Return the services whose clients come through a crossing."""
    reached = {
        clients.service
        for clients in world.clients.values()
        if crossing in (route(world, clients.network, world.services[clients.service].network) or ())
    }
    return tuple(name for name in world.services if name in reached)


# -- where it stands -----------------------------------------------------------------------------------


def ends(script: Script) -> dict[str, tuple[str, str]]:
    """Return for each service where clients reach it, and where it listens behind a proxy."""
    world = script.phases[0].world
    ground = make_ground(world)
    found = {}
    for name, service in world.services.items():
        site, port = ground.sites[service.network], service_port(world, name)
        found[name] = (f"{site.service_address}:{port}", f"{site.inner_address}:{port}")
    return found


def proxies(switched: SwitchedOn | None, ground: Ground, world: World) -> tuple[ProxyPlan, ...]:
    """Return the proxies that stand in front of services."""
    if switched is None or switched.target not in PROXIES:
        return ()
    found = []
    for crossing, text in switched.texts.items():
        services = _behind(world, crossing)
        site = ground.sites[world.services[services[0]].network]
        listens = tuple((site.service_address, service_port(world, name)) for name in services)
        found.append(ProxyPlan(kind=switched.target, namespace=site.namespace, text=text, listens=listens))
    return tuple(found)


def without_limits(script: Script, switched: SwitchedOn | None) -> Script:
    """Return a script whose switched-on crossings have no limit of the rig's own."""
    if switched is None:
        return script
    phases = []
    for phase in script.phases:
        crossings = {
            name: replace(crossing, admission=None) if name in switched.texts else crossing
            for name, crossing in phase.world.crossings.items()
        }
        phases.append(replace(phase, world=replace(phase.world, crossings=crossings)))
    return replace(script, phases=tuple(phases))


def loading_steps(switched: SwitchedOn | None, devices: tuple[DeviceSite, ...]) -> tuple[Command, ...]:
    """Return the steps that load a ruleset on its devices, between two counters of first packets."""
    if switched is None or switched.target != NFTABLES:
        return ()
    # The counters that tell how many first packets found no port; they add up.
    counting = "".join((*_counting("before_limit", -20, "asked"), *_counting("behind_limit", -5, "passed")))
    return tuple(
        Command(place=device.namespace, words="nft -f -", text=text)
        for device in devices
        if device.crossing in switched.texts
        for text in (counting, switched.texts[device.crossing])
    )


def _counting(chain: str, priority: int, counter: str) -> Iterator[str]:
    yield f"add chain ip translation {chain} {{ type filter hook forward priority {priority}; }}\n"
    yield f'add rule ip translation {chain} {SYN} counter name "{counter}"\n'


# -- what is expected of it ----------------------------------------------------------------------------


def stands_elsewhere(switched: SwitchedOn | None) -> bool:
    """Whether the limit stands elsewhere than the world says, which is at the device."""
    return switched is not None and switched.target in PROXIES


def predicted_world(file: WorldFile, switched: SwitchedOn | None) -> WorldFile:
    """Return the world in which a switched-on limit stands where it really stands.

    Parameters
    ----------
    file
        The rehearsed world, its limits at the device.
    switched
        What is switched on.
    """
    if switched is None or not stands_elsewhere(switched):
        return file
    changes: dict[str, object] = {}
    for name, text in switched.texts.items():
        changes[f"crossings.{name}.admission"] = None
        for service in _behind(file.world, name):
            changes |= {
                f"services.{service}.{key}": value
                for key, value in _proxied(file.world, name, service, text).items()
            }
    return overlay(file, changes)


def _proxied(world: World, crossing: str, service: str, text: str) -> dict[str, object]:
    """Return how a service takes connections that a proxy passes on at a limited rate."""
    limit, instances_count = world.crossings[crossing].admission, world.services[service].instances_count
    assert limit is not None
    assert limit.rate_per_s is not None
    paced = {"concurrency": 1, "service_law": "fixed"}
    if rate := _RATE.search(text):
        # It accepts no faster than this; as many wait as the backlog holds and one more.
        waiting_count = sum(int(found) + 1 for found in _BACKLOG.findall(text))
        return paced | {
            "service_time": instances_count / int(rate[1]),
            "connections": 1,
            "accept_backlog": max(1, waiting_count // instances_count),
        }
    is_windowed = "conn_rate(" in text  # HAProxy, refusing: a second's worth may come at once
    return paced | {
        "service_time": instances_count / limit.rate_per_s,
        "queue": max(1, round(limit.rate_per_s)) if is_windowed else limit.burst_count,
        "queue_when_full": "visible",
    }
