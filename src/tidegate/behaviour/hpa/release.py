"""What do Kubernetes versions do otherwise? One value for each rule that changed.

Shortcut: 1.20 was run and the controller of 1.31 was read; which version between them changed a rule is not
known, so each of those is taken to do as 1.31.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_VERSION = re.compile(r"v?1\.(\d{1,3})(?:[.+-].*)?", re.ASCII)
_LAST_OLD = 20
_OWN_TOLERANCE_FROM = 33
_SERVED: dict[str, tuple[int, int | None]] = {
    "autoscaling/v2": (23, None),
    "autoscaling/v2beta2": (12, 25),
    "autoscaling/v2beta1": (8, 24),
}
"""From which minor version to which (Kubernetes, "Deprecated API Migration Guide")."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """The rules of one version that others do not share.

    Parameters
    ----------
    failing_metric_holds
        A metric that fails forbids going down.
    stays_between_windows
        With `behavior` the present size is brought between what both windows allow; else the direction of the
        newest wish chooses one of them.
    counts_both_ways
        What was removed in a period may be added again beyond its budget, and the other way round.
    own_tolerance
        `tolerance` may stand in `behavior`.
    includes_tolerance
        A ratio just at the tolerance is within it.
    fills_to_target
        On the way down a pod without a reading counts as its target where that is more than its request.
    minor
        The 29 of 1.29; None for the newest there is.
    """

    failing_metric_holds: bool = True
    stays_between_windows: bool = True
    counts_both_ways: bool = True
    own_tolerance: bool = True
    includes_tolerance: bool = True
    fills_to_target: bool = True
    minor: int | None = None

    def serves(self, api_version: str) -> bool:
        """Whether its server knows autoscalers of an API's version."""
        first, last = _SERVED.get(api_version, (0, None))
        return self.minor is None or (first <= self.minor and (last is None or self.minor <= last))


NEWEST = Release()
OLDEST = Release(
    failing_metric_holds=False,
    stays_between_windows=False,
    counts_both_ways=False,
    own_tolerance=False,
    includes_tolerance=False,
    fills_to_target=False,
    minor=_LAST_OLD,
)
"""Kubernetes 1.20, and before."""


def release(version: str) -> Release | None:
    """Return the rules of a version such as ``1.29``; None where it is none."""
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return None
    minor = int(found[1])
    if minor <= _LAST_OLD:
        return replace(OLDEST, minor=minor)
    return Release(own_tolerance=minor >= _OWN_TOLERANCE_FROM, minor=minor)
