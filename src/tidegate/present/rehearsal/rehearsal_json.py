"""A rehearsal as JSON: ending, quantities with their errors, and every series, in a fixed order."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

from tidegate.evaluate.judging.verdict import Series
from tidegate.rehearse.course import Key
from tidegate.rehearse.rehearsal import CANNOT_SHOW, Rehearsal

FORMAT_VERSION = 1
_FIGURES = 5


def rehearsal_json(rehearsal: Rehearsal) -> str:
    """Return a rehearsal as one JSON document; units are in the names or beside the values."""
    prediction, small = rehearsal.prediction, rehearsal.rehearsable
    document = {
        "format": FORMAT_VERSION,
        "world": rehearsal.world,
        "activity": rehearsal.activity,
        "digest": rehearsal.digest,
        "protections": rehearsal.protections,
        "scale": small.scale,
        "server": rehearsal.server,
        "seed": rehearsal.seed,
        "tidegate_version": rehearsal.tidegate_version,
        "agreement": dataclasses.asdict(rehearsal.agreement),
        "left_out": small.left_out,
        "changed": small.changed,
        "spoiled": rehearsal.spoiled,
        "cannot_show": CANNOT_SHOW,
        "bin_s": prediction.tables.bin_ns / 1e9,
        "predicted": {
            "outcomes": [dataclasses.asdict(one) for one in prediction.outcomes],
            "series": _series(prediction.series),
        },
        "measured": [
            {
                "outcome": dataclasses.asdict(run.outcome),
                "lateness_s": run.lateness_s,
                "busy_ratio": run.busy_ratio,
                "rig_busy_ratio": run.rig_busy_ratio,
                "series": _series(run.series),
            }
            for run in rehearsal.runs
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _series(series: Mapping[Key, Series]) -> list[dict[str, object]]:
    return [
        {
            "of": owner,
            "name": one.name,
            "unit": one.unit,
            **{
                key: [float(f"{value:.{_FIGURES}g}") for value in values]
                for key, values in (("values", one.values), ("low", one.low), ("high", one.high))
                if values
            },
        }
        for (owner, _), one in series.items()
    ]
