"""What is kept of a rehearsal? One line of JSON each, and how well those of one world agreed.

The world is known by a digest of its numbers: titles and outside names may change, and the records
still belong to it. Dates are passed in; nothing here reads a file or a clock.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tidegate.errors import Fault, InputError, Place
from tidegate.evaluate.judging.rehearsals_held import Rehearsed
from tidegate.world.world import World

if TYPE_CHECKING:
    from tidegate.rehearse.rehearsal import Rehearsal  # it loads numpy, which `check` may not yet

FORMAT = 1
_UNCOUNTED = frozenset({"title", "known_as", "protocol", "says", "source", "basis", "measure", "otherwise"})
_DIGITS = 16
_KINDS: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "str": (str,),
    "bool": (bool,),
    "float": (int, float),
}


@dataclass(frozen=True, kw_only=True)
class Record:
    """One line about one rehearsal.

    Parameters
    ----------
    format
        Of this line.
    on
        The day, as YYYY-MM-DD.
    world, activity
        Their names; the activity is empty for a world's triggers alone.
    digest
        Of the world, with everything that was set.
    protections
        What was tried on it, as ``path=value``.
    scale
        Size rehearsed over the world's own.
    server, seed
        What answered, and which random streams.
    runs_count, recovered_count, spoiled_count
        Valid real runs, those that recovered, and those thrown away.
    predicted_recovery
        Probability of recovering, as predicted.
    ending_agrees, holds
        Whether the ending, and all that decides, were as predicted.
    errors
        By quantity: predicted over measured, less one; None where nothing could be compared.
    tidegate_version
        Whose prediction it was.
    """

    format: int
    on: str
    world: str
    activity: str
    digest: str
    protections: tuple[str, ...]
    scale: float
    server: str
    seed: int
    runs_count: int
    recovered_count: int
    spoiled_count: int
    predicted_recovery: float
    ending_agrees: bool
    holds: bool
    errors: Mapping[str, float | None]
    tidegate_version: str


def world_digest(world: World) -> str:
    """Return a short digest of everything in a world that could change a prediction."""
    text = json.dumps(_counted(dataclasses.asdict(world)), sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()[:_DIGITS]


def _counted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _counted(part) for key, part in value.items() if key not in _UNCOUNTED}
    if isinstance(value, list | tuple):
        return [_counted(part) for part in value]
    return value


def record_of(rehearsal: Rehearsal, on: str) -> Record:
    """Return the record of a rehearsal made on the day `on` (YYYY-MM-DD)."""
    agreement = rehearsal.agreement
    return Record(
        format=FORMAT,
        on=on,
        world=rehearsal.world,
        activity=rehearsal.activity,
        digest=rehearsal.digest,
        protections=rehearsal.protections,
        scale=rehearsal.rehearsable.scale,
        server=rehearsal.server,
        seed=rehearsal.seed,
        runs_count=agreement.runs_count,
        recovered_count=agreement.recovered_count,
        spoiled_count=len(rehearsal.spoiled),
        predicted_recovery=agreement.predicted_recovers.value,
        ending_agrees=agreement.ending_agrees,
        holds=agreement.holds,
        errors={one.name: one.error_ratio for one in agreement.quantities},
        tidegate_version=rehearsal.tidegate_version,
    )


def record_line(record: Record) -> str:
    """Return a record as one line of JSON, ending in a line break."""
    return json.dumps(dataclasses.asdict(record)) + "\n"


def read_records(text: str, source: str) -> tuple[Record, ...]:
    """Return the records of a file.

    Raises
    ------
    InputError
        With every line that is no record.
    """
    records: list[Record] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            records.append(_record(json.loads(line)))
        except (ValueError, TypeError) as error:
            place = Place(source=source, line=number)
            faults.append(Fault(what=f"is not the record of a rehearsal: {error}", place=place))
    if faults:
        raise InputError(*faults)
    return tuple(records)


def _record(fields: Any) -> Record:
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise ValueError(f"format {FORMAT} is expected")
    record = Record(**{**fields, "protections": tuple(fields.get("protections", ()))})
    for field in dataclasses.fields(Record):
        wanted = _KINDS.get(str(field.type))
        if wanted is not None and not isinstance(getattr(record, field.name), wanted):
            raise TypeError(f"{field.name} is not a {field.type}")
    if not isinstance(record.errors, Mapping):
        raise TypeError("errors is not a mapping")
    return record


def summarise(records: Sequence[Record], *, world: World, activity: str, source: str) -> Rehearsed:
    """Return how well the rehearsals of one world and activity agreed with their predictions.

    Parameters
    ----------
    records
        All there are.
    world, activity
        What is asked about.
    source
        Name of the file they stand in.
    """
    digest = world_digest(world)
    own = [one for one in records if one.digest == digest and one.activity == activity]
    return Rehearsed(
        source=source,
        rehearsals_count=len(own),
        others_count=len(records) - len(own),
        held_count=sum(one.holds for one in own),
        ended_as_predicted_count=sum(one.ending_agrees for one in own),
        runs_count=sum(one.runs_count for one in own),
        scale_ratio=max((one.scale for one in own), default=None),
        last_on=max((one.on for one in own), default=""),
        recovery_error_ratio=_worst(own, "time to recover"),
        packets_error_ratio=_worst(own, "packets"),
    )


def _worst(records: Sequence[Record], name: str) -> float | None:
    errors = [abs(error) for one in records if isinstance(error := one.errors.get(name), int | float)]
    return max(errors, default=None)
