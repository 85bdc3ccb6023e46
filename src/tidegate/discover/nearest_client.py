"""Which known clients try again as these do? A belief, never a measurement.

Several clients may do alike, and anybody may have configured it so: more than three names say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from tidegate.discover.number import Number
from tidegate.discover.wait_law import WaitLaw
from tidegate.world.catalogue.entries import Entry, catalogue
from tidegate.world.file.quantity import parse_quantity

_MOST_NAMED = 3
_NEAR_RATIO = 1.1
_GENERIC = "generic"


def nearest_clients(law: WaitLaw) -> tuple[str, ...]:
    """Return the catalogue's names of those clients that wait so; none where too many do."""
    if law.base_s is None:
        return ()
    found = tuple(_alike(law))
    return found if len(found) <= _MOST_NAMED else ()


def _alike(law: WaitLaw) -> Iterator[str]:
    for entry in catalogue():
        if entry.kind == "behaviour" and entry.version != _GENERIC and _is_alike(law, entry):
            yield entry.name


def _is_alike(law: WaitLaw, entry: Entry) -> bool:
    layers = entry.tree.get("layers", [])
    if len(layers) != 1:
        return False
    layer: Mapping[str, str] = layers[0]
    backoff = layer.get("backoff", "exponential")
    base_s = parse_quantity(layer.get("base", "100ms"), "s") if backoff != "none" else 0.0
    factor = 1.0 if backoff == "constant" else parse_quantity(layer.get("multiplier", "2"), "ratio")
    assert law.base_s is not None
    return (
        backoff in ("none", "constant", "exponential")
        and layer.get("jitter", "none") == law.jitter
        and _near(law.base_s, base_s)
        and (law.factor is None or backoff == "none" or _near(law.factor, factor))
        and _same_end(law, layer)
        and (law.cap_s is None or _near(law.cap_s, parse_quantity(layer.get("cap", "86400s"), "s")))
    )


def _near(seen: Number, known: float) -> bool:
    if not seen.value or not known:
        return seen.low <= known <= seen.high
    within = seen.low <= known <= seen.high
    return within or abs(math.log(seen.value / known)) < math.log(_NEAR_RATIO)


def _same_end(law: WaitLaw, layer: Mapping[str, str]) -> bool:
    retries = layer.get("retries", "unlimited")
    if law.retries_count is not None:
        return retries == str(law.retries_count)
    return retries == "unlimited" or int(retries) >= law.seen_count
