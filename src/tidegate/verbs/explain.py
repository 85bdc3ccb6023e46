"""Explain: run once, or read a run's record, and say what led to what."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tidegate.adapters.files.worlds import read_text
from tidegate.errors import Fault, InputError, Place
from tidegate.evaluate.judging.explain import Explanation, explain
from tidegate.evaluate.reading.run_record import Sample, Whose, samples, whose
from tidegate.simulate.script import write_script
from tidegate.verbs.simulate import run_once
from tidegate.world.file.nearest_name import nearest
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile

_FIELDS = ("time_s", "kind", "name", "quantity", "value")
_RUN_FIELDS = ("world", "digest", "activity", "seed", "replication")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which run is to be explained.

    Parameters
    ----------
    file, activity
        What was run; the activity None for what the record says, else for the triggers alone, else, in a
        world without any, for its only activity.
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
        If there is no such activity or belief, if several could have happened, or if the record cannot be
        read or is of another run.
    """
    file = asked.file
    if asked.wrong_belief is not None:
        beliefs = file.world.beliefs
        if asked.wrong_belief not in beliefs:
            raise InputError(
                Fault(
                    what="no such belief",
                    kind="absent",
                    value=asked.wrong_belief,
                    allowed=", ".join(beliefs) or "this world states none",
                    nearest=nearest(asked.wrong_belief, beliefs),
                )
            )
        file = overlay(file, beliefs[asked.wrong_belief].counter)
    if asked.record is None:
        activity = asked.activity or _only_one(file.world)
        run = run_once(file, activity, seed=asked.seed, replication=asked.replication)
        return explain(write_script(file, activity), activity, samples(*run)), file.world
    rows, run_of = read_record(*read_text(asked.record))
    activity = asked.activity or run_of.activity or None
    _refuse_foreign(run_of, whose(file, activity, seed=run_of.seed, replication=run_of.replication), asked)
    return explain(write_script(file, activity), activity, rows), file.world


def _only_one(world: World) -> str | None:
    """Return what happens where nobody said: the only activity of a world without triggers, or these.

    Raises
    ------
    InputError
        If there are no triggers and several activities: nothing would happen, and all would be well.
    """
    if world.triggers or not world.activities:
        return None
    if len(world.activities) > 1:
        raise InputError(
            Fault(
                what="is missing, and this world has no triggers",
                path="--activity",
                allowed=", ".join(world.activities),
            )
        )
    return next(iter(world.activities))


def _refuse_foreign(written: Whose, meant: Whose, asked: Asked) -> None:
    """Refuse a record of another world or activity than the one it is to be explained by."""
    place = Place(source=asked.record or "")
    faults = []
    if (written.world, written.digest) != (meant.world, meant.digest):
        what = (
            "the record is of this world with other values; name the file, --set and --if-not it was run with"
            if written.world == meant.world
            else "the record is of another world"
        )
        value, allowed = (f"{one.world} {one.digest}" for one in (written, meant))
        faults.append(Fault(what=what, place=place, value=value, allowed=allowed))
    if written.activity != meant.activity:
        value, allowed = (one.activity or "only the triggers" for one in (written, meant))
        faults.append(
            Fault(
                what="the record is of another activity",
                kind="statement",
                place=place,
                value=value,
                allowed=allowed,
            )
        )
    if faults:
        raise InputError(*faults)


def read_record(text: str, source: str) -> tuple[tuple[Sample, ...], Whose]:
    """Return the rows of a record, CSV with its header or JSON lines, and which run they are of.

    Raises
    ------
    InputError
        Naming the first line that is not a row, or is of another run than the first.
    """
    found: list[Sample] = []
    runs: list[Whose] = []
    for number, row in _json_rows(text) if text.lstrip().startswith("{") else _csv_rows(text):
        place = Place(source=source, line=number)
        try:
            sample, run = _sample(row), _whose(row)
        except (KeyError, ValueError):
            allowed = ", ".join((*_FIELDS, *_RUN_FIELDS))
            raise InputError(
                Fault(what="not a row of a record", kind="statement", place=place, allowed=allowed)
            ) from None
        if run not in runs:
            runs.append(run)
        if len(runs) > 1:
            allowed = "the record of one run, as `tidegate simulate` writes it"
            raise InputError(
                Fault(what="this row is of another run", kind="statement", place=place, allowed=allowed)
            )
        found.append(sample)
    if not found:
        raise InputError(
            Fault(
                what="an empty record",
                kind="statement",
                value=source,
                allowed="what tidegate simulate writes",
            )
        )
    return tuple(found), runs[0]


def _sample(row: Mapping[str, object]) -> Sample:
    time_s, kind, name, quantity, value = (str(row[field]) for field in _FIELDS)
    return Sample(time_s=float(time_s), kind=kind, name=name, quantity=quantity, value=float(value))


def _whose(row: Mapping[str, object]) -> Whose:
    world, digest, activity, seed, replication = (str(row[field]) for field in _RUN_FIELDS)
    return Whose(world=world, digest=digest, activity=activity, seed=int(seed), replication=int(replication))


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
