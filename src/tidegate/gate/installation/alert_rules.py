"""When must somebody look at the gate? As rules of Prometheus: above all when it is not asked any more.

A counter with labels is not there before it first counts, and `increase` does not see that step: so each rule
on one takes a series that is new for a step as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.gate.installation.object_names import CLUSTER_WIDE, metadata

_OF_US = r'name=~".+\\.tidegate\\.dev"'


def rule_groups() -> list[Mapping[str, Any]]:
    """Return the rules, as Prometheus reads them."""
    return [{"name": CLUSTER_WIDE, "rules": [*_away(), *_saying(), *_certificate()]}]


def operator_rules() -> Mapping[str, Any]:
    """Return the rules as an object of Prometheus' operator."""
    return {
        "apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule",
        "metadata": metadata(CLUSTER_WIDE), "spec": {"groups": rule_groups()},
    }  # fmt: skip


def _rule(name: str, expression: str, for_: str, severity: str, summary: str, description: str) -> Any:
    return {
        "alert": f"TidegateGate{name}", "expr": expression, "for": for_, "labels": {"severity": severity},
        "annotations": {"summary": summary, "description": description},
    }  # fmt: skip


def _grown(series: str, over: str) -> str:
    """Return an expression of how much a counter grew, its first step included."""
    new = f"sum({series} unless {series} offset {over})"
    return f"(sum(increase({series}[{over}])) or vector(0)) + ({new} or vector(0)) > 0"


def _away() -> list[Any]:
    refused = 'tidegate_gate_refused_total{caller=~"admission.*"}'
    failed_open = f"apiserver_admission_webhook_fail_open_count{{{_OF_US}}}"
    return [
        _rule(
            "FailsOpen", _grown(failed_open, "10m"), "0m", "critical",
            "Changes go ahead in the cluster without Tidegate's gate being asked",
            "The server of the cluster could not reach the gate in time, or did not understand it. Every "
            "change that it would have judged is let through until it answers again.",
        ),
        _rule(
            "Away", "absent(tidegate_gate_waiting)", "5m", "critical",
            "Tidegate's gate is away, or its metrics are not read",
            "No metrics of the gate have come for 5 minutes. Look at its pod, and at what scrapes it.",
        ),
        _rule(
            "NotUnderstood", _grown(refused, "15m"), "0m", "warning",
            "Tidegate's gate gets reviews that it cannot read",
            "What cannot be read is not judged, and goes ahead. The gate's log says what was wrong.",
        ),
    ]  # fmt: skip


def _saying() -> list[Any]:
    asked = "sum(increase(tidegate_gate_rulings_total[1h]))"
    doubted = 'sum(increase(tidegate_gate_rulings_total{verdict="cannot_tell"}[1h]))'
    held_up = 'tidegate_gate_rulings_total{through="no"}'
    return [
        _rule(
            "CannotTell", f"{doubted} / {asked} > 0.2 and {asked} >= 10", "30m", "warning",
            "Tidegate's gate often cannot tell",
            "Of the changes of the last hour more than 20 % met a question that was not worked out, a world "
            "that does not know them, or a number that is missing.",
        ),
        _rule(
            "HoldsUp", _grown(held_up, "15m"), "30m", "warning",
            "Tidegate's gate has held up changes for half an hour",
            "Something asks again and again for more than was proven safe. If the load really needs it, the "
            "world wants a look, or somebody has to override.",
        ),
        _rule(
            "Overridden", _grown("tidegate_gate_overrides_total", "1h"), "0m", "info",
            "Somebody overrode Tidegate's gate",
            "A change that was not proven safe was let through because its annotation said so. Who and why "
            "is on record: tidegate decisions list.",
        ),
        _rule(
            "LosesRulings", "increase(tidegate_gate_rulings_lost_total[15m]) > 0", "0m", "warning",
            "Tidegate's gate cannot keep its rulings on record",
            "Its folder is full or cannot be written. It goes on answering.",
        ),
        _rule(
            "Waiting", "tidegate_gate_waiting > 50", "15m", "warning",
            "Many questions wait at Tidegate's gate",
            "Until a question is worked out, the gate cannot tell.",
        ),
        _rule(
            "GivesUp", "tidegate_gate_left > 0", "15m", "warning",
            "Tidegate's gate has given questions up for now",
            "They took longer than --work-limit, or failed. The gate cannot tell of them; see its log.",
        ),
    ]  # fmt: skip


def _certificate() -> list[Any]:
    left = "tidegate_gate_certificate_expiry_timestamp_seconds - time()"
    shown = "tidegate_gate_certificate_expiry_timestamp_seconds > 0"
    return [
        _rule(
            "CertificateEndsSoon", f"{left} < 14 * 86400 and {shown}", "0m", "warning",
            "The certificate of Tidegate's gate ends within 14 days",
            "Write it anew, or look at cert-manager. The gate takes a new one up by itself.",
        ),
        _rule(
            "CertificateOver", f"{left} < 86400 and {shown}", "0m", "critical",
            "The certificate of Tidegate's gate ends within a day, or is over",
            "The server of the cluster does not ask a gate whose certificate is over: changes go ahead.",
        ),
    ]  # fmt: skip
