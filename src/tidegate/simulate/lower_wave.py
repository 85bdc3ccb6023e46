"""Who acts at once, and when? The script's waves, and those that health checks and scalers may set off.

What a wave does when it comes stands in `kernels.client`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.simulate.kernels import nouns
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Population, Service
from tidegate.simulate.kernels.nouns.effect import OnFailure
from tidegate.simulate.kernels.nouns.population import Kind
from tidegate.simulate.kernels.nouns.wave import NOT_MINE, WaveKind
from tidegate.simulate.lower_population import effect_rows
from tidegate.simulate.policies import PolicyTable
from tidegate.simulate.rows import Row
from tidegate.simulate.scene import Scene, time_ns
from tidegate.simulate.script import Wave
from tidegate.simulate.size import scaled_limit
from tidegate.simulate.tables import Ints, blank
from tidegate.world.boot import BootCall

_ASKING = ("open", "closed", "none")
_APPEARING = (Kind.CLOSED, Kind.ONCE, Kind.NONE)


def _kept_call(row: Row) -> bool:
    return row.kind == "call" and row.clients.connection != "per_request"


def _stays(scene: Scene, service: str) -> bool:
    """Whether kept connections to a service end at a proxy before its instances."""
    balancing = scene.worlds[0].services[service].balancing
    return balancing is not None and balancing.by_request and balancing.at == "proxy"


def _index_of(call: BootCall, each: Sequence[tuple[BootCall, ...]]) -> int:
    """Return which of its service's boot calls one is: itself, and not another that asks for the same."""
    for calls in each:
        for index, one in enumerate(calls):
            if one is call:
                return index
    return next(calls.index(call) for calls in each if call in calls)


class Waves:
    """Waves as rows, the steps at which they come, and the effects of failed health checks.

    Parameters
    ----------
    scene, policies
        What is lowered, and where policies are kept.
    population_rows, service_rows
        Populations and services, lowered; what services bring along is filled here.
    """

    def __init__(
        self, scene: Scene, policies: PolicyTable, population_rows: Ints, service_rows: Ints
    ) -> None:
        self._scene, self._policies = scene, policies
        self.rows: list[nouns.Wave] = []
        self.steps: list[tuple[int, int, int, int]] = []
        self._service_rows, self._population_rows = service_rows, population_rows
        self._booting: dict[str, int] = {}
        self.effects = effect_rows(scene)
        self._booted: dict[str, float] = {}
        self._first = ("", -1, -1)  # of instances that boot in turn: their service, when, and their wave
        self._restarts = any(wave.in_turn for wave in scene.script.waves)
        for wave in scene.script.waves:
            self._scripted(wave)
        self._growth()
        for effect in self.effects:
            effect.waves = len(self.rows)
            self._sessions(effect.service.at, boots=effect.kind == OnFailure.RESTART)
            effect.waves_count = len(self.rows) - effect.waves.at
        for s, name in enumerate(scene.services):
            if service_rows[0, s, Service.first_instance] >= 0:
                service_rows[:, s, Service.sessions] = len(self.rows)
                if not _stays(scene, name):
                    self._kept(name)
                service_rows[:, s, Service.sessions_count] = (
                    len(self.rows) - service_rows[0, s, Service.sessions]
                )
                service_rows[:, s, Service.callers] = len(self.rows)
                self._calling(name)
                service_rows[:, s, Service.callers_count] = (
                    len(self.rows) - service_rows[0, s, Service.callers]
                )
            first = len(self.rows)
            if service_rows[:, s, Service.period_ns].any():
                self._boots(s, hold=0)
                self._owned(s)
            service_rows[:, s, Service.brings] = first
            service_rows[:, s, Service.brings_count] = len(self.rows) - first
            self._removed(s)

    def _removed(self, service: int) -> None:
        """Templates: who connects anew as an autoscaler removes an instance."""
        first, name = len(self.rows), self._scene.services[service]
        scalers = [world.services[name].autoscaler for world in self._scene.worlds]
        if any(scaler is not None and scaler.drops_connections for scaler in scalers):
            self._sessions(service, boots=False)
        self._service_rows[:, service, Service.broken] = first
        for i, scaler in enumerate(scalers):
            many = len(self.rows) - first if scaler is not None and scaler.drops_connections else 0
            self._service_rows[i, service, Service.broken_count] = many

    def _add(self, name: str, kind: int, **columns: int) -> None:
        row = blank(nouns.Wave)
        row.population = self._scene.names.index(name)
        row.kind = kind
        row.policy = columns.get("policy", -1)
        row.clients_count = columns.get("count", 0)
        row.start_ns = columns.get("start", 0)
        row.spread_ns = columns.get("spread", 0)
        row.is_cold = columns.get("cold", 0)
        row.offset = columns.get("offset", 0)
        row.cuts = columns.get("cuts", 0)
        row.booting_count = columns.get("booting", 0)
        row.hold_ns = columns.get("hold", 0)
        row.only = -1
        row.at_once_count = columns.get("at_once", 0)
        row.goes = columns.get("goes", 0)
        self.rows.append(row)

    def _at(self, number: int) -> None:
        """Let a wave come at its time."""
        self.steps.append((self.rows[number].start_ns, Happening.WAVE, number, 0))

    def _scripted(self, wave: Wave) -> None:
        before = len(self.rows)
        if wave.kind == "boot":
            self._starting(wave)
            return
        if wave.kind == "break":
            self._broken(wave)
        else:
            self._again(wave)
        turn = self._scene.script.in_turn
        if wave.in_turn and turn is not None and turn.service and len(self.rows) > before:
            self._with_each(before, wave.batch_number)
            return
        for number in range(before, len(self.rows)):
            self._at(number)

    def _with_each(self, first: int, batch_number: int) -> None:
        """Let the waves from `first` on act share by share, as each instance of a restart goes."""
        restart = self.rows[self._first[2]]
        if restart.breaks_count == 0:
            restart.breaks = first
        restart.breaks_count = len(self.rows) - restart.breaks.at
        for row in self.rows[first:]:
            row.offset = batch_number * max(restart.booting_count, 1)

    def _starting(self, wave: Wave) -> None:
        """Let new instances make one of their boot calls."""
        start, spread = time_ns(wave.at_s), time_ns(wave.spread_s)
        assert wave.boot_call is not None
        each = [world.services[wave.service].boot.calls for world in self._scene.worlds]
        index = _index_of(wave.boot_call, each)
        name = f"{wave.service}/boot/{index}"
        count = self._requests(name, wave.count * wave.boot_call.requests_count)
        if count == 0 and not wave.in_turn:
            return
        booting, offset = self._instances(wave, name)
        hold = 0 if wave.in_turn else max(time_ns(wave.boots_s) - 1, 0)
        # An instance that is up at once is held back before the phase that says so.
        start -= hold == 0 and start > 0 and not wave.in_turn
        mine = index == 0
        at_once = self._at_once(wave, hold)
        self._add(
            name,
            WaveKind.REQUESTS,
            count=count,
            start=start,
            spread=spread,
            booting=booting,
            offset=offset,
            hold=hold if mine else NOT_MINE,
            at_once=at_once,
            goes=int(wave.in_turn),
        )
        if at_once and not mine and self._joins(wave):
            return
        self._first = (wave.service, start, len(self.rows) - 1)
        self._at(len(self.rows) - 1)

    def _again(self, wave: Wave) -> None:
        """Let clients connect anew."""
        start, spread = time_ns(wave.at_s), time_ns(wave.spread_s)
        policy = -1
        if wave.retry is not None:
            slots = self._scene.slots[self._scene.names.index(wave.clients)]
            policy = self._policies.policy(wave.clients, wave.retry, slots)
        count = self._reconnecting(wave)
        if count == 0:
            return
        cold = int(wave.cold)
        self._add(
            wave.clients,
            WaveKind.RECONNECT,
            count=count,
            start=start,
            spread=spread,
            policy=policy,
            cold=cold,
            offset=wave.batch_number,
            cuts=int(wave.cuts),
            at_once=self._few(wave.clients) if wave.in_turn else 0,
        )

    def _few(self, clients: str) -> int:
        """Return how many places of a population start at a time, where they do so in turn; else 0."""
        turn = self._scene.script.in_turn
        if turn is None or clients not in turn.clients or turn.service:
            return 0
        j = self._scene.names.index(clients)
        stride = int(self._population_rows[0, j, Population.places_each_count])
        return scaled_limit(turn.clients[clients] * stride, self._scene.fraction)

    def _at_once(self, wave: Wave, hold: int) -> int:
        """Return how many instances of a service boot at a time, where they do so in turn; else 0."""
        turn = self._scene.script.in_turn
        if turn is None or turn.service != wave.service or hold > 0 or wave.in_turn != self._restarts:
            return 0
        return scaled_limit(turn.instances_count, self._scene.shrinks[wave.service].instances_ratio)

    def _joins(self, wave: Wave) -> bool:
        """Whether the boot requests added last are made by instances that make others, too: with those."""
        service, start, first = self._first
        if service != wave.service or start != self.rows[-1].start_ns:
            return False
        self.rows[-1].at_once_count = 0
        self.rows[first].siblings_count = len(self.rows) - 1 - first
        return True

    def _requests(self, name: str, requests_count: int) -> int:
        """Return how many boot requests come in the run; what is rounded away comes with a later batch."""
        before = self._booted.get(name, 0.0)
        self._booted[name] = after = before + requests_count * self._scene.fraction
        return round(after) - round(before)

    def _broken(self, wave: Wave) -> None:
        """Break the connections that calls keep to instances that restart, where those have no rows.

        Of those that restart as others are ready, their own calls' as well.
        """
        if self._scene.worlds[0].services[wave.service].balancing is not None:
            return
        for name, row in self._rows_at(wave.at_s).items():
            mine = wave.in_turn and row.owner == wave.service  # else they go with a phase
            if not _kept_call(row) or not (mine or row.clients.service == wave.service):
                continue
            count = round(self._scene.slots_count(row) * wave.share_ratio)
            if count:
                start = time_ns(wave.at_s)
                offset = wave.batch_number
                self._add(name, WaveKind.RECONNECT, count=count, start=start, cold=1, offset=offset, cuts=1)

    def _rows_at(self, at_s: float) -> dict[str, Row]:
        """Return the populations as they stand at a time."""
        i = max(i for i, phase in enumerate(self._scene.script.phases) if phase.at_s <= at_s or i == 0)
        return self._scene.rows[i]

    def _instances(self, wave: Wave, name: str) -> tuple[int, int]:
        """Return how many instances of the run boot in a wave, and the number of the first."""
        s = self._scene.services.index(wave.service)
        running, counted = max(
            (
                int(self._service_rows[i, s, Service.instances_count]),
                world.services[wave.service].instances_count,
            )
            for i, world in enumerate(self._scene.worlds)
        )
        booting = round(wave.count * running / counted) if counted else 0
        offset = self._booting.get(name, 0)
        self._booting[name] = offset + booting
        return booting, offset

    def _reconnecting(self, wave: Wave) -> int:
        """Return how many connect again, of as many as there are by then."""
        row = self._rows_at(wave.at_s)[wave.clients]
        return round(self._scene.slots_count(row) * wave.share_ratio) if row.clients.population_count else 0

    def _growth(self) -> None:
        """Clients that a phase adds appear as a wave of their own; pooled connections leave as one.

        Callers come and go with the instances they belong to: their connections, all at once.
        """
        rows = self._population_rows
        for i in range(1, len(self._scene.worlds)):
            at = time_ns(self._scene.script.phases[i].at_s)
            for j, name in enumerate(self._scene.names):
                stride = rows[i, j, Population.places_each_count]
                was, now = (rows[n, j, Population.clients_count] * stride for n in (i - 1, i))
                pooled = bool(rows[i, j, Population.is_pooled])
                if now == was or (
                    not pooled and (now < was or rows[i, j, Population.kind] not in _APPEARING)
                ):
                    continue
                kind = WaveKind.CLIENTS if now > was else WaveKind.LEAVE
                spread = 0
                if now > was:
                    spread = time_ns(self._scene.rows[i][name].clients.start_spread_s)
                first, count = int(min(was, now)), int(abs(now - was))
                turn, at_once = self._scene.script.in_turn, 0
                if turn is not None and name in turn.clients and now > was:
                    at_once = scaled_limit(turn.clients[name] * stride, self._scene.fraction)
                self._add(name, kind, count=count, start=at, spread=spread, offset=first, at_once=at_once)
                self._at(len(self.rows) - 1)

    def _sessions(self, service: int, *, boots: bool) -> None:
        """Templates: who reconnects, and what boots, when one instance of a service restarts."""
        name = self._scene.services[service]
        for row in self._scene.rows[0].values():
            there = row.clients.service == name
            if (there and row.kind in _ASKING) or (_kept_call(row) and (there or row.owner == name)):
                self._add(row.name, WaveKind.RECONNECT, cold=1, cuts=1)
        if boots:
            boot_s = self._scene.worlds[0].services[name].boot.time_s
            self._boots(service, hold=max(time_ns(boot_s) - 1, 0))

    def _kept(self, name: str) -> None:
        """Templates: who keeps connections to a service whose instances have rows of their own."""
        for row in self._scene.rows[0].values():
            kept = row.clients.connection != "per_request" and row.kind in (*_ASKING, "call")
            if kept and row.clients.service == name:
                self._add(row.name, WaveKind.RECONNECT, cold=1)

    def _calling(self, name: str) -> None:
        """Templates: whose connections go with an instance of a service that is killed: its calls'."""
        if any(world.services[name].memory is not None for world in self._scene.worlds):
            for row in self._scene.rows[0].values():
                if _kept_call(row) and row.owner == name:
                    self._add(row.name, WaveKind.RECONNECT, cold=1)

    def _owned(self, service: int) -> None:
        """Templates: what one more instance brings to the populations that the service owns."""
        name = self._scene.services[service]
        for row in self._scene.rows[0].values():
            if row.service is not None and row.owner == name:
                self._add(row.name, WaveKind.CLIENTS, count=self._scene.each_instance_count(row))

    def _boots(self, service: int, *, hold: int) -> None:
        name = self._scene.services[service]
        for i, call in enumerate(self._scene.worlds[0].services[name].boot.calls):
            mine = hold if i == 0 else NOT_MINE
            self._add(f"{name}/boot/{i}", WaveKind.REQUESTS, count=call.requests_count, hold=mine)
