"""What stands in a cluster, who asks whom there, and what comes in? From its objects, by kind.

A workload is a service where a Service leads to it, else clients. What a Service leads to beyond the cluster
(its EndpointSlice lists addresses of no pod, or it is an ExternalName) stands outside.

Sources: Kubernetes' API reference (Service, EndpointSlice, Ingress, HorizontalPodAutoscaler), "DNS for
Services and Pods"; defaults of servers as in `gate/settings/servers`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tidegate.errors import InputError
from tidegate.gate.environment import environment_of
from tidegate.gate.inventory.asked_hosts import asks_of, is_hidden
from tidegate.gate.inventory.cluster_servers import state_server
from tidegate.gate.inventory.seen_thing import (
    OUTSIDE,
    USERS,
    Ask,
    Figure,
    Inventory,
    Seen,
    assumed,
    cluster_service,
    endpoint,
    machine,
    stated,
    workload,
)
from tidegate.gate.manifest_text import Manifest
from tidegate.gate.workload import (
    AUTOSCALER,
    SCALED_OBJECT,
    TEMPLATE,
    aims,
    as_autoscaler,
    as_workload,
    is_owned,
    selects,
)
from tidegate.world.file.nearest_name import shown
from tidegate.world.how_many import how_many

STANDING = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout")
_READ = frozenset(
    {
        *STANDING,
        "Service",
        "EndpointSlice",
        "Endpoints",
        "Ingress",
        AUTOSCALER,
        SCALED_OBJECT,
        "Pod",
        "ConfigMap",
        "Secret",
    }
)
_WHY_UNUSED = {
    "Node": "machines: the connection tracking of each is a limit that objects do not show",
    "Namespace": "names alone",
    "ReplicaSet": "made by another workload, which is read",
    "ResourceQuota": "may hold pods back: growth is judged as if it did not",
    "PodDisruptionBudget": "limits drains, not changes of size",
    "NetworkPolicy": "who may ask whom: what is asked is read from settings",
    "Job": "runs once: `tidegate check FILE` judges a job by itself",
    "CronJob": "runs now and then: `tidegate check FILE` judges a job by itself",
    "Event": "what happened, not what stands",
}
_WHY_OTHERWISE = "says nothing of who asks whom, or of a limit, that is read"
CONCURRENCY = assumed(
    32, 4, 512, "requests one instance serves at a time: its workers, threads or processors"
)
SERVICE_TIME = assumed(0.02, 0.001, 0.5, "mean time of a request in its traces, calls and waiting left out")


@dataclass
class _Cluster:
    """What is known of a cluster while it is read."""

    every: Sequence[Manifest]
    source: str
    inventory: Inventory
    services: dict[tuple[str, str], Manifest] = field(default_factory=dict)
    by_address: dict[str, tuple[str, str]] = field(default_factory=dict)
    slices: dict[tuple[str, str], set[tuple[str, int]]] = field(default_factory=lambda: defaultdict(set))
    pods: dict[str, dict[str, list[Manifest]]] = field(default_factory=lambda: defaultdict(dict))
    stores: list[Manifest] = field(default_factory=list)
    pod_addresses: set[str] = field(default_factory=set)


def cluster_inventory(every: Sequence[Manifest], source: str) -> Inventory:
    """Return what the objects of a cluster show.

    Parameters
    ----------
    every
        The objects.
    source
        Where they were read, and when, to stand beside each number.

    Raises
    ------
    InputError
        If an object that is used is not what Kubernetes writes.
    """
    inventory = Inventory(sources=[source])
    cluster = _Cluster(every, source, inventory)
    _index(cluster)
    workloads = _workloads(cluster)
    by_space: dict[str, list[Manifest]] = defaultdict(list)
    for one in workloads:
        by_space[one.namespace or "default"].append(one)
    leads = {
        key: _answering(cluster, key, _behind(one, by_space[key[0]])) for key, one in cluster.services.items()
    }
    by_workload: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for key, found in leads.items():
        for one in found:
            by_workload[id(one)].append(key)
    for one in workloads:
        inventory.seen.append(_workload(cluster, one, by_workload[id(one)]))
    for key, found in leads.items():
        if not found:
            inventory.seen += _beyond(cluster, key)
    inventory.seen += _entrances(cluster, leads)
    _autoscalers(cluster, workloads)
    _count_unused(cluster, workloads)
    wrong = [fault for one in every for fault in _faults(one)]
    if wrong:
        raise InputError(*list(dict.fromkeys(wrong))[:50])
    return inventory


def _faults(one: Manifest) -> Iterator[Any]:
    try:
        one.faults.raise_any()
    except InputError as error:
        yield from error.faults


def _index(cluster: _Cluster) -> None:
    for one in cluster.every:
        key = (one.namespace or "default", one.name)
        if one.kind == "Service":
            cluster.services[key] = one
            cluster.by_address.update(dict.fromkeys(_own_addresses(one), key))
        elif one.kind == "EndpointSlice":
            name = one.text(("metadata", "labels", "kubernetes.io/service-name"))
            cluster.slices[key[0], name].update(_of_slice(one))
        elif one.kind == "Endpoints":
            for index in range(len(one.items(("subsets",)))):
                cluster.slices[key].update(_of_subset(one, ("subsets", index)))
        elif one.kind == "Pod":
            _index_pod(cluster, one, key[0])
        elif one.kind in {"ConfigMap", "Secret"}:
            cluster.stores.append(one)


def _index_pod(cluster: _Cluster, one: Manifest, space: str) -> None:
    """Keep a pod that runs by who made it."""
    if one.text(("status", "phase")) not in {"Running", ""}:
        return
    address = one.text(("status", "podIP"))
    cluster.pod_addresses.update([address] if address else [])
    for owner in one.items(("metadata", "ownerReferences")):
        if isinstance(owner, Mapping):
            made_by = f"{owner.get('kind')}/{owner.get('name')}"
            cluster.pods[space].setdefault(made_by, []).append(one)


def _own_addresses(service: Manifest) -> Iterator[str]:
    listed = [one for one in service.items(("spec", "clusterIPs")) if isinstance(one, str)]
    for one in listed or [service.text(("spec", "clusterIP"))]:
        if one and one != "None":
            yield one


def _ports(one: Manifest, path: tuple[str | int, ...]) -> list[int]:
    found = []
    for index in range(len(one.items(path))):
        port = one.whole((*path, index, "port"), 0)
        found += [port] if port else []
    return found


def _of_slice(one: Manifest) -> Iterator[tuple[str, int]]:
    ports = _ports(one, ("ports",)) or [0]
    for index in range(len(one.items(("endpoints",)))):
        for address in one.items(("endpoints", index, "addresses")):
            for port in ports:
                yield str(address), port


def _of_subset(one: Manifest, here: tuple[str | int, ...]) -> Iterator[tuple[str, int]]:
    ports = _ports(one, (*here, "ports")) or [0]
    for index in range(len(one.items((*here, "addresses")))):
        for port in ports:
            yield one.text((*here, "addresses", index, "ip")), port


def _workloads(cluster: _Cluster) -> list[Manifest]:
    known = {(one.kind, one.name) for one in cluster.every}
    return [
        as_workload(one, cluster.every)
        for one in cluster.every
        if one.kind in STANDING and not is_owned(one, known)
    ]


def _behind(service: Manifest, workloads: Sequence[Manifest]) -> list[Manifest]:
    return [one for one in workloads if selects(service, one.mapping((*TEMPLATE, "metadata", "labels")), one)]


def _answering(cluster: _Cluster, key: tuple[str, str], behind: list[Manifest]) -> list[Manifest]:
    """Return the workload that answers for a Service: of several the largest, which is said."""
    ordered = sorted(behind, key=lambda one: -one.whole(("spec", "replicas"), 1))
    if len(ordered) > 1:
        others = ", ".join(one.name for one in ordered[1:4])
        cluster.inventory.notes.append(
            f"{cluster.source}: Service {'/'.join(key)} leads to several workloads: {ordered[0].name} is "
            "described "
            f"as what answers, and what {others} can do besides is left out"
        )
    return ordered[:1]


def _workload(cluster: _Cluster, one: Manifest, led_by: Sequence[tuple[str, str]]) -> Seen:
    """Return a workload: what it is called, how many there are, what it limits, and whom it asks."""
    space = one.namespace or "default"
    called = f"{one.kind} {space}/{one.name}"
    where = f"{cluster.source}, {called}"
    pods = _pods_of(cluster, one, space)
    replicas = one.whole(("spec", "replicas"), 1) if one.kind != "DaemonSet" else len(pods)
    names = {workload(one.kind, space, one.name)}
    names |= {machine(address) for pod in pods if (address := pod.text(("status", "podIP")))}
    for key in led_by:
        names |= set(_names_of(cluster, key))
    seen = Seen(
        section="services" if led_by else "clients",
        name=one.name,
        source=where,
        names=names,
        title=f"{one.name}, {one.kind} in {space}",
        known_as={"kubernetes": one.address},
        is_asked=bool(led_by),
    )
    seen.known_as["prometheus"] = _selector(space, one)
    seen.figures["instances"] = _size(replicas, pods, where, is_pods_known=bool(cluster.pod_addresses))
    environment = environment_of(one, cluster.stores)
    seen.asks, notes = asks_of(environment, where, lambda host, port: _resolved(cluster, host, port, space))
    own = set(seen.names)
    seen.asks = [each for each in seen.asks if not own.intersection(each.names)]
    cluster.inventory.notes += notes
    state_server(one, seen, environment.files)
    if "protocol" in seen.words:  # a server answers, whether a Service leads to it or not
        seen.section, seen.is_asked = "services", True
    if is_hidden(environment):
        seen.words["hides"] = "its settings stand in what was not given"
    elif not seen.asks and not seen.is_asked:
        seen.words["hides"] = ""
    return seen


def _selector(space: str, one: Manifest) -> str:
    """Return the labels by which Prometheus knows the pods of a workload (the kubelet's)."""
    name = re.escape(one.name).replace("\\", "\\\\").replace('"', "")
    tail = {"StatefulSet": "-[0-9]+", "DaemonSet": "-[a-z0-9]+"}.get(one.kind, "-[a-z0-9]+-[a-z0-9]+")
    return f'{{namespace="{space}",pod=~"{name}{tail}"}}'


def _size(replicas: int, pods: Sequence[Manifest], where: str, *, is_pods_known: bool) -> Figure:
    """Return how many there are; where pods were listed, between what is stated and what runs."""
    running = how_many(len(pods), "pod runs", "pods run")
    if not is_pods_known or len(pods) == replicas:
        return stated(replicas, f"{where}, spec.replicas" + (f", {running}" if pods else ""))
    low, high = sorted((replicas, len(pods)))
    source = f"{where}, spec.replicas {replicas}, {running}"
    return Figure(value=replicas, low=low, high=high, basis="measured", source=source)


def _pods_of(cluster: _Cluster, one: Manifest, space: str) -> list[Manifest]:
    made = cluster.pods.get(space, {})
    own = list(made.get(f"{one.kind}/{one.name}", ()))
    if one.kind not in {"Deployment", "Rollout"}:
        return own
    # A Deployment's pods are made by its ReplicaSets, which are called as it is, with a hash behind.
    for owner, pods in made.items():
        _, is_its, rest = owner.partition(f"ReplicaSet/{one.name}-")
        own += pods if is_its and "-" not in rest else []
    return own


def _names_of(cluster: _Cluster, key: tuple[str, str]) -> Iterator[str]:
    """Yield every name by which a Service is asked."""
    service = cluster.services[key]
    yield cluster_service(*key)
    ports = _ports(service, ("spec", "ports"))
    for address in _own_addresses(service):
        for port in ports:
            yield endpoint(address, port)
    for address, port in sorted(cluster.slices.get(key, ())):
        if port:
            yield endpoint(address, port)
    for path in (("status", "loadBalancer", "ingress"),):
        for index in range(len(service.items(path))):
            host = service.text((*path, index, "hostname")) or service.text((*path, index, "ip"))
            for port in ports if host else ():
                yield endpoint(host, port)


def _resolved(cluster: _Cluster, host: str, port: int, space: str) -> tuple[str, ...]:
    """Return the names of the Service that a pod of a namespace reaches at a host; empty where it is none."""
    parts = host.rstrip(".").split(".")
    if host in cluster.by_address:
        return (cluster_service(*cluster.by_address[host]),)
    if len(parts) == 1:  # a name of the same namespace, given or not
        return (cluster_service(space, parts[0]),) if port or (space, parts[0]) in cluster.services else ()
    if len(parts) == 2 or (len(parts) > 2 and parts[2] == "svc"):
        key = (parts[1], parts[0])
    elif len(parts) > 3 and parts[3] == "svc":
        key = (parts[2], parts[1])
    else:
        return ()
    if key in cluster.services:
        return (cluster_service(*key),)
    if parts[-1] == "svc" or host.endswith("svc.cluster.local"):
        return (cluster_service(*key),)  # of a namespace that was not given: still one of the cluster's
    return ()


def _beyond(cluster: _Cluster, key: tuple[str, str]) -> Iterator[Seen]:
    """Yield what a Service leads to where no workload was listed: beyond the cluster, or not given."""
    service = cluster.services[key]
    external = service.text(("spec", "externalName"))
    addresses = [one for one in cluster.slices.get(key, ()) if one[0] not in cluster.pod_addresses]
    if service.mapping(("spec", "selector")) or (not external and not addresses):
        if not key[0].startswith("kube-") and key != ("default", "kubernetes"):
            cluster.inventory.unused["Service", "leads to no workload that was given"] += 1
        return
    if key == ("default", "kubernetes"):
        cluster.inventory.unused["Service", "the cluster's own API: who asks it is not in settings"] += 1
        return
    ports = _ports(service, ("spec", "ports"))
    names = set(_names_of(cluster, key))
    names |= {endpoint(external, port) for port in (ports or [0])} if external else set()
    where = f"{cluster.source}, Service {'/'.join(key)}"
    known = {"address": f"{external}:{ports[0]}" if ports else external} if external else {}
    if addresses and not external:
        address, port = min(addresses)
        known = {"address": f"tcp {address}:{port}"}
    yield Seen(
        section="services",
        name=key[1],
        source=where,
        names=names,
        title=f"{key[1]}, beyond {key[0]}",
        known_as=known,
        where=OUTSIDE,
        is_asked=True,
    )


def _entrances(cluster: _Cluster, leads: Mapping[tuple[str, str], Sequence[Manifest]]) -> Iterator[Seen]:
    """Yield who comes in from without: by an Ingress, a load balancer, or a port of the nodes."""
    entered: dict[tuple[str, str], str] = {}
    for one in cluster.every:
        if one.kind == "Ingress":
            for key in _of_ingress(one):
                entered.setdefault(key, f"Ingress {one.namespace or 'default'}/{one.name}")
    for key, service in cluster.services.items():
        kind = service.text(("spec", "type"))
        if kind in {"LoadBalancer", "NodePort"}:
            entered.setdefault(key, f"Service {'/'.join(key)} of type {kind}")
    for key, by in entered.items():
        if not leads.get(key):
            continue
        yield Seen(
            section="clients",
            name=f"users_of_{key[1]}",
            source=f"{cluster.source}, {by}",
            title=f"who comes in by {by}",
            where=USERS,
            names={f"users of {cluster_service(*key)}"},
            asks=[Ask(names=(cluster_service(*key),), title=key[1], source=f"{cluster.source}, {by}")],
        )


def _of_ingress(one: Manifest) -> Iterator[tuple[str, str]]:
    space = one.namespace or "default"
    paths: list[tuple[str | int, ...]] = [("spec", "defaultBackend")]
    for index in range(len(one.items(("spec", "rules")))):
        here = ("spec", "rules", index, "http", "paths")
        paths += [(*here, each, "backend") for each in range(len(one.items(here)))]
    for path in paths:
        name = one.text((*path, "service", "name"))
        if name:
            yield space, name


def _autoscalers(cluster: _Cluster, workloads: Sequence[Manifest]) -> None:
    seen = {one.known_as.get("kubernetes"): one for one in cluster.inventory.seen}
    called: dict[str, list[Manifest]] = defaultdict(list)
    for one in workloads:
        called[one.name].append(one)
    for each in cluster.every:
        if each.kind not in {AUTOSCALER, SCALED_OBJECT}:
            continue
        scaler = as_autoscaler(each)
        name = scaler.text(("spec", "scaleTargetRef", "name"))
        aimed = [one for one in called[name] if aims(scaler, one)]
        if not aimed:
            cluster.inventory.unused[each.kind, "scales no workload that was given"] += 1
        for one in aimed:
            found = seen[one.address]
            found.grows_to_count = scaler.whole(("spec", "maxReplicas"), 1, least=1)
            found.scaler_name = each.address


def _count_unused(cluster: _Cluster, workloads: Sequence[Manifest]) -> None:
    used = {one.address for one in workloads}
    for one in cluster.every:
        if one.kind == "ReplicaSet" and one.address not in used:
            cluster.inventory.unused[one.kind, _WHY_UNUSED["ReplicaSet"]] += 1
        elif one.kind not in _READ:
            kind = shown(one.kind)
            cluster.inventory.unused[kind, _WHY_UNUSED.get(one.kind, _WHY_OTHERWISE)] += 1
    stores = Counter(one.kind for one in cluster.every if one.kind in {"ConfigMap", "Secret"})
    for kind, count in stores.items():
        cluster.inventory.notes.append(
            f"{cluster.source}: {how_many(count, f'{kind} was', f'{kind}s were')} looked at; what no pod "
            "takes in says nothing here"
        )
