"""What is a Prometheus asked, and by whose exporter? Data, one row a question; nothing is decided here.

Rates are taken where the samples are, so that a counter that begins anew is not counted as less. Names: node_exporter,
HAProxy 2.6 and Envoy 1.40 were run; kube-state-metrics, Istio, HikariCP (Micrometer) and OpenTelemetry's conventions of
database clients were read in their documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

WINDOW = "5m"
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
_POOL = "namespace, pod, application, service_name, job, pool, pool_name, db_client_connection_pool_name"
_ENVOY_OWN = '{envoy_cluster_name!~"xds.*|prometheus_stats|agent|sds.*|admin|zipkin|BlackHole.*|Passthrough.*"}'

QUESTIONS: tuple[Question, ...] = (
    Question(exporter="kube-state-metrics", what="replicas",
             said="max by (namespace, deployment) (kube_deployment_status_replicas)"),
    Question(exporter="kube-state-metrics", what="replicas",
             said="max by (namespace, statefulset) (kube_statefulset_status_replicas)"),
    Question(exporter="kube-state-metrics", what="most",
             said="max by (namespace, horizontalpodautoscaler, scaletargetref_kind, scaletargetref_name) ("
             "kube_horizontalpodautoscaler_spec_max_replicas * on (namespace, horizontalpodautoscaler) "
             "group_left (scaletargetref_kind, scaletargetref_name) kube_horizontalpodautoscaler_info)"),
    Question(exporter="istio", what="edge",
             said=f"sum by ({_EDGE}) ({_rate('istio_requests_total', _SEEN_THERE)})"),
    Question(exporter="istio", what="duration",
             said=f"sum by ({_TO}) ({_rate('istio_request_duration_milliseconds_sum', _SEEN_THERE)}) / sum by ({_TO}) "
             f"({_rate('istio_request_duration_milliseconds_count', _SEEN_THERE)})"),
    Question(exporter="istio", what="failed",
             said=f"sum by ({_TO}) ({_rate('istio_requests_total', _SEEN_THERE[:-1] + ',response_code=~' + chr(34) + '5..' + chr(34) + '}')}) "
             f"/ sum by ({_TO}) ({_rate('istio_requests_total', _SEEN_THERE)})"),
    Question(exporter="node_exporter", what="table",
             said="max by (instance, job) (node_nf_conntrack_entries_limit and on (instance, job) "
             "(node_netstat_Ip_Forwarding == 1))"),
    Question(exporter="node_exporter", what="held",
             said="max by (instance, job) (node_nf_conntrack_entries and on (instance, job) "
             "(node_netstat_Ip_Forwarding == 1))"),
    Question(exporter="node_exporter", what="not between", said="max by (instance, job) (node_netstat_Ip_Forwarding != 1)"),
    Question(exporter="haproxy", what="proxy", said="max by (instance, job) (haproxy_process_max_connections)"),
    Question(exporter="haproxy", what="backend size", said="max by (proxy) (haproxy_backend_active_servers)"),
    Question(exporter="haproxy", what="backend rate",
             said=f"sum by (proxy) ({_rate('haproxy_backend_http_requests_total')})"),
    Question(exporter="haproxy", what="backend sessions",
             said=f"sum by (proxy) ({_rate('haproxy_backend_sessions_total')})"),
    Question(exporter="haproxy", what="backend time",
             said="max by (proxy) (haproxy_backend_response_time_average_seconds)"),
    Question(exporter="haproxy", what="server limit", said="min by (proxy) (haproxy_server_limit_sessions > 0)"),
    Question(exporter="envoy", what="cluster size",
             said=f"max by (envoy_cluster_name) (envoy_cluster_membership_total{_ENVOY_OWN})"),
    Question(exporter="envoy", what="cluster rate",
             said=f"sum by (envoy_cluster_name) ({_rate('envoy_cluster_upstream_rq_total', _ENVOY_OWN)})"),
    Question(exporter="envoy", what="cluster time",
             said=f"sum by (envoy_cluster_name) ({_rate('envoy_cluster_upstream_rq_time_sum', _ENVOY_OWN)}) / "
             f"sum by (envoy_cluster_name) ({_rate('envoy_cluster_upstream_rq_time_count', _ENVOY_OWN)})"),
    Question(exporter="HikariCP", what="pool", said=f"max by ({_POOL}) (hikaricp_connections_max)"),
    Question(exporter="OpenTelemetry", what="pool", said=f"max by ({_POOL}) (db_client_connection_max)"),
    Question(exporter="OpenTelemetry", what="pool", said=f"max by ({_POOL}) (db_client_connections_max)"),
)  # fmt: skip
