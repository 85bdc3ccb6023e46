"""How are the parts of a cycle called? By their names in the world file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tidegate.evaluate.arithmetic.feedback.pressed import Pressed
from tidegate.evaluate.arithmetic.feedback.rings import Part
from tidegate.evaluate.arithmetic.limit import about

_MOST_NAMED = 3


def rate(per_s: float) -> str:
    """Return a rate with the figures that matter: ``320/s``, ``0.25/s``."""
    return f"{about(per_s) if per_s >= 1.0 else f'{per_s:.2g}'}/s"


def span(duration_s: float) -> str:
    """Return a duration: ``1 s``, ``250 ms``, ``3 min``."""
    if duration_s < 1.0:
        return f"{duration_s * 1e3:.3g} ms"
    if duration_s < 120.0:
        return f"{duration_s:.3g} s"
    return f"{duration_s / 60:.3g} min" if duration_s < 7200.0 else "hours"


def asker(name: str) -> str:
    """Return who asks by a stream: ``base``, ``calls of api``, ``look-ups of web``, ``checks of api``."""
    first, _, rest = name.partition("/")
    kinds = {"call": "calls of", "lookup": "look-ups of", "probe": "checks of"}
    return f"{kinds[rest.split('/')[0]]} {first}" if rest else first


def askers(late: Sequence[Pressed]) -> str:
    """Return the askers as a list in words, those with the most work first."""
    names = list(dict.fromkeys(asker(one.stream.name) for one in late))
    more = len(names) - _MOST_NAMED
    shown = names[:_MOST_NAMED] if more > 0 else names
    said = ", ".join(shown[:-1]) + " and " * (len(shown) > 1) + shown[-1]
    return f"{', '.join(shown)} and {more} more" if more > 0 else said


def parts_of(askers_: Iterable[Pressed]) -> tuple[Part, ...]:
    """Return the nouns that ask: populations, and services that call."""
    found: dict[Part, None] = {}
    for one in askers_:
        first, _, rest = one.stream.name.partition("/")
        found["clients" if not rest or rest == "lookup" else "services", first] = None
    return tuple(found)
