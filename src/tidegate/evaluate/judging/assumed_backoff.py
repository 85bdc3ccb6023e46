"""Back-off that nobody measured or wrote down: the answer may rest on it all the same.

In 2021 a back-off that was well tested did not work on the one path that mattered. So where a world
says that clients back off and no measurement stands behind it, that is a belief, written or not:
before a *proceed* is given it is tried with every such back-off gone, retries and their number kept.
"""

from __future__ import annotations

from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.verdict import CaseEvidence
from tidegate.evaluate.variants.scope import concern_of
from tidegate.evaluate.variants.world_case import Case
from tidegate.world.file.overlay import overlay
from tidegate.world.retry import RetryPolicy
from tidegate.world.world import WorldFile

NAME = "back_off_everywhere"
SAYS = "clients back off when they are not answered"
MEASURE = "`tidegate probe -- CLIENT` shows whether it backs off when nothing answers"
OTHERWISE = "no client backs off"


def _stated(file: WorldFile, activity: str | None) -> dict[str, RetryPolicy]:
    """Return the policies clients use, by path: their own, and on the path an activity takes."""
    found = {f"clients.{name}.retry": clients.retry for name, clients in file.world.clients.items()}
    if activity is not None:
        for i, reaction in enumerate(file.world.activities[activity].reactions):
            if reaction.retry is not None:
                found[f"activities.{activity}.reactions.{i}.retry"] = reaction.retry
    return found


def _is_doubted(file: WorldFile, path: str) -> bool:
    """Whether a counter-belief of the world already sets this, so that it is tried anyway."""
    return any(
        touched.startswith(path) or path.startswith(touched)
        for belief in file.world.beliefs.values()
        for touched in belief.counter
    )


def _is_measured(file: WorldFile, path: str, policy: RetryPolicy) -> bool:
    prefixes = (f"{path}.", f"retry_policies.{policy.name}.")
    bases = [one.basis for at, one in file.estimates.items() if at.startswith(prefixes)]
    return bool(bases) and all(basis == "measured" for basis in bases)


def unmeasured_backoff(file: WorldFile, activity: str | None) -> Case | None:
    """Return the case in which no unmeasured back-off works; None where there is none to doubt."""
    changes: dict[str, object] = {}
    concerns = concern_of(file, activity)
    for path, policy in _stated(file, activity).items():
        if not concerns(path) or _is_doubted(file, path) or _is_measured(file, path, policy):
            continue
        for i, layer in enumerate(policy.layers):
            if layer.backoff != "none" and layer.base_s > 0.0:
                changes[f"{path}.layers.{i}.backoff"] = "none"
            if layer.floor_s > 0.0:
                changes[f"{path}.layers.{i}.floor"] = 0.0
    if not changes:
        return None
    doubted = overlay(file, changes)
    return Case(name=f"counter:{NAME}", title=OTHERWISE, file=doubted, activity=activity)


def backoff_rest(believed: CaseEvidence, failed: CaseEvidence) -> Rest:
    """Return what the answer rests on where it collapses without back-off."""
    return Rest(
        path=NAME,
        says=SAYS,
        kind="belief",
        basis="assumed",
        source="",
        measure=MEASURE,
        effect_ratio=abs(failed.collapse.value - believed.collapse.value),
        flips=True,
        probed=True,
    )
