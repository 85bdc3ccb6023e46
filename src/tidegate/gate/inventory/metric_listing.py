"""What do series of a Prometheus show of a world? Sizes, rates, times and limits, with their spread.

A number that moves is its median, and lies between the twentieth parts at either end of what it was; a limit
is what it is last. A stretch without samples says nothing, and is said.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from tidegate.gate.inventory.metric_days import DAY_S, busiest_hour
from tidegate.gate.inventory.metric_numbers import (
    MetricReading,
    figure_over_time,
    limit_of,
    number_of_time,
    rate_of_time,
    thing_of,
)
from tidegate.gate.inventory.metric_queries import QUESTIONS, Question
from tidegate.gate.inventory.only_database import ONLY_DATABASE
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
_UNKNOWN = {"", "unknown"}
_GATEWAY = re.compile(r"ingress|gateway|egress")
_POD = re.compile(r"(.+)-[a-f0-9]{6,10}-[a-z0-9]{5}|(.+)-\d{1,4}", re.ASCII)
_KINDS = ("Deployment", "StatefulSet")
_SMALL_SHARE = 0.01
_MOST_NOTES = 20
_MOST_DAYS = 5
_ASKED = frozenset({"edge", "backend rate", "backend sessions", "cluster rate"})


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
    reading = MetricReading(inventory, source, max(over_s / every_s, 1.0))
    reading.is_of_days = over_s >= DAY_S
    missing: dict[str, bool] = {}
    asked = [(question, ask(question.said)) for question in QUESTIONS]
    if reading.is_of_days:
        reading.busiest_hour = busiest_hour(_rates(asked))
    for question, found in asked:
        if isinstance(found, Missing):
            inventory.notes.append(f"{source}: {question.exporter}: {found.why}")
            continue
        rows = [one for one in found if one.series.values]
        missing[question.exporter] = missing.get(question.exporter, True) and not rows
        if len(rows) > MOST_SERIES:
            inventory.notes.append(
                f"{source}: {question.exporter} has {len(rows):,} series of {question.what}: {MOST_SERIES:,} "
                "are read"
            )
        for one in rows[:MOST_SERIES]:
            _READERS[question.what](reading, one)
    _finish(reading)
    absent = [exporter for exporter, is_absent in missing.items() if is_absent]
    if absent:
        inventory.notes.append(f"{source}: no series of {', '.join(absent)}")
    inventory.notes += [f"{source}: {gap}" for gap in reading.gaps[:_MOST_NOTES]]
    inventory.notes += _told_of_days(reading, source)
    inventory.seen += reading.things.values()
    return inventory


def _rates(asked: Sequence[tuple[Question, tuple[Labelled, ...] | Missing]]) -> Iterator[Series]:
    for question, found in asked:
        if question.what in _ASKED and not isinstance(found, Missing):
            yield from (one.series for one in found)


def _told_of_days(reading: MetricReading, source: str) -> Iterator[str]:
    """Yield how rates follow the day, or that nothing is known of it."""
    told = [f"{named} at {said}" for named, said in reading.days_told.items()]
    if told:
        more = f"; {len(told) - _MOST_DAYS} more" if len(told) > _MOST_DAYS else ""
        yield (
            f"{source}: what is asked follows the day, of which a world has no course. It is that of the "
            f"busiest hour, in the range of all: {'; '.join(told[:_MOST_DAYS])}{more}"
        )
    rates = any("demand.rate" in one.figures for one in reading.things.values())
    if rates and not reading.is_of_days:
        yield (
            f"{source}: what is asked at other hours of the day is not known; --over 1d and more takes the "
            "busiest of them"
        )


# -- a cluster and its mesh ----------------------------------------------------------------------


def _of_workload(reading: MetricReading, kind: str, space: str, name: str) -> Seen:
    """Return a workload; without a kind (a mesh does not say it) by the names of either."""
    seen = thing_of(
        reading,
        f"{space}/{name}",
        lambda: Seen(section="clients", name=name, source=reading.source, title=f"{name} in {space}"),
    )
    seen.names |= {workload(each, space, name) for each in ([kind] if kind else _KINDS)}
    if kind:
        seen.known_as["kubernetes"] = f"apps/v1/{kind}/{space}/{name}"
    return seen


def _replicas(reading: MetricReading, one: Labelled) -> None:
    kind = "Deployment" if "deployment" in one.labels else "StatefulSet"
    seen = _of_workload(reading, kind, one.labels.get("namespace", ""), one.labels.get(kind.lower(), ""))
    seen.figures["instances"] = number_of_time(reading, one, f"kube_{kind.lower()}_status_replicas")


def _most(reading: MetricReading, one: Labelled) -> None:
    kind, name = one.labels.get("scaletargetref_kind", ""), one.labels.get("scaletargetref_name", "")
    if kind in {"Deployment", "StatefulSet"} and name:
        space = one.labels.get("namespace", "")
        seen = _of_workload(reading, kind, space, name)
        seen.grows_to_count = round(one.series.values[-1])
        seen.scaler_name = (
            f"autoscaling/v2/HorizontalPodAutoscaler/{space}/{one.labels['horizontalpodautoscaler']}"
        )


def _edge(reading: MetricReading, one: Labelled) -> None:
    labels = one.labels
    name, space = labels.get("destination_workload", ""), labels.get("destination_workload_namespace", "")
    if name in _UNKNOWN or max(one.series.values) <= 0.0:
        return
    seen = _of_workload(reading, "", space, name)
    seen.section, seen.is_asked = "services", True
    service = labels.get("destination_service_name", "")
    if service and service not in _UNKNOWN:
        seen.names.add(cluster_service(labels.get("destination_service_namespace", space), service))
    by = labels.get("source_workload", "") or "unknown"
    rate = rate_of_time(reading, one, "istio_requests_total", f"{by} asks {name}")
    source = labels.get("source_workload", "")
    if source in _UNKNOWN or _GATEWAY.search(source):
        target = next(iter(sorted(seen.names)))
        users = thing_of(
            reading,
            f"users of {space}/{name}",
            lambda: Seen(
                section="clients",
                name=f"users_of_{name}",
                source=reading.source,
                where=USERS,
                names={f"users of {target}"},
                title=f"who comes in to {name}",
                asks=[Ask(names=(target,), title=name, source=reading.source)],
            ),
        )
        users.figures["demand.rate"] = _sum(users.figures.get("demand.rate"), rate)
        users.names |= {f"users of {one}" for one in seen.names}
        return
    caller = _of_workload(reading, "", labels.get("source_workload_namespace", ""), source)
    caller.asks.append(Ask(names=tuple(sorted(seen.names)), title=name, protocol="http", source=rate.source))
    reading.edges.append((f"{labels.get('source_workload_namespace', '')}/{source}", f"{space}/{name}", rate))


def _sum(before: Figure | None, more: Figure) -> Figure:
    if before is None:
        return more
    return Figure(
        value=before.value + more.value,
        low=before.low + more.low,
        high=before.high + more.high,
        basis="measured",
        source=before.source,
    )


def _duration(reading: MetricReading, one: Labelled) -> None:
    name, space = (
        one.labels.get("destination_workload", ""),
        one.labels.get("destination_workload_namespace", ""),
    )
    if name in _UNKNOWN:
        return
    seen = _of_workload(reading, "", space, name)
    seen.figures["service_time"] = _at_most(
        number_of_time(reading, one, "istio_request_duration_milliseconds", 1e-3)
    )


def _at_most(taken: Figure) -> Figure:
    """Return a time of serving from a time to the answer, which has waiting and calls in it."""
    return Figure(
        value=taken.value,
        low=0.1 * taken.low,
        high=taken.high,
        basis="assumed",
        source=taken.source,
        measure="mean time of a request without its calls and waiting; to its answer it is no more than this",
    )


def _failed(reading: MetricReading, one: Labelled) -> None:
    share = figure_over_time(one.series, "istio_requests_total", reading.source)
    if share.high > _SMALL_SHARE:
        name = one.labels.get("destination_workload", "")
        reading.gaps.append(
            f"up to {100 * share.high:.2g} % of the requests of {name} failed: its rates have retries in them"
        )


# -- machines and proxies ------------------------------------------------------------------------


def _table(reading: MetricReading, one: Labelled) -> None:
    instance = one.labels.get("instance", "")
    reading.tables[instance] = limit_of(reading, one, f"node_nf_conntrack_entries_limit of {instance}")
    reading.job_of[instance] = one.labels.get("job", "")


def _held(reading: MetricReading, one: Labelled) -> None:
    reading.held[one.labels.get("instance", "")] = number_of_time(reading, one, "node_nf_conntrack_entries")


def _not_between(reading: MetricReading, one: Labelled) -> None:
    del one  # that there is one is all
    reading.inventory.unused["machine of node_exporter", "forwards nothing: it is no crossing"] += 1


def _proxy(reading: MetricReading, one: Labelled) -> None:
    instance, job = one.labels.get("instance", ""), one.labels.get("job", "")
    most = limit_of(reading, one, "haproxy_process_max_connections")
    reading.things[f"haproxy {instance}"] = Seen(
        section="crossings",
        name="haproxy",
        source=reading.source,
        title=f"HAProxy at {instance}",
        names={resource(f"haproxy {instance}")},
        known_as={"prometheus": f'{{instance="{instance}",job="{job}"}}'},
        figures={"admission.concurrent": most},
        words={"device": "haproxy-core", "between": (INSIDE, USERS)},
    )


def _backend(
    key: str, label: str, metric: str, times: float = 1.0
) -> Callable[[MetricReading, Labelled], None]:
    exporter = "haproxy" if label == "proxy" else "envoy"

    def take(reading: MetricReading, one: Labelled) -> None:
        name = f"{exporter} {one.labels.get(label, '')}"
        if key in {"rate", "sessions"}:
            reading.backends[name][key] = rate_of_time(reading, one, metric, f"who asks {name}")
        else:
            reading.backends[name][key] = number_of_time(reading, one, metric, times)

    return take


def _pool(reading: MetricReading, one: Labelled) -> None:
    labels = one.labels
    pod, space = labels.get("pod", ""), labels.get("namespace", "")
    found = _POD.fullmatch(pod)
    most = limit_of(reading, one, "the most of a pool")
    if found is not None and space:
        kind, name = ("Deployment", found[1]) if found[1] else ("StatefulSet", found[2])
        seen = _of_workload(reading, kind, space, name)
    else:
        name = labels.get("application") or labels.get("service_name") or labels.get("job", "program")
        seen = thing_of(
            reading,
            f"program {name}",
            lambda: Seen(
                section="clients",
                name=name,
                source=reading.source,
                title=f"instances of {name}",
                names={f"program {name}"},
            ),
        )
    title = labels.get("pool") or labels.get("pool_name") or labels.get("db_client_connection_pool_name", "")
    for before in seen.asks:
        if before.names == (ONLY_DATABASE,):
            own = before.figures["pool.most"]
            before.figures["pool.most"] = Figure(
                value=own.value,
                low=min(own.low, most.low),
                high=max(own.high, most.high),
                basis="measured",
                source=own.source,
            )
            return
    ask = Ask(names=(ONLY_DATABASE,), title=title or "database", protocol="sql", source=reading.source)
    ask.figures["pool.most"] = most
    seen.asks.append(ask)


_READERS: Mapping[str, Callable[[MetricReading, Labelled], None]] = {
    "replicas": _replicas,
    "most": _most,
    "edge": _edge,
    "duration": _duration,
    "failed": _failed,
    "table": _table,
    "held": _held,
    "not between": _not_between,
    "proxy": _proxy,
    "pool": _pool,
    "backend size": _backend("instances", "proxy", "haproxy_backend_active_servers"),
    "backend rate": _backend("rate", "proxy", "haproxy_backend_http_requests_total"),
    "backend sessions": _backend("sessions", "proxy", "haproxy_backend_sessions_total"),
    "backend time": _backend("time", "proxy", "haproxy_backend_response_time_average_seconds"),
    "server limit": _backend("concurrency", "proxy", "haproxy_server_limit_sessions"),
    "cluster size": _backend("instances", "envoy_cluster_name", "envoy_cluster_membership_total"),
    "cluster rate": _backend("rate", "envoy_cluster_name", "envoy_cluster_upstream_rq_total"),
    "cluster time": _backend("time", "envoy_cluster_name", "envoy_cluster_upstream_rq_time", 1e-3),
}


def _finish(reading: MetricReading) -> None:
    for name, told in reading.backends.items():
        exporter, _, own = name.partition(" ")
        if own:
            _finish_backend(reading, exporter, own, told)
    _finish_tables(reading)
    _ratios(reading)


def _finish_backend(reading: MetricReading, exporter: str, own: str, told: Mapping[str, Figure]) -> None:
    rate = told.get("rate", told.get("sessions"))
    if rate is not None and rate.high <= 0.0:
        rate = told.get("sessions")
    if "instances" not in told and rate is None:
        return
    label = "proxy" if exporter == "haproxy" else "envoy_cluster_name"
    target = f"{exporter} backend {own}"
    seen = Seen(
        section="services",
        name=own,
        source=reading.source,
        names={target},
        title=f"{own}, behind {exporter}",
        known_as={"prometheus": f'{{{label}="{own}"}}'},
        is_asked=True,
    )
    for key in ("instances",):
        if key in told and told[key].high >= 1.0:
            seen.figures[key] = told[key]
    if "time" in told and told["time"].high > 0.0:
        seen.figures["service_time"] = _at_most(told["time"])
    if "concurrency" in told:
        limit = told["concurrency"]
        seen.figures["concurrency"] = Figure(
            value=limit.value,
            low=min(4.0, limit.low),
            high=limit.high,
            basis="assumed",
            source=limit.source,
            measure="requests that a server works on at a time: no more than its maxconn at the proxy",
        )
    reading.things[target] = seen
    if rate is not None and rate.high > 0.0:
        reading.things[f"users {target}"] = Seen(
            section="clients",
            name=f"users_of_{own}",
            source=reading.source,
            where=USERS,
            names={f"users of {target}"},
            title=f"who comes in by {exporter} to {own}",
            figures={"demand.rate": rate},
            asks=[Ask(names=(target,), title=own, source=reading.source)],
        )


def _finish_tables(reading: MetricReading) -> None:
    """Write the machines that forward: those with tables alike are devices of one crossing."""
    by_kind: dict[tuple[str, float], list[str]] = defaultdict(list)
    for instance, limit in reading.tables.items():
        by_kind[reading.job_of[instance], limit.value].append(instance)
    for (job, _), instances in sorted(by_kind.items()):
        first = instances[0]
        chosen = f'instance="{first}"' if len(instances) == 1 else f'job="{job}"'
        seen = Seen(
            section="crossings",
            name="nat" if len(instances) == 1 else "nodes",
            source=f"{reading.source}, {job}",
            title=f"{len(instances)} machines that forward, {job}"
            if len(instances) > 1
            else f"{first}, which forwards",
            names={resource(f"machine {one}") for one in instances},
            known_as={"prometheus": f"{{{chosen}}}"},
            figures={"table.entries": reading.tables[first]},
            words={"device": "linux-nat", "between": (INSIDE, OUTSIDE)},
        )
        if len(instances) > 1:
            seen.words["devices"] = len(instances)
        reading.things[f"machines {job} {first}"] = seen
        held = [reading.held[one] for one in instances if one in reading.held]
        if held:
            fullest = max(one.high for one in held)
            reading.inventory.notes.append(
                f"{seen.source}: of {format_quantity(reading.tables[first].value, 'count')} entries of a "
                "table at most "
                f"{format_quantity(round(fullest), 'count')} were held"
            )


def _ratios(reading: MetricReading) -> None:
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
                f"{source} asks {target} {rate.value / own:.2g} times for each of its requests: a world has "
                "it once"
            )
