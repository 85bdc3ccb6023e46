"""How do people write a quantity, and which number in the core's unit is it? No field is known here.

Units are named as everywhere in Tidegate: "s" (duration), "per_s" (rate), "ratio", "count", "bit_per_s"
(bandwidth) and "bytes" (size).
"""

from __future__ import annotations

import math
import re

from tidegate.errors import Fault, InputError
from tidegate.world.file.nearest_name import nearest, shown

MEANT = {
    "s": "a duration such as 10s, 1.5min, 500ms or 2h",
    "per_s": "a rate such as 64k/s, 20/min or 1.5M/h",
    "ratio": "a share such as 5% or 0.05",
    "count": "a count such as 600, 64k or 1.5M",
    "bit_per_s": "a bandwidth such as 10Gbit/s or 500Mbit/s",
    "bytes": "a size such as 800B, 20kB, 1.5MiB or 1GB",
}
"""What each unit accepts, in words."""

_NOUN = {
    "s": "a duration",
    "per_s": "a rate",
    "ratio": "a share",
    "count": "a count",
    "bit_per_s": "a bandwidth",
    "bytes": "a size",
}
# A scale is a factor and a divisor: dividing by a whole number rounds once, multiplying by 1e-6 twice.
_TIMES = {
    "ns": (1.0, 1e9),
    "us": (1.0, 1e6),
    "µs": (1.0, 1e6),
    "ms": (1.0, 1e3),
    "s": (1.0, 1.0),
    "min": (60.0, 1.0),
    "h": (3600.0, 1.0),
    "d": (86400.0, 1.0),
}
_PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_BINARY = {"Ki": 2.0**10, "ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}
_NUMBER = r"([+-]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
_WORD = re.compile(_NUMBER + r"\s*([^\d\s]*)", re.ASCII)
_LONGEST = 60


def parse_quantity(text: str, unit: str) -> float:
    """Return the number that `text` states, in the core's unit (seconds, per second, 1).

    Parameters
    ----------
    text
        As people write it: ``10s``, ``64k/s``, ``5%``, ``1.5M``.
    unit
        "s", "per_s", "ratio", "count", "bit_per_s" or "bytes".

    Raises
    ------
    InputError
        With one fault without path and place: the text is not of this unit, not finite or no
        quantity at all.
    """
    value = _parse(text.strip(), unit)
    if value is None:
        raise InputError(_wrong(text.strip(), unit))
    if not math.isfinite(value):
        raise InputError(Fault(what="is not a finite number", value=shown(text), allowed=MEANT[unit]))
    return value


def _parse(text: str, unit: str) -> float | None:
    found = _WORD.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    number, suffix = float(found[1].replace("_", "")), found[2]
    if unit == "s":
        return _duration(number, suffix)
    if unit == "per_s":
        return _rate(number, suffix)
    if unit in {"bit_per_s", "bytes"}:
        return _of_bits(number, suffix, unit)
    if unit == "ratio":
        return {"%": number / 100.0, "": number}.get(suffix)
    return number * _PREFIXES[suffix] if suffix in _PREFIXES else None


def _of_bits(number: float, suffix: str, unit: str) -> float | None:
    """Return a bandwidth in bits a second, or a size in bytes."""
    if not suffix and number == 0.0:
        return 0.0
    end = "bit/s" if unit == "bit_per_s" else "B"
    if not suffix.endswith(end):
        return None
    prefix = suffix.removesuffix(end)
    factor = _PREFIXES.get(prefix) or (_BINARY.get(prefix) if unit == "bytes" else None)
    return None if factor is None else number * factor


def _duration(number: float, suffix: str) -> float | None:
    if not suffix and number == 0.0:
        return 0.0
    scale = _TIMES.get(suffix)
    return None if scale is None else number * scale[0] / scale[1]


def _rate(number: float, suffix: str) -> float | None:
    if not suffix and number == 0.0:
        return 0.0
    prefix, slash, time = suffix.partition("/")
    if not slash or prefix not in _PREFIXES or time not in _TIMES:
        return None
    factor, divisor = _TIMES[time]
    return number * _PREFIXES[prefix] * divisor / factor


def _wrong(text: str, unit: str) -> Fault:
    """Say which unit was written where which is meant."""
    given = next((other for other in MEANT if other != unit and _parse(text, other) is not None), "")
    if given and _parse(text, "count") is not None:
        what = f"has no unit where {_NOUN[unit]} is meant"
    elif given:
        what = f"is {_NOUN[given]} where {_NOUN[unit]} is meant"
    elif text.lstrip("+-.").lower() in {"nan", "inf", "infinity"}:
        what = "is not a finite number"
    else:
        what = f"is not {_NOUN[unit]}"
    return Fault(what=what, value=shown(text), allowed=MEANT[unit], nearest=_mended(text, unit))


def _mended(text: str, unit: str) -> str:
    """Return the quantity with the nearest valid unit, where only the unit was mistyped."""
    found = _WORD.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or unit not in {"s", "count"} or not found[2]:
        return ""
    usual = {"m": "min", "mins": "min", "sec": "s", "secs": "s", "hr": "h", "K": "k", "m/s": ""}
    known = _TIMES if unit == "s" else _PREFIXES
    suffix = usual.get(found[2], "") or nearest(found[2], known)
    return f"{found[1]}{suffix}" if suffix in known and suffix else ""


def format_quantity(value: float, unit: str) -> str:
    """Return a finite number of the core as people write it; `parse_quantity` gives it back exactly."""
    if unit == "s":
        candidates = [_scaled(value, name) for name in _time_names(abs(value))]
    elif unit == "per_s":
        candidates = _rate_forms(value)
    elif unit == "ratio":
        candidates = [f"{_digits(value * 100.0)}%"] if 0.0 < value < 1.0 else []
    elif unit in {"bit_per_s", "bytes"}:
        end = "bit/s" if unit == "bit_per_s" else "B"
        binary = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30} if unit == "bytes" else {}
        fitting = [f"{_digits(value / size)}{name}B" for name, size in binary.items() if abs(value) >= size]
        candidates = [_prefixed(value) + end, *fitting]
    else:
        candidates = [_prefixed(value), _plain(value, unit)]
    exact = [text for text in candidates if _parse(text, unit) == value]
    return min(exact, key=len, default=_plain(value, unit))


def _time_names(size: float) -> list[str]:
    names = [name for name in ("d", "h", "min", "s", "ms", "us", "ns") if size >= _unit_s(name)]
    return names[:2]


def _unit_s(name: str) -> float:
    return _TIMES[name][0] / _TIMES[name][1]


def _scaled(value: float, name: str) -> str:
    factor, divisor = _TIMES[name]
    return f"{_digits(value * divisor / factor)}{name}"


def _rate_forms(value: float) -> list[str]:
    forms = [f"{_prefixed(value)}/s", _plain(value, "per_s")]
    if abs(value) < 1.0:
        forms += [f"{_prefixed(value * 60.0)}/min", f"{_prefixed(value * 3600.0)}/h"]
    return forms


def _prefixed(value: float) -> str:
    size = abs(value)
    prefix = next((name for name in ("G", "M", "k") if size >= _PREFIXES[name]), "")
    return f"{_digits(value / _PREFIXES[prefix])}{prefix}"


def _digits(value: float) -> str:
    """Return at most twelve digits, without exponent where that is short."""
    text = f"{value:.12g}"
    return text if "e" not in text else repr(value)


def _plain(value: float, unit: str) -> str:
    text = repr(float(value)).removesuffix(".0")
    return text + {"s": "s", "per_s": "/s", "bit_per_s": "bit/s", "bytes": "B"}.get(unit, "")
