"""For how long does an autoscaler take its own wish for done? As long as the longest period of its policies.

The HorizontalPodAutoscaler's controller throws away what the server returned, and books what it wished for:
a wish that was brought down is asked again only after that. Without `behavior` nothing is booked, and it asks
at every sync.

Source: pkg/controller/podautoscaler/horizontal.go (Kubernetes 1.20 run, and read up to 1.36).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SYNC_S = 15.0
MOST_SCALERS = 10_000
DEFAULT_PERIOD_S = 15.0
_MOST_PERIOD_S = 1800  # as the server lets it be


@dataclass
class Scalers:
    """The autoscalers that were seen as they were made and changed, by what they scale."""

    _booked_s: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def see(self, scaler: Mapping[str, Any], namespace: str) -> None:
        """Take in an autoscaler's object; what is no such object is passed over."""
        spec = scaler.get("spec")
        target = spec.get("scaleTargetRef") if isinstance(spec, dict) else None
        if not isinstance(spec, dict) or not isinstance(target, dict) or not target:
            return
        key = (namespace, str(target.get("kind")), str(target.get("name")))
        if key in self._booked_s or len(self._booked_s) < MOST_SCALERS:
            self._booked_s[key] = _booked_s(spec)

    def books_for_s(self, namespace: str, kind: str, name: str) -> float | None:
        """Return for how long what scales a workload books its wish; None where it was not seen."""
        return self._booked_s.get((namespace, kind, name))


def _booked_s(spec: Mapping[str, Any]) -> float:
    behavior = spec.get("behavior")
    if not isinstance(behavior, dict):
        return 0.0
    up = behavior.get("scaleUp")
    policies = up.get("policies") if isinstance(up, dict) else None
    if not isinstance(policies, list) or not policies:
        return DEFAULT_PERIOD_S
    periods = [one.get("periodSeconds") for one in policies if isinstance(one, dict)]
    known = (min(one, _MOST_PERIOD_S) for one in periods if isinstance(one, int))
    return float(max(known, default=DEFAULT_PERIOD_S))
