"""Small worlds made to break "more demand is worse": each collapses in a few of a hundred runs.

In some more clients are no harder, because what chokes is counted client by client; in some what protects
only wakes at more demand; in some demand has little or nothing to do with the collapse.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from rare_worlds import (
    SOON,
    THRICE,
    Tree,
    calm,
    one_service,
    open_clients,
    per_source,
    pools,
    small_world,
    surge,
)
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

IDLE_API = {"network": "in", "concurrency": 100, "service_time": "10ms"}


def _recovers_late() -> Tree:
    return surge(0.69, 1.0) | {"objectives": {"recover_within": "4s"}}


def _sleeping_breaker() -> Tree:
    tree = surge(1.05, 1.0)
    breaker = {"failure": 0.5, "window": "5s", "least_calls": 450, "open": "15s", "scope": "population"}
    tree["clients"]["base"]["retry"] = {"layers": [{"retries": 3, "backoff": "none", "breaker": breaker}]}
    return tree


def _client_breaker() -> Tree:
    tree = surge(1.6, 1.0)
    breaker = {"failure": 0.5, "window": "10s", "least_calls": 4, "open": "30s"}
    tree["clients"]["base"]["retry"] = {"layers": [{"retries": 3, "backoff": "none", "breaker": breaker}]}
    tree["clients"]["base"]["population"] = 10
    return tree


def _boot_storm() -> Tree:
    tree = small_world(open_clients(5.0), one_service(40, 100))
    asked = {"service": "conf", "requests": 7, "timeout": "1s", "retry": THRICE}
    tree["services"]["api"] |= {"instances": 2, "boot": {"time": "1s", "calls": [asked]}}
    tree["services"]["conf"] = one_service(4, 100)
    tree["clients"]["users"] = open_clients(25.0, service="conf")
    tree["triggers"] = {"more": {"at": "15s", "set": {"services.api.instances": 6}}}
    return tree


def _heavy_tail() -> Tree:
    slow = one_service(200, 230, service_law="lognormal", service_cv=6)
    return small_world(open_clients(4.0, population=50, retry="none"), slow)


def _jobs() -> Tree:
    tree = calm(0.6, 1.0)
    jobs = {"population": 0, "demand": {"kind": "once"}, "start_spread": "2s"}
    tree["clients"]["jobs"] = open_clients(1.0) | jobs
    tree["triggers"] = {"jobs": {"at": "15s", "set": {"clients.jobs.population": 70}}}
    return tree


def _admission() -> Tree:
    tree = surge(1.05, 1.0)
    tree["clients"]["base"]["network"] = "out"
    limit = {"rate": "45/s", "burst": 20, "on_excess": "drop"}
    tree["crossings"] = {"edge": {"between": ["out", "in"], "admission": limit}}
    return tree


def _cold_cache() -> Tree:
    call = {"service": "db", "timeout": "1s", "cache": {"hit": 0.95, "keys": 120}}
    tree = small_world(open_clients(58.5), IDLE_API | {"queue": 5000, "calls": [call]})
    tree["services"]["db"] = one_service(4, 100)
    flush = {"services.api.calls.0.cache.flush": True}
    tree["triggers"] = {"flush": {"at": "15s", "for": "1s", "set": flush}}
    return tree


def _names() -> Tree:
    lookup = {"service": "dns", "ttl": "5s", "timeout": "1s", "tries": 3}
    tree = small_world(open_clients(14.5, population=100, lookup=lookup), one_service(10, 50))
    tree["services"]["dns"] = one_service(1, 60)
    tree["triggers"] = {"down": {"at": "15s", "for": "1s", "set": {"services.dns.instances": 0}}}
    return tree


def _ejected() -> Tree:
    check = {"network": "in", "interval": "1s", "timeout": "500ms", "failures": 2, "successes": 2}
    return small_world(open_clients(34.0), one_service(1, 60, instances=3, health_probes=[check]))


def _restarted_by_chance() -> Tree:
    check = {"network": "in", "interval": "1s", "timeout": "430ms", "failures": 1, "successes": 1}
    probed = {"instances": 2, "boot": {"time": "10s"}, "health_probes": [check | {"on_failure": "restart"}]}
    return small_world(open_clients(10.0, retry="none"), one_service(10, 50, **probed))


def _reconnecting() -> Tree:
    many = {"population": 57, "connection": "keep_alive", "retry": SOON}
    base = open_clients(1.0) | many | {"demand": {"kind": "closed", "think": "4s"}}
    herd = {"herd": {"at": "15s", "reconnect": "base", "reconnect_spread": "1s"}}
    return small_world(base, one_service(2, 20, setup_time="60ms"), triggers=herd)


CONTRARY: dict[str, Callable[[], Tree]] = {
    "pools per instance": lambda: pools(1.7, 1.0),
    "a limit per source": lambda: per_source(1.8, 1.0),
    "an objective to recover within": _recovers_late,
    "a breaker that wakes at more demand": _sleeping_breaker,
    "a breaker of each client": _client_breaker,
    "instances that boot": _boot_storm,
    "answers that are slow by chance": _heavy_tail,
    "jobs that want one success": _jobs,
    "admission at a rate": _admission,
    "a cache that warms up": _cold_cache,
    "names that expire": _names,
    "health checks that eject": _ejected,
    "health checks that fail by chance": _restarted_by_chance,
    "a small herd": _reconnecting,
}


def contrary_world(kind: str) -> WorldFile:
    """Return one of these worlds."""
    return read_world(json.dumps({"name": "contrary"} | CONTRARY[kind]()), "contrary.yaml")
