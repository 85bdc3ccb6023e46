"""Which attributes of a resource are sizes? By its type: how many are asked for, kept at least, allowed.

Types are those of the providers' own documentation (registry.terraform.io: hashicorp/aws, google, azurerm,
kubernetes, helm; heroku, digitalocean). Of a type that is not listed, attributes of the usual names that are
numbers count as sizes; a class of machine ("capacity" of a cache) is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.gate.change.cloudformation_sizes import CLOUDFORMATION, USUAL
from tidegate.gate.change.resource import Resource, dotted, leaves, read_within, unexpected
from tidegate.gate.change.role import Role

_DIGITS = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_GREATEST_COUNT = 10**12


NOW, LEAST, MOST = Role.NOW, Role.LEAST, Role.MOST
_NODES = {"node_count": NOW, "min_count": LEAST, "max_count": MOST}
_REPLICAS = {"min_replicas": LEAST, "max_replicas": MOST}
_INSTANCES = {"min_instance_count": LEAST, "max_instance_count": MOST}
_AWS_GROUP = {"desired_capacity": NOW, "min_size": LEAST, "max_size": MOST}
_AWS_TARGET = {"min_capacity": LEAST, "max_capacity": MOST}
_SCALE_SET = {"instances": NOW}
_HPA = {"spec.min_replicas": LEAST, "spec.max_replicas": MOST}
_POOL = {
    "node_count": NOW, "initial_node_count": NOW, "autoscaling.min_node_count": LEAST,
    "autoscaling.max_node_count": MOST, "autoscaling.total_min_node_count": LEAST,
    "autoscaling.total_max_node_count": MOST,
}  # fmt: skip
_MANIFESTS: Mapping[str, Mapping[str, Role]] = {
    "HorizontalPodAutoscaler": {"spec.minReplicas": LEAST, "spec.maxReplicas": MOST},
    "ScaledObject": {"spec.minReplicaCount": LEAST, "spec.maxReplicaCount": MOST},
    "ScaledJob": {"spec.maxReplicaCount": MOST},
    "Deployment": {"spec.replicas": NOW},
    "StatefulSet": {"spec.replicas": NOW},
    "ReplicaSet": {"spec.replicas": NOW},
    "Rollout": {"spec.replicas": NOW},
    "Job": {"spec.parallelism": NOW},
}
_TYPES: Mapping[str, Mapping[str, Role]] = {
    **CLOUDFORMATION,
    "aws_autoscaling_group": _AWS_GROUP,
    "aws_autoscaling_schedule": _AWS_GROUP,
    "aws_appautoscaling_target": _AWS_TARGET,
    "aws_appautoscaling_scheduled_action": {
        f"scalable_target_action.{name}": role for name, role in _AWS_TARGET.items()
    },
    "aws_ecs_service": {"desired_count": NOW},
    "aws_eks_node_group": {
        "scaling_config.desired_size": NOW, "scaling_config.min_size": LEAST, "scaling_config.max_size": MOST,
    },
    "aws_lambda_function": {"reserved_concurrent_executions": MOST},
    "aws_lambda_provisioned_concurrency_config": {"provisioned_concurrent_executions": NOW},
    "aws_lambda_event_source_mapping": {
        "scaling_config.maximum_concurrency": MOST, "parallelization_factor": MOST,
        "provisioned_poller_config.minimum_pollers": LEAST, "provisioned_poller_config.maximum_pollers": MOST,
    },
    "aws_ec2_fleet": {"target_capacity_specification.total_target_capacity": NOW},
    "aws_spot_fleet_request": {"target_capacity": NOW},
    "aws_batch_compute_environment": {
        "compute_resources.desired_vcpus": NOW, "compute_resources.min_vcpus": LEAST,
        "compute_resources.max_vcpus": MOST,
    },
    "aws_elastic_beanstalk_environment": {"setting.MinSize": LEAST, "setting.MaxSize": MOST},
    "aws_emr_instance_group": {"instance_count": NOW},
    "aws_apprunner_auto_scaling_configuration_version": {"min_size": LEAST, "max_size": MOST},
    "google_cloud_run_service": {
        "template.metadata.annotations.autoscaling.knative.dev/minScale": LEAST,
        "template.metadata.annotations.autoscaling.knative.dev/maxScale": MOST,
    },
    "google_cloud_run_v2_service": {
        **{f"template.scaling.{name}": role for name, role in _INSTANCES.items()},
        "scaling.min_instance_count": LEAST, "scaling.manual_instance_count": NOW,
    },
    "google_cloud_run_v2_worker_pool": {
        "scaling.manual_instance_count": NOW,
        **{f"scaling.{name}": role for name, role in _INSTANCES.items()},
    },
    "google_cloudfunctions2_function": {f"service_config.{name}": role for name, role in _INSTANCES.items()},
    "google_cloudfunctions_function": {"min_instances": LEAST, "max_instances": MOST},
    "google_container_node_pool": _POOL,
    "google_container_cluster": {
        "initial_node_count": NOW, **{f"node_pool.{name}": role for name, role in _POOL.items()},
    },
    "google_compute_instance_group_manager": {"target_size": NOW},
    "google_compute_region_instance_group_manager": {"target_size": NOW},
    "google_compute_autoscaler": {f"autoscaling_policy.{name}": role for name, role in _REPLICAS.items()},
    "google_compute_region_autoscaler": {
        f"autoscaling_policy.{name}": role for name, role in _REPLICAS.items()
    },
    "azurerm_monitor_autoscale_setting": {
        "profile.capacity.default": NOW, "profile.capacity.minimum": LEAST, "profile.capacity.maximum": MOST,
    },
    "azurerm_service_plan": {"worker_count": NOW, "maximum_elastic_worker_count": MOST},
    "azurerm_app_service_plan": {"sku.capacity": NOW, "maximum_elastic_worker_count": MOST},
    "azurerm_linux_function_app": {
        "site_config.elastic_instance_minimum": LEAST, "site_config.app_scale_limit": MOST,
    },
    "azurerm_windows_function_app": {
        "site_config.elastic_instance_minimum": LEAST, "site_config.app_scale_limit": MOST,
    },
    "azurerm_kubernetes_cluster": {f"default_node_pool.{name}": role for name, role in _NODES.items()},
    "azurerm_kubernetes_cluster_node_pool": _NODES,
    "azurerm_linux_virtual_machine_scale_set": _SCALE_SET,
    "azurerm_windows_virtual_machine_scale_set": _SCALE_SET,
    "azurerm_orchestrated_virtual_machine_scale_set": _SCALE_SET,
    "azurerm_container_app": {f"template.{name}": role for name, role in _REPLICAS.items()},
    "kubernetes_deployment": {"spec.replicas": NOW},
    "kubernetes_stateful_set": {"spec.replicas": NOW},
    "kubernetes_replication_controller": {"spec.replicas": NOW},
    "kubernetes_job": {"spec.parallelism": NOW},
    "kubernetes_cron_job": {"spec.job_template.spec.parallelism": NOW},
    "kubernetes_horizontal_pod_autoscaler": _HPA,
    "heroku_formation": {"quantity": NOW},
    "digitalocean_kubernetes_node_pool": {"node_count": NOW, "min_nodes": LEAST, "max_nodes": MOST},
    "digitalocean_kubernetes_cluster": {
        "node_pool.node_count": NOW, "node_pool.min_nodes": LEAST, "node_pool.max_nodes": MOST,
    },
}  # fmt: skip
_NO_FLEETS = re.compile(
    r"(aws_(db|rds|elb|lb|alb|elasticache|docdb|neptune|redshift|opensearch|elasticsearch|msk|mq|memorydb)"
    r"|azurerm_(redis|mssql|postgresql|mysql|eventhub|servicebus|cosmosdb|search|signalr|api_management)"
    r"|google_(sql|redis|memcache|spanner|bigtable|alloydb))\w*"
    r"|AWS::(RDS|DocDB|Neptune|ElastiCache|MemoryDB|Redshift|OpenSearchService|Elasticsearch|MSK|AmazonMQ"
    r"|ElasticLoadBalancing|ElasticLoadBalancingV2)::\w+"
)
_WITHIN = {
    "kubernetes_manifest": ("manifest",),
    "kubectl_manifest": ("yaml_body",),
    "helm_release": ("set", "values"),
}
_UNIT = {"aws_batch_compute_environment": "vCPUs", "AWS::Batch::ComputeEnvironment": "vCPUs"}
_NAMESPACES = {
    "dynamodb": "capacity units", "cassandra": "capacity units", "kafka": "GiB", "neptune": "read replicas",
    "rds": "read replicas", "elasticache": "nodes of a cache", "comprehend": "inference units",
}  # fmt: skip
"""What Application Auto Scaling counts of services that are nobody's clients."""
_USUAL = {
    **USUAL,
    **dict.fromkeys(
        ("desired_capacity", "desired_count", "desired_size", "replicas", "replica_count", "target_size",
         "node_count", "instance_count", "instances", "capacity", "quantity", "worker_count",
         "target_capacity", "provisioned_concurrent_executions"), NOW),
    **dict.fromkeys(
        ("min_size", "min_count", "min_replicas", "min_node_count", "min_capacity", "min_instances"), LEAST),
    **dict.fromkeys(
        ("max_size", "max_count", "max_replicas", "max_node_count", "max_capacity", "max_instances"), MOST),
}  # fmt: skip
_IN_VALUES = {
    "replicacount": NOW, "replicas": NOW, "parallelism": NOW, "minreplicas": LEAST, "maxreplicas": MOST,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Size:
    """One size of a resource, before and after.

    Parameters
    ----------
    attribute
        Its path.
    role
        What it does.
    before_count, after_count
        None where the resource is not there, or states none.
    is_unknown
        Whether it will be known only after the plan is applied.
    unit
        What is counted where that is no instance.
    """

    attribute: str
    role: Role
    before_count: int | None
    after_count: int | None
    is_unknown: bool = False
    unit: str = ""

    @property
    def grows(self) -> bool:
        """Whether it is more than before."""
        return self.after_count is not None and self.after_count > (self.before_count or 0)


def sizes_of(resource: Resource, path: str) -> tuple[Size, ...]:
    """Return the sizes of a resource: what is asked for before what is kept and allowed.

    Raises
    ------
    InputError
        If one is no count.
    """
    before, after = (
        _counts(resource.kind, side, f"{path}.change.{name}")
        for name, side in (("before", resource.before), ("after", resource.after))
    )
    known = _roles(resource.kind)
    unknown = {
        name: role
        for at in resource.unknown
        if (role := _role(known, name := dotted(at))) is not None and _may_be_unknown(known, name, before)
    }
    found = []
    for name in dict.fromkeys((*before, *after, *unknown)):
        role = (before.get(name) or after.get(name) or (0, unknown.get(name)))[1]
        if role is not None:
            found.append(
                Size(
                    attribute=name,
                    role=role,
                    before_count=before[name][0] if name in before else None,
                    after_count=after[name][0] if name in after else None,
                    is_unknown=name in unknown,
                    unit=_unit(resource),
                )
            )
    order = list(Role)
    return tuple(sorted(found, key=lambda one: (order.index(one.role), one.attribute)))


def _unit(resource: Resource) -> str:
    """Return what is counted where that is no instance."""
    side = {**resource.before, **resource.after}
    namespace = side.get("service_namespace", side.get("ServiceNamespace"))
    return _UNIT.get(resource.kind) or _NAMESPACES.get(str(namespace), "")


def _may_be_unknown(known: Mapping[str, Role] | None, name: str, before: Mapping[str, Any]) -> bool:
    """Whether what is not known yet is a size: of a type that is not listed, only where it was one before."""
    return known is not None or name in before


def _roles(kind: str) -> Mapping[str, Role] | None:
    """Return the sizes of a type; None where it is not listed."""
    base = re.sub(r"_v\d\w*$", "", kind) if kind.startswith("kubernetes_") else kind
    if _NO_FLEETS.fullmatch(kind):
        return {}
    return _TYPES.get(base)


def is_listed(kind: str) -> bool:
    """Whether the sizes of a type are known, or it is one that holds no clients."""
    return _roles(kind) is not None or kind in _WITHIN


def _role(known: Mapping[str, Role] | None, name: str) -> Role | None:
    if known is not None:
        return known.get(name)
    return _USUAL.get(name.rpartition(".")[2])


def _counts(kind: str, side: Mapping[str, Any], path: str) -> dict[str, tuple[int, Role]]:
    """Return the sizes among attributes, with what each does; of several of one name the sum."""
    found: dict[str, tuple[int, Role]] = {}
    for name, leaf, role in _candidates(kind, side):
        size = int(leaf) if isinstance(leaf, str) and _DIGITS.fullmatch(leaf) else leaf
        if isinstance(size, bool) or not isinstance(size, int | float):
            continue
        if not abs(size) <= _GREATEST_COUNT:
            raise unexpected(f"{path}.{name}", leaf, f"at most {_GREATEST_COUNT:,}")
        found[name] = (found.get(name, (0, role))[0] + int(size), role)
    return found


def _candidates(kind: str, side: Mapping[str, Any]) -> Iterator[tuple[str, object, Role]]:
    if kind in _WITHIN:
        for prefix, tree in _texts(kind, side):
            for name, role in _manifest_roles(kind, tree):
                for path, leaf in leaves(tree):
                    if _matches(kind, dotted(path), name):
                        yield f"{prefix}{dotted(path)}", leaf, role
        return
    known = _roles(kind)
    for path, leaf in leaves(side):
        known_role = _role(known, dotted(path))
        if known_role is not None:
            yield dotted(path), leaf, known_role


def _texts(kind: str, side: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what is written inside: a manifest, the settings of a chart, and its values as YAML."""
    for name in _WITHIN[kind]:
        within = read_within(side.get(name))
        for one in within if isinstance(within, list) and name == "values" else [within]:
            yield f"{name}.", one


def _manifest_roles(kind: str, tree: Any) -> Iterator[tuple[str, Role]]:
    if kind == "helm_release":
        yield from _IN_VALUES.items()
    elif isinstance(tree, Mapping):
        yield from _MANIFESTS.get(str(tree.get("kind")), {}).items()


def _matches(kind: str, dotted: str, name: str) -> bool:
    return dotted.rpartition(".")[2].lower() == name if kind == "helm_release" else dotted == name
