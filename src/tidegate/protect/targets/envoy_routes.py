"""What do the routes of an Envoy file say of the clients beside which it stands? Time-outs and retries.

A world has one policy for a population: that of the route for everything else, or where there is none of the
one that tries again most; the other routes are told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tidegate.protect.adopted import Findings
from tidegate.protect.config_file import identifier
from tidegate.protect.targets.envoy_tree import Spelt, listener_of, parts
from tidegate.protect.targets.retry_layer import NO_RETRIES
from tidegate.world.file.faults import Path

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s", re.ASCII)
_WHOLE = re.compile(r"\d{1,12}", re.ASCII)
_USUAL_S = 15.0
"""The time-out of a route that states none."""
_CAP_TIMES = 10  # of the first pause, where no cap is stated
_ALL: tuple[Mapping[str, Any], ...] = ({"prefix": "/"}, {"prefix": ""}, {"safe_regex": {"regex": ".*"}}, {})


@dataclass(frozen=True, kw_only=True)
class _Route:
    """A route of requests.

    Parameters
    ----------
    path
        Of its action.
    action
        What it does.
    match
        Which requests it takes, as one line.
    policy_path
        Where its retry policy stands, its own or that of its virtual host; empty where it has none.
    """

    path: Path
    action: Mapping[str, Any]
    match: str
    is_rest: bool
    policy_path: Path
    policy: Mapping[str, Any] | None


def listeners_by_cluster(whole: Any) -> dict[str, str]:
    """Return the listener whose requests go to a cluster, by the cluster's name."""
    return {str(one.action["cluster"]): listener_of(whole, one.path) for one in _routes(whole)}


def _routes(whole: Any) -> list[_Route]:
    found = []
    for path, part in parts(whole):
        if "cluster" not in part or path[-1:] != ("route",):
            continue
        around = _at(whole, path[:-1])
        match = around.get("match", {}) if isinstance(around, Mapping) else {}
        policy_path = (*path, "retry_policy") if "retry_policy" in part else _hosts_policy(whole, path)
        policy = _at(whole, policy_path) if policy_path else None
        found.append(
            _Route(
                path=path,
                action=part,
                match=", ".join(f"{key} {value}" for key, value in match.items()) or "/",
                is_rest=match in _ALL,
                policy_path=policy_path,
                policy=policy if isinstance(policy, Mapping) else None,
            )
        )
    return found


def _at(whole: Any, path: Path) -> Any:
    here = whole
    for step in path:
        here = here[step]
    return here


def _hosts_policy(whole: Any, path: Path) -> Path:
    """Return where the policy of the virtual host stands that a route without one has."""
    for end in range(len(path) - 1, 0, -1):
        here = _at(whole, path[:end])
        if isinstance(here, Mapping) and "routes" in here and "retry_policy" in here:
            return (*path[:end], "retry_policy")
    return ()


def interpret(spelt: Spelt, findings: Findings) -> None:
    """Give `findings` the time-outs and retries of the clients, and the routes that are left out."""
    routes = _routes(spelt.document)
    told = [one for one in routes if one.policy is not None or "timeout" in one.action]
    chosen = _chosen(told, routes)
    for one in told:
        if one is not chosen:
            _tell(one, spelt, findings)
    _tell_hosts(routes, spelt, findings)
    used = set()
    if chosen is not None and (chosen.policy is not None or findings.subjects.clients):
        used = {str(chosen.action["cluster"])}
        _Reading(spelt, findings).read(chosen)
    _connect_timeouts(spelt, findings, used if chosen is not None and chosen.policy is None else set())


def _chosen(told: list[_Route], routes: list[_Route]) -> _Route | None:
    """Return the route whose policy stands for all requests: also one that says nothing, by Envoy's own."""
    rest = [one for each in (told, routes) for one in each if one.is_rest]
    return rest[0] if rest else max(told, key=_retries, default=None)


def _retries(one: _Route) -> int:
    number = str((one.policy or {}).get("num_retries", "1" if one.policy is not None else "0"))
    return int(number) if _WHOLE.fullmatch(number) else 0


def _tell(one: _Route, spelt: Spelt, findings: Findings) -> None:
    policy = f", {_retries(one)} retries" if one.policy is not None else ""
    words = f"timeout {one.action.get('timeout', '15s')}{policy}"
    why = f"for requests of {one.match} only; one population has one policy"
    findings.ignore(spelt.line(one.path), words, why)


def _tell_hosts(routes: list[_Route], spelt: Spelt, findings: Findings) -> None:
    """Tell the policies of virtual hosts whose routes all have their own."""
    used = {one.policy_path for one in routes}
    for path, part in parts(spelt.document):
        here = (*path, "retry_policy")
        if "routes" in part and "retry_policy" in part and here not in used:
            number = (
                part["retry_policy"].get("num_retries", "1")
                if isinstance(part["retry_policy"], Mapping)
                else ""
            )
            findings.ignore(
                spelt.line(here), f"retry_policy: num_retries {number}", "every route has its own"
            )


def _connect_timeouts(spelt: Spelt, findings: Findings, used: set[str]) -> None:
    """Read how long connecting may take, of the cluster that the clients use; tell those of the others."""
    for path, part in parts(spelt.document):
        if "connect_timeout" not in part:
            continue
        line, name = spelt.line((*path, "connect_timeout")), str(part.get("name", ""))
        found = _DURATION.fullmatch(str(part["connect_timeout"]))
        words = f"connect_timeout: {part['connect_timeout']}"
        clients = findings.subjects.clients
        if name in used and clients and found is not None:
            findings.found(f"clients.{clients}.connect_timeout", float(Fraction(found[1])), words, line)
            findings.found(f"clients.{clients}.timeout_clock", "send", words, line)
        else:
            findings.ignore(
                line, words, "how long Envoy tries to reach an instance: a world has no key for it"
            )


class _Reading:
    """Reads one route."""

    def __init__(self, spelt: Spelt, findings: Findings) -> None:
        self._spelt = spelt
        self._findings = findings

    def read(self, route: _Route) -> None:
        """Give the time-outs and retries of the clients beside which the proxy stands to the findings."""
        if route.policy is None and route.policy_path:
            self._findings.fault(self._spelt.line(route.policy_path), "is not a mapping")
            return
        listener = listener_of(self._spelt.document, route.path)
        name = self._findings.clients(self._spelt.line(route.path), listener.removeprefix("tg_"), identifier)
        if route.policy is None:
            self._deadline(route, f"clients.{name}.timeout")
            return
        policy, here = route.policy, route.policy_path
        retries = self._whole(here, policy, "num_retries") if "num_retries" in policy else 1
        if not name or retries is None:
            return
        if retries == 0:
            self._findings.ignore(self._spelt.line(here), "num_retries: 0", NO_RETRIES)
            self._deadline(route, f"clients.{name}.timeout")
            return
        if "per_try_timeout" in policy:
            timeout_s = self._seconds(here, policy, "per_try_timeout")
            if timeout_s:
                words = f"per_try_timeout: {policy['per_try_timeout']}"
                self._findings.found(
                    f"clients.{name}.timeout", float(timeout_s), words, self._spelt.line(here)
                )
        self._layer(here, policy, name, retries)
        self._deadline(route, f"clients.{name}.retry.layers.0.deadline")

    def _deadline(self, route: _Route, path_to: str) -> None:
        """Read the time-out of a route: of all attempts together."""
        line = self._spelt.line(route.path)
        if "timeout" not in route.action:
            clients = self._findings.subjects.world.clients[path_to.split(".")[1]]
            if path_to.endswith(".timeout") and clients.timeout_s <= _USUAL_S:
                why = "Envoy itself gives up after 15 s: the clients' own time-out is not longer"
                self._findings.ignore(line, "no timeout", why)
            else:
                self._findings.found(path_to, _USUAL_S, "no timeout: 15s of Envoy itself", line)
            return
        words = f"timeout: {route.action['timeout']}"
        deadline_s = self._seconds(route.path, route.action, "timeout")
        if deadline_s:
            self._findings.found(path_to, float(deadline_s), words, line)
        elif deadline_s is not None:
            self._findings.ignore(line, words, "nought is no time-out: that of the clients stays")

    def _layer(self, path: Path, policy: Mapping[str, Any], name: str, retries: int) -> None:
        backoff = policy.get("retry_back_off", {"base_interval": "0.025s"})
        if not isinstance(backoff, Mapping):
            self._findings.fault(self._spelt.line((*path, "retry_back_off")), "is not a mapping")
            return
        within = (*path, "retry_back_off")
        base_s = self._seconds(within, backoff, "base_interval")
        stated = "max_interval" in backoff
        cap_s = self._seconds(within, backoff, "max_interval") if stated else (base_s or 0) * _CAP_TIMES
        if not base_s or not cap_s:
            return
        values = {
            "attempts": retries + 1,
            "backoff": "exponential",
            "base": float(base_s),
            "multiplier": 2.0,
            "cap": float(cap_s),
            "jitter": "full",
        }
        words = f"num_retries: {retries}, {backoff.get('base_interval')} to {float(cap_s):g}s"
        self._findings.layer(name, values, words, self._spelt.line(path))
        if "retry_budget" in policy:
            self._findings.ignore(
                self._spelt.line(path), "retry_budget", "a share of requests, not a bucket of tokens"
            )

    def _whole(self, path: Path, part: Mapping[str, Any], key: str) -> int | None:
        text = part.get(key, "")
        if not isinstance(text, str) or not _WHOLE.fullmatch(text):
            self._findings.fault(self._spelt.line((*path, key)), f"{key} is no whole number", value=str(text))
            return None
        return int(text)

    def _seconds(self, path: Path, part: Mapping[str, Any], key: str) -> Fraction | None:
        text = part.get(key, "")
        found = _DURATION.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            line = self._spelt.line((*path, key))
            self._findings.fault(line, f"{key} is no duration", value=str(text), allowed="such as 0.05s")
            return None
        return Fraction(found[1])
