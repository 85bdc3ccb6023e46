"""Rehearse: does a real network do what was predicted? Predict, let it happen, compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Protocol

from tidegate import __version__
from tidegate.errors import Fault, InputError, RigError
from tidegate.evaluate.judging.asked import Check, activities_of
from tidegate.evaluate.judging.verdict import Series
from tidegate.evaluate.reading.measures import judged_rows
from tidegate.evaluate.variants.by_chance import late_ratio
from tidegate.exit_codes import ExitCode
from tidegate.rehearse.agreement import compare, is_undecided
from tidegate.rehearse.course import UNITS, as_run, course
from tidegate.rehearse.measurement import Measurement
from tidegate.rehearse.named_servers import as_served_by
from tidegate.rehearse.nearby import recovers_nearby
from tidegate.rehearse.outcome import outcome
from tidegate.rehearse.prediction import RUNS_COUNT, Prediction, predict, tables_of
from tidegate.rehearse.rehearsal import RealRun, Rehearsal
from tidegate.rehearse.rehearsal_record import world_digest
from tidegate.rehearse.scale import Rehearsable, scale_world
from tidegate.rehearse.switched_on import SwitchedOn, predicted_world, stands_elsewhere
from tidegate.rehearse.unsupported import unsupported_changes
from tidegate.rehearse.validity import spoiled_by
from tidegate.simulate.script import write_script
from tidegate.verbs.switch_on import switch_on
from tidegate.world.file.write import write_world
from tidegate.world.world import World, WorldFile

SEEDS_APART = 1000


class Measure(Protocol):
    """One real run: `tidegate.adapters.linux.rehearsal.measure`, or a stand-in for tests."""

    def __call__(
        self,
        world_text: str,
        *,
        activity: str | None,
        horizon_s: float,
        server: str,
        seed: int,
        switched_on: SwitchedOn | None,
        heard: Callable[[Mapping[str, object]], None] | None = None,
    ) -> Measurement:
        """Let a world happen once and return what was measured."""
        ...


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be rehearsed.

    Parameters
    ----------
    file
        The world, all overlays laid.
    activity
        Which activity happens; None for the triggers alone.
    scale
        Size over the world's own; None chooses one.
    repeats_count
        Valid real runs wanted.
    protections
        What is tried on it, as ``path=value``, for the record.
    server
        What answers.
    switch_on
        The target whose written configuration limits; None for the rig's own rules.
    seed
        Chooses the random streams of prediction and clients.
    predicted_count
        Runs of the engine.
    """

    file: WorldFile
    activity: str | None = None
    scale: float | None = None
    repeats_count: int = 1
    protections: tuple[str, ...] = ()
    server: str = "sleeping"
    switch_on: str | None = None
    seed: int = 7
    predicted_count: int = RUNS_COUNT


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A rehearsal that is predicted and not yet measured.

    Parameters
    ----------
    asked
        What is rehearsed.
    rehearsable
        The world that the rig gets.
    digest
        Of the world that is rehearsed: the one asked about, unless a limit stands elsewhere than it says.
    switched_on
        Written configuration that limits.
    prediction
        What is expected.
    """

    asked: Asked
    rehearsable: Rehearsable
    digest: str
    switched_on: SwitchedOn | None
    prediction: Prediction


def activity_of(file: WorldFile, named: str | None) -> str | None:
    """Return the one activity that is rehearsed: the one named, the only one, or the triggers alone.

    Raises
    ------
    InputError
        If there is no such activity, several and none was named, or nothing happens at all.
    """
    wanted = activities_of(Check(file=file, activity=named))
    if len(wanted) > 1:
        fault = Fault(
            what="which activity is rehearsed must be said",
            kind="statement",
            path="--activity",
            allowed=", ".join(name for name in wanted if name is not None),
        )
        raise InputError(fault)
    return wanted[0]


def prepare(asked: Asked, *, executor: Executor, progress: Callable[[int], None] | None = None) -> Ready:
    """Scale the world and predict what will be measured.

    Raises
    ------
    InputError
        If the world is wrong, means nothing at the scale asked for, or needs what the rig has not.
    CannotTellError
        If it cannot be rehearsed at any scale.
    """
    rehearsable = scale_world(asked.file, asked.activity, scale=asked.scale)
    if faults := unsupported_changes(write_script(rehearsable.file, rehearsable.activity)):
        raise InputError(*faults)
    switched = None
    if asked.switch_on is not None:
        in_force = switch_on(asked.switch_on, rehearsable, server=asked.server)
        switched = in_force.switched
        rehearsable = replace(rehearsable, changed=(*rehearsable.changed, *in_force.said))
    expected = predicted_world(as_served_by(asked.server, rehearsable.file), switched)
    prediction = predict(
        tables_of(expected, rehearsable.activity),
        seed=asked.seed,
        runs_count=asked.predicted_count,
        executor=executor,
        progress=progress,
    )
    if not is_undecided(prediction.recovers):
        nearby = recovers_nearby(expected, rehearsable.activity, seed=asked.seed, executor=executor)
        prediction = replace(prediction, nearby=nearby)
    return Ready(
        asked=asked,
        rehearsable=rehearsable,
        digest=world_digest((expected if stands_elsewhere(switched) else asked.file).world),
        switched_on=switched,
        prediction=prediction,
    )


def carry_out(
    ready: Ready,
    *,
    measure: Measure,
    heard: Callable[[int, Mapping[str, object]], None] | None = None,
) -> Rehearsal:
    """Let it happen as often as asked, and compare.

    A run that is spoiled by a stall of the machine is repeated once.

    Parameters
    ----------
    ready
        From `prepare`.
    measure
        How one real run is made.
    heard
        Called with the number of the run and what happens in it.

    Raises
    ------
    RigError
        If this machine cannot carry it, or a run was spoiled twice.
    """
    asked, rehearsable, prediction = ready.asked, ready.rehearsable, ready.prediction
    spoiled: list[str] = []
    runs = tuple(
        _valid_run(ready, repeat, spoiled, measure=measure, heard=heard)
        for repeat in range(asked.repeats_count)
    )
    world = asked.file.world
    return Rehearsal(
        world=world.name,
        title=world.title,
        activity=asked.activity or "",
        activity_title=world.happening(asked.activity),
        digest=ready.digest,
        protections=asked.protections,
        rehearsable=rehearsable,
        server=asked.server,
        seed=asked.seed,
        prediction=prediction,
        runs=runs,
        spoiled=tuple(spoiled),
        agreement=compare(prediction, [run.outcome for run in runs]),
        tidegate_version=__version__,
    )


def exit_code(rehearsal: Rehearsal) -> ExitCode:
    """Return 0 where the prediction held, 5 where it did not."""
    return ExitCode.HOLDS if rehearsal.agreement.holds else ExitCode.DOES_NOT_HOLD


def _valid_run(
    ready: Ready,
    repeat: int,
    spoiled: list[str],
    *,
    measure: Measure,
    heard: Callable[[int, Mapping[str, object]], None] | None,
) -> RealRun:
    asked, rehearsable = ready.asked, ready.rehearsable
    world_text = write_world(rehearsable.file.document)
    reasons: list[str] = []
    for attempt in range(2):
        measurement = measure(
            world_text,
            activity=rehearsable.activity,
            horizon_s=rehearsable.file.world.horizon_s,
            server=asked.server,
            seed=asked.seed + SEEDS_APART * (2 * repeat + attempt),
            switched_on=ready.switched_on,
            heard=None if heard is None else lambda message: heard(repeat, message),
        )
        found = _spoiled_by(ready.prediction, measurement, rehearsable.file.world)
        if not found:
            return _real_run(ready.prediction, measurement)
        reasons.append("; ".join(found))
        spoiled.append(f"run {repeat + 1}: {reasons[-1]}")
    said = "; then ".join(reasons)
    raise RigError(f"this run is invalid, twice: {said}. Is the machine busy with other work?")


def _spoiled_by(prediction: Prediction, measurement: Measurement, world: World) -> tuple[str, ...]:
    tables = prediction.tables
    judged = {tables.populations[j] for j in judged_rows(tables)}
    disturbed_from_s = tables.disturbed_from_ns / 1e9
    clients = (world.clients[name] for name in judged)
    late = max((late_ratio(world.services[one.service], one) for one in clients), default=0.0)
    return spoiled_by(measurement, disturbed_from_s=disturbed_from_s, judged=judged, late_ratio=late)


def _real_run(prediction: Prediction, measurement: Measurement) -> RealRun:
    run = as_run(measurement, prediction.tables)
    series = {
        key: Series(
            name=key[1], unit=UNITS.get(key[1], "per_s"), values=tuple(float(value) for value in values)
        )
        for key, values in course(prediction.tables, run).items()
    }
    return RealRun(
        outcome=outcome(prediction.tables, run),
        series=series,
        lateness_s=max(measurement.lateness_s, default=0.0),
        busy_ratio=measurement.busy_ratio,
        rig_busy_ratio=measurement.rig_busy_ratio,
    )
