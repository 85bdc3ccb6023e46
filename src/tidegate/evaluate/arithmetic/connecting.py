"""What if many clients connect at once? What their connections ask first, and how many are before log-in.

All the work of their set-ups and of what they ask first, beside what the service has to spare; and how many
then stand before it that have not logged in, where it limits those.

Shortcuts: means; nobody connects twice; only what is asked first or set up, and services that say what they
allow before log-in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tidegate.evaluate.arithmetic.checked import restarted
from tidegate.evaluate.arithmetic.limit import Limit, about, lasting
from tidegate.evaluate.arithmetic.load import capacity_per_s, kept_connections, streams
from tidegate.evaluate.arithmetic.work import (
    answer_s,
    handshake_bytes,
    opening_trips_count,
    opening_work_s,
    places_count,
    setup_work_s,
    way_of,
)
from tidegate.simulate.script import Phase, Script
from tidegate.world.file.quantity import format_quantity
from tidegate.world.login import Login
from tidegate.world.opening import given_up_after_s
from tidegate.world.retry import RetryLayer, RetryPolicy
from tidegate.world.world import World

_MANY_TRIES = 20  # of a layer without limit
_NEARLY = 0.2  # of the time that they wait
_MINUTE_S = 60.0
_LEAST_S = 1.0  # below which nobody waits


@dataclass(frozen=True, kw_only=True)
class _Herd:
    """Clients of a population that connect anew within a while."""

    clients: str
    count: int
    spread_s: float
    world: World
    retry: RetryPolicy
    is_cold: bool = False  # all that it meets has just come
    after_s: float = 0.0  # at which age its connections end together


def connects(script: Script) -> tuple[str, ...]:
    """Return, as clauses, what clients that connect together ask for first and do not get in time."""
    said: dict[str, str] = {}
    for herd in sorted(_herds(script), key=lambda one: one.count, reverse=True):
        clients = herd.world.clients[herd.clients]
        service = herd.world.services[clients.service]
        first = clients.on_connect or service.login is not None or setup_work_s(service)
        if first or service.handshake_size_bytes:
            found = " and ".join(_clauses(herd))
            if found:
                said.setdefault(herd.clients, found)
    for name, clause in _before_log_in(script.phases):
        said.setdefault(name, clause)
    return tuple(said.values())


def connects_nearly(script: Script) -> tuple[str, ...]:
    """Return the clauses on what clients that come together ask for first where they get it in time, just.

    Of the herd that takes longest beside its patience, and of that which so becomes too old together; nothing
    of one that takes less than a fifth of it, and of what the objectives allow.
    """
    together = [*_pressed(_herds(script)), *_first_asked(script)]
    worst = [max(found) for found in (together, list(_pressed(_ages(script)))) if found]
    return tuple(said for share, said in worst if share > _NEARLY)


def _allowed_s(world: World) -> float:
    """Return for how long those who come last may wait by the objectives: for an answer, in a minute."""
    wanted = world.objectives
    return min(wanted.unserved_within_s, (1.0 - wanted.least_success_ratio) * _MINUTE_S)


def _pressed(herds: Iterator[_Herd]) -> Iterator[tuple[float, str]]:
    """Yield how long each herd takes beside its patience, and a clause."""
    for herd in herds:
        takes_s, patience_s = _takes_s(herd), _whole_patience_s(herd)
        if _each_s(herd) > 0.0:
            share = takes_s / (herd.spread_s + patience_s)
            if _asks_else(herd):
                share = max(share, takes_s / max(herd.spread_s + _allowed_s(herd.world), _LEAST_S))
            yield share, _says(herd, takes_s, patience_s)


def _asks_else(herd: _Herd) -> bool:
    """Whether its clients ask for more than what a connection asks first: that waits as long."""
    return herd.world.clients[herd.clients].demand.kind != "none"


def _first_asked(script: Script) -> Iterator[tuple[float, str]]:
    """Yield, of clients that appear, how long their first requests take beside their patience, and a clause.

    Beside what was usual before they came.
    """
    for world, name, came in appearing(script):
        clients, before = world.clients[name], script.phases[0].world
        service = world.services[clients.service]
        work_s = came * answer_s(world, clients.service)
        able = places_count(service) * _spare_ratio(before, clients.service)
        takes_s = work_s / able if able > 0.0 else math.inf
        if clients.demand.kind != "none" and not _each_s_of(world, name):
            lasts = "and there is none to spare" if math.isinf(takes_s) else f"which takes {about(takes_s)} s"
            said = f"{came:,} of {clients.title or name} that come together ask "
            said += f"{service.title or clients.service} for {about(work_s)} s of work, {lasts}; "
            said += f"each gives up after {about(clients.timeout_s)} s"
            yield takes_s / (clients.start_spread_s + clients.timeout_s), said


def herd_limits(script: Script) -> Iterator[Limit]:
    """Yield how long those who connect together take, beside how long they wait for it."""
    for herd in (*_herds(script), *_ages(script)):
        takes_s, patience_s = _takes_s(herd), _whole_patience_s(herd)
        if _each_s(herd) > 0.0:
            name = herd.world.clients[herd.clients].service
            says = _says(herd, takes_s, patience_s)
            felt_s = min(patience_s, _allowed_s(herd.world)) if _asks_else(herd) else patience_s
            allowed_s = max(herd.spread_s + felt_s, _LEAST_S)
            yield lasting(f"services.{name}.instances", takes_s, allowed_s, says)


def herds_take_s(script: Script) -> float:
    """Return how long the slowest of those takes who connect anew together; 0 where nobody does."""
    return max(map(_takes_s, _herds(script)), default=0.0)


def _ages(script: Script) -> Iterator[_Herd]:
    """Yield who connected together and becomes too old together within what is simulated."""
    for herd in _herds(script):
        clients = herd.world.clients[herd.clients]
        limits = (clients.connection_age, herd.world.services[clients.service].connection_age)
        first = min((one for one in limits if one is not None), key=lambda one: one.age_s, default=None)
        kept = clients.connection != "per_request"
        if kept and first is not None and first.age_s < herd.world.horizon_s:
            spread_s = herd.spread_s + 2.0 * first.jitter_ratio * first.age_s
            world = script.phases[-1].world
            yield replace(herd, spread_s=spread_s, after_s=first.age_s, world=world, is_cold=False)


def _whole_patience_s(herd: _Herd) -> float:
    """Return after how long whoever waits for all that is asked first is given up, by whomever."""
    clients = herd.world.clients[herd.clients]
    login = herd.world.services[clients.service].login
    whole_s = given_up_after_s(clients.openings, clients.timeout_s) or clients.timeout_s
    return whole_s if login is None or login.timeout_s is None else min(whole_s, login.timeout_s)


def _before_log_in(phases: Sequence[Phase]) -> Iterator[tuple[str, str]]:
    """Yield before which services more stand than they allow, of those who come at a rate."""
    for limit in log_in_limits(phases):
        if limit.wanted > limit.allowed > 0:
            yield f"{limit.place}/login", limit.says


def log_in_limits(phases: Sequence[Phase]) -> Iterator[Limit]:
    """Yield how many stand before each service that have not logged in, beside how many of them it closes."""
    for name, service in phases[-1].world.services.items():
        if service.login is None or service.login.most_count is None:
            continue
        standing, world = max(((standing_count(one.world, name), one.world) for one in phases), key=_first)
        instances = world.services[name].instances_count
        clause = f"about {about(standing)} stand before {service.title or name} at a time that have not "
        yield Limit(
            place_kind="service",
            place=name,
            path=f"services.{name}.login.{'most' if service.login.drop_from_count is None else 'drop_from'}",
            kind="stock",
            wanted=standing,
            allowed=float(allowed_count(service.login) * instances),
            least_wanted=standing,
            says=f"{clause}logged in, {_allowed(service.login, instances)}",
        )


def _first(one: tuple[float, World]) -> float:
    return one[0]


def standing_count(world: World, name: str) -> float:
    """Return how many connections to a service have not logged in at a time, while nobody waits."""
    mine = (one for one in streams(world) if one.service == name and one.name in world.clients)
    return sum(one.flows_per_s * _each_s_of(world, one.name) for one in mine)


def _herds(script: Script) -> Iterator[_Herd]:
    """Yield who connects anew: those of waves, and those that appear."""
    for wave in script.waves:
        if wave.kind == "reconnect":
            world = [phase.world for phase in script.phases if phase.at_s <= wave.at_s][-1]
            clients = world.clients[wave.clients]
            is_cold = not world.services[clients.service].instances_count
            if is_cold:
                world = script.phases[-1].world  # all of it is away: they wait for it
            many = kept_connections(clients) or clients.population_count
            count = round(many * wave.acting_ratio)
            retry = wave.retry or clients.retry
            yield _Herd(
                clients=wave.clients,
                count=count,
                spread_s=wave.spread_s,
                world=world,
                retry=retry,
                is_cold=is_cold,
            )
    for world, name, came in appearing(script):
        clients = world.clients[name]
        yield _Herd(
            clients=name, count=came, spread_s=clients.start_spread_s, world=world, retry=clients.retry
        )


def appearing(script: Script) -> Iterator[tuple[World, str, int]]:
    """Yield the clients that come: the world that they come to, of which population, and how many."""
    for before, now in pairwise(script.phases):
        for name, clients in now.world.clients.items():
            came = clients.population_count - before.world.clients[name].population_count
            if came > 0 and clients.demand.kind in {"once", "closed", "none"}:
                yield now.world, name, came


def allowed_count(login: Login) -> int:
    """Return how many of one instance may stand before log-in and none is closed."""
    return (login.most_count or 0) if login.drop_from_count is None else login.drop_from_count


def _allowed(login: Login, instances_count: int) -> str:
    free, most = allowed_count(login), login.most_count or 0
    some = f", and drops some from {free * instances_count:,} on" if free < most else ""
    together = f", all {instances_count:,} instances together" if instances_count > 1 else ""
    return f"where it allows {most * instances_count:,}{some}{together}"


def _each_s(herd: _Herd) -> float:
    return _each_s_of(herd.world, herd.clients)


def _each_s_of(world: World, name: str) -> float:
    """Return the work of one new connection before it has logged in."""
    clients = world.clients[name]
    opening_s = opening_work_s(world, clients.service, clients.openings)
    return opening_s + setup_work_s(world.services[clients.service])


def _spare_ratio(world: World, name: str) -> float:
    """Return how much of what a service can do is not asked of it usually."""
    mine = tuple(one for one in streams(world) if one.service == name)
    asked_per_s, able_per_s = sum(one.requests_per_s for one in mine), capacity_per_s(world, name, mine)
    return max(1.0 - asked_per_s / able_per_s, 0.0) if able_per_s > 0.0 else 0.0


def _takes_s(herd: _Herd) -> float:
    """Return how long all of a herd takes, at the service or at one that it calls, beside what is usual."""
    world, clients = herd.world, herd.world.clients[herd.clients]
    service = world.services[clients.service]
    spare = places_count(service) * _spare_ratio(world, clients.service)
    takes_s = herd.count * _each_s(herd) / spare if spare > 0.0 else math.inf
    if herd.is_cold and service.warm_up is not None:
        takes_s = service.warm_up.takes_s(takes_s)
    asked_count = herd.count * opening_trips_count(clients.openings)
    for call in service.calls:
        each_s, missed = (
            answer_s(world, call.service),
            1.0 if call.cache is None else 1.0 - call.cache.hit_ratio,
        )
        left = places_count(world.services[call.service]) * _spare_ratio(world, call.service)
        work_s = asked_count * missed * each_s
        takes_s = max(takes_s, work_s / left if left > 0.0 else math.inf if work_s > 0.0 else 0.0)
    return takes_s


def login_limits(script: Script) -> Iterator[Limit]:
    """Yield each time to log in that is over before a service has come to all of a herd.

    What it closes then it has half done, and who is closed comes back: waiting longer is no way out, unless
    chance scatters the tries so widely that no more come at a time than log in. Then they get in by and by,
    and for how long that keeps service away is for the runs to judge.
    """
    found: dict[str, Limit] = {}
    for herd in _herds(script):
        service = herd.world.clients[herd.clients].service
        login, takes_s = herd.world.services[service].login, _takes_s(herd)
        if login is None or login.timeout_s is None or not takes_s > herd.spread_s + login.timeout_s:
            continue
        wanted_s = takes_s - herd.spread_s
        scattered_s = max(map(_scattered_s, herd.retry.layers), default=0.0)
        limit = Limit(
            place_kind="service",
            place=service,
            path=f"services.{service}.login.timeout",
            kind="time",
            wanted=wanted_s,
            allowed=login.timeout_s,
            least_wanted=takes_s - max(herd.spread_s, scattered_s),
            says=_says(herd, takes_s, login.timeout_s),
        )
        if service not in found or wanted_s > found[service].wanted:
            found[service] = limit
    yield from found.values()


def _scattered_s(layer: RetryLayer) -> float:
    """Return over how long chance scatters the tries of those who failed together, as late as they try."""
    if not layer.is_scattered or layer.backoff == "none":
        return 0.0
    tries = _MANY_TRIES if layer.retries_count is None else min(layer.retries_count, _MANY_TRIES)
    if not tries:
        return 0.0
    growth = {
        "constant": 1.0,
        "linear": float(tries),
        "exponential": max(layer.multiplier_ratio ** (tries - 1), 1.0),
        "decorrelated": math.inf,
    }
    longest_s = min(max(layer.base_s * growth[layer.backoff], layer.floor_s), layer.cap_s)
    widths = {"full": 1.0, "equal": 0.5, "spread": 2.0 * layer.jitter_width_ratio}
    return longest_s * widths.get(layer.jitter, 1.0)


def _says(herd: _Herd, takes_s: float, patience_s: float) -> str:
    clients = herd.world.clients[herd.clients]
    service = herd.world.services[clients.service]
    lasts = "and there is none to spare" if math.isinf(takes_s) else f"which takes {about(takes_s)} s"
    cold = herd.is_cold and service.warm_up is not None and not math.isinf(takes_s)
    lasts += " while it is cold" * cold + ("" if math.isinf(takes_s) else restarted(service, takes_s))
    together = "that connect together"
    if herd.after_s:
        together = f"whose connections become {about(herd.after_s)} s old within {about(herd.spread_s)} s"
    return (
        f"{herd.count:,} of {clients.title or herd.clients} {together} ask "
        f"{service.title or clients.service} for {about(herd.count * _each_s(herd))} s of work before "
        f"anything else, {lasts}; {_ends(herd, takes_s, patience_s)}"
    )


def _ends(herd: _Herd, takes_s: float, patience_s: float) -> str:
    """Return what a herd's work means to its clients: that they are given up, or what waits for it."""
    if takes_s > _NEARLY * (herd.spread_s + patience_s) or not _asks_else(herd):
        return f"they are given up after {about(patience_s)} s"
    return "who comes last has no answer to anything else before"


def _patience_s(herd: _Herd, takes_s: float) -> float | None:
    """Return after how long clients give up, where a herd takes longer; None where it does not.

    Each of what is asked first has a time-out of its own, and waits behind the same of all the others.
    Where the service gives them up sooner, that is a limit (`login_limits`).
    """
    clients = herd.world.clients[herd.clients]
    login, each_s = herd.world.services[clients.service].login, _each_s(herd)
    if login is not None and login.timeout_s is not None and takes_s > herd.spread_s + login.timeout_s:
        return None
    whole_s = given_up_after_s(clients.openings, clients.timeout_s) or clients.timeout_s
    limits = [(takes_s, whole_s)]
    for one in clients.openings if each_s > 0.0 and not math.isinf(takes_s) else ():
        once = replace(one, requests_count=1)
        share = opening_work_s(herd.world, clients.service, (once,)) / each_s
        limits.append((takes_s * share, one.timeout_s or clients.timeout_s))
    return min((after_s for lasts_s, after_s in limits if lasts_s > herd.spread_s + after_s), default=None)


def _clauses(herd: _Herd) -> Iterator[str]:
    clients = herd.world.clients[herd.clients]
    service = herd.world.services[clients.service]
    takes_s, each_s, login = _takes_s(herd), _each_s(herd), service.login
    patience_s = _patience_s(herd, takes_s)
    who, whom = clients.title or herd.clients, service.title or clients.service
    if patience_s is not None:
        yield _says(herd, takes_s, patience_s)
    yield from _sent(herd)
    if login is not None and login.most_count is not None:
        instances = service.instances_count
        come_s = max(herd.spread_s, each_s, 1e-9)
        done = min(come_s / takes_s, 1.0) if takes_s > 0.0 else 1.0
        standing = max(herd.count * (1.0 - done), min(herd.count, herd.count * each_s / come_s))
        if standing > allowed_count(login) * instances:
            yield (
                f"about {about(standing)} of {who} stand before {whom} at once that have not logged in, "
                f"{_allowed(login, instances)}"
            )


def _sent(herd: _Herd) -> Iterator[str]:
    """Yield which link takes longer over the certificates of a herd than its clients wait."""
    world, clients = herd.world, herd.world.clients[herd.clients]
    all_bits = 8.0 * herd.count * handshake_bytes(world.services[clients.service])
    for name in way_of(world, clients.network, clients.service):
        crossing = world.crossings[name]
        if crossing.bandwidth_bit_per_s is None:
            continue
        takes_s = all_bits / (crossing.bandwidth_bit_per_s * crossing.devices_count)
        if takes_s > herd.spread_s + clients.timeout_s:
            yield (
                f"{herd.count:,} of {clients.title or herd.clients} that connect together are sent "
                f"{format_quantity(float(f'{all_bits / 8.0:.2g}'), 'bytes')} of TLS handshakes, which takes "
                f"{name} {about(takes_s)} s; they are given up after {about(clients.timeout_s)} s"
            )
