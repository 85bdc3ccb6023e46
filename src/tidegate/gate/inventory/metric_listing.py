"""What do series of a Prometheus show of a world? Sizes, rates, times and limits, each with its spread over time.

A number that moves is its median, and lies between the twentieth parts at either end of what it was; a limit is what it
is last. A stretch without samples says nothing, and is said.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tidegate.gate.inventory.metric_queries import QUESTIONS, Question
from tidegate.gate.inventory.seen_thing import (
    INSIDE,
    OUTSIDE,
    USERS,
    Ask,
    Figure,
    Inventory,
    Seen,
    cluster_service,
    resource,
    workload,
)
from tidegate.observe.prometheus_answer import Labelled
from tidegate.observe.samples import Missing, Series
from tidegate.world.file.quantity import format_quantity

Told = Callable[[str], tuple[Labelled, ...] | Missing]
"""An expression to the series that it means."""
MOST_SERIES = 5_000
ONLY_DATABASE = "the only database of who has the pool"
"""The name of whom a pool leads to that says no more: settled once it is known whom its owner asks."""
_UNKNOWN = {"", "unknown"}
_GATEWAY = re.compile(r"ingress|gateway|egress")
_POD = re.compile(r"(.+)-[a-f0-9]{6,10}-[a-z0-9]{5}|(.+)-\d{1,4}", re.ASCII)
_KINDS = ("Deployment", "StatefulSet")
_FEW = 10
_LEAST_COVER = 0.8
_SMALL_SHARE = 0.01
_MOST_NOTES = 20


@dataclass
class _Reading:
    """What was read so far."""

    inventory: Inventory
    source: str
    expected_count: float
    things: dict[str, Seen] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)
    backends: dict[str, dict[str, Figure]] = field(default_factory=lambda: defaultdict(dict))
    tables: dict[str, Figure] = field(default_factory=dict)
    held: dict[str, Figure] = field(default_factory=dict)
    job_of: dict[str, str] = field(default_factory=dict)
    edges: list[tuple[str, str, Figure]] = field(default_factory=list)


def metric_inventory(ask: Told, source: str, *, over_s: float, every_s: float) -> Inventory:
    """Return what a Prometheus shows.

    Parameters
    ----------
    ask
        Answers an expression, over the whole time.
    source
        What it is called, and when it was asked, to stand beside each number.
    over_s, every_s
        How long that time is, and how far apart its samples are, in seconds.
    """
    inventory = Inventory(sources=[source])
    reading = _Reading(inventory, source, max(over_s / every_s, 1.0))
    missing: dict[str, bool] = {}
    for question in QUESTIONS:
        found = ask(question.said)
        if isinstance(found, Missing):
            inventory.notes.append(f"{source}: {question.exporter}: {found.why}")
            continue
        rows = [one for one in found if one.series.values]
        missing[question.exporter] = missing.get(question.exporter, True) and not rows
        if len(rows) > MOST_SERIES:
            inventory.notes.append(
                f"{source}: {question.exporter} has {len(rows):,} series of {question.what}: {MOST_SERIES:,} are read"
            )
        for one in rows[:MOST_SERIES]:
            _READERS[question.what](reading, question, one)
    _finish(reading)
    absent = [exporter for exporter, is_absent in missing.items() if is_absent]
    if absent:
        inventory.notes.append(f"{source}: no series of {', '.join(absent)}")
    inventory.notes += [f"{source}: {gap}" for gap in reading.gaps[:_MOST_NOTES]]
    inventory.seen += reading.things.values()
    return inventory


# -- numbers -------------------------------------------------------------------------------------


def figure_over_time(series: Series, what: str, source: str, times: float = 1.0) -> Figure:
    """Return what a number was over time: its median, and where nine tenths of it lie.

    Parameters
    ----------
    series
        Its samples, at least one.
    what, source
        What it is called, and where it was read.
    times
        By what it is multiplied to be in the world's unit.
    """
    values = sorted(one * times for one in series.values)
    many = len(values)
    low, high = (values[0], values[-1]) if many < _FEW else (values[many // 20], values[many - 1 - many // 20])
    said = f"{source}, {what}, {many:,} samples"
    return Figure(value=values[many // 2], low=low, high=high, basis="measured", source=said)


def _limit(reading: _Reading, one: Labelled, what: str) -> Figure:
    """Return a limit: what it is last; where it was another, between both."""
    values = one.series.values
    return Figure(value=values[-1], low=min(values), high=max(values), basis="measured",
                  source=f"{reading.source}, {what}, {len(values):,} samples")  # fmt: skip


def _over_time(reading: _Reading, one: Labelled, what: str, times: float = 1.0) -> Figure:
    share = len(one.series.values) / reading.expected_count
    if share < _LEAST_COVER:
        named = ", ".join(f"{key} {value}" for key, value in sorted(one.labels.items()) if value)[:120]
        reading.gaps.append(f"{what} of {named} was seen for {100 * min(share, 1.0):.0f} % of the time")
    return figure_over_time(one.series, what, reading.source, times)


def _thing(reading: _Reading, key: str, make: Callable[[], Seen]) -> Seen:
    if key not in reading.things:
        reading.things[key] = make()
    return reading.things[key]


# -- a cluster and its mesh ----------------------------------------------------------------------


def _of_workload(reading: _Reading, kind: str, space: str, name: str) -> Seen:
    """Return a workload; without a kind (a mesh does not say it) by the names of either."""
    seen = _thing(
        reading, f"{space}/{name}",
        lambda: Seen(section="clients", name=name, source=reading.source, title=f"{name} in {space}"),
    )  # fmt: skip
    seen.names |= {workload(each, space, name) for each in ([kind] if kind else _KINDS)}
    if kind:
        seen.known_as["kubernetes"] = f"apps/v1/{kind}/{space}/{name}"
    return seen


def _replicas(reading: _Reading, question: Question, one: Labelled) -> None:
    kind = "Deployment" if "deployment" in one.labels else "StatefulSet"
    seen = _of_workload(reading, kind, one.labels.get("namespace", ""), one.labels.get(kind.lower(), ""))
    seen.figures["instances"] = _over_time(reading, one, f"kube_{kind.lower()}_status_replicas")


def _most(reading: _Reading, question: Question, one: Labelled) -> None:
    kind, name = one.labels.get("scaletargetref_kind", ""), one.labels.get("scaletargetref_name", "")
    if kind in {"Deployment", "StatefulSet"} and name:
        space = one.labels.get("namespace", "")
        seen = _of_workload(reading, kind, space, name)
        seen.grows_to_count = round(one.series.values[-1])
        seen.scaler_name = f"autoscaling/v2/HorizontalPodAutoscaler/{space}/{one.labels['horizontalpodautoscaler']}"


def _edge(reading: _Reading, question: Question, one: Labelled) -> None:
    labels = one.labels
    name, space = labels.get("destination_workload", ""), labels.get("destination_workload_namespace", "")
    if name in _UNKNOWN or max(one.series.values) <= 0.0:
        return
    seen = _of_workload(reading, "", space, name)
    seen.section, seen.is_asked = "services", True
    service = labels.get("destination_service_name", "")
    if service and service not in _UNKNOWN:
        seen.names.add(cluster_service(labels.get("destination_service_namespace", space), service))
    rate = _over_time(reading, one, "istio_requests_total")
    source = labels.get("source_workload", "")
    if source in _UNKNOWN or _GATEWAY.search(source):
        target = next(iter(sorted(seen.names)))
        users = _thing(
            reading, f"users of {space}/{name}",
            lambda: Seen(section="clients", name=f"users_of_{name}", source=reading.source, where=USERS,
                         names={f"users of {target}"}, title=f"who comes in to {name}",
                         asks=[Ask(names=(target,), title=name, source=reading.source)]),
        )  # fmt: skip
        users.figures["demand.rate"] = _sum(users.figures.get("demand.rate"), rate)
        users.names |= {f"users of {one}" for one in seen.names}
        return
    caller = _of_workload(reading, "", labels.get("source_workload_namespace", ""), source)
    caller.asks.append(Ask(names=tuple(sorted(seen.names)), title=name, protocol="http", source=rate.source))
    reading.edges.append((f"{labels.get('source_workload_namespace', '')}/{source}", f"{space}/{name}", rate))


def _sum(before: Figure | None, more: Figure) -> Figure:
    if before is None:
        return more
    return Figure(value=before.value + more.value, low=before.low + more.low, high=before.high + more.high,
                  basis="measured", source=before.source)  # fmt: skip


def _duration(reading: _Reading, question: Question, one: Labelled) -> None:
    name, space = one.labels.get("destination_workload", ""), one.labels.get("destination_workload_namespace", "")
    if name in _UNKNOWN:
        return
    seen = _of_workload(reading, "", space, name)
    seen.figures["service_time"] = _at_most(_over_time(reading, one, "istio_request_duration_milliseconds", 1e-3))


def _at_most(taken: Figure) -> Figure:
    """Return a time of serving from a time to the answer, which has waiting and calls in it: no more than that."""
    return Figure(value=taken.value, low=0.1 * taken.low, high=taken.high, basis="assumed", source=taken.source,
                  measure="mean time of a request without its calls and waiting; to its answer it is no more than this")  # fmt: skip


def _failed(reading: _Reading, question: Question, one: Labelled) -> None:
    share = figure_over_time(one.series, "istio_requests_total", reading.source)
    if share.high > _SMALL_SHARE:
        name = one.labels.get("destination_workload", "")
        reading.gaps.append(f"up to {100 * share.high:.2g} % of the requests of {name} failed: its rates have retries in them")


# -- machines and proxies ------------------------------------------------------------------------


def _table(reading: _Reading, question: Question, one: Labelled) -> None:
    instance = one.labels.get("instance", "")
    reading.tables[instance] = _limit(reading, one, f"node_nf_conntrack_entries_limit of {instance}")
    reading.job_of[instance] = one.labels.get("job", "")


def _held(reading: _Reading, question: Question, one: Labelled) -> None:
    reading.held[one.labels.get("instance", "")] = _over_time(reading, one, "node_nf_conntrack_entries")


def _not_between(reading: _Reading, question: Question, one: Labelled) -> None:
    reading.inventory.unused["machine of node_exporter", "forwards nothing: it is no crossing"] += 1


def _proxy(reading: _Reading, question: Question, one: Labelled) -> None:
    instance, job = one.labels.get("instance", ""), one.labels.get("job", "")
    most = _limit(reading, one, "haproxy_process_max_connections")
    reading.things[f"haproxy {instance}"] = Seen(
        section="crossings", name="haproxy", source=reading.source, title=f"HAProxy at {instance}",
        names={resource(f"haproxy {instance}")}, known_as={"prometheus": f'{{instance="{instance}",job="{job}"}}'},
        figures={"admission.concurrent": most}, words={"device": "haproxy-core", "between": (INSIDE, USERS)},
    )  # fmt: skip


def _backend(key: str, label: str, metric: str, times: float = 1.0) -> Callable[[_Reading, Question, Labelled], None]:
    def take(reading: _Reading, question: Question, one: Labelled) -> None:
        name = f"{question.exporter} {one.labels.get(label, '')}"
        reading.backends[name][key] = _over_time(reading, one, metric, times)

    return take


def _pool(reading: _Reading, question: Question, one: Labelled) -> None:
    labels = one.labels
    pod, space = labels.get("pod", ""), labels.get("namespace", "")
    found = _POD.fullmatch(pod)
    most = _limit(reading, one, "the most of a pool")
    if found is not None and space:
        kind, name = ("Deployment", found[1]) if found[1] else ("StatefulSet", found[2])
        seen = _of_workload(reading, kind, space, name)
    else:
        name = labels.get("application") or labels.get("service_name") or labels.get("job", "program")
        seen = _thing(
            reading, f"program {name}",
            lambda: Seen(section="clients", name=name, source=reading.source, title=f"instances of {name}",
                         names={f"program {name}"}),
        )  # fmt: skip
    title = labels.get("pool") or labels.get("pool_name") or labels.get("db_client_connection_pool_name", "")
    for before in seen.asks:
        if before.names == (ONLY_DATABASE,):
            own = before.figures["pool.most"]
            before.figures["pool.most"] = Figure(
                value=own.value, low=min(own.low, most.low), high=max(own.high, most.high), basis="measured", source=own.source
            )
            return
    ask = Ask(names=(ONLY_DATABASE,), title=title or "database", protocol="sql", source=reading.source)
    ask.figures["pool.most"] = most
    seen.asks.append(ask)


_READERS: Mapping[str, Callable[[_Reading, Question, Labelled], None]] = {
    "replicas": _replicas, "most": _most, "edge": _edge, "duration": _duration, "failed": _failed, "table": _table,
    "held": _held, "not between": _not_between, "proxy": _proxy, "pool": _pool,
    "backend size": _backend("instances", "proxy", "haproxy_backend_active_servers"),
    "backend rate": _backend("rate", "proxy", "haproxy_backend_http_requests_total"),
    "backend sessions": _backend("sessions", "proxy", "haproxy_backend_sessions_total"),
    "backend time": _backend("time", "proxy", "haproxy_backend_response_time_average_seconds"),
    "server limit": _backend("concurrency", "proxy", "haproxy_server_limit_sessions"),
    "cluster size": _backend("instances", "envoy_cluster_name", "envoy_cluster_membership_total"),
    "cluster rate": _backend("rate", "envoy_cluster_name", "envoy_cluster_upstream_rq_total"),
    "cluster time": _backend("time", "envoy_cluster_name", "envoy_cluster_upstream_rq_time", 1e-3),
}  # fmt: skip


def _finish(reading: _Reading) -> None:
    for name, told in reading.backends.items():
        exporter, _, own = name.partition(" ")
        if own:
            _finish_backend(reading, exporter, own, told)
    _finish_tables(reading)
    _ratios(reading)


def _finish_backend(reading: _Reading, exporter: str, own: str, told: Mapping[str, Figure]) -> None:
    rate = told.get("rate", told.get("sessions"))
    if rate is not None and rate.high <= 0.0:
        rate = told.get("sessions")
    if "instances" not in told and rate is None:
        return
    label = "proxy" if exporter == "haproxy" else "envoy_cluster_name"
    target = f"{exporter} backend {own}"
    seen = Seen(section="services", name=own, source=reading.source, names={target}, title=f"{own}, behind {exporter}",
                known_as={"prometheus": f'{{{label}="{own}"}}'}, is_asked=True)  # fmt: skip
    for key in ("instances",):
        if key in told and told[key].high >= 1.0:
            seen.figures[key] = told[key]
    if "time" in told and told["time"].high > 0.0:
        seen.figures["service_time"] = _at_most(told["time"])
    if "concurrency" in told:
        limit = told["concurrency"]
        seen.figures["concurrency"] = Figure(
            value=limit.value, low=min(4.0, limit.low), high=limit.high, basis="assumed", source=limit.source,
            measure="requests that a server works on at a time: no more than its maxconn at the proxy",
        )  # fmt: skip
    reading.things[target] = seen
    if rate is not None and rate.high > 0.0:
        reading.things[f"users {target}"] = Seen(
            section="clients", name=f"users_of_{own}", source=reading.source, where=USERS, names={f"users of {target}"},
            title=f"who comes in by {exporter} to {own}", figures={"demand.rate": rate},
            asks=[Ask(names=(target,), title=own, source=reading.source)],
        )  # fmt: skip


def _finish_tables(reading: _Reading) -> None:
    """Write the machines that forward: those with tables alike are devices of one crossing."""
    by_kind: dict[tuple[str, float], list[str]] = defaultdict(list)
    for instance, limit in reading.tables.items():
        by_kind[reading.job_of[instance], limit.value].append(instance)
    for (job, _), instances in sorted(by_kind.items()):
        first = instances[0]
        chosen = f'instance="{first}"' if len(instances) == 1 else f'job="{job}"'
        seen = Seen(
            section="crossings", name="nat" if len(instances) == 1 else "nodes", source=f"{reading.source}, {job}",
            title=f"{len(instances)} machines that forward, {job}" if len(instances) > 1 else f"{first}, which forwards",
            names={resource(f"machine {one}") for one in instances}, known_as={"prometheus": f"{{{chosen}}}"},
            figures={"table.entries": reading.tables[first]}, words={"device": "linux-nat", "between": (INSIDE, OUTSIDE)},
        )  # fmt: skip
        if len(instances) > 1:
            seen.words["devices"] = len(instances)
        reading.things[f"machines {job} {first}"] = seen
        held = [reading.held[one] for one in instances if one in reading.held]
        if held:
            fullest = max(one.high for one in held)
            reading.inventory.notes.append(
                f"{seen.source}: of {format_quantity(reading.tables[first].value, 'count')} entries of a table at most "
                f"{format_quantity(round(fullest), 'count')} were held"
            )


def _ratios(reading: _Reading) -> None:
    """Say where a request makes more or fewer calls than one, which a world has."""
    asked: dict[str, float] = defaultdict(float)
    for _, target, rate in reading.edges:
        asked[target] += rate.value
    for key, seen in reading.things.items():
        if key.startswith("users of ") and "demand.rate" in seen.figures:
            asked[key.removeprefix("users of ")] += seen.figures["demand.rate"].value
    for source, target, rate in reading.edges:
        own = asked.get(source, 0.0)
        if own > 0.0 and not 0.5 < rate.value / own < 1.5:
            reading.gaps.append(
                f"{source} asks {target} {rate.value / own:.2g} times for each of its requests: a world has it once"
            )


def settle_pools(seen: Iterable[Seen], protocols: Mapping[str, str]) -> None:
    """Say of pools that lead to "the only database" which one that is, where their owner asks only one.

    Parameters
    ----------
    seen
        Things, each once.
    protocols
        What is spoken, by each name of who answers.
    """
    for one in seen:
        pools = [ask for ask in one.asks if ask.names == (ONLY_DATABASE,)]
        known = [ask for ask in one.asks if ask.names != (ONLY_DATABASE,) and _is_database(ask, protocols)]
        for pool in pools:
            pool.names = known[0].names if len({each.names for each in known}) == 1 else (f"database of {one.name}",)
            pool.title = known[0].title if known else f"the database of {one.name}"


def _is_database(ask: Ask, protocols: Mapping[str, str]) -> bool:
    return bool({ask.protocol, *(protocols.get(name, "") for name in ask.names)} & {"sql", "postgres", "mysql"})
