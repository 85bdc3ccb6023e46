"""What does a program push over OTLP/HTTP? Metrics in JSON, named and labelled as Prometheus would.

Source: opentelemetry.io/docs/specs/otlp and opentelemetry-proto's metrics.proto: names are camelCase, 64-bit
integers are texts, `flags & 1` is a point without a value. Names and labels become what Prometheus' own OTLP
receiver makes of them: other characters are underscores, and what only grows ends in `_total`. Of a histogram
its count and sum are taken.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.observe.pushed_times import PushedTimes
from tidegate.observe.sampled import Sampled

_OTHER = re.compile(r"[^A-Za-z0-9_:]", re.ASCII)
_DELTA = 1
_NO_VALUE = 1
_LONGEST = 200
_MOST_LABELS = 60
MOST_SERIES = 50_000


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """What one push held.

    Parameters
    ----------
    found
        Its samples.
    rejected_count
        How many points were not taken.
    why
        Why the first of them was not.
    """

    found: tuple[Sampled, ...]
    rejected_count: int = 0
    why: str = ""


@dataclass
class OtlpMetrics:
    """Reads pushes, one after the other; what is told as differences is added up.

    Attributes
    ----------
    totals
        How much each series of differences came to.
    """

    totals: dict[tuple[tuple[str, str], ...], float] = field(default_factory=dict)
    _times: PushedTimes = field(default_factory=PushedTimes)

    def read(self, document: object, now_s: float) -> Pushed:
        """Return what a push holds.

        Parameters
        ----------
        document
            It.
        now_s
            Our own time.

        Raises
        ------
        InputError
            If it is no push of metrics at all.
        """
        if not isinstance(document, Mapping) or not isinstance(document.get("resourceMetrics", []), list):
            allowed = "an ExportMetricsServiceRequest: resourceMetrics, as OTLP/HTTP sends it"
            raise InputError(Fault(what="is no push of metrics", allowed=allowed))
        found: list[Sampled] = []
        rejected: list[str] = []
        for resource in document.get("resourceMetrics", []):
            try:
                for metric, labels in _metrics(resource):
                    found += self._points(metric, labels, now_s, rejected)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
                rejected.append(f"a resource is not as OTLP has it: {error}"[:_LONGEST])
        return Pushed(found=tuple(found), rejected_count=len(rejected), why=rejected[0] if rejected else "")

    def _points(
        self, metric: Mapping[str, Any], labels: Mapping[str, str], now_s: float, rejected: list[str]
    ) -> Iterator[Sampled]:
        name = _OTHER.sub("_", str(metric["name"]))[:_LONGEST]
        kind = next((one for one in ("gauge", "sum", "histogram") if one in metric), "")
        if not kind:
            rejected.append(f"{name}: is none of gauge, sum and histogram")
            return
        is_delta = metric[kind].get("aggregationTemporality") in {_DELTA, "AGGREGATION_TEMPORALITY_DELTA"}
        if kind == "sum" and metric[kind].get("isMonotonic") and not name.endswith("_total"):
            name += "_total"
        for point in metric[kind].get("dataPoints", []):
            try:
                if int(point.get("flags", 0)) & _NO_VALUE:
                    continue
                at_s = int(point["timeUnixNano"]) / 1e9
                own = {**labels, **_labels(point.get("attributes", []))}
                values = _values(kind, name, point)
                for called, value in values:
                    named = {**own, "__name__": called}
                    yield from self._sampled(named, at_s, now_s, value, is_delta=is_delta)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
                rejected.append(f"{name}: {error or type(error).__name__}"[:_LONGEST])

    def _sampled(
        self, labels: Mapping[str, str], own_s: float, now_s: float, value: float, *, is_delta: bool
    ) -> Iterator[Sampled]:
        key = tuple(sorted(labels.items()))
        at_s = self._times.at_s(key, own_s, now_s)
        if at_s is None:
            return
        if is_delta:
            if key not in self.totals and len(self.totals) >= MOST_SERIES:
                raise ValueError("more series of differences than are kept")
            value = self.totals[key] = self.totals.get(key, 0.0) + value
        yield Sampled(labels=labels, samples=((at_s, value),))


def _metrics(resource: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], dict[str, str]]]:
    labels = _labels((resource.get("resource") or {}).get("attributes", []))
    for scope in resource.get("scopeMetrics", []):
        for metric in scope.get("metrics", []):
            yield metric, labels


def _labels(attributes: list[Mapping[str, Any]]) -> dict[str, str]:
    found = {}
    for one in attributes[:_MOST_LABELS]:
        value = next(iter(one["value"].values()), "")
        if isinstance(value, str | int | float | bool):
            found[_OTHER.sub("_", str(one["key"]))[:_LONGEST]] = str(value)[:_LONGEST]
    return found


def _values(kind: str, name: str, point: Mapping[str, Any]) -> list[tuple[str, float]]:
    if kind == "histogram":
        found = [(f"{name}_count", float(int(point["count"])))]
        return [*found, (f"{name}_sum", float(point["sum"]))] if "sum" in point else found
    value = float(int(point["asInt"])) if "asInt" in point else float(point["asDouble"])
    if math.isnan(value):
        raise ValueError("is not a number")
    return [(name, value)]
