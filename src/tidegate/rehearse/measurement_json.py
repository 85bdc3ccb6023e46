"""How does a measurement travel as JSON, from inside a sandbox or into a file? There and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from tidegate.rehearse.measurement import MeasuredCrossing, MeasuredPopulation, MeasuredService, Measurement

_Series = TypeVar("_Series", MeasuredCrossing, MeasuredPopulation, MeasuredService)


def measurement_json(measurement: Measurement) -> dict[str, Any]:
    """Return a measurement as a JSON object."""
    return asdict(measurement)


def measurement_of(tree: Mapping[str, Any]) -> Measurement:
    """Return the measurement that a JSON object says."""
    return Measurement(
        bin_s=tree["bin_s"],
        bins_count=tree["bins_count"],
        crossings=_series(MeasuredCrossing, tree["crossings"]),
        populations=_series(MeasuredPopulation, tree["populations"]),
        services=_series(MeasuredService, tree["services"]),
        lateness_s=tuple(tree["lateness_s"]),
        busy_ratio=tree["busy_ratio"],
        rig_busy_ratio=tree["rig_busy_ratio"],
    )


def _series(kind: type[_Series], tree: Mapping[str, Any]) -> dict[str, _Series]:
    return {name: series_of(kind, part) for name, part in tree.items()}


def series_of(kind: type[_Series], tree: Mapping[str, Any]) -> _Series:
    """Return a series of one kind from its JSON object; lists become tuples."""
    return kind(**{field.name: _tuple(tree[field.name]) for field in fields(kind)})


def _tuple(value: Any) -> Any:
    return tuple(_tuple(item) for item in value) if isinstance(value, list) else value
