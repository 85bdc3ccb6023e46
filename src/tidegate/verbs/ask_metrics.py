"""Ask metrics: what does a Prometheus show of a world? Some twenty questions, over one stretch of time."""

from __future__ import annotations

from collections.abc import Callable

from tidegate.adapters.telemetry.prometheus import Prometheus
from tidegate.gate.inventory.metric_listing import metric_inventory
from tidegate.gate.inventory.metric_queries import QUESTIONS, WINDOW, WINDOW_S
from tidegate.gate.inventory.seen_thing import Inventory
from tidegate.observe.prometheus_answer import Labelled
from tidegate.observe.samples import Missing

_MOST_SAMPLES = 240
_LEAST_EVERY_S, _MOST_EVERY_S = 15.0, 3_600.0
"""No hour of a day is passed over."""


def ask_metrics(
    source: Prometheus,
    *,
    now_s: float,
    over_s: float,
    day: str,
    progress: Callable[[str, int], None] | None = None,
) -> Inventory:
    """Return what a Prometheus shows of the time up to now.

    Parameters
    ----------
    source
        Whom to ask.
    now_s
        In seconds since 1970.
    over_s
        How long back, in seconds.
    day
        When it was asked, to stand beside each number.
    progress
        Called with what is being asked for, and how many questions were asked; may raise to end.

    Raises
    ------
    CannotTellError
        If it cannot be asked.
    """
    every_s = min(max(over_s / _MOST_SAMPLES, _LEAST_EVERY_S), _MOST_EVERY_S)
    window = WINDOW if every_s <= WINDOW_S else f"{every_s:.0f}s"  # so that no time is left out
    count = 0

    def ask(said: str) -> tuple[Labelled, ...] | Missing:
        nonlocal count
        count += 1
        if progress is not None:
            progress(f"asking {source.name} ({len(QUESTIONS)} questions)", count)
        return source.every(said.replace(f"[{WINDOW}]", f"[{window}]"), now_s - over_s, now_s, every_s)

    said = f"{source.name}, the last {_text(over_s)}, {day}"
    return metric_inventory(ask, said, over_s=over_s, every_s=every_s)


def _text(over_s: float) -> str:
    for size_s, name in ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min")):
        if over_s >= size_s:
            return f"{over_s / size_s:.3g} {name}"
    return f"{over_s:.3g} s"
