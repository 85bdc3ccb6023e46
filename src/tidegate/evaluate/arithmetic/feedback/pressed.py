"""What is asked while one place is slow? Whoever passes it gives up there.

Clients try again, calls take as long as all their time-outs, and whoever waits for such a call holds its
place so long. What each asks then is set beside what it asks on an ordinary day.

Shortcuts: attempts are spread evenly; a kept connection whose request is late is opened anew where the
world says so, and that of a call always.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

from tidegate.evaluate.arithmetic.feedback.place import Place, Waste, longest_wait_s, wastes
from tidegate.evaluate.arithmetic.feedback.tries import Asking, Tries, tries
from tidegate.evaluate.arithmetic.load import Stream, callers_first, streams
from tidegate.evaluate.arithmetic.work import missed_ratio, places_count, round_trip_s
from tidegate.world.clients import Clients
from tidegate.world.retry import NO_RETRY, RetryPolicy
from tidegate.world.service import Call
from tidegate.world.world import World


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """What one asker asks while a place is slow.

    Parameters
    ----------
    stream
        What it asks on an ordinary day.
    per_s
        Its attempts a second now.
    tries_count
        Attempts of one of its requests.
    timeout_s
        After how long each is given up.
    is_late
        Whether its attempts fail.
    opens
        Whether it opens a connection for each.
    waste
        What becomes of its attempts at the place that is slow; None where they fail for what stands behind.
    """

    stream: Stream
    per_s: float
    tries_count: float = 1.0
    timeout_s: float = 0.0
    is_late: bool = False
    opens: bool = False
    waste: Waste | None = None


@dataclass(frozen=True, kw_only=True)
class Mechanisms:
    """What acts beside tries: each makes a loop of its own.

    Parameters
    ----------
    rebuilds
        Kept connections whose request is late are opened anew.
    defers
        Requests that were given up come back.
    is_cold
        Caches are empty.
    """

    rebuilds: bool = False
    defers: bool = False
    is_cold: bool = False


PLAIN = Mechanisms()


class Slow:
    """A world in which one place makes everybody wait as long as it can.

    Parameters
    ----------
    world
        The numbers.
    place
        What is slow.
    retries
        Other ways to try again that clients take (after a reconnection, say), by population.
    acting
        What acts beside tries.
    """

    def __init__(
        self, world: World, place: Place, retries: dict[str, RetryPolicy], acting: Mechanisms = PLAIN
    ) -> None:
        self._world, self._place, self._acting = world, place, acting
        self._retries = retries
        self._usual = {one.name: one for one in streams(world)}

    @cached_property
    def all(self) -> dict[str, Pressed]:
        """What everybody asks, by the name of its stream."""
        found: dict[str, Pressed] = {}
        for name in self._world.clients:
            found.update({one.stream.name: one for one in self._of_clients(name)})
        for name in callers_first(self._world):
            arriving_per_s = sum(one.per_s for one in found.values() if one.stream.service == name)
            held_s, places = self._held[name][0], places_count(self._world.services[name], most=True)
            done_per_s = min(arriving_per_s, places / held_s) if held_s > 0.0 else arriving_per_s
            for i, call in enumerate(self._world.services[name].calls):
                found[f"{name}/call/{i}"] = self._of_call(self._usual[f"{name}/call/{i}"], call, done_per_s)
        rest = {
            name: Pressed(stream=one, per_s=one.requests_per_s, opens=True)
            for name, one in self._usual.items()
            if name not in found
        }
        return self._let_in(found | rest)

    def _let_in(self, asked: dict[str, Pressed]) -> dict[str, Pressed]:
        """Return what is left of new connections behind the limits that turn the excess away."""
        for name, crossing in self._world.crossings.items():
            limit = crossing.admission
            if limit is None:
                continue
            mine = [one for one in asked.values() if one.opens and name in one.stream.way]
            ratios = {one.stream.name: 1.0 for one in mine}
            total_per_s = sum(one.per_s for one in mine)
            if limit.rate_per_s is not None and total_per_s > 0.0:
                most_per_s = limit.rate_per_s / crossing.busiest_share_ratio
                ratios = dict.fromkeys(ratios, min(1.0, most_per_s / total_per_s))
            if limit.per_source_per_s is not None:
                for one in mine:
                    most_per_s = limit.per_source_per_s * one.stream.clients_count
                    ratios[one.stream.name] *= min(1.0, most_per_s / max(one.per_s, 1e-9))
            asked |= {
                one.stream.name: replace(one, per_s=one.per_s * ratios[one.stream.name]) for one in mine
            }
        return asked

    @cached_property
    def _held(self) -> dict[str, tuple[float, bool]]:
        """How long each service is busy with one request now, and whether the request fails for a call."""
        held: dict[str, tuple[float, bool]] = {}
        for name in reversed(callers_first(self._world)):
            service = self._world.services[name]
            busy_s, fails = service.service_time_s, False
            for i, call in enumerate(service.calls):
                missed = 1.0 if self._acting.is_cold else missed_ratio(call)
                if missed == 0.0:
                    continue
                stream = self._usual[f"{name}/call/{i}"]
                late, _ = self._lateness(stream, call.timeout_s, held[call.service])
                made = self._call_tries(stream, call, late=late)
                answered_s = round_trip_s(self._world, stream.way) + held[call.service][0]
                busy_s += missed * (made.spent_s if late else min(answered_s, call.timeout_s))
                fails = fails or late
            held[name] = busy_s, fails
        return held

    def held_s(self, service: str) -> float:
        """Return how long a service is busy with one request now."""
        return self._held[service][0]

    def _passes(self, stream: Stream) -> bool:
        if self._place.is_passed:
            return self._place.name in stream.way
        return self._place.name == (stream.name if self._place.kind == "pool" else stream.service)

    def _lateness(
        self, stream: Stream, timeout_s: float, asked: tuple[float, bool], *, opens: bool | None = None
    ) -> tuple[bool, Waste | None]:
        """Return whether a stream's attempts are late, and whom the place serves in time all the same."""
        if self._passes(stream):
            opening = stream.flows_per_s > 0.0 if opens is None else opens
            weight = max(stream.request_bytes, stream.answer_bytes)
            wait_s = longest_wait_s(self._world, self._place, opens=opening, weight_bytes=weight)
            waste = wastes(self._world, self._place, timeout_s=timeout_s, wait_s=wait_s)
            return waste is not None, waste
        held_s, fails = asked
        return fails or held_s > timeout_s, None

    def _call_tries(self, stream: Stream, call: Call, *, late: bool) -> Tries:
        asking = Asking(clients_count=stream.clients_count, requests_per_s=stream.requests_per_s)
        policy = call.retry if late else NO_RETRY
        return tries(policy, call.timeout_s, self._world.horizon_s, asking)

    def _of_call(self, usual: Stream, call: Call, done_per_s: float) -> Pressed:
        late, waste = self._lateness(usual, call.timeout_s, self._held[call.service])
        made = self._call_tries(usual, call, late=late)
        missed = 1.0 if self._acting.is_cold else missed_ratio(call)
        return Pressed(
            stream=usual,
            per_s=min(done_per_s * missed * made.count, made.most_per_s),
            tries_count=made.count,
            timeout_s=call.timeout_s,
            is_late=late,
            opens=call.connection == "per_request" or (late and self._acting.rebuilds),
            waste=waste,
        )

    def _of_clients(self, name: str) -> list[Pressed]:
        clients, usual = self._world.clients[name], self._usual[name]
        opens = clients.connection == "per_request" or clients.demand.kind in {"once", "none"}
        late, waste = self._lateness(
            usual, clients.timeout_s, self._held[clients.service], opens=opens or self._acting.rebuilds
        )
        lookup, attempt_s = self._usual.get(f"{name}/lookup"), clients.timeout_s
        lost, lost_waste = False, None
        if lookup is not None and clients.lookup is not None:
            asked = clients.lookup
            lost, lost_waste = self._lateness(lookup, asked.timeout_s, self._held[asked.service])
            attempt_s = asked.timeout_s * asked.tries_count if lost else attempt_s
        if late and not lost and waste is None:
            attempt_s = min(attempt_s, max(self._held[clients.service][0], usual.flow_s))
        found = self._trying(clients, usual, attempt_s, late=late or lost)
        rebuilt = self._acting.rebuilds and clients.after_timeout == "rebuild"
        found = replace(found, opens=opens or (found.is_late and rebuilt), waste=waste)
        if lookup is None or clients.lookup is None:
            return [found]
        return [found, _looking_up(found, lookup, clients, lost=lost, waste=lost_waste)]

    def _trying(self, clients: Clients, usual: Stream, attempt_s: float, *, late: bool) -> Pressed:
        """Return what a population asks whose attempts last so long."""
        demand, within_s = clients.demand, self._world.horizon_s
        if not late:
            return Pressed(stream=usual, per_s=usual.requests_per_s)
        pool = clients.pool_count if clients.connection == "pool" else 1
        count = clients.population_count * pool
        asking = Asking(clients_count=clients.population_count, requests_per_s=usual.requests_per_s)
        policy = self._retries.get(usual.name, clients.retry)
        made = tries(policy, attempt_s, within_s, asking)
        if demand.kind == "open":
            coming_per_s = (
                demand.drain_per_s if self._acting.defers and demand.unserved == "deferred" else 0.0
            )
            per_s = (demand.rate_per_s + coming_per_s) * made.count
        elif demand.kind == "closed":
            each_s = made.spent_s + (pool * demand.think_s if made.ends else 0.0)
            per_s = count * made.count / max(each_s, 1e-3)
        else:  # once, none: they go on until they have what they want, or have given up for good
            per_s = 0.0 if made.ends else count * made.count / made.spent_s
        return Pressed(
            stream=usual,
            per_s=min(per_s, made.most_per_s, _kept_to_per_s(clients)),
            tries_count=made.count,
            timeout_s=attempt_s,
            is_late=True,
        )


def _kept_to_per_s(clients: Clients) -> float:
    """Return how much a population sends at most because each client keeps to a limit of its own."""
    return inf if clients.limit is None else clients.limit.rate_per_s * clients.population_count


def _looking_up(
    asking: Pressed, usual: Stream, clients: Clients, *, lost: bool, waste: Waste | None
) -> Pressed:
    """Return the queries of a population: an answer that never comes is not kept."""
    lookup = clients.lookup
    assert lookup is not None
    if lost:
        each = lookup.tries_count * lookup.queries_count
        return Pressed(
            stream=usual,
            per_s=asking.per_s * each,
            tries_count=asking.tries_count * lookup.tries_count,
            timeout_s=lookup.timeout_s,
            is_late=True,
            opens=True,
            waste=waste,
        )
    flows_per_s = asking.per_s if asking.opens else 0.0
    asked_per_s = flows_per_s / (1.0 + lookup.ttl_s * flows_per_s / max(clients.population_count, 1))
    return Pressed(stream=usual, per_s=asked_per_s * lookup.queries_count, opens=True)
