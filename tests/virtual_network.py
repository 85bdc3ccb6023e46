"""Virtual time and virtual connections for the clients of a rehearsal: what they decide, without sockets.

Every connection meets the fate that a test chooses, after exactly the time it chooses.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tidegate.adapters.linux.clients import attempts, spares
from tidegate.adapters.linux.clients.client import Client, Request
from tidegate.adapters.linux.clients.connection import Stage
from tidegate.adapters.linux.clients.next_instance import Instances
from tidegate.adapters.linux.clients.population import Population
from tidegate.simulate.rows import rows_of
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world


class VirtualLoop:
    """The event loop's timers on a clock that jumps."""

    def __init__(self) -> None:
        self.now_s = self.due_s = 0.0
        self._timers: list[tuple[float, int, Callable[[Any, int], None], Any, int]] = []
        self._count = 0

    def at(self, due_s: float, act: Callable[[Any, int], None], what: Any, number: int = 0) -> None:
        self._count += 1
        heapq.heappush(self._timers, (due_s, self._count, act, what, number))

    def run(self, until_s: float) -> None:
        while self._timers and self._timers[0][0] < until_s:
            due_s, _, act, what, number = heapq.heappop(self._timers)
            self.now_s = self.due_s = max(due_s, self.now_s)
            act(what, number)
        self.now_s = until_s


@dataclass
class Fate:
    """What a connection meets: when it is established, and when and how questions are answered."""

    connects_s: float | None = 0.0
    answers_s: float | None = 0.0
    good: bool = True
    keeps: bool = True
    refused: bool = False
    answers_count: int = 1 << 30
    answers_each_s: Iterator[float] | None = None


@dataclass
class Network:
    """All connections of a test, in order, and what they meet."""

    loop: VirtualLoop
    fate: Callable[[int, float], Fate]
    began_s: list[float] = field(default_factory=list)
    asked_s: list[float] = field(default_factory=list)
    closed_s: list[float] = field(default_factory=list)
    clients: list[int] = field(default_factory=list)


class VirtualConnection:
    """What stands in for `Connection`."""

    def __init__(
        self,
        network: Network,
        owner: Any,
        loop: Any,
        instances: Any,
        *,
        client: Client,
        request: Request | None,
    ) -> None:
        del loop, instances
        self.network, self.owner, self.client, self.request = network, owner, client, request
        self.stage, self.stale_count, self.asked_count = Stage.CONNECTING, 0, 0
        self.plans_count, self.is_aged = 0, False
        self.grace_s: float | None = None
        self.began_s = network.loop.now_s
        self.fate = network.fate(len(network.began_s), self.began_s)
        network.began_s.append(self.began_s)
        network.clients.append(client.index)
        self._later(self.fate.connects_s, self._refuse if self.fate.refused else self._establish)

    def _later(self, after_s: float | None, act: Callable[[], None]) -> None:
        if after_s is not None:
            self.network.loop.at(self.network.loop.now_s + after_s, lambda _, __: act(), None)

    def _refuse(self) -> None:
        self.owner.broken(self)

    def _establish(self) -> None:
        if self.stage is Stage.CONNECTING:
            self.stage = Stage.OPEN
            self.owner.established(self)

    def send(self, question: bytes) -> None:
        del question
        self.network.asked_s.append(self.network.loop.now_s)
        self.asked_count += 1
        if self.asked_count <= self.fate.answers_count:
            each_s = self.fate.answers_each_s
            self._later(self.fate.answers_s if each_s is None else next(each_s), self._answer)

    def send_at_once(self) -> None:
        pass

    def _answer(self) -> None:
        if self.stage is Stage.OPEN and self.stale_count > 0:
            self.stale_count -= 1
        elif self.stage is Stage.OPEN:
            self.owner.answered(self, good=self.fate.good, keeps=self.fate.keeps)

    def finish(self) -> None:
        self.close()

    def close(self) -> None:
        if self.stage is not Stage.CLOSED:
            self.stage = Stage.CLOSED
            self.request = None
            self.network.closed_s.append(self.network.loop.now_s)


@dataclass
class Acted:
    """One population on a virtual network."""

    population: Population
    network: Network

    def total(self, name: str) -> int:
        self.population.end_bin()
        return sum(getattr(self.population.record.series(), f"{name}_count"))


def act_out(
    monkeypatch: Any,
    clients: str,
    *,
    until_s: float,
    fate: Callable[[int, float], Fate] | Fate,
    rest: str = "",
    seed: int = 1,
    activity: str | None = None,
    service: str = "network: main",
) -> Acted:
    """Let the population `users`, described by `clients` in a world's words, act until `until_s`."""
    text = (
        f"name: virtual\nhorizon: 100s\nnetworks: {{main: {{}}}}\nservices: {{web: {{{service}}}}}\n"
        f"clients: {{users: {{network: main, service: web, {clients}}}}}\n{rest}"
    )
    script = write_script(read_world(text, "virtual"), activity)
    loop = VirtualLoop()
    network = Network(loop, (lambda _, __: fate) if isinstance(fate, Fate) else fate)
    for module in (attempts, spares):
        monkeypatch.setattr(module, "Connection", partial(VirtualConnection, network))
    rows = [rows_of(phase.world)["users"] for phase in script.phases]
    ages = [phase.world.services["web"].connection_age for phase in script.phases]
    sizes = [phase.world.clients["users"].population_count for phase in script.phases]
    population = Population(
        rows[0],
        sizes[0],
        loop=loop,  # type: ignore[arg-type]
        instances=Instances([("192.0.2.1", 80)], 1),
        names=None,
        seed=seed,
        addresses=(),
        served_age=ages[0],
    )
    few = None if script.in_turn is None else script.in_turn.clients.get("users")
    loop.at(0.0, lambda _, __: population.begin(), None)
    for i, phase in enumerate(script.phases[1:], 1):
        loop.at(phase.at_s, lambda _, n: population.change(rows[n], sizes[n], ages[n], few), None, i)
    for wave in script.waves:
        loop.at(
            wave.at_s,
            lambda what, _: population.reconnect(what, few if what.in_turn else None),
            wave,
        )
    loop.run(until_s)
    return Acted(population, network)
