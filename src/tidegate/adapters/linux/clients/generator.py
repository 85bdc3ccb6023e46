"""The clients of one network, for real: they carry out a script over sockets.

One process with one loop for all populations that live in a network; `population` and `attempts` are what
they do. It is started by the rig (`python -m tidegate.adapters.linux.clients.generator`, request on standard
input, JSON lines on standard output, the result last) or called (`generate`). It runs in whatever network
namespace it finds itself in. Building networks and services must not live here. Shortcuts: one process
carries at most 15,000 connections and about 6,000 attempts a second, and more is refused. What services
ask of each other is sent by their server, health checks by probers.
"""

from __future__ import annotations

import gc
import resource
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tidegate.adapters.cycle_collector import collector_rests
from tidegate.adapters.linux import part
from tidegate.adapters.linux.clients.lookup import Lookups
from tidegate.adapters.linux.clients.next_instance import Instances
from tidegate.adapters.linux.clients.population import Population
from tidegate.adapters.linux.clients.population_record import PopulationRecord
from tidegate.adapters.linux.event_loop import EventLoop
from tidegate.errors import Fault, InputError, RigError, TidegateError
from tidegate.rehearse.measurement import BIN_S, MeasuredPopulation
from tidegate.rehearse.sizes import sized
from tidegate.simulate.rows import Row, rows_of
from tidegate.simulate.script import Script, Wave, write_script
from tidegate.world.file.read import read_world

if TYPE_CHECKING:
    from tidegate.world.world import World

MOST_RATE_PER_S = 8_000.0
MOST_CONNECTIONS_COUNT = 15_000
MOST_ATTEMPTS_COUNT = 3_000_000
MOST_HORIZON_S = 600.0
MOST_MISSING_RATIO = 0.01  # of the kept connections that should stand at the start
READY_S = 0.1  # standing connections are opened until this long before the start

Endpoints = Mapping[str, Sequence[tuple[str, int]]]


@dataclass(frozen=True, kw_only=True)
class Generated:
    """What the clients of one network did.

    Parameters
    ----------
    populations
        By name; lookups as "population/lookup".
    lateness_s
        For each bin, by how much the loop woke too late or stood still.
    standing_missing_count
        Kept connections that should have stood at the start and did not.
    """

    populations: Mapping[str, MeasuredPopulation]
    lateness_s: tuple[float, ...]
    standing_missing_count: int


class _Binned(Protocol):
    record: PopulationRecord

    def end_bin(self) -> Mapping[str, int]: ...


def generate(
    script: Script,
    *,
    network: str,
    endpoints: Endpoints,
    start_s: float,
    horizon_s: float,
    seed: int,
    client_addresses: Mapping[str, Sequence[str]] | None = None,
    tell: part.Tell | None = None,
) -> Generated:
    """Let all populations that live in `network` do what the script says, in real time.

    Parameters
    ----------
    script
        Phases and waves, as for the engines.
    network
        Whose clients.
    endpoints
        By service, address and port of each instance that can exist; name servers answer on UDP. Names
        are looked up only where the resolver has endpoints.
    start_s
        Time zero on CLOCK_MONOTONIC; connections that stand already are opened before it.
    horizon_s
        How long.
    seed
        Chooses the random streams.
    client_addresses
        By population, the source addresses its clients use in turn.
    tell
        Given one message for each bin: ``{"bin": k, "populations": {name: {"attempts": …}}}``.

    Raises
    ------
    InputError
        If the network has no clients, or a service they use no endpoint.
    RigError
        If it is more than one process can carry, files or ports run out, or the connections that stand
        already cannot be opened before the start.
    """
    crowd = _Crowd(script, network=network, endpoints=endpoints, horizon_s=horizon_s)
    with _all_files(), _no_collection():
        return crowd.run(start_s, seed, client_addresses or {}, tell or _silent)


def standing_count(script: Script, network: str) -> int:
    """Return how many kept connections the clients of `network` open before the start, of 3 packets each."""
    rows = _rows_in(script.phases[0].world, network).values()
    kept = [row for row in rows if row.kind != "lookup" and row.clients.connection != "per_request"]
    return _connections_count(kept)


class _Crowd:
    """All populations of one network over one run."""

    def __init__(self, script: Script, *, network: str, endpoints: Endpoints, horizon_s: float) -> None:
        self._script = script
        self._endpoints = endpoints
        self._bins_count = round(horizon_s / BIN_S)
        self._rows = [_rows_in(phase.world, network) for phase in script.phases]
        self._populations: dict[str, Population] = {}
        self._lookups: dict[str, Lookups] = {}
        self._instances: dict[str, Instances] = {}
        self._lateness_s: list[float] = []
        self._attempts_count = 0
        _check(self._rows, network=network, endpoints=endpoints, horizon_s=horizon_s)

    def run(
        self, start_s: float, seed: int, addresses: Mapping[str, Sequence[str]], tell: part.Tell
    ) -> Generated:
        self._loop = EventLoop(start_s)
        self._tell = tell
        try:
            self._settle(seed, addresses)
            missing_count = self._carry_out()
        finally:
            self._loop.close()
        binned: dict[str, _Binned] = {**self._populations, **self._lookups}
        return Generated(
            populations={name: each.record.series() for name, each in binned.items()},
            lateness_s=tuple(round(late_s, 6) for late_s in self._lateness_s),
            standing_missing_count=missing_count,
        )

    def _settle(self, seed: int, addresses: Mapping[str, Sequence[str]]) -> None:
        world = self._script.phases[0].world
        for row in self._rows[0].values():
            if row.kind != "lookup":
                self._populations[row.name] = Population(
                    row,
                    world.clients[row.name].population_count,
                    loop=self._loop,
                    instances=self._instances_of(row.clients.service, world),
                    names=self._lookups_of(row, world),
                    seed=seed,
                    addresses=addresses.get(row.name, ()),
                    served_age=world.services[row.clients.service].connection_age,
                )

    def _instances_of(self, service: str, world: World) -> Instances:
        if service not in self._instances:
            present_count = world.services[service].instances_count
            self._instances[service] = Instances(self._endpoints[service], present_count)
        return self._instances[service]

    def _lookups_of(self, row: Row, world: World) -> Lookups | None:
        lookup = row.clients.lookup
        if lookup is None or lookup.service not in self._endpoints:
            return None
        lookups = Lookups(
            lookup,
            row.clients.service,
            loop=self._loop,
            instances=self._instances_of(lookup.service, world),
            size_count=row.clients.population_count,
        )
        self._lookups[f"{row.name}/lookup"] = lookups
        return lookups

    def _carry_out(self) -> int:
        loop = self._loop
        if loop.now_s > 0.0:
            raise RigError(f"the clients were ready {loop.now_s:.1f} s after the start; the machine is busy")
        for population in self._populations.values():
            population.prepare(min(-READY_S, loop.now_s / 2.0))
        loop.run(0.0)
        loop.take_lateness_s()
        missing_count = self._standing_missing_count()
        loop.at(0.0, self._begin, None)
        for i, phase in enumerate(self._script.phases):
            if i > 0:
                loop.at(phase.at_s, self._take_phase, phase.world, i)
        for wave in self._script.waves:
            if wave.kind == "reconnect" and wave.clients in self._populations:
                loop.at(wave.at_s, self._start_wave, wave)
        loop.at(BIN_S, self._end_bin, None, 0)
        end_s = self._bins_count * BIN_S
        loop.run(end_s)
        while len(self._lateness_s) < self._bins_count:
            self._end_bin(None, len(self._lateness_s))
        return missing_count

    def _standing_missing_count(self) -> int:
        """Return how many kept connections do not stand at time zero; too many make another world."""
        counts = [each.standing_count() for each in self._populations.values()]
        wanted_count = sum(wanted for wanted, _ in counts)
        missing_count = wanted_count - sum(stand for _, stand in counts)
        if missing_count > MOST_MISSING_RATIO * wanted_count:
            raise RigError(
                f"{missing_count:,} of {wanted_count:,} kept connections did not stand at the start;"
                " they need more time before it, or a smaller scale"
            )
        return missing_count

    def _begin(self, _: None, number: int) -> None:
        del number
        for name, population in self._populations.items():
            population.begin()
            lookups = self._lookups.get(f"{name}/lookup")
            if lookups is not None:
                population.know(partial(lookups.known_for_s, pause_s=_pause_s(self._rows[0][name])))

    def _take_phase(self, world: World, number: int) -> None:
        for service, instances in self._instances.items():
            instances.change(world.services[service].instances_count)
        for name, population in self._populations.items():
            row, clients = self._rows[number][name], world.clients[name]
            served_age = world.services[clients.service].connection_age
            population.change(row, clients.population_count, served_age, self._few(name))
            lookup = world.clients[name].lookup
            if lookup is not None and f"{name}/lookup" in self._lookups:
                self._lookups[f"{name}/lookup"].change(lookup, world.clients[name].population_count)

    def _start_wave(self, wave: Wave, number: int) -> None:
        del number
        self._populations[wave.clients].reconnect(wave, self._few(wave.clients) if wave.in_turn else None)

    def _few(self, population: str) -> float | None:
        """Return how many clients of a population start at a time; None where any number may."""
        turn = self._script.in_turn
        return None if turn is None else turn.clients.get(population)

    def _end_bin(self, _: None, number: int) -> None:
        binned: dict[str, _Binned] = {**self._populations, **self._lookups}
        said = {name: each.end_bin() for name, each in binned.items()}
        self._lateness_s.append(self._loop.take_lateness_s())
        self._tell({"bin": number, "populations": said})
        self._attempts_count += sum(row["attempts"] for row in said.values())
        if self._attempts_count > MOST_ATTEMPTS_COUNT:
            raise RigError(f"more than {MOST_ATTEMPTS_COUNT:,} attempts in one run; use a smaller scale")
        if number + 1 < self._bins_count:
            self._loop.at((number + 2) * BIN_S, self._end_bin, None, number + 1)


def _rows_in(world: World, network: str) -> dict[str, Row]:
    """Return the rows of client populations of `network`, and of their lookups."""
    return {
        name: row if row.kind == "lookup" else sized(row, world)
        for name, row in rows_of(world).items()
        if row.clients.network == network and row.kind in {"open", "closed", "once", "none", "lookup"}
    }


def _check(
    rows: Sequence[Mapping[str, Row]], *, network: str, endpoints: Endpoints, horizon_s: float
) -> None:
    """Refuse what has no clients, nowhere to go, or is more than one process can carry."""
    names = [name for name, row in rows[0].items() if row.kind != "lookup"]
    if not names:
        raise InputError(Fault(what="no clients live in this network", kind="statement", value=network))
    missing = sorted({rows[0][name].clients.service for name in names} - set(endpoints))
    if missing:
        raise InputError(
            *(
                Fault(what="the service has no endpoint", kind="statement", value=service)
                for service in missing
            )
        )
    changed = sorted({name for name in names if len({_nature(phase[name]) for phase in rows}) > 1})
    if changed:
        what = "service, kind of demand and kind of connection cannot change during a rehearsal"
        raise InputError(*(Fault(what=what, path=f"clients.{name}") for name in changed))
    rate_per_s = max(_rate_per_s(phase.values()) for phase in rows)
    connections_count = max(_connections_count(phase.values()) for phase in rows)
    for what, value, most in (
        ("requests a second", rate_per_s, MOST_RATE_PER_S),
        ("connections at once", connections_count, MOST_CONNECTIONS_COUNT),
        ("seconds", horizon_s, MOST_HORIZON_S),
    ):
        if value > most:
            raise RigError(
                f"the clients of {network} need {value:,.0f} {what}, more than the {most:,.0f} that one"
                " process carries; use a smaller scale"
            )


def _pause_s(row: Row) -> float:
    """Return how long a client has nothing to ask, in the mean."""
    demand = row.clients.demand
    if row.kind == "open":
        return row.clients.population_count / max(demand.rate_per_s, 1e-9)
    return demand.think_s


def _nature(row: Row) -> tuple[str, ...]:
    """Return what makes clients what they are; everything else may change with a phase."""
    return row.kind, row.clients.service, row.clients.connection, str(row.clients.pool_count)


def _rate_per_s(rows: Iterable[Row]) -> float:
    return sum(row.clients.demand.rate_per_s for row in rows if row.kind == "open")


def _connections_count(rows: Iterable[Row]) -> int:
    """Return how many connections clients may hold at once: one each, or what an open rate leaves open."""
    count = 0.0
    for row in rows:
        clients = row.clients
        if row.kind == "open" and clients.connection == "per_request":
            count += clients.demand.rate_per_s * min(clients.timeout_s, 1.0)
        elif row.kind != "lookup":
            pool_count = clients.pool_count if clients.connection == "pool" else 1
            count += clients.population_count * pool_count
    return round(count)


@contextmanager
def _all_files() -> Iterator[None]:
    """Use every open file that the system allows this process."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python's collector of cycles from pausing the clients.

    A full collection over some hundred thousand objects takes longer than many a time-out under test.
    Requests, connections and clients let go of each other when they end, so that nothing needs it.
    """
    gc.collect()
    gc.freeze()
    try:
        with collector_rests():
            yield
    finally:
        gc.unfreeze()


def _silent(message: Mapping[str, object]) -> None:
    del message


def generate_asked(request: Mapping[str, Any], tell: part.Tell) -> Mapping[str, object]:
    """Carry out a request of the rig, in the words of JSON, and return the result likewise.

    Parameters
    ----------
    request
        ``world`` (its text), ``activity`` (or null), ``network``, ``endpoints``, ``client_addresses``,
        ``start_s``, ``horizon_s``, ``seed``; see `generate`.
    tell
        Given each message on the way.
    """
    script = write_script(read_world(request["world"], "the rehearsed world"), request["activity"])
    endpoints = {
        service: [(str(address), int(port)) for address, port in places]
        for service, places in request["endpoints"].items()
    }
    generated = generate(
        script,
        network=request["network"],
        endpoints=endpoints,
        start_s=request["start_s"],
        horizon_s=request["horizon_s"],
        seed=request["seed"],
        client_addresses=request.get("client_addresses", {}),
        tell=tell,
    )
    return asdict(generated)


def main() -> int:
    """Read one request, say what happens line by line, and last the result or the error."""
    try:
        part.tell({"result": generate_asked(part.request(), part.tell)})
    except TidegateError as error:
        return part.give_up(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
