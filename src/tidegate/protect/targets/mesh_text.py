"""What do the policies of a service mesh or gateway say of the clients before it? Reading only.

Istio's DestinationRule and VirtualService, the Gateway API's HTTPRoute and GRPCRoute, Linkerd's annotations
and ServiceProfile. A policy belongs to the host that it names: it is taken where a service of the world is
called so, or where the clients were named; what holds for some requests only is told.

Sources: istio.io, reference of "Destination Rule" and "Virtual Service" (two retries where nothing is said,
pauses from 25 ms as Envoy's); gateway-api.sigs.k8s.io, "HTTPRoute timeouts" and GEP-1731 (retries);
linkerd.io, "Retries" and "Timeouts" (one retry where no limit is said, at once).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.protect.adopted import Findings
from tidegate.protect.targets.retry_layer import NO_RETRIES
from tidegate.world.file.faults import Path
from tidegate.world.file.tree import Tree, value_at

KINDS = ("DestinationRule", "VirtualService", "HTTPRoute", "GRPCRoute", "ServiceProfile", "Service")
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|us|s|m|h)", re.ASCII)
_UNITS_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_BASE_S, _CAP_TIMES, _USUAL_RETRIES = 0.025, 10, 2
_NO_KEY = "a world has no key for it"
_POOL = {
    "http1MaxPendingRequests": f"how many requests wait for a connection: {_NO_KEY}",
    "http2MaxRequests": "limits requests in progress, not connections",
    "maxRequestsPerConnection": f"when a connection is closed by count: {_NO_KEY}",
    "maxRetries": f"limits retries in progress: {_NO_KEY}",
    "idleTimeout": f"when idle connections are closed: {_NO_KEY}",
    "tcpKeepalive": f"how dead connections are found: {_NO_KEY}",
    "maxConcurrentStreams": "limits requests in progress, not connections",
    "maxConnectionDuration": "see `clients.*.connection_age` of a world",
}
_POLICY = {
    "outlierDetection": "takes an instance out after failures of requests",
    "warmup": "see `services.*.warm_up` of a world",
    "portLevelSettings": "holds for single ports only",
}
_COPIED = (
    "copies requests to another host, which this one is asked for as well: a world says that as its rate"
)
_ROUTE = {
    "fault": "failures that are made on purpose",
    "mirror": _COPIED,
    "mirrors": _COPIED,
    "mirrorPercentage": _COPIED,
}
_ALL: tuple[Any, ...] = (
    None,
    [],
    [{}],
    [{"uri": {"prefix": "/"}}],
    [{"path": {"type": "PathPrefix", "value": "/"}}],
)
_RETRIES, _TIMEOUTS, _ACCRUAL = "retry.linkerd.io/", "timeout.linkerd.io/", "balancer.linkerd.io/"


@dataclass(frozen=True, kw_only=True)
class _Retries:
    """What a route tries again, and where that stands."""

    count: int
    words: str
    line: int
    base_s: float = _BASE_S
    is_at_once: bool = False


class Mesh:
    """Reads one object.

    Parameters
    ----------
    findings
        Where what it says goes.
    tree
        The text that holds it.
    path
        Where in that it stands.
    """

    def __init__(self, findings: Findings, tree: Tree, path: Path) -> None:
        self._findings = findings
        self._tree = tree
        self._path = path

    def read(self, kind: str) -> None:
        """Give what the object says to the findings; a Service says something by annotations alone."""
        if kind == "DestinationRule":
            self._destination()
        elif kind == "VirtualService":
            if self._is_of_mesh():
                self._routes(("spec", "http"), str(self._first("spec", "hosts") or ""), kind)
        elif kind in {"HTTPRoute", "GRPCRoute"}:
            self._routes(("spec", "rules"), "", kind)
            self._annotations(self._backend(("spec", "rules", 0)))
        elif kind == "ServiceProfile":
            self._profile(str(self._find("metadata", "name") or ""))
        else:
            self._annotations(str(self._find("metadata", "name") or ""))

    def _is_of_mesh(self) -> bool:
        """Whether a VirtualService holds for clients in the mesh, or for those that were named."""
        gateways = self._find("spec", "gateways")
        if not isinstance(gateways, list) or "mesh" in gateways:
            return True
        words = f"gateways: {', '.join(map(str, gateways))}"
        why = "holds for requests that come in there alone, and not between services of the mesh"
        self._findings.ignore(self._line(("spec", "gateways")), words, why)
        return bool(self._findings.subjects.clients)

    # -- Istio's destinations ---------------------------------------------------------------------

    def _destination(self) -> None:
        host = str(self._find("spec", "host") or "")
        here: Path = ("spec", "trafficPolicy")
        for index, subset in enumerate(self._find("spec", "subsets") or []):
            if isinstance(subset, Mapping) and "trafficPolicy" in subset:
                line = self._line(("spec", "subsets", index))
                self._findings.ignore(line, f"subset {subset.get('name')}", "holds for this subset only")
        for key, why in _POLICY.items():
            if self._find(*here, key) is not None:
                self._findings.ignore(self._line((*here, key)), key, why)
        pool = (*here, "connectionPool")
        limits = self._find(*pool, "http")
        for key in limits if isinstance(limits, Mapping) else ():
            if key in _POOL:
                words = f"{key}: {limits[key]}"
                self._findings.ignore(self._line((*pool, "http", key)), words, _POOL[key])
        name = self._clients(host, self._line(("spec", "host")), "connectionPool")
        if name:
            self._connecting(name, (*pool, "tcp"))

    def _connecting(self, name: str, here: Path) -> None:
        most = self._find(*here, "maxConnections")
        if most is not None:
            words, line = f"maxConnections: {most}", self._line((*here, "maxConnections"))
            keeps = self._findings.subjects.world.clients[name].connection == "pool"
            if not _WHOLE.fullmatch(str(most)):
                self._findings.fault(line, "maxConnections is no whole number", value=str(most))
            elif keeps and int(str(most)) > 0:
                self._findings.found(f"clients.{name}.pool", int(str(most)), words, line)
            else:
                self._findings.ignore(line, words, "its clients keep no pool in this world")
        timeout_s = self._seconds((*here, "connectTimeout"))
        if timeout_s:
            words, line = (
                f"connectTimeout: {self._find(*here, 'connectTimeout')}",
                self._line((*here, "connectTimeout")),
            )
            self._findings.found(f"clients.{name}.connect_timeout", timeout_s, words, line)
            self._findings.found(f"clients.{name}.timeout_clock", "send", words, line)
        for key in ("maxConnectionDuration", "idleTimeout", "tcpKeepalive"):
            if self._find(*here, key) is not None:
                said = self._find(*here, key)
                words = f"{key}: {said}" if isinstance(said, str) else key
                self._findings.ignore(self._line((*here, key)), words, _POOL[key])

    # -- routes ------------------------------------------------------------------------------------

    def _routes(self, path: Path, host: str, kind: str) -> None:
        """Read the route of all requests, or the one that tries again most; tell the others."""
        routes = self._find(*path)
        routes = routes if isinstance(routes, list) else []
        matches = "match" if kind == "VirtualService" else "matches"
        rest = [i for i, one in enumerate(routes) if isinstance(one, Mapping) and one.get(matches) in _ALL]
        chosen = (
            rest[-1] if rest else max(range(len(routes)), key=lambda i: self._count((*path, i)), default=None)
        )
        for index in range(len(routes)):
            here = (*path, index)
            for key, why in _ROUTE.items():
                if self._find(*here, key) is not None:
                    self._findings.ignore(self._line((*here, key)), key, why)
            self._shares((*here, "route" if kind == "VirtualService" else "backendRefs"))
            if index != chosen and self._says_something(here):
                words = f"route {self._find(*here, 'name') or index + 1}"
                self._findings.ignore(
                    self._line(here), words, "for some requests only; one population has one policy"
                )
        if chosen is None or not (kind == "VirtualService" or self._says_something((*path, chosen))):
            return
        here = (*path, chosen)
        name = self._clients(host or self._backend(here), self._line(here), "its route")
        if name:
            self._route(name, here, kind)

    def _shares(self, here: Path) -> None:
        """Tell that requests are shared among several hosts, where they are."""
        found = self._find(*here)
        weights = [one.get("weight") for one in found or () if isinstance(one, Mapping)]
        if len(weights) > 1 and any(weights):
            words = f"{here[-1]}: weights {', '.join(str(weight or 1) for weight in weights)}"
            why = "several hosts share the requests: a world says that as the rate of each"
            self._findings.ignore(self._line(here), words, why)

    def _route(self, name: str, here: Path, kind: str) -> None:
        istio = kind == "VirtualService"
        each = (*here, "retries", "perTryTimeout") if istio else (*here, "timeouts", "backendRequest")
        whole = (*here, "timeout") if istio else (*here, "timeouts", "request")
        retries = self._istio_retries(here) if istio else self._gateway_retries(here)
        self._said(name, whole=whole, each=each, retries=retries)

    def _istio_retries(self, here: Path) -> _Retries | None:
        at = (*here, "retries")
        stated = self._find(*at, "attempts")
        if self._find(*at) is None:
            words = "two retries of Istio itself: nothing is said of retries"
            return _Retries(count=_USUAL_RETRIES, words=words, line=self._line(here))
        count = self._whole((*at, "attempts"), stated)
        base_s = self._seconds((*at, "backoff")) or _BASE_S
        return (
            None
            if count is None
            else _Retries(count=count, words=f"retries: attempts {count}", line=self._line(at), base_s=base_s)
        )

    def _gateway_retries(self, here: Path) -> _Retries | None:
        at = (*here, "retry")
        if self._find(*at) is None:
            return None
        count = self._whole((*at, "attempts"), self._find(*at, "attempts"))
        base_s = self._seconds((*at, "backoff")) or _BASE_S
        return (
            None
            if count is None
            else _Retries(count=count, words=f"retry: attempts {count}", line=self._line(at), base_s=base_s)
        )

    def _count(self, here: Path) -> int:
        found = self._find(*here, "retries", "attempts") or self._find(*here, "retry", "attempts") or 0
        return int(str(found)) if _WHOLE.fullmatch(str(found)) else 0

    def _says_something(self, here: Path) -> bool:
        return any(self._find(*here, key) is not None for key in ("timeout", "timeouts", "retries", "retry"))

    # -- Linkerd -----------------------------------------------------------------------------------

    def _annotations(self, host: str) -> None:
        at: Path = ("metadata", "annotations")
        known = self._find(*at)
        own = (
            [key for key in known if key.startswith((_RETRIES, _TIMEOUTS))]
            if isinstance(known, Mapping)
            else []
        )
        if not own:
            return
        accrual = f"{_ACCRUAL}failure-accrual"
        if accrual in known:
            why = "takes an instance out after failures of requests"
            self._findings.ignore(self._line((*at, accrual)), f"{accrual}: {known[accrual]}", why)
        name = self._clients(host, self._line((*at, own[0])), own[0])
        for key in (f"{_TIMEOUTS}response", f"{_TIMEOUTS}idle", f"{_RETRIES}http", f"{_RETRIES}grpc"):
            if key in own and key.startswith(_TIMEOUTS):
                self._findings.ignore(self._line((*at, key)), f"{key}: {known[key]}", _NO_KEY)
        if not name:
            return
        retried = [key for key in own if key in {f"{_RETRIES}http", f"{_RETRIES}grpc"}]
        retries = None
        if retried:
            limit = self._whole((*at, f"{_RETRIES}limit"), known.get(f"{_RETRIES}limit", "1"))
            words = f"{retried[0]}: {known[retried[0]]}"
            line = self._line((*at, retried[0]))
            retries = (
                None if limit is None else _Retries(count=limit, words=words, line=line, is_at_once=True)
            )
        self._said(
            name, whole=(*at, f"{_TIMEOUTS}request"), each=(*at, f"{_RETRIES}timeout"), retries=retries
        )

    def _profile(self, host: str) -> None:
        routes = self._find("spec", "routes")
        for index, route in enumerate(routes if isinstance(routes, list) else ()):
            here: Path = ("spec", "routes", index)
            if not isinstance(route, Mapping):
                continue
            if str(route.get("isRetryable", "false")) == "true":
                why = "is tried again while a share of requests lasts: a world counts attempts"
                self._findings.ignore(
                    self._line((*here, "isRetryable")), f"{route.get('name')}: isRetryable", why
                )
            if "timeout" in route and len(routes) > 1:
                words = f"{route.get('name')}: timeout {route['timeout']}"
                self._findings.ignore(self._line((*here, "timeout")), words, "for some requests only")
            elif "timeout" in route:
                name = self._clients(host, self._line(here), "its route")
                if name:
                    self._said(name, whole=(*here, "timeout"), each=(), retries=None)
        if self._find("spec", "retryBudget") is not None:
            why = "a share of requests, not a bucket of tokens"
            self._findings.ignore(self._line(("spec", "retryBudget")), "retryBudget", why)

    # -- what all of them say ----------------------------------------------------------------------

    def _said(self, name: str, *, whole: Path, each: Path, retries: _Retries | None) -> None:
        """Give time-outs and retries of a population to the findings."""
        whole_s, each_s = (self._seconds(path) if path else None for path in (whole, each))
        tries = retries is not None and retries.count > 0
        if each_s and tries:
            words = f"{each[-1]}: {self._find(*each)}"
            self._findings.found(f"clients.{name}.timeout", each_s, words, self._line(each))
        if retries is not None and not tries:
            self._findings.ignore(retries.line, retries.words, NO_RETRIES)
        if whole_s:
            to = f"clients.{name}.retry.layers.0.deadline" if tries else f"clients.{name}.timeout"
            words = f"{whole[-1]}: {self._find(*whole)}"
            if retries is not None and tries:
                self._layer(name, retries)
            self._findings.found(to, whole_s, words, self._line(whole))
        elif retries is not None and tries:
            self._layer(name, retries)

    def _layer(self, name: str, retries: _Retries) -> None:
        values: dict[str, Any] = {"attempts": retries.count + 1}
        if retries.is_at_once:
            values |= {"backoff": "none", "base": 0.0, "jitter": "none"}
        else:
            cap_s = retries.base_s * _CAP_TIMES
            values |= {"backoff": "exponential", "base": retries.base_s, "multiplier": 2.0, "cap": cap_s,
                       "jitter": "full"}  # fmt: skip
        self._findings.layer(name, values, retries.words, retries.line)

    def _clients(self, host: str, line: int, words: str) -> str:
        """Return the clients of the service that a host names; told where no service is called so."""
        world, first = self._findings.subjects.world, host.partition(".")[0]
        meant = [
            name for name, one in world.services.items()
            if {first, host} & {name, *(known.rpartition("/")[2] for known in one.known_as.values())}
        ]  # fmt: skip
        if self._findings.subjects.clients:
            return self._findings.subjects.clients
        users = [name for name, one in world.clients.items() if one.service in meant]
        if meant and len(users) == 1:
            return users[0]
        if meant:
            return self._findings.clients(line, "", str)
        self._findings.ignore(
            line, words, f"is for {host or 'no host'}, and no service of the world is called so"
        )
        return ""

    def _backend(self, here: Path) -> str:
        return str(self._find(*here, "backendRefs", 0, "name") or "")

    def _first(self, *path: str | int) -> Any:
        found = self._find(*path)
        return found[0] if isinstance(found, list) and found else None

    def _seconds(self, path: Path) -> float | None:
        text = self._find(*path)
        if text is None:
            return None
        found = _PART.findall(str(text))
        if not found or "".join(map("".join, found)) != text:
            self._findings.fault(
                self._line(path), f"{path[-1]} is no duration", value=str(text), allowed="such as 250ms"
            )
            return None
        return sum(float(number) * _UNITS_S[unit] for number, unit in found)

    def _whole(self, path: Path, text: object) -> int | None:
        if not isinstance(text, str) or not _WHOLE.fullmatch(text):
            self._findings.fault(self._line(path), f"{path[-1]} is no whole number", value=str(text))
            return None
        return int(text)

    def _find(self, *path: str | int) -> Any:
        return value_at(self._tree.document, (*self._path, *path))

    def _line(self, path: Path) -> int:
        return self._tree.places.find((*self._path, *path)).line or 1
