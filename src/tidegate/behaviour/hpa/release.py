"""What do Kubernetes versions do otherwise? One value for each rule that changed.

Shortcut: 1.20 was run and the controller of 1.31 was read; which version between them changed a rule is not
known, so each of those is taken to do as 1.31.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERSION = re.compile(r"v?1\.(\d{1,3})(?:[.+-].*)?", re.ASCII)
_LAST_OLD = 20
_OWN_TOLERANCE_FROM = 33


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
    """

    failing_metric_holds: bool = True
    stays_between_windows: bool = True
    counts_both_ways: bool = True
    own_tolerance: bool = True
    includes_tolerance: bool = True
    fills_to_target: bool = True


NEWEST = Release()
OLDEST = Release(
    failing_metric_holds=False,
    stays_between_windows=False,
    counts_both_ways=False,
    own_tolerance=False,
    includes_tolerance=False,
    fills_to_target=False,
)
"""Kubernetes 1.20, and before."""


def release(version: str) -> Release | None:
    """Return the rules of a version such as ``1.29``; None where it is none."""
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return None
    minor = int(found[1])
    if minor <= _LAST_OLD:
        return OLDEST
    return NEWEST if minor >= _OWN_TOLERANCE_FROM else Release(own_tolerance=False)
