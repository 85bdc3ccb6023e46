"""When is a run settled? As many unanswered requests as are usual, and how long calm or silence must last.

Only bounds are lowered here; `run` watches for them.
"""

from __future__ import annotations

import numpy as np

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.policies import NS
from tidegate.simulate.scene import Scene
from tidegate.simulate.tables import Floats, Ints

_SHARE = 0.05
_PACKETS = {"packet": 17.0, "coarse": 3.0}  # events that one exchange is worth, about


def calm_counts(scene: Scene, P: Ints) -> Ints:
    """As many unanswered as pass for usual: 5 % of clients, or of what a time-out brings in."""
    calm = np.zeros(len(scene.names), dtype=np.int64)
    for j, name in enumerate(scene.names):
        row = scene.row_in_any(name)
        base = float((P[:, j, c.P_COUNT] * P[:, j, c.P_STRIDE]).max())
        if row.kind == "open":
            base = row.clients.demand.rate_per_s * scene.fraction * row.clients.timeout_s * 5.0
        calm[j] = 2 + round(_SHARE * base)
    return calm


def calm_ns(P: Ints, D: Ints) -> int:
    """How long a calm must last to be believed: whatever still fills up shows by then."""
    holds = D[:, :, [c.D_UNANSWERED, c.D_CLOSED, c.D_PORT_HOLD]].max(initial=0)
    return int(max(2 * NS, 2 * P[:, :, c.P_TIMEOUT].max(), P[:, :, c.P_TTL].max(), holds))


def stuck_ns(scene: Scene, P: Ints, L: Floats, horizon_s: float) -> int:
    """How long nothing may be served before a run counts as stuck; 0 where help may still come."""
    delays = L[:, c.L_CAP][L[:, c.L_LAW] > 0]
    waits = max(float(P[:, :, c.P_TIMEOUT].max()), float(delays.max(initial=0.0)))
    helped = any(s.autoscaler or s.health_probes for w in scene.worlds for s in w.services.values())
    if helped or waits > horizon_s * NS / 20:
        return 0
    return int(max(5.0 * waits, 30.0 * NS))


def event_rate_per_s(scene: Scene, P: Ints) -> float:
    """Guess how many events a second there will be, for the width of the calendar's buckets."""
    rate = 100.0
    packets = _PACKETS[scene.worlds[0].detail]
    for j, name in enumerate(scene.names):
        row = scene.row_in_any(name)
        if row.kind == "open":
            rate += row.clients.demand.rate_per_s * scene.fraction * packets
        elif row.kind in {"closed", "once"}:
            think_s = max(row.clients.demand.think_s, row.clients.timeout_s, 1e-3)
            rate += float(P[:, j, c.P_COUNT].max()) / think_s * packets
    return rate
