"""The live demo: four rehearsals of one small world at once, predicted first, then measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from tidegate.rehearse.rehearsal import Rehearsal
from tidegate.verbs.rehearse import Asked, Measure, Ready, carry_out, prepare
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

WORLD, POPULATION = "surge", "base"
"""The bundled world, and whose answers are watched."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One pane of the demo.

    Parameters
    ----------
    title
        What is different in it.
    changes
        The overlay that makes it so.
    """

    title: str
    changes: Mapping[str, object]


_LIMIT = {"rate": "190/s", "burst": 10}
SCENES = (
    Scene(title="A surge of 600 clients comes and goes", changes={}),
    Scene(title="… with a limit that drops", changes={"crossings.nat.admission": _LIMIT}),
    Scene(
        title="… with the same limit, by TCP reset",
        changes={"crossings.nat.admission": {**_LIMIT, "on_excess": "reset"}},
    ),
    Scene(
        title="… spread over eight seconds",
        changes={"clients.surge.start_spread": "8s", "triggers.surge.for": "8s"},
    ),
)


def predict_scenes(file: WorldFile, *, seed: int, executor: Executor) -> tuple[Ready, ...]:
    """Predict every scene of the demo's world, before anything is measured."""
    return tuple(
        prepare(Asked(file=overlay(file, scene.changes), seed=seed), executor=executor) for scene in SCENES
    )


def measure_scenes(
    scenes: tuple[Ready, ...],
    *,
    measure: Measure,
    executor: Executor,
    heard: Callable[[int, Mapping[str, object]], None],
) -> tuple[Rehearsal, ...]:
    """Let all scenes happen at the same time and return what came of them, in order.

    Parameters
    ----------
    scenes
        From `predict_scenes`.
    measure
        How one real run is made; called from as many threads as there are scenes.
    executor
        Where they wait; must have a place for each.
    heard
        Called with the number of the scene and what happens in it.

    Raises
    ------
    RigError
        If this machine cannot carry them, or one was spoiled twice.
    """

    def one(number: int) -> Rehearsal:
        return carry_out(
            scenes[number], measure=measure, heard=lambda _repeat, message: heard(number, message)
        )

    return tuple(executor.map(one, range(len(scenes))))
