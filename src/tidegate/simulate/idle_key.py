"""Which keys were written and act on nothing, beside the others as they stand? What the world itself shows.

What another key, a trigger, a belief or a range may yet wake is left alone: only what is certain is told.
What cannot be meant is a fault (`contradiction`); this may be, and whoever wrote it should know.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.simulate.idle import is_written
from tidegate.simulate.rows import rows_of
from tidegate.world.crossing import Crossing
from tidegate.world.graph import route
from tidegate.world.retry import RetryLayer, RetryPolicy
from tidegate.world.service import Service
from tidegate.world.world import World, WorldFile

_GROWING = {"exponential"}
_AGAIN = ("base", "multiplier", "floor", "cap", "law", "deadline", "retries_on", "retry_after_cap", "budget")
_DELAYS = ("base", "multiplier", "cap")


def idle_keys(file: WorldFile) -> tuple[str, ...]:
    """Return a sentence for each place at which keys were written that act on nothing.

    Parameters
    ----------
    file
        The world, with what it says.
    """
    awake = _awake(file)
    found: list[str] = []
    for path, keys, because in _idle(file.world):
        if any(_beside(path, other) for other in awake):
            continue
        written = [key for key in keys if _is_written(file.document, f"{path}.{key}")]
        if len(written) == 1:
            found.append(f"{path}.{written[0]} changes nothing: {because}.")
        elif written:
            listed = f"{', '.join(written[:-1])} and {written[-1]}"
            found.append(f"At {path}, {listed} change nothing: {because}.")
        elif not keys and _is_written(file.document, path):
            found.append(f"{path} changes nothing: {because}.")
    return tuple(dict.fromkeys(found))


def _awake(file: WorldFile) -> tuple[str, ...]:
    """Return the paths that something sets, or that are not known."""
    world = file.world
    set_later = (path for one in world.triggers.values() for path in one.set)
    wrong = (path for one in world.beliefs.values() for path in one.counter)
    unsure = (path for path, one in file.estimates.items() if one.is_uncertain)
    return tuple(path.replace(".retry.layers.", ".retry.") for path in (*set_later, *wrong, *unsure))


def _beside(path: str, other: str) -> bool:
    """Whether two paths are of one place: one lies below the other, or beside a key of it."""
    mine = path.replace(".retry.layers.", ".retry.")
    return f"{other}.".startswith(f"{mine}.") or f"{mine}.".startswith(f"{other}.")


def _is_written(document: object, path: str) -> bool:
    """Whether the file itself states a path; retry layers may be written without `layers`."""
    return is_written(document, path) or is_written(document, path.replace(".retry.layers.", ".retry."))


def _idle(world: World) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield a place, the keys there that act on nothing (none: all of it), and why."""
    for at, policy in _policies(world):
        for i, layer in enumerate(policy.layers):
            yield from _of_layer(f"{at}.layers.{i}", layer)
    passed = _passed(world)
    for name, crossing in world.crossings.items():
        yield from _of_crossing(world, name, crossing, is_passed=name in passed)
    heeded = any(
        layer.retry_after == "obey" and layer.retries_count != 0
        for _, policy in _policies(world)
        for layer in policy.layers
    )
    for name, service in world.services.items():
        yield from _of_service(f"services.{name}", service)
        if not heeded:
            yield f"services.{name}", ("retry_after",), "no retry obeys it"
    for name, clients in world.clients.items():
        if clients.connection == "per_request":
            yield f"clients.{name}", ("after_timeout",), "no connection is kept"


def _policies(world: World) -> Iterator[tuple[str, RetryPolicy]]:
    """Yield every retry policy and where it stands."""
    for name, policy in world.retry_policies.items():
        yield f"retry_policies.{name}", policy
    for name, clients in world.clients.items():
        yield f"clients.{name}.retry", clients.retry
    for name, service in world.services.items():
        for i, call in enumerate(service.calls):
            yield f"services.{name}.calls.{i}.retry", call.retry
        for i, boot_call in enumerate(service.boot.calls):
            yield f"services.{name}.boot.calls.{i}.retry", boot_call.retry


def _of_layer(at: str, layer: RetryLayer) -> Iterator[tuple[str, tuple[str, ...], str]]:
    if layer.retries_count == 0:
        yield at, (*_AGAIN, *(("jitter",) if layer.jitter != "none" else ())), "it tries nothing again"
    elif layer.backoff == "none":
        yield at, _DELAYS, "its backoff is none, so that it does not wait"
    elif layer.backoff not in _GROWING:
        yield at, ("multiplier",), f"its backoff is {layer.backoff}"
    if layer.retries_count != 0 and layer.retry_after == "ignore":
        yield at, ("retry_after_cap",), "its retry_after is ignore"


def _passed(world: World) -> frozenset[str]:
    """Return the crossings that anything here passes."""
    passed = {name for row in rows_of(world).values() for name in row.route}
    ways: list[tuple[str, str]] = []
    for service in world.services.values():
        metrics = service.autoscaler.metrics if service.autoscaler is not None else None
        ways += [] if metrics is None else [(service.network, world.services[metrics.service].network)]
    for tool in world.tooling.values():
        ways += [(tool.network, world.services[name].network) for name in tool.uses]
        ways += [(tool.network, network) for network in tool.reaches]
    return frozenset(passed.union(*(route(world, start, end) or () for start, end in ways)))


def _of_crossing(
    world: World, name: str, crossing: Crossing, *, is_passed: bool
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    at = f"crossings.{name}"
    if not is_passed:
        yield at, (), "nobody's way leads through it"
        return
    able = (crossing.forwarding_per_s, crossing.setup_per_s, crossing.bandwidth_bit_per_s)
    if all(one is None for one in able):
        yield at, ("queue_packets", "queue_when_full"), "no rate of it is stated"
    resized = any(one.kind == "devices" and one.crossing == name for one in world.activities.values())
    if crossing.devices_count == 1 and crossing.scaler is None and not resized:
        yield at, ("skew",), "it has one device"


def _of_service(at: str, service: Service) -> Iterator[tuple[str, tuple[str, ...], str]]:
    if service.queue_count == 0:
        yield at, ("queue_order",), "its queue is 0, so that nobody waits in it"
    if service.resumption_ratio == 0.0:
        keys = ("resumed_setup_time", "resumed_handshake_size")
        yield at, keys, "its resumption is 0, so that nobody resumes"
    if service.connections_count is None:
        yield at, ("connections_when_full",), "it accepts any number of connections"
    for i, probe in enumerate(service.health_probes):
        if probe.on_failure != "eject":
            yield f"{at}.health_probes.{i}", ("successes",), f"its on_failure is {probe.on_failure}"
