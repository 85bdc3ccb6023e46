"""Does a file say something that cannot be meant? Keys that contradict each other within one text.

Only what an author wrote is judged, never an overlay: a candidate may leave a key without effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.world.activity import Activity
from tidegate.world.clients import Clients
from tidegate.world.crossing import Crossing, DeviceScaler, PortBlock, Ports
from tidegate.world.file.faults import Faults, Path
from tidegate.world.file.filling import judge_memory
from tidegate.world.file.instances import judge_balancing, judge_trigger, uncountable, unmodelled
from tidegate.world.file.law import judge_delays, judge_times
from tidegate.world.file.logging_in import judge_login
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.scaling import judge_checks, judge_crowd, judge_in_turn, judge_scaler, judge_steps
from tidegate.world.file.sizes import judge_sizes, judge_sizes_of_clients
from tidegate.world.recurrence import turns_s
from tidegate.world.retry import RetryPolicy
from tidegate.world.service import Call, Service
from tidegate.world.trigger import Trigger
from tidegate.world.world import World

_MOST_DEVICES = 4096
_MOST_DEVICES_IN_ALL = 65_535


def find_contradictions(world: World, document: Mapping[str, Any], faults: Faults) -> None:
    """Add every contradiction, leaving out entries in which something else is wrong already."""
    judge = _Judge(world, document, faults)
    for section, check in (
        ("crossings", judge.crossing),
        ("services", judge.service),
        ("clients", judge.clients),
        ("activities", judge.activity),
        ("triggers", judge.trigger),
    ):
        for name, noun in getattr(world, section).items():
            if not faults.within((section, name)):
                check((section, name), noun)
    for name, policy in world.retry_policies.items():
        if not faults.within(("retry_policies", name)):
            judge.policy(("retry_policies", name), policy)
    for name, belief in world.beliefs.items():
        if not belief.counter and not faults.within(("beliefs", name)):
            faults.add(("beliefs", name, "counter"), "changes nothing", allowed="paths and their values")
    judge.devices()
    judge.objectives()


class _Judge:
    """Knows the world, and what of it was written."""

    def __init__(self, world: World, document: Mapping[str, Any], faults: Faults) -> None:
        self._world = world
        self._document = document
        self._faults = faults

    def _written(self, path: Path) -> bool:
        here: Any = self._document
        for step in path:
            if isinstance(here, (list, tuple)):
                here = dict(enumerate(here))
            if not isinstance(here, Mapping) or step not in here:
                return False
            here = here[step]
        return True

    def _idle(self, path: Path, what: str, *, unless: bool) -> None:
        """Fault a key that was written but has no effect beside the others."""
        if not unless and self._written(path):
            self._faults.add(path, what, allowed="leave it out, or change the other key")

    def devices(self) -> None:
        """Judge how many devices all crossings have together: each flow names them in 16 bits."""
        count = sum(crossing.devices_most_count for crossing in self._world.crossings.values())
        if count > _MOST_DEVICES_IN_ALL:
            allowed = f"at most {_MOST_DEVICES_IN_ALL} devices in all crossings together"
            self._faults.add(("crossings",), "have too many devices", value=count, allowed=allowed)

    def crossing(self, path: Path, crossing: Crossing) -> None:
        if crossing.between[0] == crossing.between[1]:
            between = f"{crossing.between[0]} twice"
            self._faults.add(
                (*path, "between"), "joins a network with itself", value=between, allowed="two networks"
            )
        if crossing.scaler is not None:
            self._scaler(path, crossing, crossing.scaler)
        if crossing.bandwidth_bit_per_s is not None and self._world.detail == "coarse":
            allowed = "detail: packet, or no bandwidth"
            self._faults.add((*path, "bandwidth"), "is not modelled with detail coarse", allowed=allowed)
        if crossing.ports is not None and crossing.ports.block is not None:
            self._block((*path, "ports"), crossing.ports, crossing.ports.block)
        self._strays((*path, "background"), crossing)
        admission = crossing.admission
        if admission is not None:
            here = (*path, "admission")
            self._idle((*here, "burst"), "is a burst without a rate", unless=admission.rate_per_s is not None)
            self._idle(
                (*here, "per_source_burst"),
                "is a burst without per_source",
                unless=admission.per_source_per_s is not None,
            )

    def _block(self, path: Path, ports: Ports, block: PortBlock) -> None:
        """Judge blocks of ports beside the ports they are cut from."""
        here, add = (*path, "block"), self._faults.add
        if block.least_count > ports.per_destination_count:
            what = "is more than the device has, so that no source gets any"
            allowed = f"at most per_destination ({ports.per_destination_count})"
            add((*here, "least"), what, value=block.least_count, allowed=allowed)
        if block.most_count is not None and block.most_count < block.least_count:
            add((*here, "most"), "is less than least", value=block.most_count, allowed="least ≤ most")
        self._idle((*here, "growth_time"), "is given without most", unless=block.most_count is not None)
        if ports.usable_ratio < 1.0:
            what = "is not modelled together with block: all ports of a block are usable"
            add((*path, "usable"), what, value=ports.usable_ratio, allowed="leave it out")

    def _strays(self, path: Path, crossing: Crossing) -> None:
        """Judge flows that nobody answers: they need something to take, their sources something to send."""
        limited = crossing.admission is not None and crossing.admission.rate_per_s is not None
        takes = (crossing.table, crossing.forwarding_per_s, crossing.setup_per_s)
        self._idle(
            (*path, "unanswered"),
            "takes nothing, since the crossing has no table, forwarding, setup or admission rate",
            unless=limited or any(each is not None for each in takes),
        )
        key = ".".join(map(str, (*path, "unanswered")))
        later = any(key in trigger.set for trigger in self._world.triggers.values())
        what = "is given, but no flows are unanswered"
        comes = later or crossing.background.unanswered_per_s > 0.0
        self._idle((*path, "unanswered_sources"), what, unless=comes)

    def _scaler(self, path: Path, crossing: Crossing, scaler: DeviceScaler) -> None:
        """Judge what a crossing grows by: it needs something to read, and somewhere to go."""
        here, add = (*path, "scaler"), self._faults.add
        if all(
            each is None
            for each in (crossing.forwarding_per_s, crossing.setup_per_s, crossing.bandwidth_bit_per_s)
        ):
            allowed = "forwarding, setup or bandwidth"
            add(here, "reads how busy devices are, and nothing says what they can do", allowed=allowed)
        if scaler.grows == "devices" and scaler.most_count < crossing.devices_count:
            what, allowed = "is less than devices", f"at least devices ({crossing.devices_count})"
            add((*here, "most"), what, value=scaler.most_count, allowed=allowed)
        if scaler.grows == "devices" and scaler.most_count > _MOST_DEVICES:
            add(
                (*here, "most"),
                "is too many devices",
                value=scaler.most_count,
                allowed=f"1 to {_MOST_DEVICES}",
            )

    def service(self, path: Path, service: Service) -> None:
        judge_sizes(path, service, self._world, self._faults, self._idle)
        lognormal = service.service_law.word == "lognormal"
        self._idle((*path, "service_cv"), "has a meaning only for service_law lognormal", unless=lognormal)
        if service.resumed_setup_time_s > service.setup_time_s:
            what = "is more than a full set-up takes"
            full = format_quantity(service.setup_time_s, "s")
            self._faults.add((*path, "resumed_setup_time"), what, allowed=f"at most setup_time ({full})")
        self._reserved(path, service)
        self._pooler((*path, "pooler"), service)
        fault = unmodelled(self._world, str(path[-1]))
        if fault is not None:
            self._faults.add(tuple(str(fault.path).split(".")), fault.what, allowed=fault.allowed)
        judge_balancing(path, service, self._faults, self._idle)
        if service.login is not None:
            judge_login((*path, "login"), service.login, self._faults, self._idle)
        if service.memory is not None:
            judge_memory((*path, "memory"), service.memory, self._world, self._faults)
        judge_scaler(path, service.autoscaler, self._faults, self._idle)
        judge_crowd(path, service, self._faults)
        judge_checks(path, service, self._faults, self._idle)
        self._idle(
            (*path, "connection_age"),
            "is given, but nobody keeps a connection to it",
            unless=self._is_kept(path[-1]),
        )
        for index, call in enumerate(service.calls):
            what, kept = "is given, but no connection is kept", call.connection == "keep_alive"
            self._idle((*path, "calls", index, "connection_age"), what, unless=kept)
            self.policy((*path, "calls", index, "retry"), call.retry)
            self._pool((*path, "calls", index, "pool"), call)
        for index, boot_call in enumerate(service.boot.calls):
            here = (*path, "boot", "calls", index, "at_once")
            many = boot_call.at_once_count is not None and boot_call.at_once_count < boot_call.requests_count
            self._idle(here, "is no fewer than the requests", unless=many)
            self.policy((*path, "boot", "calls", index, "retry"), boot_call.retry)

    def _pool(self, path: Path, call: Call) -> None:
        """Judge the connections that instances keep for a call."""
        pool = call.pool
        if pool is None:
            return
        kept = call.connection == "keep_alive"
        self._idle(path, f"is given, but connection is {call.connection}", unless=kept)
        if pool.kept_count > pool.most_count:
            allowed = f"at most most ({pool.most_count:,})"
            self._faults.add((*path, "least"), "is more than most", value=pool.kept_count, allowed=allowed)
        if pool.opened == "eager" and pool.kept_count == 0:
            what = "is eager, but least is 0, so nothing would be opened"
            self._faults.add((*path, "opened"), what, allowed="lazy, or a least of at least 1")
        stays = pool.kept_count == pool.most_count
        self._idle((*path, "idle_timeout"), "closes nothing, since least is most", unless=not stays)

    def _pooler(self, path: Path, service: Service) -> None:
        """Judge what a pooler pools."""
        pooler, add = service.pooler, self._faults.add
        if pooler is None:
            return
        one = len(service.calls) == 1 and service.calls[0].connection == "keep_alive"
        if not one or service.calls[0].pool is not None:
            add(path, "pools the connections of one call", allowed="one kept call, without a pool of its own")
        if service.connections_count is None:
            add(path, "says nothing of its clients' connections", allowed="connections (max_client_conn)")
        elif service.concurrency_count < min(pooler.open_count, service.connections_count):
            places, least = service.concurrency_count, min(pooler.open_count, service.connections_count)
            what = "is less than a pooler has server connections"
            at = (*path[:-1], "concurrency")
            add(at, what, value=places, allowed=f"as many as connections, at least {least:,}")
        idle = (*path, "idle_timeout")
        self._idle(idle, "closes nothing in mode session", unless=not service.holds_sessions)
        if service.autoscaler is not None and service.holds_sessions:
            add(path, "in mode session is not modelled with an autoscaler", allowed="mode: transaction")

    def _reserved(self, path: Path, service: Service) -> None:
        """Judge what a service keeps of its connections for others."""
        here, count = (*path, "reserved_connections"), service.connections_count
        self._idle(here, "is a part of connections, of which there is no limit", unless=count is not None)
        if count is not None and service.reserved_connections_count >= count:
            reserved, allowed = service.reserved_connections_count, f"less than connections ({count:,})"
            self._faults.add(here, "leaves nobody else a connection", value=reserved, allowed=allowed)

    def _is_kept(self, service: str | int) -> bool:
        """Whether any connection to a service outlives its request."""
        of_clients = (one.connection for one in self._world.clients.values() if one.service == service)
        calls = (
            call for one in self._world.services.values() for call in one.calls if call.service == service
        )
        return any(each != "per_request" for each in (*of_clients, *(call.connection for call in calls)))

    def clients(self, path: Path, clients: Clients) -> None:
        pool = clients.connection == "pool"
        self._idle((*path, "pool"), f"is given, but connection is {clients.connection}", unless=pool)
        self._idle(
            (*path, "connect_timeout"),
            "has a meaning only for timeout_clock send",
            unless=clients.timeout_clock == "send",
        )
        judge_sizes_of_clients(path, self._world, self._idle)
        judge_times(path, clients, self._faults, self._idle)
        kept = clients.connection != "per_request"
        self._idle(
            (*path, "reset_at_most_every"),
            "is given, but no connection is kept that could be closed",
            unless=kept and clients.after_timeout == "rebuild",
        )
        self._idle((*path, "connection_age"), "is given, but no connection is kept", unless=kept)
        service = self._world.services.get(clients.service)  # None: said elsewhere
        aged = clients.connection_age or service is None or service.connection_age
        self._idle((*path, "reopen"), "is given, but no connection has an age", unless=kept and bool(aged))
        demand, here = clients.demand, (*path, "demand")
        self._idle((*here, "rate"), f"is given, but kind is {demand.kind}", unless=demand.kind == "open")
        self._idle((*here, "think"), f"is given, but kind is {demand.kind}", unless=demand.kind == "closed")
        deferred = demand.unserved == "deferred"
        self._idle((*here, "drain"), "is given, but unserved requests are lost", unless=deferred)
        if demand.kind == "open" and not self._written((*here, "rate")):
            self._faults.add((*here, "rate"), "is missing for open demand", allowed="a rate such as 64k/s")
        self.policy((*path, "retry"), clients.retry)

    def policy(self, path: Path, policy: RetryPolicy) -> None:
        """Judge layers that are spelt out at `path`; named ones are judged where they are stated."""
        for index, layer in enumerate(policy.layers):
            here = (*path, "layers", index)
            if not self._written(here) and not self._written((*path, index)):
                continue
            if layer.backoff != "none" and layer.cap_s < layer.base_s:
                cap, base = (format_quantity(value_s, "s") for value_s in (layer.cap_s, layer.base_s))
                self._faults.add((*here, "cap"), "is less than base", value=cap, allowed=f"at least {base}")
            if layer.floor_s > layer.cap_s:
                floor, cap = (format_quantity(value_s, "s") for value_s in (layer.floor_s, layer.cap_s))
                self._faults.add((*here, "floor"), "is more than cap", value=floor, allowed=f"at most {cap}")
            if layer.floor_s > 0.0 and layer.backoff == "decorrelated":
                what = "has no meaning for backoff decorrelated, which is never shorter than base"
                self._faults.add((*here, "floor"), what, allowed="leave it out")
            if not layer.retries_on:
                what = "names no failure, so that nothing is ever tried again"
                self._faults.add((*here, "retries_on"), what, allowed="a failure, or leave it out")
            budget = layer.budget
            if budget is not None and budget.cost_count > budget.tokens_count:
                self._faults.add(
                    (*here, "budget", "cost"),
                    "is more than the budget can hold, so nothing is ever tried again",
                    value=format_quantity(budget.cost_count, "count"),
                    allowed=f"at most tokens ({format_quantity(budget.tokens_count, 'count')})",
                )
            judge_delays(here, layer, self._faults)
            width = self._written((*here, "jitter_width")) or self._written((*path, index, "jitter_width"))
            if width and layer.jitter != "spread":
                what = "has a meaning only for jitter spread"
                self._faults.add((*here, "jitter_width"), what, allowed="leave it out")

    def activity(self, path: Path, activity: Activity) -> None:
        kind, add = activity.kind, self._faults.add
        if kind == "devices" and not activity.crossing:
            add((*path, "crossing"), "is missing for kind devices", allowed=", ".join(self._world.crossings))
        self._idle((*path, "crossing"), f"is given, but kind is {kind}", unless=kind == "devices")
        self._idle((*path, "service"), "is given, but kind is devices", unless=kind != "devices")
        if kind in {"scale", "devices"} and activity.to_count is None:
            add((*path, "to"), f"is missing for kind {kind}", allowed="a count such as 600")
        if kind == "scale" and not activity.service and not activity.clients_added:
            add((*path, "service"), "is missing for kind scale", allowed="service, or clients_added")
        if kind == "scale" and not activity.service and activity.from_count is None:
            add((*path, "from"), "is missing where no service is given", allowed="a count such as 400")
        if kind == "restart" and not activity.service and not activity.clients_added:
            allowed = f"{', '.join(self._world.services)}, or clients_added"
            add((*path, "service"), "is missing for kind restart", allowed=allowed)
        if kind == "restart" and not activity.service and activity.from_count is None:
            add((*path, "from"), "is missing where no service is given", allowed="a count such as 400")
        if kind == "devices" and not 1 <= (activity.to_count or 1) <= _MOST_DEVICES:
            add(
                (*path, "to"),
                "is no possible number of devices",
                value=activity.to_count,
                allowed=f"1 to {_MOST_DEVICES}",
            )
        self._growth(path, activity)
        self._within_horizon((*path, "at"), activity.at_s + activity.steps_last_s, "is not over")
        for index, reaction in enumerate(activity.reactions):
            here = (*path, "reactions", index)
            population = self._world.clients.get(reaction.clients)
            if reaction.spread_by_lookup and population is not None and population.lookup is None:
                add(
                    (*here, "spread_by_lookup"), "is true, but these clients state no lookup", allowed="false"
                )

    def _growth(self, path: Path, activity: Activity) -> None:
        """Judge what grows in step with an activity, and what runs beside the old."""
        kind, stepped = activity.kind, activity.kind in {"scale", "restart"}
        self._idle((*path, "clients_added"), f"is given, but kind is {kind}", unless=stepped)
        self._idle((*path, "surge"), f"is given, but kind is {kind}", unless=stepped)
        self._idle((*path, "overlap"), "is given without surge", unless=activity.surge_count > 0)
        self._idle((*path, "to"), f"is given, but kind is {kind}", unless=kind in {"scale", "devices"})
        service = self._world.services.get(activity.service)
        beside_s = activity.overlap_s
        if beside_s is None:
            beside_s = (service.boot.time_s if service is not None else 0.0) or activity.pause_s
        if stepped and activity.surge_count > 0 and beside_s == 0.0:
            what = "runs beside the old for no time at all"
            self._faults.add((*path, "surge"), what, allowed="an overlap, such as 30s")
        for index, name in enumerate(activity.clients_added):
            if name in activity.clients_added[:index]:
                what = "is named twice, and grows once"
                self._faults.add((*path, "clients_added", index), what, value=name, allowed="each name once")
        judge_in_turn(path, activity, self._world, self._faults, self._idle)
        judge_steps(path, activity, self._world, self._faults, self._idle)
        for fault in uncountable(self._world, str(path[-1])):
            self._faults.add((*path, "from"), fault.what, value=fault.value, allowed=fault.allowed)

    def trigger(self, path: Path, trigger: Trigger) -> None:
        self._within_horizon((*path, "at"), trigger.at_s, "does not begin")
        self._comes_again(path, trigger.every_s, trigger.times_count, trigger.at_s)
        if trigger.every_s is not None and trigger.for_s is not None and trigger.for_s >= trigger.every_s:
            every = format_quantity(trigger.every_s, "s")
            what = "is not over when it comes again"
            self._faults.add((*path, "for"), what, allowed=f"less than every ({every})")
        if trigger.every_s is not None and trigger.for_s is None and not trigger.reconnect:
            what = "comes again, but was never undone"
            self._faults.add((*path, "every"), what, allowed="for, or reconnect")
        if not trigger.set and not trigger.reconnect:
            self._faults.add(path, "does nothing", allowed="set, reconnect, or both")
        self._idle((*path, "reconnect_spread"), "is given without reconnect", unless=bool(trigger.reconnect))
        judge_trigger(path, trigger, self._world, self._faults, self._idle)
        self._blocks_stay(path, trigger)
        self._balancing_stays(path, trigger)

    def _blocks_stay(self, path: Path, trigger: Trigger) -> None:
        """Judge whether a trigger gives or takes away the ports of each source."""
        for key, value in trigger.set.items():
            section, name, _, rest = (*key.split(".", 3), "", "", "")[:4]
            crossing = self._world.crossings.get(name) if section == "crossings" else None
            if crossing is None or not key.startswith(f"crossings.{name}.ports"):
                continue
            blocks = crossing.ports is not None and crossing.ports.block is not None
            if (rest.startswith("block") and not blocks) or (blocks and rest in {"", "block"}):
                what = "blocks of ports cannot come or go while the world runs"
                allowed = "their numbers, such as ports.block.least"
                self._faults.add((*path, "set", key), what, value=str(value)[:60], allowed=allowed)

    def _balancing_stays(self, path: Path, trigger: Trigger) -> None:
        """Judge whether a trigger gives or takes away the queues of single instances."""
        for name, service in self._world.services.items():
            whole = f"services.{name}.balancing"
            inside = service.balancing is None and any(one.startswith(f"{whole}.") for one in trigger.set)
            if whole in trigger.set or inside:
                what = f"sets {whole}, which cannot begin or end within a run"
                self._faults.add((*path, "set"), what, allowed="what is in balancing, where that is stated")

    def _comes_again(self, path: Path, every_s: float | None, times_count: int | None, at_s: float) -> None:
        """Judge how often something comes."""
        horizon_s = self._world.horizon_s
        self._idle((*path, "times"), "is given without every", unless=every_s is not None)
        if every_s is None or times_count is None or self._faults.within(("horizon",)):
            return
        fit = len(turns_s(at_s, every_s, None, horizon_s))
        if times_count > fit:
            allowed = f"at most {fit}, or a longer horizon"
            what = "is more than fit before the horizon"
            self._faults.add((*path, "times"), what, value=times_count, allowed=allowed)

    def _within_horizon(self, path: Path, at_s: float, what: str) -> None:
        horizon_s = self._world.horizon_s
        if at_s >= horizon_s and not self._faults.within(("horizon",)):
            horizon = format_quantity(horizon_s, "s")
            self._faults.add(
                path,
                f"{what} within the simulated time",
                value=format_quantity(at_s, "s"),
                allowed=f"before the horizon ({horizon})",
            )

    def objectives(self) -> None:
        """Judge what must hold against what is simulated."""
        path, objectives = ("objectives",), self._world.objectives
        if self._faults.within(path):
            return
        within_s, horizon_s = objectives.recover_within_s, self._world.horizon_s
        if within_s is not None and within_s > horizon_s and not self._faults.within(("horizon",)):
            self._faults.add(
                (*path, "recover_within"),
                "is longer than the simulated time",
                value=format_quantity(within_s, "s"),
                allowed=f"at most the horizon ({format_quantity(horizon_s, 's')})",
            )
        for key, value in (("success", objectives.success_ratio), ("request_p99", objectives.request_p99_s)):
            if value is not None and not self._world.clients:
                self._faults.add(
                    (*path, key), "cannot be judged: the world states no clients", allowed="clients"
                )
