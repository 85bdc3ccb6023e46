"""How does a number read to a person? One place for rates, shares and times.

Numbers and their units are joined by a no-break space, so that no line ever ends between them;
whoever prints to a plain terminal replaces it. Nothing here knows about verdicts or pages.
"""

from __future__ import annotations

from datetime import datetime

from tidegate.world.file.quantity import format_quantity

NO_BREAK = "\u00a0"
_SCALES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
_MINUTE_S = 60.0
_HOUR_S = 3600.0
_DAY_S = 86400.0


def count_text(value: float) -> str:
    """Return a count or rate with two or three figures that matter: ``41 k``, ``1.2 M``, ``7``."""
    for scale, letter in _SCALES:
        # 999.6 would round to 1000: it belongs to the next scale already.
        if abs(value) >= scale * 0.9995:
            return f"{_figures(value / scale)}{NO_BREAK}{letter}"
    return _figures(value)


def of_capacity_text(peak: float, capacity: float | None) -> str:
    """Return a peak beside what is possible: ``41 k of 60 k``; only the peak where there is no limit."""
    if capacity is None:
        return count_text(peak)
    return f"{count_text(peak)} of {count_text(capacity)}"


def percent_text(ratio: float) -> str:
    """Return a share as per cent: ``0.4 %``, ``97 %``; what is not quite 0 or 100 never reads so."""
    return f"{_percent_figures(ratio)}{NO_BREAK}%"


def duration_text(duration_s: float) -> str:
    """Return a length of time in the units people say it in: ``14 s``, ``60 min``, ``6 h 52 min``."""
    if duration_s < 1.0:
        return f"{_figures(duration_s * 1000)}{NO_BREAK}ms" if duration_s > 0 else f"0{NO_BREAK}s"
    if duration_s < 100.0:
        return f"{_figures(duration_s)}{NO_BREAK}s"
    if duration_s < 10 * _MINUTE_S:
        return _two_units(duration_s, _MINUTE_S, "min", 1.0, "s")
    if duration_s < 2 * _HOUR_S:
        return f"{round(duration_s / _MINUTE_S)}{NO_BREAK}min"
    if duration_s < 2 * _DAY_S:
        return _two_units(duration_s, _HOUR_S, "h", _MINUTE_S, "min")
    return f"{_figures(duration_s / _DAY_S)}{NO_BREAK}days"


def after_text(since_s: float) -> str:
    """Return a moment counted from the activity's start: ``+9 s``."""
    return f"+{duration_text(since_s)}"


def moment_text(at: datetime) -> str:
    """Return a time in the zone it was written in: ``2026-12-01 06:00 UTC``."""
    clock = at.strftime("%H:%M:%S" if at.second else "%H:%M")
    zone = at.isoformat()[-6:] if at.utcoffset() else "UTC"
    return f"{at:%Y-%m-%d}{NO_BREAK}{clock}{NO_BREAK}{zone}"


def recovery_text(recovery_s: float | None, *, horizon_s: float, draining_ratio: float | None) -> str:
    """Return when service was normal again: ``14 s``, ``5 h (39 % draining)``, ``not within 60 min``.

    Service that never left its usual state ``stays normal``.

    Parameters
    ----------
    recovery_s
        None where it did not recover.
    horizon_s
        How long was simulated.
    draining_ratio
        Share of that time after the crossings were healthy; left out below one per cent.
    """
    if recovery_s is None:
        return f"not within {duration_text(horizon_s)}"
    if recovery_s == 0.0:
        return "stays normal"
    if draining_ratio is None or draining_ratio < 0.01:
        return duration_text(recovery_s)
    return f"{duration_text(recovery_s)} ({percent_text(draining_ratio)} draining)"


def quantity_text(value: float, unit: str) -> str:
    """Return one value in its unit: per_s, s, ratio, count, bit_per_s or bytes."""
    if unit == "s":
        return duration_text(value)
    if unit == "ratio":
        return percent_text(value)
    if unit in {"bit_per_s", "bytes"}:
        return format_quantity(float(f"{value:.3g}"), unit)
    return f"{count_text(value)}/s" if unit == "per_s" else count_text(value)


def _figures(value: float) -> str:
    if value and abs(value) < 0.01:
        return f"{value:.1g}"
    digits = 0 if abs(value) >= 9.95 else 1 if abs(value) >= 0.95 else 2
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def _percent_figures(ratio: float) -> str:
    percent = 100.0 * ratio
    if 0 < percent < 0.1:
        return "<0.1"
    if 99.9 < percent < 100:
        return ">99.9"
    digits = 1 if percent < 9.95 or percent > 99 else 0
    text = f"{percent:.{digits}f}"
    return text.removesuffix(".0")


def _two_units(duration_s: float, large_s: float, large: str, small_s: float, small: str) -> str:
    total = round(duration_s / small_s)
    whole, rest = divmod(total, round(large_s / small_s))
    tail = f"{NO_BREAK}{rest}{NO_BREAK}{small}" if rest else ""
    return f"{whole}{NO_BREAK}{large}{tail}"
