"""What is a Prometheus asked, and by whose exporter? Data, one row a question; nothing is decided here.

Rates are taken where the samples are, so that a counter that begins anew is not counted as less. Names:
node_exporter, HAProxy 2.6 and Envoy 1.40 were run; kube-state-metrics, Istio, HikariCP (Micrometer) and
OpenTelemetry's conventions of database clients were read in their documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

WINDOW, WINDOW_S = "5m", 300.0
"""Over which a rate is taken: two samples must lie in it."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question.

    Parameters
    ----------
    exporter
        Who shows the answer.
    what
        What it is; `metric_listing` has a reader for each.
    said
        The expression.
    """

    exporter: str
    what: str
    said: str


def _rate(name: str, labels: str = "") -> str:
    return f"rate({name}{labels}[{WINDOW}])"


_EDGE = (
    "source_workload, source_workload_namespace, destination_workload, destination_workload_namespace, "
    "destination_service_name, destination_service_namespace"
)
_TO = "destination_workload, destination_workload_namespace"
_SEEN_THERE = '{reporter="destination"}'
_FAILED_THERE = '{reporter="destination",response_code=~"5.."}'
_POOL = "namespace, pod, application, service_name, job, pool, pool_name, db_client_connection_pool_name"
_ENVOY_OWN = (
    '{envoy_cluster_name!~"xds.*|prometheus_stats|agent|sds.*|admin|zipkin|BlackHole.*|Passthrough.*"}'
)


def _istio(what: str, said: str) -> Question:
    return Question(exporter="istio", what=what, said=said)


def _ratio(by: str, above: str, below: str) -> str:
    return f"sum by ({by}) ({above}) / sum by ({by}) ({below})"


def _limit(name: str) -> str:
    """Return a number of the machines that forward."""
    return f"max by (instance, job) ({name} and on (instance, job) (node_netstat_Ip_Forwarding == 1))"


_MESH = (
    _istio("edge", f"sum by ({_EDGE}) ({_rate('istio_requests_total', _SEEN_THERE)})"),
    _istio(
        "duration",
        _ratio(
            _TO,
            _rate("istio_request_duration_milliseconds_sum", _SEEN_THERE),
            _rate("istio_request_duration_milliseconds_count", _SEEN_THERE),
        ),
    ),
    _istio(
        "failed",
        _ratio(
            _TO,
            _rate("istio_requests_total", _FAILED_THERE),
            _rate("istio_requests_total", _SEEN_THERE),
        ),
    ),
)
_MOST_REPLICAS = (
    "max by (namespace, horizontalpodautoscaler, scaletargetref_kind, scaletargetref_name) ("
    "kube_horizontalpodautoscaler_spec_max_replicas * on (namespace, horizontalpodautoscaler) "
    "group_left (scaletargetref_kind, scaletargetref_name) kube_horizontalpodautoscaler_info)"
)
_KUBERNETES = tuple(
    Question(exporter="kube-state-metrics", what=what, said=said)
    for what, said in (
        ("replicas", "max by (namespace, deployment) (kube_deployment_status_replicas)"),
        ("replicas", "max by (namespace, statefulset) (kube_statefulset_status_replicas)"),
        (
            "most",
            _MOST_REPLICAS,
        ),
    )
)
_MACHINES = tuple(
    Question(exporter="node_exporter", what=what, said=said)
    for what, said in (
        ("table", _limit("node_nf_conntrack_entries_limit")),
        ("held", _limit("node_nf_conntrack_entries")),
        ("not between", "max by (instance, job) (node_netstat_Ip_Forwarding != 1)"),
    )
)
_HAPROXY = tuple(
    Question(exporter="haproxy", what=what, said=said)
    for what, said in (
        ("proxy", "max by (instance, job) (haproxy_process_max_connections)"),
        ("backend size", "max by (proxy) (haproxy_backend_active_servers)"),
        ("backend rate", f"sum by (proxy) ({_rate('haproxy_backend_http_requests_total')})"),
        ("backend sessions", f"sum by (proxy) ({_rate('haproxy_backend_sessions_total')})"),
        ("backend time", "max by (proxy) (haproxy_backend_response_time_average_seconds)"),
        ("server limit", "min by (proxy) (haproxy_server_limit_sessions > 0)"),
    )
)
_ENVOY = tuple(
    Question(exporter="envoy", what=what, said=said)
    for what, said in (
        ("cluster size", f"max by (envoy_cluster_name) (envoy_cluster_membership_total{_ENVOY_OWN})"),
        (
            "cluster rate",
            f"sum by (envoy_cluster_name) ({_rate('envoy_cluster_upstream_rq_total', _ENVOY_OWN)})",
        ),
        (
            "cluster time",
            _ratio(
                "envoy_cluster_name",
                _rate("envoy_cluster_upstream_rq_time_sum", _ENVOY_OWN),
                _rate("envoy_cluster_upstream_rq_time_count", _ENVOY_OWN),
            ),
        ),
    )
)
_POOLS = tuple(
    Question(exporter=exporter, what="pool", said=f"max by ({_POOL}) ({metric})")
    for exporter, metric in (
        ("HikariCP", "hikaricp_connections_max"),
        ("OpenTelemetry", "db_client_connection_max"),
        ("OpenTelemetry", "db_client_connections_max"),
    )
)
QUESTIONS: tuple[Question, ...] = (*_KUBERNETES, *_MESH, *_MACHINES, *_HAPROXY, *_ENVOY, *_POOLS)
"""All of them, in the order in which they are asked."""
