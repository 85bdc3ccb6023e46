"""What do exporters and clouds call the numbers of a crossing or a service? Data; nothing is decided here.

A noun that is bound to a source (`known_as: {prometheus: '{instance="10.0.0.1:9100"}'}`) has its numbers
under these names. Of several names of one number, the first that is there counts: never two of them together.
What was turned away is counted in several places, which are added up.

`tag` says how a name is known: "run", seen in the output of the program itself, which tests repeat; "read",
on a page of its maker; "recalled", from memory. A name that is wrong is never seen, and so said to be unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

PROMETHEUS, CLOUDWATCH = "prometheus", "cloudwatch"
"""Systems of `known_as` under which a noun is bound to series."""


@dataclass(frozen=True, kw_only=True)
class KnownSeries:
    """One number of a noun under the name that a source has for it.

    Parameters
    ----------
    exporter
        Who shows it.
    section
        "crossings" or "services".
    what
        Which number: a load (`live_number.LOADS`), or the path of one of the world file below its noun.
    metric
        The name, as Prometheus spells it: what is no letter, digit or colon is an underscore.
    form
        "gauge"; "counter", which only grows; "sum", what came since the sample before.
    times_ratio
        By what it is multiplied to be in the world's unit.
    labels, without
        Labels that a series must have, or must not.
    system
        Under which name of `known_as` it is bound.
    tag
        How the name is known.
    is_each
        Whether each device or instance shows its own, so that as many are to be seen as there are.
    """

    exporter: str
    section: str
    what: str
    metric: str
    form: str = "gauge"
    times_ratio: float = 1.0
    labels: Mapping[str, str] = field(default_factory=dict)
    without: Mapping[str, str] = field(default_factory=dict)
    system: str = PROMETHEUS
    tag: str = "run"
    is_each: bool = False


_C, _S = "crossings", "services"
_NODE = (
    KnownSeries(exporter="node_exporter", section=_C, what="flows_held", metric="node_nf_conntrack_entries"),
    KnownSeries(exporter="node_exporter", section=_C, what="table.entries",
                metric="node_nf_conntrack_entries_limit"),
    KnownSeries(exporter="node_exporter", section=_C, what="packets", form="counter",
                metric="node_network_receive_packets_total", without={"device": "lo"}),
    KnownSeries(exporter="node_exporter", section=_C, what="bits", form="counter", times_ratio=8.0,
                metric="node_network_receive_bytes_total", without={"device": "lo"}),
    KnownSeries(exporter="node_exporter", section=_C, what="refused", form="counter",
                metric="node_nf_conntrack_stat_drop"),
    KnownSeries(exporter="node_exporter", section=_S, what="open_connections",
                metric="node_netstat_Tcp_CurrEstab"),
    KnownSeries(exporter="node_exporter", section=_S, what="new_flows", form="counter",
                metric="node_netstat_Tcp_PassiveOpens"),
    KnownSeries(exporter="node_exporter", section=_S, what="refused", form="counter",
                metric="node_netstat_TcpExt_ListenOverflows"),
)  # fmt: skip
_HAPROXY = (
    KnownSeries(exporter="haproxy", section=_C, what="flows_held",
                metric="haproxy_process_current_connections"),
    KnownSeries(exporter="haproxy", section=_C, what="new_flows", form="counter",
                metric="haproxy_process_connections_total"),
    KnownSeries(exporter="haproxy", section=_C, what="admission.concurrent",
                metric="haproxy_process_max_connections"),
    KnownSeries(exporter="haproxy", section=_C, what="admission.rate",
                metric="haproxy_process_limit_connection_rate"),
    KnownSeries(exporter="haproxy", section=_S, what="open_connections",
                metric="haproxy_frontend_current_sessions"),
    KnownSeries(exporter="haproxy", section=_S, what="connections", metric="haproxy_frontend_limit_sessions"),
    KnownSeries(exporter="haproxy", section=_S, what="new_flows", form="counter",
                metric="haproxy_frontend_connections_total"),
    KnownSeries(exporter="haproxy", section=_S, what="requests", form="counter",
                metric="haproxy_frontend_http_requests_total"),
    KnownSeries(exporter="haproxy", section=_S, what="waiting", metric="haproxy_backend_current_queue"),
    KnownSeries(exporter="haproxy", section=_S, what="refused", form="counter",
                metric="haproxy_frontend_denied_connections_total"),
    KnownSeries(exporter="haproxy", section=_S, what="refused", form="counter",
                metric="haproxy_backend_connection_errors_total"),
)  # fmt: skip
_ENVOY = (
    KnownSeries(exporter="envoy", section=_S, what="open_connections",
                metric="envoy_cluster_upstream_cx_active"),
    KnownSeries(exporter="envoy", section=_S, what="new_flows", form="counter",
                metric="envoy_cluster_upstream_cx_total"),
    KnownSeries(exporter="envoy", section=_S, what="requests", form="counter",
                metric="envoy_cluster_upstream_rq_total"),
    KnownSeries(exporter="envoy", section=_S, what="waiting",
                metric="envoy_cluster_upstream_rq_pending_active"),
    KnownSeries(exporter="envoy", section=_S, what="refused", form="counter",
                metric="envoy_cluster_upstream_rq_pending_overflow"),
    KnownSeries(exporter="envoy", section=_S, what="refused", form="counter",
                metric="envoy_cluster_upstream_cx_connect_fail"),
    KnownSeries(exporter="envoy", section=_C, what="flows_held",
                metric="envoy_listener_downstream_cx_active"),
    KnownSeries(exporter="envoy", section=_C, what="new_flows", form="counter",
                metric="envoy_listener_downstream_cx_total"),
    KnownSeries(exporter="envoy", section=_C, what="refused", form="counter",
                metric="envoy_listener_downstream_cx_overflow"),
)  # fmt: skip
_OTHERS = (
    KnownSeries(exporter="nginx", section=_S, what="open_connections", metric="nginx_connections_active",
                tag="recalled"),
    KnownSeries(exporter="nginx", section=_S, what="new_flows", form="counter",
                metric="nginx_connections_accepted", tag="recalled"),
    KnownSeries(exporter="nginx", section=_S, what="requests", form="counter",
                metric="nginx_http_requests_total", tag="recalled"),
    KnownSeries(exporter="kube-state-metrics", section=_S, what="instances",
                metric="kube_deployment_status_replicas", tag="read"),
    KnownSeries(exporter="kube-state-metrics", section=_S, what="instances",
                metric="kube_statefulset_status_replicas", tag="read"),
    KnownSeries(exporter="kube-state-metrics", section=_S, what="autoscaler.most",
                metric="kube_horizontalpodautoscaler_spec_max_replicas", tag="recalled"),
    KnownSeries(exporter="coredns", section=_S, what="requests", form="counter",
                metric="coredns_dns_requests_total", tag="recalled"),
    KnownSeries(exporter="coredns", section=_S, what="refused", form="counter",
                metric="coredns_forward_max_concurrent_rejects_total", tag="recalled"),
    KnownSeries(exporter="google-cloud-nat", section=_C, what="flows_held",
                metric="router_googleapis_com_nat_open_connections", tag="recalled"),
    KnownSeries(exporter="google-cloud-nat", section=_C, what="ports_used",
                metric="router_googleapis_com_nat_port_usage", tag="recalled"),
    KnownSeries(exporter="google-cloud-nat", section=_C, what="new_flows", form="counter",
                metric="router_googleapis_com_nat_new_connections_count", tag="recalled"),
    KnownSeries(exporter="google-cloud-nat", section=_C, what="refused", form="counter",
                metric="router_googleapis_com_nat_dropped_sent_packets_count", tag="recalled"),
    KnownSeries(exporter="azure-nat-gateway", section=_C, what="flows_held",
                metric="azure_microsoft_network_natgateways_totalconnectioncount_total_count",
                tag="recalled"),
    KnownSeries(exporter="azure-nat-gateway", section=_C, what="refused", form="sum",
                metric="azure_microsoft_network_natgateways_packetdropcount_total_count", tag="recalled"),
    KnownSeries(exporter="aws-nat-gateway", section=_C, what="flows_held", metric="ActiveConnectionCount",
                system=CLOUDWATCH, tag="read"),
    KnownSeries(exporter="aws-nat-gateway", section=_C, what="new_flows", form="sum",
                metric="ConnectionAttemptCount", system=CLOUDWATCH, tag="read"),
    KnownSeries(exporter="aws-nat-gateway", section=_C, what="refused", form="sum",
                metric="ErrorPortAllocation", system=CLOUDWATCH, tag="read"),
    KnownSeries(exporter="aws-nat-gateway", section=_C, what="refused", form="sum", metric="PacketsDropCount",
                system=CLOUDWATCH, tag="read"),
    KnownSeries(exporter="aws-nat-gateway", section=_C, what="packets", metric="PeakPacketsPerSecond",
                system=CLOUDWATCH, tag="read"),
)  # fmt: skip
_EACH = {
    "node_exporter": (_C, _S), "haproxy": (_C,), "envoy": (_C,), "nginx": (_S,), "coredns": (_S,),
    "aws-nat-gateway": (_C,),
}  # fmt: skip
"""Who stands on the device or instance itself. What stands before a service shows all of it at once."""
KNOWN: tuple[KnownSeries, ...] = tuple(
    replace(one, is_each=one.section in _EACH.get(one.exporter, ()))
    for one in (*_HAPROXY, *_ENVOY, *_NODE, *_OTHERS)
)
"""All names. Who counts connections itself goes before the machine it runs on."""


def known_series(section: str, system: str) -> Iterator[KnownSeries]:
    """Yield the names that numbers of a section have in a system."""
    for one in KNOWN:
        if one.section == section and one.system == system:
            yield one
