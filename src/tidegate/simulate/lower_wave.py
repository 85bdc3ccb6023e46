"""Who acts at once, and when? The script's waves, and those that health checks and scalers may set off.

What a wave does when it comes stands in `kernels.client`.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.lower_population import ON_FAILURE, effect_rows
from tidegate.simulate.policies import PolicyTable
from tidegate.simulate.rows import KINDS, rows_of
from tidegate.simulate.scene import Scene, time_ns
from tidegate.simulate.script import Wave
from tidegate.simulate.size import scaled_count
from tidegate.simulate.tables import Ints


class Waves:
    """Waves as rows, the steps at which they come, and the effects of failed health checks.

    Parameters
    ----------
    scene, policies
        What is lowered, and where policies are kept.
    P, S
        Populations and services, lowered; of `S` the columns that name waves are filled here.
    """

    def __init__(self, scene: Scene, policies: PolicyTable, P: Ints, S: Ints) -> None:
        self._scene, self._policies = scene, policies
        self.rows: list[list[int]] = []
        self.steps: list[tuple[int, int, int, int]] = []
        self.effects = effect_rows(scene)
        for wave in scene.script.waves:
            self._scripted(wave)
        self._growth(P)
        for effect in self.effects:
            effect[c.F_WAVE] = len(self.rows)
            self._sessions(effect[c.F_SERVICE], boots=effect[c.F_KIND] == ON_FAILURE.index("restart"))
            effect[c.F_WAVES] = len(self.rows) - effect[c.F_WAVE]
        for s in range(len(scene.services)):
            first = len(self.rows)
            if S[:, s, c.S_PERIOD].any():
                self._boots(s)
            S[:, s, c.S_UP], S[:, s, c.S_UPS] = first, len(self.rows) - first

    def _add(self, name: str, kind: int, **columns: int) -> None:
        row = [0] * c.W_ROW
        row[c.W_POP] = self._scene.names.index(name)
        row[c.W_KIND] = kind
        row[c.W_LAYER] = columns.get("layer", -1)
        row[c.W_COUNT] = columns.get("count", 0)
        row[c.W_START] = columns.get("start", 0)
        row[c.W_SPREAD] = columns.get("spread", 0)
        row[c.W_COLD] = columns.get("cold", 0)
        row[c.W_OFFSET] = columns.get("offset", 0)
        self.rows.append(row)

    def _at(self, start: int) -> None:
        """Let the wave that was added last come at `start`."""
        self.steps.append((start, c.WAVE, len(self.rows) - 1, 0))

    def _scripted(self, wave: Wave) -> None:
        start, spread = time_ns(wave.at_s), time_ns(wave.spread_s)
        if wave.kind == "boot":
            assert wave.boot_call is not None
            calls = self._scene.worlds[0].services[wave.service].boot.calls
            name = f"{wave.service}/boot/{calls.index(wave.boot_call)}"
            count = scaled_count(wave.count * wave.boot_call.requests_count, self._scene.fraction)
            self._add(name, c.W_REQUESTS, count=count, start=start, spread=spread)
        else:
            layer = -1
            if wave.retry is not None:
                slots = self._scene.slots[self._scene.names.index(wave.clients)]
                layer = self._policies.policy(wave.clients, wave.retry, slots)
            count = self._reconnecting(wave)
            if count == 0:
                return
            cold = int(wave.cold)
            self._add(
                wave.clients, c.W_RECONNECT, count=count, start=start, spread=spread, layer=layer, cold=cold
            )
        self._at(start)

    def _reconnecting(self, wave: Wave) -> int:
        """Return how many connect again, of as many as there are by then."""
        world = self._scene.worlds[0]
        for phase in self._scene.script.phases:
            if phase.at_s <= wave.at_s:
                world = phase.world
        return round(self._scene.slots_count(rows_of(world)[wave.clients]) * wave.share_ratio)

    def _growth(self, P: Ints) -> None:
        """Clients that a phase adds appear as a wave of their own."""
        for i in range(1, len(self._scene.worlds)):
            at = time_ns(self._scene.script.phases[i].at_s)
            for j, name in enumerate(self._scene.names):
                stride = P[i, j, c.P_STRIDE]
                was, now = (P[n, j, c.P_COUNT] * stride for n in (i - 1, i))
                if now <= was or P[i, j, c.P_KIND] > KINDS.index("none"):
                    continue
                row = self._scene.rows[i][name]
                if row.kind == "open" and not P[i, j, c.P_SLOTS]:
                    continue
                spread = time_ns(row.clients.start_spread_s)
                self._add(name, c.W_CLIENTS, count=int(now - was), start=at, spread=spread, offset=int(was))
                self._at(at)

    def _sessions(self, service: int, *, boots: bool) -> None:
        """Templates: who reconnects, and what boots, when one instance of a service restarts."""
        name = self._scene.services[service]
        for row in self._scene.rows[0].values():
            if row.clients.service == name and row.kind in {"open", "closed", "none"}:
                self._add(row.name, c.W_RECONNECT, cold=1)
        if boots:
            self._boots(service)

    def _boots(self, service: int) -> None:
        name = self._scene.services[service]
        for i, call in enumerate(self._scene.worlds[0].services[name].boot.calls):
            self._add(f"{name}/boot/{i}", c.W_REQUESTS, count=call.requests_count)
