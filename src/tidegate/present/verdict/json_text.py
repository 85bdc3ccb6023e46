"""Verdicts as JSON: the dataclasses of `evaluate.judging.verdict`, field by field, in a fixed order."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

from tidegate.evaluate.judging.verdict import Verdict

FORMAT_VERSION = 1


def verdicts_json(verdicts: Sequence[Verdict], undecided: Sequence[str] = ()) -> str:
    """Return the verdicts as one JSON document; units are in the names.

    `undecided` are sentences on what could not be judged at all.
    """
    document = {
        "format": FORMAT_VERSION,
        "verdicts": [dataclasses.asdict(verdict) for verdict in verdicts],
        "undecided": list(undecided),
    }
    return json.dumps(document, indent=2) + "\n"
