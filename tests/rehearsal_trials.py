"""One world, predicted and then let happen, whatever else the machine does meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tidegate.adapters.linux.rehearsal import measure
from tidegate.errors import RigError
from tidegate.rehearse.rehearsal import Rehearsal
from tidegate.verbs.rehearse import Asked, Ready, carry_out, prepare
from tidegate.world.file.read import read_world


def ready_of(text: str) -> Ready:
    """Predict a world at its own size."""
    file = read_world(text, "trial.yaml")
    activity = next(iter(file.world.activities), None)
    with ThreadPoolExecutor(2) as executor:
        return prepare(Asked(file=file, activity=activity, scale=1.0, predicted_count=40), executor=executor)


def measured(ready: Ready, *, again_count: int = 2) -> Rehearsal:
    """Measure; a run that other work on the machine has spoiled is given more chances."""
    try:
        return carry_out(ready, measure=measure)
    except RigError as error:
        if "invalid" not in str(error) or again_count == 0:
            raise
        return measured(ready, again_count=again_count - 1)
