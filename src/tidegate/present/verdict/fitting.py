"""What would fit where a limit is exceeded? The same words before the runs and after them."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.evaluate.judging.verdict import Setting


def fits_text(fits: Sequence[Setting]) -> str:
    """Return settings each of which is enough: ``activities.grow.to 66, or clients.pods.pool 5``."""
    return ", or ".join(f"{setting.path} {setting.value}" for setting in fits)
