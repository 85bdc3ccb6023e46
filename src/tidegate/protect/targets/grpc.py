"""How does a gRPC client write its share of a protection? As a service config; write and read.

gRPC makes at most five attempts, scatters its pauses by ± 20 %, and retries only while more than half of its
tokens are left. Its one time-out is for the whole call, retries included. Names and ranges are checked here,
because gRPC passes over an unknown name and over too many tokens in silence. Go's gRPC takes a name whatever
its capitals (`MaxAttempts`); the others do not, which is told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tidegate.errors import InputError
from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written, identifier, short
from tidegate.protect.protection import Protection
from tidegate.protect.targets import gax
from tidegate.protect.targets.retry_layer import Innermost
from tidegate.protect.targets.speaking import holds, unsure
from tidegate.world.file.faults import Path
from tidegate.world.file.tree import Tree, read_tree
from tidegate.world.retry import RetryLayer
from tidegate.world.world import WorldFile

TARGET = "grpc"
MOST_ATTEMPTS = 5
MOST_TOKENS = 1000
_JITTER_RATIO = 0.2
_BELONGS = "is not the business of a gRPC client; give it to the device, the service or the scaler"
_SPEAKS = ("grpc",)
_WHOLE_CALL = "gRPC has one time for the whole call, retries included; it has none for each attempt"
_CODES = ("UNAVAILABLE",)
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})s", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?(?:[eE]-?\d{1,2})?", re.ASCII)
_TOP = ("methodConfig", "retryThrottling", "loadBalancingConfig", "loadBalancingPolicy", "healthCheckConfig")
_METHOD = (
    "name", "waitForReady", "timeout", "maxRequestMessageBytes", "maxResponseMessageBytes", "retryPolicy",
    "hedgingPolicy",
)  # fmt: skip
_POLICY = ("maxAttempts", "initialBackoff", "maxBackoff", "backoffMultiplier", "retryableStatusCodes")
_THROTTLING = ("maxTokens", "tokenRatio")


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return a service config for each population of clients, and a page with the sources of its numbers.

    Parameters
    ----------
    protection
        What is to be said.
    file
        The world it protects.
    addresses
        Not needed: a service config names none.
    """
    del addresses
    draft = Draft(TARGET, protection, file)
    for name in protection.subjects("clients"):
        _clients(draft, name)
    return draft.written(_BELONGS)


def _clients(draft: Draft, name: str) -> None:
    if not holds(draft, name, _SPEAKS, "a service config is read by gRPC alone"):
        return
    inner = Innermost(draft, name)
    draft.refuse(inner.at + "connect_timeout", "is an argument of the channel, not of its service config")
    draft.refuse(inner.at + "pool", "a gRPC channel keeps one connection for all its calls")
    method: dict[str, Any] = {"name": [{}]}
    config: dict[str, Any] = {"methodConfig": [method]}
    layer = inner.layer
    if layer is None or inner.attempts_count == 1:
        inner.said("attempts", "retries")
        if inner.own("timeout"):
            method["timeout"] = duration(inner.clients.timeout_s)
    else:
        draft.refuse(inner.at + "timeout", _WHOLE_CALL)
        if layer.deadline_s is not None:
            inner.said("deadline")
            method["timeout"] = duration(layer.deadline_s)
        method["retryPolicy"] = _policy(inner, layer)
        throttling = _throttling(inner, layer)
        if throttling:
            config["retryThrottling"] = throttling
    inner.finish()
    if not inner.comments:
        return
    word = identifier(name)
    unsure(draft, name, _SPEAKS)
    draft.add(f"{word}.grpc.json", json.dumps(config, indent=2) + "\n")
    lines = [
        f"# The service config of the clients {short(name)} (world {short(draft.world.name)})",
        "",
        f"Give the text of `{word}.grpc.json` to the channel as its option `grpc.service_config`.",
        "JSON has no comments, so the numbers it comes from stand here:",
        "",
        *(f"- {text}" for text in inner.comments),
    ]
    draft.add(f"{word}.grpc.md", "\n".join(lines) + "\n")


def _policy(inner: Innermost, layer: RetryLayer) -> dict[str, Any]:
    attempts = inner.attempts_count
    if attempts is None or attempts > MOST_ATTEMPTS:
        why = f"gRPC takes more than {MOST_ATTEMPTS} attempts as {MOST_ATTEMPTS}, which is written"
        inner.refuse("attempts", why)
        inner.refuse("retries", why)
        attempts = MOST_ATTEMPTS
    else:
        inner.said("attempts", "retries")
    if layer.base_s > 0:
        inner.said("base")
    else:
        inner.refuse("base", "gRPC pauses at least a moment before a retry; 1 ms is written")
    inner.said("cap")
    constant = layer.backoff == "constant"
    if constant:
        inner.said("backoff", "multiplier")
    else:
        inner.fixed("backoff", "exponential", "gRPC's pauses grow exponentially, or stay the same")
        inner.said("multiplier")
    inner.fixed("jitter", "spread", f"gRPC always scatters its pauses by ± {_JITTER_RATIO:.0%}")
    inner.fixed("jitter_width", _JITTER_RATIO, f"gRPC always scatters its pauses by ± {_JITTER_RATIO:.0%}")
    inner.fixed("floor", 0.0, "gRPC's pauses have no least length")
    inner.fixed("breaker", None, "gRPC has no breaker")
    for element in inner.draft.below(f"{inner.at}retry.layers.0.breaker"):
        inner.draft.refuse(element.path, "gRPC has no breaker")
    return {
        "maxAttempts": attempts,
        "initialBackoff": duration(max(layer.base_s, 0.001)),
        "maxBackoff": duration(max(layer.cap_s, 0.001)),
        "backoffMultiplier": 1.0 if constant else layer.multiplier_ratio,
        "retryableStatusCodes": list(_CODES),
    }


def _throttling(inner: Innermost, layer: RetryLayer) -> dict[str, Any]:
    budget = layer.budget
    if budget is None:
        return {}
    if budget.tokens_count > MOST_TOKENS or budget.tokens_count < 1:
        inner.refuse("budget.tokens", f"gRPC takes from 1 to {MOST_TOKENS} tokens")
    elif budget.tokens_count != round(budget.tokens_count):
        inner.refuse("budget.tokens", "gRPC counts whole tokens")
    else:
        inner.said("budget.tokens")
    ratio = round(budget.per_success_count, 3)
    if ratio <= 0 or ratio != budget.per_success_count:
        inner.refuse("budget.per_success", "gRPC pays in from 0.001, in thousandths")
    else:
        inner.said("budget.per_success")
    inner.fixed("budget.cost", 1.0, "gRPC takes one token for each failure")
    inner.fixed("budget.per_request", 0.0, "gRPC pays in for successes only")
    inner.fixed("budget.fill", 0.0, "gRPC's tokens do not come back by themselves")
    inner.fixed("budget.floor", 0.5, "gRPC retries only above half of its tokens")
    inner.fixed("budget.scope", "client", "gRPC keeps tokens for each channel")
    return {
        "maxTokens": min(MOST_TOKENS, max(1, round(budget.tokens_count))),
        "tokenRatio": max(ratio, 0.001),
    }


def duration(value_s: float) -> str:
    """Return a time as protobuf's JSON writes it, to the nanosecond."""
    return f"{value_s:.9f}".rstrip("0").rstrip(".") + "s"


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what a service config says about a population of clients.

    Parameters
    ----------
    text
        The JSON.
    source
        Its name.
    subjects
        Which clients use it.

    Raises
    ------
    InputError
        With every fault of the text, unknown names and ranges included, each with its line.
    """
    findings = Findings(TARGET, source, subjects)
    try:
        tree = read_tree(text, source)
    except InputError as error:
        findings.take(error.faults)
    else:
        findings.take(tree.faults)
        if isinstance(tree.document, Mapping) and "interfaces" in tree.document:
            gax.interpret(tree, findings)
        else:
            _Reading(findings, tree).read()
    return findings.adopted()


class _Reading:
    """Reads one service config."""

    def __init__(self, findings: Findings, tree: Tree) -> None:
        self._findings = findings
        self._tree = tree
        self._values: dict[str, Any] = {}

    def read(self) -> None:
        """Give what it says to the findings."""
        whole = self._mapping((), self._tree.document, _TOP)
        methods = whole.get("methodConfig", [])
        if not isinstance(methods, list):
            self._fault(("methodConfig",), "is not a list")
            return
        chosen = self._chosen(methods)
        method = self._mapping(("methodConfig", chosen), methods[chosen], _METHOD) if methods else {}
        written = self._tree.places.source.rpartition("/")[2].removesuffix(".grpc.json")
        name = self._findings.clients(1, written, identifier)
        here: Path = ("methodConfig", chosen)
        policy = method.get("retryPolicy")
        if "hedgingPolicy" in method:
            self._findings.ignore(
                self._line(here), "hedgingPolicy", "a world has no key for attempts in parallel"
            )
        if policy is not None:
            self._policy((*here, "retryPolicy"), policy)
        timeout_s = self._timeout((*here, "timeout"), method["timeout"]) if "timeout" in method else None
        throttling = whole.get("retryThrottling")
        if throttling is not None and policy is not None:
            self._throttling(throttling)
        if not name:
            return
        if timeout_s and policy is None:
            words = f"timeout {method['timeout']}"
            self._findings.found(f"clients.{name}.timeout", timeout_s, words, self._line((*here, "timeout")))
        elif timeout_s:
            self._values["deadline"] = timeout_s
        if self._values:
            self._findings.layer(name, self._values, "retryPolicy", self._line((*here, "retryPolicy")))

    def _chosen(self, methods: list[Any]) -> int:
        """Return the entry asked for, or that which tries again most; of equal ones that for all methods."""
        named = {
            name: index for index, method in enumerate(methods) for name in _names(_own(method).get("name"))
        }
        asked = self._findings.chosen_part(name for name in named if name)
        rest = [i for i, method in enumerate(methods) if _own(method).get("name", []) in ([{}], [])]
        if asked:
            chosen = named[asked]
        else:
            last_first = reversed(range(len(methods)))
            chosen = max(last_first, key=lambda i: (_attempts(methods[i]), i in rest), default=0)
        for index, method in enumerate(methods):
            if index != chosen:
                who = ", ".join(_names(_own(method).get("name"))) or "all methods"
                which = "methods without one of their own" if index in rest else "single methods"
                why = f"one population has one policy; this one is for {which}"
                self._findings.ignore(self._line(("methodConfig", index)), f"methodConfig {who}", why)
        return chosen

    def _policy(self, path: Path, tree: object) -> None:
        policy = self._mapping(path, tree, _POLICY)
        for key in _POLICY:
            if key not in policy:
                self._fault(path, f"{key} is missing; gRPC refuses the whole config without it")
        attempts = self._number(path, policy, "maxAttempts", least=2)
        if attempts is not None and attempts > MOST_ATTEMPTS:
            why = f"gRPC takes more than {MOST_ATTEMPTS} as {MOST_ATTEMPTS}"
            self._findings.ignore(self._line((*path, "maxAttempts")), f"maxAttempts {attempts:g}", why)
            attempts = MOST_ATTEMPTS
        multiplier = self._number(path, policy, "backoffMultiplier", least=0.001)
        base_s = self._seconds((*path, "initialBackoff"), policy.get("initialBackoff", "1s"))
        cap_s = self._seconds((*path, "maxBackoff"), policy.get("maxBackoff", "1s"))
        if attempts is None or multiplier is None or not base_s or not cap_s:
            return
        self._values |= {"attempts": int(attempts), "base": base_s}
        if multiplier < 1.0:
            self._fault((*path, "backoffMultiplier"), "makes pauses shorter, which a world cannot say")
        elif multiplier == 1.0:
            self._values |= {"backoff": "constant"}
        else:
            self._values |= {"backoff": "exponential", "multiplier": multiplier}
        self._values |= {"cap": cap_s, "jitter": "spread", "jitter_width": _JITTER_RATIO}

    def _throttling(self, tree: object) -> None:
        path: Path = ("retryThrottling",)
        throttling = self._mapping(path, tree, _THROTTLING)
        tokens = self._number(path, throttling, "maxTokens", least=1, most=MOST_TOKENS)
        ratio = self._number(path, throttling, "tokenRatio", least=0.0005)
        if tokens is None or ratio is None:
            return
        fixed = {"cost": 1.0, "per_request": 0.0, "fill": 0.0, "floor": 0.5, "scope": "client"}
        own = {"tokens": tokens, "per_success": round(ratio, 3)}
        self._values |= {f"budget.{key}": value for key, value in {**own, **fixed}.items()}

    def _line(self, path: Path) -> int:
        return self._tree.places.find(path).line

    def _fault(self, path: Path, what: str, *, value: object = "", allowed: str = "") -> None:
        key = f"{path[-1]} " if path and isinstance(path[-1], str) else ""
        self._findings.fault(self._line(path), f"{key}{what}", value=str(value), allowed=allowed)

    def _mapping(self, path: Path, tree: object, known: tuple[str, ...]) -> Mapping[str, Any]:
        if not isinstance(tree, Mapping):
            self._fault(path, "is not an object", allowed=", ".join(known))
            return {}
        tree = self._respelt(path, tree, known)
        for key in tree:
            if key not in known:
                what = "is no name of a service config; gRPC passes over it in silence"
                self._fault((*path, key), what, allowed=", ".join(known))
        return tree

    def _respelt(self, path: Path, tree: Mapping[str, Any], known: tuple[str, ...]) -> Mapping[str, Any]:
        """Return an object under the names that every gRPC takes; Go takes them whatever their capitals."""
        by_lower = {name.lower(): name for name in known}
        found = {by_lower.get(str(key).lower(), key): value for key, value in tree.items()}
        for key in tree:
            if key not in known and str(key).lower() in by_lower:
                self._findings.ignore(
                    self._line((*path, key)), str(key), f"only Go's gRPC takes it for {by_lower[key.lower()]}"
                )
        return found

    def _number(
        self, path: Path, tree: Mapping[str, Any], key: str, *, least: float, most: float = 1e9
    ) -> float | None:
        text = tree.get(key, "1" if key not in tree else "")
        if key not in tree and key in _THROTTLING:
            self._fault(path, f"{key} is missing")
            return None
        if key not in tree:
            return None
        if not isinstance(text, str) or not _NUMBER.fullmatch(text) or not least <= float(text) <= most:
            allowed = f"a number, at least {least:g}" + (f", at most {most:g}" if most < 1e9 else "")
            self._fault((*path, key), "is no number gRPC takes here", value=text, allowed=allowed)
            return None
        return float(text)

    def _timeout(self, path: Path, text: object) -> float | None:
        """Read how long a call may take; nought is told, for not all clients take it alike."""
        found = _DURATION.fullmatch(text) if isinstance(text, str) else None
        if found is None or float(found[1]) > 0.0:
            return self._seconds(path, text)
        why = "nought is no time-out to some of gRPC's clients, and others give up at once: say which"
        self._findings.ignore(self._line(path), f"timeout {text}", why)
        return None

    def _seconds(self, path: Path, text: object) -> float | None:
        found = _DURATION.fullmatch(text) if isinstance(text, str) else None
        if found is None or float(found[1]) == 0.0:
            self._fault(path, "is no duration", value=text, allowed="such as 0.5s")
            return None
        return float(found[1])


def _own(method: object) -> Mapping[str, Any]:
    """Return an entry of methodConfig, whatever its capitals; empty where it is no object."""
    if not isinstance(method, Mapping):
        return {}
    return {
        next((one for one in _METHOD if one.lower() == str(key).lower()), key): value
        for key, value in method.items()
    }


def _names(names: object) -> list[str]:
    """Return the services and methods of an entry, as `service/method`."""
    if not isinstance(names, list):
        return []
    told = [one for one in names if isinstance(one, Mapping) and one.get("service")]
    return ["/".join(filter(None, (str(one["service"]), str(one.get("method", ""))))) for one in told]


def _attempts(method: object) -> float:
    """Return how many attempts an entry asks for, to compare; 0 where it does not try again."""
    policy = _own(method).get("retryPolicy")
    if not isinstance(policy, Mapping):
        return 0.0
    number = next((str(value) for key, value in policy.items() if str(key).lower() == "maxattempts"), "")
    return float(number) if _NUMBER.fullmatch(number) else 0.0
