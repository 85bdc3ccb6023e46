"""Which objects does a cluster need, and in which files? Trees, for the command and the chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tidegate.gate.installation.alert_rules import operator_rules, rule_groups
from tidegate.gate.installation.blueprint import Values, filled
from tidegate.gate.installation.gate_pods import pods, space
from tidegate.gate.installation.object_text import documents
from tidegate.gate.installation.permissions import permissions
from tidegate.gate.installation.trust import scraped, trust
from tidegate.gate.installation.webhook_rules import webhooks

SPACE, TRUST, GATE, WEBHOOKS = (
    "1-namespace.yaml", "2-certificate.yaml", "3-gate.yaml", "4-webhooks.yaml",
)  # fmt: skip
"""In the order in which they are applied: a cluster does not ask before somebody answers."""
RULES, OPERATOR = "prometheus/rules.yaml", "prometheus/operator.yaml"


def trees() -> Mapping[str, Sequence[Any]]:
    """Return the trees of all objects by the file that they stand in."""
    return {
        SPACE: [space()],
        TRUST: trust(),
        GATE: [*permissions(), *pods()],
        WEBHOOKS: webhooks(),
        OPERATOR: [scraped(), operator_rules()],
    }


def object_files(values: Values) -> Mapping[str, str]:
    """Return the files that are applied, and the rules as Prometheus reads them, by name.

    Parameters
    ----------
    values
        What the user says, by name.
    """
    found = {name: documents(_there(tree, values)) for name, tree in trees().items()}
    return {**found, RULES: documents([{"groups": rule_groups()}])}


def _there(tree: Sequence[Any], values: Values) -> list[Mapping[str, Any]]:
    return list(filled(list(tree), values))
