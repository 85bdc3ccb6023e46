"""What helps where new connections have much to ask first? Longer and more log-ins, fewer resets.

Sums over the world, nothing is run. A log-in must have the time that all those who connect together take, and
as many must be allowed as then stand before it; a client that closes what is overdue only so often does not
begin anew what the service has half done.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tidegate.evaluate.arithmetic.connecting import allowed_count, standing_count
from tidegate.evaluate.arithmetic.load import kept_connections
from tidegate.evaluate.arithmetic.work import opening_work_s, places_count, setup_work_s
from tidegate.protect.offer import Knob, Offer
from tidegate.simulate.script import Script
from tidegate.world.world import World

_LONGEST_S = 600.0
_LONGER = 8.0
_RESET_S = 300.0  # kubernetes#107781
_TIMES = 2.0


def of_connecting(script: Script) -> list[Offer]:
    """Return what could help where connections are made anew as a script goes on."""
    return [*_of_logins([phase.world for phase in script.phases]), *_of_resets(script.phases[0].world)]


def _clients_count(world: World, service: str) -> int:
    """Return how many connections there are to a service."""
    mine = [clients for clients in world.clients.values() if clients.service == service]
    return sum(kept_connections(clients) or clients.population_count for clients in mine)


def _of_logins(worlds: Sequence[World]) -> Iterator[Offer]:
    world = worlds[0]
    for name, service in world.services.items():
        login, called = service.login, service.title or name
        count = max(_clients_count(one, name) for one in (world, worlds[-1]))
        if login is None or not count or not service.instances_count:
            continue
        if login.timeout_s is not None and login.timeout_s < _LONGEST_S:
            takes_s = _takes_s(world, name, count)
            longer_s = min(max(_TIMES * takes_s, _TIMES * login.timeout_s), _LONGEST_S)
            most = min(longer_s / login.timeout_s, _LONGER)
            path = f"services.{name}.login.timeout"
            knob = Knob(path=path, least=1.0, most=most, scale=login.timeout_s)
            changes: dict[str, object] = {path: knob.value(most)}
            yield Offer(name=f"more time to log in at {called}", changes=changes, refuses=0, knob=knob)
        if login.most_count is not None:
            standing = max(standing_count(one, name) for one in worlds)
            each = math.ceil(max(count, _TIMES * standing) / service.instances_count)
            if each > allowed_count(login):
                changes = {f"services.{name}.login.most": max(each, login.most_count)}
                if login.drop_from_count is not None:
                    changes[f"services.{name}.login.drop_from"] = each
                yield Offer(name=f"more connections before log-in at {called}", changes=changes, refuses=0)


def log_ins(world: World, service: str) -> tuple[int, float]:
    """Return how many connections there are to a service, and how long it takes until all have logged in."""
    count = _clients_count(world, service)
    return count, _takes_s(world, service, count)


def _takes_s(world: World, service: str, count: int) -> float:
    return count * _login_s(world, service) / max(places_count(world.services[service]), 1)


def _login_s(world: World, service: str) -> float:
    """Return the work of the dearest log-in at a service."""
    openings = [one.openings for one in world.clients.values() if one.service == service]
    dearest_s = max((opening_work_s(world, service, one) for one in openings), default=0.0)
    return dearest_s + setup_work_s(world.services[service])


def _of_resets(world: World) -> Iterator[Offer]:
    for name, clients in world.clients.items():
        kept = clients.connection != "per_request" and clients.after_timeout == "rebuild"
        if kept and clients.on_connect and clients.reset_at_most_every_s < _RESET_S:
            yield Offer(
                name=f"least time between resets of {clients.title or name}",
                changes={f"clients.{name}.reset_at_most_every": _RESET_S},
                refuses=0,
            )
