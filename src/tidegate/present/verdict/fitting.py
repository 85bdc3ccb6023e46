"""What would fit where a limit is exceeded? The same words before the runs and after them."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.evaluate.judging.remedy import Setting
from tidegate.world.file.called import called


def fits_text(fits: Sequence[Setting]) -> str:
    """Return settings each of which is enough: ``the pool of pods: 5, or the set-up rate of nat: 2k/s``."""
    return ", or ".join(f"{setting.name or called(setting.path)}: {setting.value}" for setting in fits)
