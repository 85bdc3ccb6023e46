"""One rehearsal for real: build the planned rig, start every role, change it in time, gather what was seen.

The outside half (`measure`) asks a sandbox for it; the inside half builds namespaces, devices and limits
as planned, starts server, sampler and clients with one common start on CLOCK_MONOTONIC, and carries out
the changes. What is built is decided in `rehearse/plan.py`, and nothing is judged here. Everything ends
with the sandbox.
"""

from __future__ import annotations

import shlex
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tidegate.adapters.linux.features import missing_programs
from tidegate.adapters.linux.namespace import Namespace, make_namespace
from tidegate.adapters.linux.netlink import RouteSocket
from tidegate.adapters.linux.roles import Role, Roles
from tidegate.adapters.linux.sandbox import run_inside
from tidegate.errors import RigError
from tidegate.rehearse.measurement import (
    BIN_S,
    CrossingSeries,
    Measurement,
    PopulationSeries,
    ServiceSeries,
)
from tidegate.rehearse.measurement_json import measurement_json, measurement_of, series_of
from tidegate.rehearse.plan import RigPlan, make_plan
from tidegate.rehearse.rig_steps import SizeTable, Step
from tidegate.simulate.script import Script, write_script
from tidegate.world.file.read import read_world

PROGRAMS = ("ip", "tc", "nft")
MOST_HORIZON_S = 600.0
READY_S = 1.5
"""How long the clients are given to start, which is the slowest of all roles."""

_BUILDING_S = 30.0
_AFTERWARDS_S = 30.0
_SOURCE = "the rehearsed world"

Tell = Callable[[Mapping[str, object]], None]


def measure(
    world_text: str,
    *,
    activity: str | None,
    seed: int,
    server: str = "sleeping",
    on_message: Tell | None = None,
) -> Measurement:
    """Rehearse a world once on this machine and return what was measured.

    Parameters
    ----------
    world_text
        The world, already of a size that one machine carries.
    activity
        The activity that happens, or None.
    seed
        Chooses what is left to chance: clients' demand and jitter, service times.
    server
        What stands in for the services.
    on_message
        Given ``{"kind": "stage", "says": …}`` and, as it happens, parts of every bin:
        ``{"kind": "bin", "bin": k, "crossings" | "services" | "populations": {…}}``.

    Raises
    ------
    InputError
        If the world cannot be read, or asks for what cannot be rehearsed.
    RigError
        If this machine lacks something, or a role failed.
    """
    horizon_s = read_world(world_text, _SOURCE).world.horizon_s
    if horizon_s > MOST_HORIZON_S:
        raise RigError(f"a rehearsal takes as long as the world's horizon, at most {MOST_HORIZON_S:g} s")
    request = {"world": world_text, "activity": activity, "seed": seed, "server": server}
    timeout_s = horizon_s + _BUILDING_S + _AFTERWARDS_S
    return measurement_of(
        run_inside("rig:rehearse_inside", request, timeout_s=timeout_s, on_message=on_message)
    )


def rehearse_inside(request: Mapping[str, Any], tell: Tell) -> Mapping[str, object]:
    """Build the rig of a request in this sandbox, run it once and return the measurement as JSON."""
    missing = missing_programs(PROGRAMS)
    if missing:
        raise RigError("; ".join(missing))
    script = write_script(read_world(request["world"], _SOURCE), request["activity"])
    plan = make_plan(script, server=request["server"])
    tell({"kind": "stage", "says": "building the network"})
    places = build(plan)
    tell({"kind": "stage", "says": "starting servers and clients"})
    return measurement_json(_Rehearsal(plan, script, places, request, tell).run())


def build(plan: RigPlan) -> dict[str, Namespace]:
    """Make the namespaces of a plan and carry out its steps; return the namespaces by name."""
    places = {name: make_namespace(name) for name, _ in plan.namespaces}
    for step in plan.steps:
        take(step, places)
    return places


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
    """One run on a rig that stands."""

    def __init__(
        self,
        plan: RigPlan,
        script: Script,
        places: Mapping[str, Namespace],
        request: Mapping[str, Any],
        tell: Tell,
    ) -> None:
        self._plan = plan
        self._script = script
        self._places = places
        self._request = request
        self._tell = tell
        self._bins_count = round(plan.horizon_s / BIN_S)
        self._roles = Roles(lambda message: tell({"kind": "bin", **message}))

    def run(self) -> Measurement:
        start_s = time.monotonic() + READY_S
        servers, sampler = self._start_servers(start_s), self._start_sampler(start_s)
        generators = self._start_generators(start_s)
        self._roles.wait_ready((*servers, sampler), start_s)
        self._tell({"kind": "stage", "says": "running"})
        for change in self._plan.changes:
            self._roles.hear_until(start_s + change.at_s)
            for step in change.steps:
                take(step, self._places)
        self._roles.hear_out(start_s + self._plan.horizon_s + _AFTERWARDS_S)
        return self._measurement(servers, sampler, generators)

    def _start_servers(self, start_s: float) -> list[Role]:
        roles = []
        by_place: dict[str, list[dict[str, object]]] = {}
        for service in self._plan.services:
            by_place.setdefault(service.namespace, []).append(
                {
                    "name": service.name,
                    "address": service.endpoint[0],
                    "port": service.endpoint[1],
                    "backlog_count": service.backlog_count,
                    "settings": [(at_s, settings.as_json()) for at_s, settings in service.settings],
                }
            )
        for i, (place, services) in enumerate(by_place.items()):
            asked = self._common(start_s) | {"services": services, "seed": self._request["seed"] + i}
            roles.append(self._roles.start("server", self._places[place], asked))
        return roles

    def _start_sampler(self, start_s: float) -> Role:
        devices = {name: list(namespaces) for name, namespaces in self._plan.devices.items()}
        asked = self._common(start_s) | {"devices": devices, "bins_count": self._bins_count}
        return self._roles.start("sampler", next(iter(self._places.values())), asked)

    def _start_generators(self, start_s: float) -> list[Role]:
        common = self._common(start_s) | {
            "world": self._request["world"],
            "activity": self._request["activity"],
            "seed": self._request["seed"],
            "endpoints": self._plan.endpoints,
            "client_addresses": self._plan.client_addresses,
        }
        return [
            self._roles.start("generator", self._places[place], common | {"network": network})
            for network, place in self._plan.generators.items()
        ]

    def _common(self, start_s: float) -> dict[str, object]:
        return {"start_s": start_s, "horizon_s": self._plan.horizon_s}

    def _measurement(self, servers: Sequence[Role], sampler: Role, generators: Sequence[Role]) -> Measurement:
        seen = sampler.result()
        populations = {
            name: series_of(PopulationSeries, part)
            for role in generators
            for name, part in role.result()["populations"].items()
        }
        services = {
            name: series_of(ServiceSeries, part)
            for role in servers
            for name, part in role.result()["services"].items()
        }
        lateness = [role.result()["lateness_s"] for role in (*servers, sampler, *generators)]
        busy_s = sum(role.result()["busy_s"] for role in (*servers, sampler))
        return Measurement(
            bin_s=BIN_S,
            bins_count=self._bins_count,
            crossings={name: series_of(CrossingSeries, part) for name, part in seen["crossings"].items()},
            populations=populations,
            services=services,
            lateness_s=tuple(max(late) for late in zip(*lateness, strict=True)),
            busy_ratio=seen["machine_busy_ratio"],
            rig_busy_ratio=busy_s / self._plan.horizon_s,
        )
