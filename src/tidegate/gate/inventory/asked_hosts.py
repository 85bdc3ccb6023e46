"""Whom do the pods of a workload ask, and with which pools? From their environment, and what it mounts.

Pools and connection strings are read as for a growing fleet (`gate/settings`); beside them every address of a
Service, or of HTTP, that a variable holds is somebody who is asked.

Shortcut: a request makes each of the calls once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from tidegate.errors import InputError
from tidegate.gate.environment import Environment
from tidegate.gate.inventory.one_host import settle_hosts
from tidegate.gate.inventory.seen_thing import Ask, Figure, assumed, endpoint, stated
from tidegate.gate.settings.kinds import server_kind
from tidegate.gate.settings.known import Text, settings_in
from tidegate.gate.settings.names import words_of
from tidegate.gate.settings.pools import Pool, pools_of
from tidegate.gate.settings.text import Setting

Resolve = Callable[[str, int], tuple[str, ...]]
"""A host and a port to the names of what answers there: none where it is no host of anything."""
MOST_ASKED = 30
_SOME_PORT = 1
_HTTP = re.compile(
    r"(?:https?|grpcs?|wss?)://(?:[^/@\s]*@)?(\[[0-9a-fA-F:]+\]|[\w.\-]+)(?::(\d{1,5}))?(?:[/?#]\S*)?"
)
_HOST = re.compile(r"([a-z0-9](?:[a-z0-9\-.]{0,250}[a-z0-9])?)(?::(\d{1,5}))?")
_LEADS = re.compile(
    r"(?:^|_)(?:URLS?|URI|DSN|HOSTS?|HOSTNAME|ADDR|ADDRESS|ENDPOINT|SERVERS?|BROKERS?|SERVICE|UPSTREAM|BACKEND|TARGET|API)$"
)
_TELLS = re.compile(
    r"(?:^|_)(?:OTEL|OTLP|SENTRY|DATADOG|DD|STATSD|JAEGER|ZIPKIN|TEMPO|LOKI|PROMETHEUS|NEW_RELIC|TRACING|PROFILING"
    r"|PROXY|NO_PROXY|KUBERNETES|PUBLIC|EXTERNAL|CALLBACK|REDIRECT|ISSUER|CORS|ORIGIN|SELF|BASE)(?:_|$)"
)
_POOL = assumed(10, 1, 100, "the size of the pool in the program's configuration")
_KEPT_UNKNOWN = assumed(16, 1, 256, "connections that one instance keeps to it: `ss -tn` in a pod")
TIMEOUT = assumed(1.0, 0.25, 30.0, "read the connect and request time-outs in the client's configuration")


def asks_of(environment: Environment, source: str, resolve: Resolve) -> tuple[list[Ask], list[str]]:
    """Return whom the pods ask, and sentences on what was left out.

    Parameters
    ----------
    environment
        What the pods are given.
    source
        Where it was read, for each number.
    resolve
        Who answers at a host.
    """
    notes: list[str] = []
    groups = [*(list(one) for one in environment.containers), _mounted(environment, source, notes)]
    asks: dict[str, Ask] = {}
    pooled: list[Ask] = []
    for group in groups:
        try:
            pools = pools_of(group).pools
        except InputError as error:
            notes.append(f"{source}: its settings cannot be read ({error.faults[0].what})")
            continue
        pooled += [_of_pool(pool, source, resolve) for pool in pools]
    notes += [f"{source}: {one}" for one in settle_hosts(pooled)]
    for one in pooled:
        _take(asks, one)
    taken = {name for one in asks.values() for name in one.names}
    every = [one for group in groups for one in group]
    for ask, key in _addressed(every, source, resolve):
        if taken.intersection(ask.names):
            continue
        if _TELLS.search(words_of(key)):
            said = f"{source}: {key} names {ask.title}: what is told there nobody waits for, so it is no call"
            notes.append(said)
            continue
        taken.update(ask.names)
        asks[ask.names[0]] = ask
    if len(asks) > MOST_ASKED:
        notes.append(f"{source}: asks {len(asks)} others; the first {MOST_ASKED} are described")
    return list(asks.values())[:MOST_ASKED], [*notes, *_hidden(environment, source)]


def _mounted(environment: Environment, source: str, notes: list[str]) -> list[Setting]:
    """Return the settings of the files that ConfigMaps bring into the pods; servers' are read elsewhere."""
    found: list[Setting] = []
    for name, text, store, line in environment.files:
        if server_kind(text, name):
            continue
        try:
            found += settings_in(Text(name=name, text=text, source=store, first_line=line))
        except InputError as error:
            notes.append(f"{source}: {name} cannot be read ({error.faults[0].what}): passed over")
    return found


def _take(asks: dict[str, Ask], one: Ask) -> None:
    """Take in a pool; a second one to the same place is as many connections more."""
    before = asks.get(one.names[0])
    if before is None:
        asks[one.names[0]] = one
        return
    own, more = before.figures["pool.most"], one.figures["pool.most"]
    if more.basis != "assumed":
        both = own if own.basis != "assumed" else replace(own, value=0.0, low=0.0, high=0.0, basis="measured")
        before.figures["pool.most"] = replace(
            both,
            value=both.value + more.value,
            low=both.low + more.low,
            high=both.high + more.high,
            source=more.source if not both.source else f"{both.source}; {more.source}",
        )


def is_hidden(environment: Environment) -> bool:
    """Whether what the pods connect to may stand in what was not given."""
    return any(_hides(one) for one, _ in environment.unknown)


def _hides(one: Setting) -> bool:
    names = (one.key, one.value.rpartition("/")[2])
    return one.key.endswith("Ref") or any(_LEADS.search(words_of(name)) for name in names)


def _hidden(environment: Environment, source: str) -> Iterator[str]:
    stores = sorted({store for one, store in environment.unknown if _hides(one)})
    if stores:
        yield f"{source}: what it connects to may stand in {', '.join(stores)}, which was not given"


def _of_pool(pool: Pool, source: str, resolve: Resolve) -> Ask:
    where = next(
        (f"{source}, {one.key}" for role, _, one in pool.numbers if role in {"most", "overflow"}), source
    )
    figure: Figure = stated(pool.each * pool.processes, where) if pool.each else _POOL
    figures = {"pool.most": figure, "timeout": TIMEOUT}
    if pool.age is not None:
        figures["connection_age.age"] = stated(pool.age.age_s, where)
    if pool.target is None or not pool.target.host:
        # A pool that leads nowhere known is still connections that somebody takes.
        return Ask(
            names=(f"unknown {pool.protocol} of {source}",),
            title=f"{pool.protocol or 'a service'} of an unknown address",
            protocol=pool.protocol,
            figures=figures,
            source=where,
        )
    host, port = pool.target.host, pool.target.port
    # What a pool leads to is a host, also where no port stands beside it.
    names = resolve(host, port or _SOME_PORT) or (endpoint(host, port),)
    return Ask(names=names, title=host, protocol=pool.protocol, figures=figures, source=where)


def _addressed(settings: Iterable[Setting], source: str, resolve: Resolve) -> Iterator[tuple[Ask, str]]:
    """Yield who is named by a variable: by an address of HTTP, or by the host of a Service."""
    for one in settings:
        value = one.value.strip()
        if len(value) > 2_000:
            continue
        leads = bool(_LEADS.search(words_of(one.key)))
        for part in value.split(","):
            web, plain = _HTTP.fullmatch(part.strip()), _HOST.fullmatch(part.strip())
            found = web or plain
            if found is None:
                continue
            host = found[1]
            port = (
                int(found[2])
                if found[2]
                else (443 if part.strip().startswith(("https", "wss")) else 80)
                if web
                else 0
            )
            names = resolve(host, port)
            # What no Service is called is a host only where it is written as an address.
            is_host = names or (leads and (web or "." in host) and not _is_local(host))
            if is_host:
                figures = {"pool.most": _KEPT_UNKNOWN, "timeout": TIMEOUT}
                yield (
                    Ask(
                        names=names or (endpoint(host, port),),
                        title=host,
                        source=f"{source}, {one.key}",
                        protocol="http" if web else "",
                        figures=figures,
                    ),
                    one.key,
                )


def _is_local(host: str) -> bool:
    return host in {"localhost", "0.0.0.0"} or host.startswith("127.")  # noqa: S104  compared, not bound
