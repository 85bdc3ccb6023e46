"""What does Prometheus answer to a range query, and which of its series is meant? Every fault by its name.

Source: prometheus.io/docs/prometheus/latest/querying/api, and answers of Prometheus 2.42: times are numbers,
values texts ("NaN" and "+Inf" too), and a series that is not there is a success with nothing in it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.observe.samples import Missing, Series, series_of

_ALLOWED = "the answer of Prometheus to a range query: status success, resultType matrix"
_SELECTOR = re.compile(r"\s*([A-Za-z_:][\w:]*)\s*(?:\{(.*)\})?\s*", re.ASCII | re.DOTALL)
_MATCHER = re.compile(r'\s*([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\["\\])*)"\s*(?:,|$)', re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A series with its labels, its name among them as ``__name__``."""

    labels: Mapping[str, str]
    series: Series


def read_answer(text: str, source: str) -> tuple[Labelled, ...]:
    """Return the series of an answer, or of several in a list; a series that comes in parts is put together.

    Raises
    ------
    InputError
        If it is no answer, is one that failed, or was cut off.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        fault = Fault(what="is no JSON, or was cut off", allowed=_ALLOWED, place=Place(source=source))
        raise InputError(fault) from None
    parts: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    for answer in found if isinstance(found, list) else [found]:
        for labels, samples in _rows(answer, source):
            parts.setdefault(tuple(sorted(labels.items())), []).extend(samples)
    return tuple(Labelled(labels=dict(key), series=series_of(rows)) for key, rows in parts.items())


def _rows(answer: Any, source: str) -> Iterable[tuple[dict[str, str], list[tuple[float, float]]]]:
    try:
        if answer["status"] != "success":
            why = " ".join(str(answer.get("error", answer["status"])).split())[:200]
            raise InputError(Fault(what="is an answer that failed", value=why, place=Place(source=source)))
        warned = [
            *answer.get("warnings", ()),
            *(["it is partial"] if answer.get("isPartial") is True else ()),
        ]
        if warned:
            value = " ".join(str(warned[0]).split())[:200]
            what = "is an answer of which the server says that it is not whole"
            raise InputError(Fault(what=what, value=value, place=Place(source=source)))
        data = answer["data"]
        if data["resultType"] != "matrix":
            raise KeyError  # noqa: TRY301  one fault for all that it is not
        return [
            (
                {str(name): str(value) for name, value in row["metric"].items()},
                [(_moment(at), float(value)) for at, value in row["values"]],
            )
            for row in data["result"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        fault = Fault(what="is no answer to a range query", allowed=_ALLOWED, place=Place(source=source))
        raise InputError(fault) from None


def _moment(at: Any) -> float:
    """Return a time; one that is none is a fault of the whole answer.

    Raises
    ------
    ValueError
        If it is not finite.
    """
    at_s = float(at)
    if not math.isfinite(at_s):
        raise ValueError
    return at_s


def only(found: Iterable[Labelled], said: str) -> Series | Missing:
    """Return the one series that was found; which of several is meant is not guessed."""
    known = [one.series for one in found if one.series.at_s]
    if not known:
        return Missing(why=f"{said} has no samples then")
    if len(known) > 1:
        return Missing(why=f"{said} is {len(known):,} series: write it so that it is one (sum, max)")
    return known[0]


def chosen(found: Iterable[Labelled], said: str) -> list[Labelled]:
    """Return the series that a selector means; none where it is more than a name and equal labels."""
    wanted = selector(said)
    if wanted is None:
        return []
    return [one for one in found if all(one.labels.get(name, "") == word for name, word in wanted.items())]


def selector(said: str) -> dict[str, str] | None:
    """Return the labels of a selector with nothing but equal labels; None of any other expression."""
    found = _SELECTOR.fullmatch(said)
    if found is None:
        return None
    wanted, rest = {"__name__": found[1]}, found[2] or ""
    while rest.strip():
        matcher = _MATCHER.match(rest)
        if matcher is None:
            return None
        wanted[matcher[1]] = re.sub(r"\\(.)", r"\1", matcher[2])
        rest = rest[matcher.end() :]
    return wanted
