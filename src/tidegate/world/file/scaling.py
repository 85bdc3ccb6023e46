"""What of starts, crowds and scalers contradicts itself? Faults of a service or an activity."""

from __future__ import annotations

from collections.abc import Callable

from tidegate.world.activity import Activity
from tidegate.world.file.faults import Faults, Path
from tidegate.world.file.quantity import format_quantity
from tidegate.world.instance_memory import RestartBackoff
from tidegate.world.scaler import Autoscaler, SecondSignal
from tidegate.world.service import Service
from tidegate.world.world import World

_FIELDS = {"initial_delay": "initial_delay_s", "startup": "startup"}
Idle = Callable[..., None]
"""Faults a key that was written but has no effect beside the others: its path, what is said, and `unless`."""


def judge_scaler(path: Path, scaler: Autoscaler | None, faults: Faults, idle: Idle) -> None:
    """Judge what an autoscaler reads and does."""
    if scaler is None:
        return
    here, add = (*path, "autoscaler"), faults.add
    if scaler.least_count > scaler.most_count:
        add((*here, "least"), "is more than most", value=scaler.least_count, allowed="least ≤ most")
    read: list[tuple[Path, Autoscaler | SecondSignal]] = [(here, scaler)]
    read += [((*here, "also"), scaler.also)] if scaler.also is not None else []
    for at, one in read:
        if one.signal == "utilisation" and one.target_count > 1.0:
            what, allowed = "is more than all of an instance", "0 to 1 for signal utilisation"
            add((*at, "target"), what, value=one.target_count, allowed=allowed)
    signals = [one.signal for _, one in read]
    if len(set(signals)) < len(signals):
        add((*here, "also", "signal"), "is the first signal again", allowed="another signal")
    idle((*here, "cores"), "is given, but no signal is cpu", unless="cpu" in signals)
    idle(
        (*here, "counted_after"),
        "is given, but no signal is utilisation or cpu",
        unless=bool({"utilisation", "cpu"} & set(signals)),
    )
    idle((*here, "node_time"), "is given without room", unless=scaler.room_count is not None)
    _judge_budgets(here, scaler, faults, idle)
    metrics = scaler.metrics
    if metrics is None:
        return
    fallback = metrics.fallback_count
    idle((*here, "metrics", "failures"), "is given without fallback", unless=fallback is not None)
    if fallback is not None and not scaler.least_count <= fallback <= scaler.most_count:
        allowed = f"{scaler.least_count} to {scaler.most_count}, its least and most"
        add((*here, "metrics", "fallback"), "is never reached", value=fallback, allowed=allowed)


def _judge_budgets(here: Path, scaler: Autoscaler, faults: Faults, idle: Idle) -> None:
    """Judge by how much an autoscaler may change the size at once."""
    for key, listed in (("steps", scaler.steps), ("removals", scaler.removals)):
        for index, one in enumerate(listed):
            if (one.share_ratio is None) == (one.instances_count is None):
                what = "states no amount" if one.share_ratio is None else "states two amounts"
                faults.add((*here, key, index), what, allowed="one of share and instances")
    unlike = "is given without removals, so there is nothing to choose"
    idle((*here, "removal_choice"), unlike, unless=bool(scaler.removals) or scaler.removal_choice == "none")


def judge_crowd(path: Path, service: Service, faults: Faults) -> None:
    """Judge what requests that are served together do to each other, and what an instance takes along."""
    scaler = service.autoscaler
    if service.balancing is not None and scaler is not None and scaler.drops_connections:
        what = "is given, but instances with queues of their own (balancing) always do"
        faults.add((*path, "autoscaler", "drops_connections"), what, allowed="leave it out")
    if service.balancing is not None and scaler is not None:
        for at, one in (((), scaler), (("also",), scaler.also)):
            if one is not None and one.signal == "cpu":
                what = "is not modelled beside balancing"
                faults.add((*path, "autoscaler", *at, "signal"), what, value="cpu", allowed="another signal")
    contention = service.contention
    if contention is not None:
        here = (*path, "contention")
        if contention.serial_ratio == contention.crosstalk_ratio == 0.0:
            faults.add(here, "holds nothing up", allowed="serial, crosstalk, or both, above 0")
        if service.concurrency_count == 1:
            what = "is given, but an instance serves one request at a time"
            faults.add(here, what, allowed="concurrency above 1")


def judge_checks(path: Path, service: Service, faults: Faults, idle: Idle) -> None:
    """Judge what health checks say of an instance that starts."""
    own = service.balancing is not None
    for index, probe in enumerate(service.health_probes):
        for key in ("initial_delay", "startup") if own else ():
            here = (*path, "health_probes", index, key)
            idle(here, "is not modelled beside balancing", unless=getattr(probe, _FIELDS[key]) is None)
        for key in ("startup", "restart_backoff"):
            idle(
                (*path, "health_probes", index, key),
                f"has a meaning only for on_failure restart, and it is {probe.on_failure}",
                unless=probe.on_failure == "restart",
            )
        judge_backoff((*path, "health_probes", index, "restart_backoff"), probe.restart_backoff, faults)


def judge_backoff(path: Path, backoff: RestartBackoff | None, faults: Faults) -> None:
    """Judge how long restarts in a row wait."""
    if backoff is not None and backoff.most_s < backoff.base_s:
        most, base = (format_quantity(value_s, "s") for value_s in (backoff.most_s, backoff.base_s))
        faults.add((*path, "most"), "is less than base", value=most, allowed=f"at least {base}")


def judge_in_turn(path: Path, activity: Activity, world: World, faults: Faults, idle: Idle) -> None:
    """Judge who starts as others are ready."""
    if activity.at_once_most_count is None:
        return
    here, add = (*path, "at_once_most"), faults.add
    idle(here, f"is given, but kind is {activity.kind}", unless=activity.kind in {"scale", "restart"})
    if activity.kind not in {"scale", "restart"}:
        return
    if activity.surge_count:
        add(here, "is given beside surge, which is not modelled", allowed="one of the two")
    if (
        activity.kind == "scale"
        and activity.from_count is not None
        and (activity.to_count or 0) <= activity.from_count
    ):
        add(here, "is given, but nothing starts", allowed="to above from")
    service = world.services.get(activity.service)
    added = [name for name in activity.clients_added if name in world.clients]
    boots = service is not None and bool(service.boot.calls)
    if activity.kind == "restart" and service is not None:
        boots, added = boots or service.boot.time_s > 0.0, []
    if not added and not boots:
        allowed = "clients_added, or boot.calls of the service"
        add(here, "waits for nothing: no instance asks for anything as it starts", allowed=allowed)
    for name in added:
        if world.clients[name].demand.kind == "open":
            what = f"waits for first requests, and {name} ask at a rate together"
            add(here, what, allowed="demand closed, once or none")


def judge_steps(path: Path, activity: Activity, world: World, faults: Faults, idle: Idle) -> None:
    """Judge steps that are not equal: in order of time, each beyond the one before, the last to the goal."""
    if not activity.steps:
        return
    here = (*path, "steps")
    stepped = activity.kind in {"scale", "devices"}
    idle(here, f"is given, but kind is {activity.kind}", unless=stepped)
    for key, count in (("batches", activity.batches_count != 1), ("pause", activity.pause_s != 0.0)):
        if count:
            faults.add((*path, key), "is given beside steps", allowed="one of the two")
    if not stepped or activity.to_count is None:
        return
    was, at_s = _before(activity, world), -1.0
    grows = was is None or activity.to_count > was
    for index, step in enumerate(activity.steps):
        if step.after_s <= at_s:
            allowed = f"later than {format_quantity(at_s, 's')}"
            what = "is not after the step before"
            after = format_quantity(step.after_s, "s")
            faults.add((*here, index, "after"), what, value=after, allowed=allowed)
        if was is not None and (step.to_count <= was if grows else step.to_count >= was):
            allowed = f"{'more' if grows else 'fewer'} than {was}"
            what = f"does not {'grow' if grows else 'shrink'}"
            faults.add((*here, index, "to"), what, value=step.to_count, allowed=allowed)
        was, at_s = step.to_count, step.after_s
    if was != activity.to_count:
        allowed = f"{activity.to_count}, which is to"
        faults.add((*here, len(activity.steps) - 1, "to"), "is not where it goes", value=was, allowed=allowed)


def _before(activity: Activity, world: World) -> int | None:
    if activity.from_count is not None:
        return activity.from_count
    if activity.kind == "devices":
        crossing = world.crossings.get(activity.crossing)
        return None if crossing is None else crossing.devices_count
    service = world.services.get(activity.service)
    return None if service is None else service.instances_count
