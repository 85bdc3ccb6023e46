"""Explain: run once, or read a run's record, and say what led to what."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tidegate.adapters.files.worlds import read_text
from tidegate.errors import Fault, InputError, Place
from tidegate.evaluate.explain import Explanation, explain
from tidegate.evaluate.record import Sample, samples
from tidegate.simulate.script import write_script
from tidegate.verbs.simulate import run_once
from tidegate.world.file.names import nearest
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile

_FIELDS = ("time_s", "kind", "name", "quantity", "value")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which run is to be explained.

    Parameters
    ----------
    file, activity
        What was run; the activity None for the triggers alone.
    wrong_belief
        A belief of the world whose counter-belief is laid over it; None for as believed.
    record
        Name of the file with the run's record; None runs it now.
    seed, replication
        Which run.
    """

    file: WorldFile
    activity: str | None
    wrong_belief: str | None
    record: str | None
    seed: int
    replication: int


def explained(asked: Asked) -> tuple[Explanation, World]:
    """Return the chain of causes, and the world it happened in.

    Raises
    ------
    InputError
        If there is no such activity or belief, or the record cannot be read.
    """
    file = asked.file
    if asked.wrong_belief is not None:
        beliefs = file.world.beliefs
        if asked.wrong_belief not in beliefs:
            raise InputError(
                Fault(
                    what="no such belief",
                    value=asked.wrong_belief,
                    allowed=", ".join(beliefs) or "this world states none",
                    nearest=nearest(asked.wrong_belief, beliefs),
                )
            )
        file = overlay(file, beliefs[asked.wrong_belief].counter)
    script = write_script(file, asked.activity)
    if asked.record is None:
        rows: Iterable[Sample] = samples(
            *run_once(file, asked.activity, seed=asked.seed, replication=asked.replication)
        )
    else:
        rows = read_record(*read_text(asked.record))
    return explain(script, asked.activity, rows), file.world


def read_record(text: str, source: str) -> tuple[Sample, ...]:
    """Return the rows of a record, CSV with its header or JSON lines.

    Raises
    ------
    InputError
        Naming the first line that is not a row.
    """
    rows = _json_rows(text) if text.lstrip().startswith("{") else _csv_rows(text)
    found: list[Sample] = []
    for number, row in rows:
        try:
            time_s, kind, name, quantity, value = (row[field] for field in _FIELDS)
            found.append(
                Sample(
                    time_s=float(str(time_s)),
                    kind=str(kind),
                    name=str(name),
                    quantity=str(quantity),
                    value=float(str(value)),
                )
            )
        except (KeyError, ValueError):
            place = Place(source=source, line=number)
            fault = Fault(what="not a row of a record", place=place, allowed=", ".join(_FIELDS))
            raise InputError(fault) from None
    if not found:
        raise InputError(Fault(what="an empty record", value=source, allowed="what tidegate simulate writes"))
    return tuple(found)


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, object]]]:
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        yield number, dict(row)


def _json_rows(text: str) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            row = json.loads(line)
        except ValueError:
            row = {}
        yield number, row if isinstance(row, dict) else {}
