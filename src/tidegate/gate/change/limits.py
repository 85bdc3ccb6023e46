"""Which other numbers of a change bear on its clients? Limits that fall, pools that grow, sizes nobody knows.

What is read as a size is judged elsewhere. Here each becomes a sentence on what cannot be told: a plan in
which nothing grows may still take away what clients lean on, or give each of them more connections.

Shortcut: by the names of attributes; what a number of another name means is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.errors import InputError
from tidegate.gate.change.reconnect import is_inert
from tidegate.gate.change.resource import Resource, dotted, leaves
from tidegate.gate.settings.connection_string import target_of
from tidegate.gate.settings.names import meaning_of, words_of
from tidegate.world.file.tree import read_tree

_FALLS = re.compile(
    r"(^|_)(CONNECTIONS?(_PERCENT)?|CONNS?|PORTS(_PER_VM)?|THROUGHPUT|BANDWIDTH|CAPACITY|IOPS|CONCURRENCY|BURST"
    r"|RATE|RPS|QPS|NODE_GROUPS|CACHE_NODES|CACHE_CLUSTERS|BROKER_NODES|NODES|REPLICAS_PER_NODE_GROUP|SHARDS?"
    r"|SHARD_COUNT|NODE_COUNT|MAX_CLIENTS|MAXCLIENTS|(RATE|BURST|CONCURRENT|CONNECTION)_LIMIT|EXECUTIONS)$"
)
_GROWS = re.compile(
    r"(^|_)(COUNT|TOTAL|NODES?|INSTANCES?|REPLICAS|WORKERS?|QUANTITY|CAPACITY|SIZE|PODS|TASKS|UNITS|SHARDS"
    r"|BROKERS|MACHINES|SERVERS|CONCURRENCY|PARALLELISM)$"
)
_NO_FLEET = re.compile(
    r"(^|_)(DISK|VOLUME|STORAGE|MEMORY|RAM|CPU|CORES?|HEAP|CACHE|PAGE|BATCH|FILE|LOG|BLOCK|BUFFER|KEY|MESSAGE|BODY"
    r"|BACKUP|SNAPSHOT|RETENTION|RETRY|RETRIES|FAILURE|THRESHOLD|VERSION|PREFIX|MASK|PARTITION)S?(_|$)"
)
_ADDRESSES = re.compile(r"(^|_)(NAT_)?(IPS|ADDRESSES|ALLOCATION_IDS)$")
_COUNTS = re.compile(
    r"(?m)^\s*(?:\"?count\"?|\"?Count\"?)\s*[=:]\s*\"?(\d{1,9})|\bcount\s*=\s*(\d{1,9})", re.ASCII
)
_CARRIES = re.compile(
    r"(nat|lb|elb|alb|load_?balanc\w*|forwarding_rule|backend_service|proxy|gateway|router|vpn|db|sql|rds|redis"
    r"|cache|database|broker|kafka|msk|mq|service|deployment|stateful_set|group|pool|cluster|function|fleet|app"
    r"|formation|scale_set|instance|endpoint)(_|$)"
)
_CARRIES_NOTHING = re.compile(
    r"(security_group|parameter_group|subnet_group|option_group|log_group|resource_group|placement_group|user_group"
    r"|_(rule|policy|attachment|association|permission|record|alarm|role|user|key|secret|schedule|backup|snapshot"
    r"|certificate|binding|member|grant|tag|alias|version)$)"
)
_PLAIN_LIMIT = re.compile(r"(^|_)(LIMIT|THRESHOLD|REQUESTS_PER_PERIOD|COUNT)$")
_HOLDS_BACK = re.compile(r"waf|rate_?limit|throttl|usage_?plan|security_policy|firewall_policy")
_DIGITS = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,6})?", re.ASCII)
_MOST = 20


def doubts_of(resource: Resource, sizes: frozenset[str], *, is_listed: bool) -> Iterator[str]:
    """Yield what of a change bears on clients and is no size that is understood.

    Parameters
    ----------
    resource
        What changes.
    sizes
        The attributes that are read as its sizes.
    is_listed
        Whether the sizes of its type are known.
    """
    if is_inert(resource.kind) or not (resource.actions == {"update"} or resource.is_replaced):
        return
    changed = [name for name in resource.changed_names() if name not in sizes]
    if not changed:
        return
    sides = (resource.before, resource.after)
    before, after = (_numbers({name: side[name] for name in changed if name in side}) for side in sides)
    told = 0
    for name in dict.fromkeys((*before, *after)):
        says = ""
        if name not in sizes and name in before and name in after and before[name] != after[name]:
            says = _bears(name, before[name], after[name], is_listed=is_listed)
            says = says or _rated(resource.kind, name, before[name], after[name])
        elif (
            name not in sizes and name in after and name not in before and meaning_of(_last(name)) is not None
        ):
            says = _bears(name, 0.0, after[name], is_listed=is_listed)
        told += bool(says)
        if says and told <= _MOST:
            yield f"{resource.address} ({name}) {says}"


def removed(resource: Resource) -> bool:
    """Whether something goes that clients may be connected to, or through, and nothing takes its place."""
    gone = "delete" in resource.actions and "create" not in resource.actions
    words = words_of(resource.kind).lower()
    carries = _CARRIES.search(words) and not _CARRIES_NOTHING.search(words)
    return gone and not is_inert(resource.kind) and bool(carries)


def _bears(name: str, before: float, after: float, *, is_listed: bool) -> str:
    words, change = words_of(_last(name)), f"from {before:,.10g} to {after:,.10g}"
    meaning = meaning_of(_last(name))
    if (
        meaning is not None
        and meaning.role in {"most", "overflow", "processes", "unclear"}
        and after > before
    ):
        return (
            f"grows {change}: a pool that each instance keeps; describe the step in the world, by its `pool`."
        )
    limits = _FALLS.search(words) or _ADDRESSES.search(words)
    if limits and after < before:
        return (
            f"falls {change}: clients may lean on it; judge the change with the limit of the world set to it."
        )
    if not is_listed and after > before and _GROWS.search(words) and not _NO_FLEET.search(words):
        return (
            f"grows {change}: whether that is a size of what clients are, or what serves them, is not known."
        )
    return ""


def _rated(kind: str, name: str, before: float, after: float) -> str:
    """Return what a number that is called a limit says, of a type that holds back more than so much."""
    if (
        after >= before
        or not _PLAIN_LIMIT.search(words_of(_last(name)))
        or not _HOLDS_BACK.search(kind.lower())
    ):
        return ""
    change = f"from {before:,.10g} to {after:,.10g}"
    return f"falls {change}: it holds back what comes faster; judge the change with a limit of the world."


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _numbers(side: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of one side by their paths, also of texts that hold a tree; of several the sum."""
    found: dict[str, float] = {}
    for path, leaf in leaves({key: _within(value) for key, value in side.items()}):
        for name, number in _of_leaf(dotted(path), leaf):
            found[name] = found.get(name, 0.0) + number
    for key, value in side.items():
        if isinstance(value, list) and _ADDRESSES.search(words_of(key)):
            found[key] = float(len(value))
    return found


def _of_leaf(name: str, leaf: object) -> Iterator[tuple[str, float]]:
    """Yield the numbers of one value: itself, a connection string's, or the counts that a text states."""
    if isinstance(leaf, bool):
        return
    if isinstance(leaf, int | float) or (isinstance(leaf, str) and _DIGITS.fullmatch(leaf)):
        yield name, float(leaf)
    elif isinstance(leaf, str) and "://" in leaf:
        target = target_of(leaf)
        for role, number in target.numbers.items() if target is not None else ():
            yield f"{name}.pool_{'size' if role == 'most' else role}", float(number)
    elif isinstance(leaf, str) and "count" in leaf.lower():
        counted = sum(int(a or b) for a, b in _COUNTS.findall(leaf))
        if counted:
            yield f"{name}.count", float(counted)


def _within(value: Any) -> Any:
    """Return a text that holds JSON or YAML as what it holds."""
    if not isinstance(value, str) or ":" not in value or value.lstrip()[:1] not in {"{", "["}:
        return value
    try:
        return read_tree(value, "values").document
    except InputError:
        return value
