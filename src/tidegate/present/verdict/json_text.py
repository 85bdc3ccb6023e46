"""Verdicts as JSON: the dataclasses of `evaluate.judging.verdict`, field by field, in a fixed order."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.verdict.answer import answer_of, says
from tidegate.present.verdict.said import Asked

FORMAT_VERSION = 1


def verdicts_json(
    verdicts: Sequence[Verdict], undecided: Sequence[str] = (), *, asked: Asked | None = None
) -> str:
    """Return the verdicts as one JSON document; units are in the names.

    Parameters
    ----------
    verdicts
        What was judged; `says` has the words of the terminal, under its labels.
    undecided
        Sentences on what could not be judged at all.
    asked
        How a command asks of the same world again.
    """
    document = {
        "format": FORMAT_VERSION,
        "verdicts": [
            {**dataclasses.asdict(verdict), "says": says(answer_of(verdict, asked))} for verdict in verdicts
        ],
        "undecided": list(undecided),
    }
    return json.dumps(document, indent=2) + "\n"
