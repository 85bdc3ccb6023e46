"""Do the verbs contradict each other? Each is asked of one world with one activity, as a user would.

`check` says *proceed* where, and only where, `ramp` runs it as planned, `protect` needs nothing and
`headroom` calls what is planned safe. *Slow down* has a ramp. `map` puts the world as it is on the side that
`check`'s runs are on, and `escape` finds a collapse where, and only where, they collapse.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from law_changes import Tree
from tidegate.errors import CannotTellError, InputError
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.evaluate.searching.region import standing
from tidegate.verbs import headroom, ramp
from tidegate.verbs.check import Check, check
from tidegate.verbs.escape import ways_out
from tidegate.verbs.protect import smallest
from tidegate.world.world import WorldFile
from world_laws import plain_tree

SEED = 7
SURELY, HARDLY = 0.9, 0.1


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One world and activity, and what the verbs say of it.

    Parameters
    ----------
    title
        The world and the activity.
    verdict
        The word of `check`.
    contradictions
        What cannot be true together.
    """

    title: str
    verdict: str
    contradictions: tuple[str, ...]


def one_answer(
    file: WorldFile, activity: str | None, executor: Executor, *, verbs: Sequence[str] = ()
) -> Answer:
    """Ask these verbs of one world, or all of them, and say which of them contradict `check`."""
    asked = Check(file=file, activity=activity, seed=SEED)
    (verdict,) = check(asked, executor=executor)
    against = [VERBS[verb] for verb in verbs or VERBS]
    found = [said for ask in against for said in ask(file, activity, verdict, executor)]
    title = f"{file.world.name}, {activity or 'triggers'}"
    return Answer(title=title, verdict=verdict.verdict, contradictions=tuple(found))


def _ramp(file: WorldFile, activity: str | None, verdict: Verdict, executor: Executor) -> Iterator[str]:
    if activity is None:
        return
    ask = ramp.Ask(file=file, activity=activity, seed=SEED)
    found = ramp.ramp(ask, executor=executor).ramp
    says = "none" if found is None else "as planned" if found.is_plan else "slower"
    if (verdict.verdict == "proceed") != (says == "as planned"):
        yield f"check {verdict.verdict}, ramp {says}"
    if verdict.verdict == "slow_down" and says != "slower":
        yield f"check slow_down, ramp {says}"


def _protect(file: WorldFile, activity: str | None, verdict: Verdict, executor: Executor) -> Iterator[str]:
    found = smallest(file, activity, seed=SEED, executor=executor)
    nothing = found.as_planned and not found.conditions
    if (verdict.verdict == "proceed") != nothing:
        parts = " and ".join(part.name for part in found.contributions) or "none found"
        yield f"check {verdict.verdict}, protect {'nothing is needed' if nothing else parts}"
    if verdict.verdict == "protect_first" and found.protection is None:
        yield "check protect_first, protect none found"


def _headroom(file: WorldFile, activity: str | None, verdict: Verdict, executor: Executor) -> Iterator[str]:
    ask = headroom.Ask(file=file, activity=activity, seed=SEED)
    try:
        found = headroom.headroom(ask, executor=executor)
    except InputError:
        return  # nothing in it can be more
    doubted = headroom.doubts(ask, executor=executor)
    for one in found:
        safe = one.holds is True and not doubted
        if (verdict.verdict == "proceed") != safe:
            doubts = " and ".join(doubt.otherwise for doubt in doubted)
            yield (
                f"check {verdict.verdict}, headroom of {one.question.axis.name} safe up to {one.safe}, "
                f"planned {one.question.planned}{f', if {doubts}' if doubts else ''}"
            )


def _map(file: WorldFile, activity: str | None, verdict: Verdict, executor: Executor) -> Iterator[str]:
    share, found = verdict.cases[0].collapse.value, standing(file, activity, seed=SEED)
    collapses = found.region in {"metastable", "overloaded"}
    if (share > SURELY and not collapses) or (share < HARDLY and collapses):
        yield f"collapse in {share:.0%} of check's runs, {found.region} on the map"


def _escape(file: WorldFile, activity: str | None, verdict: Verdict, executor: Executor) -> Iterator[str]:
    planned = [case for case in verdict.cases if case.name == "believed" or case.name.startswith("counter:")]
    greatest = max(case.collapse.value for case in planned)
    acted = any(trigger.by_operator for trigger in file.world.triggers.values())
    if acted or HARDLY <= greatest <= SURELY:
        return
    try:
        found = ways_out(file, activity, wrong_belief=None, seed=SEED, executor=executor)
    except CannotTellError:
        if greatest > SURELY:
            yield f"collapse in {greatest:.0%} of check's runs, and nothing for escape to escape from"
        return
    if greatest < HARDLY:
        yield f"collapse in {greatest:.0%} of check's runs, and escape finds one: {found.escape.case}"


VERBS = {"ramp": _ramp, "protect": _protect, "headroom": _headroom, "map": _map, "escape": _escape}


# -- worlds in which somebody acts ------------------------------------------------------------------------


def acting_tree(seed: int) -> Tree:
    """Return a world with one narrow place, and an activity that may be too much for it."""
    draw = random.Random(90_000 + seed)  # noqa: S311 - a draw, not a secret
    tree = plain_tree(seed)
    users = tree["clients"]["users"]
    rate = float(users["demand"]["rate"].removesuffix("/s"))
    del tree["triggers"]
    tree["name"], tree["horizon"] = f"acting_{seed}", "4min"
    kind = draw.choice(["grow", "grow", "reconnect", "busier"])
    if kind == "grow":
        before, after = 20, draw.choice([25, 40, 80])
        demand = {"kind": "open", "rate": f"{rate / 2:g}/s"}
        tree["clients"]["pods"] = {
            **users, "population": before, "demand": demand, "start_spread": draw.choice(["0s", "5s"])
        }  # fmt: skip
        users["demand"] = {"kind": "open", "rate": f"{rate / 2:g}/s"}
        act = {"kind": "scale", "from": before, "to": after, "clients_added": "pods"}
    else:
        if kind == "busier":
            users["connection"] = "keep_alive"
        spread = draw.choice(["100ms", "2s", "10s"])
        reactions = [{"clients": "users", "reconnect": draw.choice([0.3, 1.0]), "spread": spread}]
        act = {"kind": "reconnect", "service": "api", "reactions": reactions}
    tree["activities"] = {"act": {**act, "at": "20s"}}
    if draw.random() < 0.3:
        _assume(tree)
    return tree


def _assume(tree: Tree) -> None:
    """Give the service's time a range that nobody measured."""
    service = tree["services"]["api"]
    number, unit = service["service_time"], "ms"
    milliseconds = float(number.removesuffix("ms")) if number.endswith("ms") else 1000.0 * float(number[:-1])
    service["service_time"] = {
        "value": number,
        "low": f"{0.8 * milliseconds:.6g}{unit}",
        "high": f"{1.25 * milliseconds:.6g}{unit}",
        "basis": "assumed",
        "measure": "time it",
    }
