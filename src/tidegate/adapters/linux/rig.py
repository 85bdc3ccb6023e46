"""One rehearsal for real: build the planned rig, start every role, change it in time, gather what was seen.

It builds namespaces, devices and limits as planned, starts server, sampler and clients with one common
start on CLOCK_MONOTONIC, and carries out the changes. Only for use inside a sandbox, with which everything
ends. What is built is decided in `rehearse/rig_plan.py`, and nothing is judged here.
"""

from __future__ import annotations

import heapq
import shlex
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from tidegate.adapters.linux.clients.generator import standing_count
from tidegate.adapters.linux.growing import Growing
from tidegate.adapters.linux.netlink import RouteSocket
from tidegate.adapters.linux.part import Tell
from tidegate.adapters.linux.roles import Role, Roles
from tidegate.adapters.linux.sandbox.features import missing_programs
from tidegate.adapters.linux.sandbox.namespace import Namespace, make_namespace
from tidegate.adapters.linux.services import callers
from tidegate.errors import RigError
from tidegate.rehearse.measurement import (
    BIN_S,
    MeasuredCrossing,
    MeasuredPopulation,
    MeasuredService,
    Measurement,
)
from tidegate.rehearse.measurement_json import measurement_json, series_of
from tidegate.rehearse.rig_plan import RigPlan, make_plan
from tidegate.rehearse.rig_steps import SizeTable, Step
from tidegate.rehearse.switched_on import SwitchedOn
from tidegate.simulate.script import Script, write_script
from tidegate.world.file.read import read_world

PROGRAMS = ("ip", "tc", "nft")
MOST_HORIZON_S = 600.0
READY_S = 1.5
"""How long the clients are given to read their script, at least."""

_SLOWER_RATIO = 4.0  # reading the script against building the network

_OPENED_PER_S = 2000.0  # connections that stand at the start, opened before it

_AFTERWARDS_S = 30.0
_SOURCE = "the rehearsed world"


def rehearse_inside(request: Mapping[str, Any], tell: Tell) -> Mapping[str, object]:
    """Build the rig of a request, run it once and return the measurement as JSON.

    Parameters
    ----------
    request
        ``world`` (its text, of a size that one machine carries), ``activity`` (or null), ``seed``,
        ``server`` (what stands in for the services) and ``switched_on`` (a target and its texts, or null).
    tell
        Given ``{"kind": "stage", "says": …}`` and, as it happens, parts of every bin:
        ``{"kind": "bin", "bin": k, "crossings" | "services" | "populations": {…}}``.

    Raises
    ------
    InputError
        If the world cannot be read, or asks for what cannot be rehearsed.
    RigError
        If this machine lacks something, or a role failed.
    """
    missing = missing_programs(PROGRAMS)
    if missing:
        raise RigError("; ".join(missing))
    script = write_script(read_world(request["world"], _SOURCE), request["activity"])
    switched = SwitchedOn(**request["switched_on"]) if request["switched_on"] else None
    plan = make_plan(script, server=request["server"], switched=switched)
    if plan.horizon_s > MOST_HORIZON_S:
        raise RigError(f"a rehearsal takes as long as the world's horizon, at most {MOST_HORIZON_S:g} s")
    tell({"kind": "stage", "says": "building the network"})
    return measurement_json(_Rehearsal(plan, script, request, tell).run())


def take(step: Step, places: Mapping[str, Namespace]) -> None:
    """Carry out one step of a plan."""
    place = places[step.place]
    if isinstance(step, SizeTable):
        with place.entered():
            index = socket.if_nametoindex(step.interface)
            route = RouteSocket()
        route.set_size_table(index, cell_bytes=step.cell_bytes, billed_bytes=step.billed_bytes)
        route.close()
    else:
        place.run(*shlex.split(step.words), stdin=step.text or None)


class _Rehearsal:
    """One run, from nothing to its measurement."""

    def __init__(self, plan: RigPlan, script: Script, request: Mapping[str, Any], tell: Tell) -> None:
        self._plan = plan
        self._request = request
        self._tell = tell
        self._bins_count = round(plan.horizon_s / BIN_S)
        self._standing_count = max(
            (standing_count(script, network) for network in plan.generators), default=0
        ) + callers.standing_count(script, {service.name for service in plan.services})
        self._places = {name: make_namespace(name) for name, _ in plan.namespaces}
        # Started before there is a network, so that the programs load while it is built.
        self._roles = Roles(self._hear)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._planned_count = 0
        for change in plan.changes:
            self._later(change.at_s, partial(self._carry_out, change.steps))
        self._growing = {
            one.name: Growing(one, later=self._later, carry_out=self._carry_out) for one in plan.growths
        }
        self._sampler = self._start("sampler", plan.namespaces[0][0])
        self._servers = {
            place: self._start(
                "services.server" if plan.server == "sleeping" else "services.named_server", place
            )
            for place in dict.fromkeys(service.namespace for service in plan.services)
        }
        self._generators = {
            network: self._start("clients.generator", place) for network, place in plan.generators.items()
        }

        self._strays = [self._start("clients.strays", plan.namespace) for plan in plan.strays]
        self._proxies = [self._start("services.proxy", proxy.namespace) for proxy in plan.proxies]
        self._probers = [self._start("services.prober", check.namespace) for check in plan.checks]

    def run(self) -> Measurement:
        began_s = time.monotonic()
        for step in self._plan.steps:
            take(step, self._places)
        built_s = time.monotonic()
        # How long building took says how busy the machine is.
        ready_s = max(READY_S, _SLOWER_RATIO * (built_s - began_s))
        start_s = built_s + ready_s + self._standing_count / _OPENED_PER_S
        self._ask(start_s)
        before_clients = (
            *self._servers.values(),
            *self._proxies,
            *self._probers,
            *self._strays,
            self._sampler,
        )
        self._roles.wait_ready(before_clients, start_s)
        self._tell({"kind": "stage", "says": "running"})
        while self._due and self._due[0][0] < self._plan.horizon_s:
            at_s, _, act = heapq.heappop(self._due)
            self._roles.hear_until(start_s + at_s)
            act()
        self._roles.hear_out(start_s + self._plan.horizon_s + _AFTERWARDS_S)
        return self._measurement()

    def _later(self, at_s: float, act: Callable[[], None]) -> None:
        """Do something so long after the start, after what was planned for that moment before."""
        self._planned_count += 1
        heapq.heappush(self._due, (at_s, self._planned_count, act))

    def _carry_out(self, steps: Iterable[Step]) -> None:
        for step in steps:
            take(step, self._places)

    def _hear(self, message: Mapping[str, Any]) -> None:
        """Pass on what a role tells of a bin; who grows by it hears it as well."""
        self._tell({"kind": "bin", **message})
        for name, growing in self._growing.items():
            if name in message.get("crossings", ()):
                growing.hear(message["bin"], message["crossings"][name]["packets"])

    def _start(self, module: str, place: str) -> Role:
        return self._roles.start(module, self._places[place])

    def _ask(self, start_s: float) -> None:
        common = {"start_s": start_s, "horizon_s": self._plan.horizon_s, "bins_count": self._bins_count}
        for i, (place, role) in enumerate(self._servers.items()):
            services = [service.as_json() for service in self._plan.services if service.namespace == place]
            role.ask(
                common
                | {
                    "services": services,
                    "seed": self._request["seed"] + i,
                    "kind": self._plan.server,
                    "namespace": place,
                    "world": self._request["world"],
                    "activity": self._request["activity"],
                    "endpoints": self._plan.endpoints,
                }
            )
        devices = {name: list(namespaces) for name, namespaces in self._plan.devices.items()}
        strayed = [plan.device for plan in self._plan.strays]
        linked = self._plan.linked
        self._sampler.ask(common | {"devices": devices, "strayed": strayed, "linked": linked})
        for plan, role in zip(self._plan.strays, self._strays, strict=True):
            role.ask(common | {"plan": plan.as_json()})
        for proxy, role in zip(self._plan.proxies, self._proxies, strict=True):
            role.ask(common | {"kind": proxy.kind, "text": proxy.text, "listens": proxy.listens})
        for check, role in zip(self._plan.checks, self._probers, strict=True):
            role.ask(common | {"check": check.as_json()})
        for network, role in self._generators.items():
            role.ask(
                common
                | {
                    "world": self._request["world"],
                    "activity": self._request["activity"],
                    "seed": self._request["seed"],
                    "network": network,
                    "endpoints": self._plan.endpoints,
                    "client_addresses": self._plan.client_addresses,
                }
            )

    def _measurement(self) -> Measurement:
        seen = self._sampler.result()
        servers, generators = self._servers.values(), self._generators.values()
        populations = {
            name: series_of(MeasuredPopulation, part)
            for role in (*generators, *servers)
            for name, part in role.result().get("populations", {}).items()
        }
        services = {
            name: series_of(MeasuredService, part)
            for role in servers
            for name, part in role.result()["services"].items()
        }
        lateness = [role.result()["lateness_s"] for role in (*servers, self._sampler, *generators)]
        busy_s = sum(role.result()["busy_s"] for role in (*servers, *self._proxies, self._sampler))
        return Measurement(
            bin_s=BIN_S,
            bins_count=self._bins_count,
            crossings={name: series_of(MeasuredCrossing, part) for name, part in seen["crossings"].items()},
            populations=populations,
            services=services,
            lateness_s=tuple(max(late) for late in zip(*lateness, strict=True)),
            busy_ratio=seen["machine_busy_ratio"],
            rig_busy_ratio=busy_s / self._plan.horizon_s,
        )
