"""What `check` says of a discovered world and of the true one: a surge and a restart, one device.

And what it says once somebody has measured what it asks for, as often as it asks.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from asked_of_truth import names_of, true_groups, true_path, true_services, with_answers
from drawn_traffic import Truth
from tidegate import check
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.world.file.read import read_world
from tidegate.world.file.write import write_world
from tidegate.world.world import WorldFile
from true_world import activities, true_tree

Tree = dict[str, Any]
DEVICES = {"ample": 20.0, "scarce": 1.25}
"""New flows that it sets up, in multiples of what is asked for on an ordinary day."""
_OF_SERVICE = ("concurrency", "service_time", "setup_time")
GIVEN = {"device": _OF_SERVICE, "device and services": ()}
"""By what the owner gave, what of a service is as the record left it."""
SEED = 1
_MOST_ROUNDS = 4


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One question, and what was said.

    Parameters
    ----------
    given, device, activity
        What the owner gave at first, which device it is, and what is to happen.
    first, last, true
        What is said of the discovered world, of it with the numbers that it asked for, and of the true one.
    asked
        The numbers that it asked for, in that order, by their names in the truth.
    """

    given: str
    device: str
    activity: str
    first: str
    last: str
    true: str
    asked: tuple[str, ...]


def judged(found: Tree, truth: Truth) -> Iterator[Judged]:
    """Yield what is said of each question."""
    true = true_tree(truth)
    for device, times in DEVICES.items():
        setup = {"setup": f"{times * ordinary_per_s(truth):.4g}/s"}
        true["crossings"]["nat"] |= setup
        true_file = read_world(write_world(true), "the true world")
        for activity in ("surge", "again"):
            true_says = str(_said(true_file, activity).verdict)
            for given, left in GIVEN.items():
                tree = as_known(found, truth, left)
                tree["crossings"]["nat"] |= setup
                file = read_world(write_world(tree), "the discovered world")
                first, last, asked = _asked(file, activity, true_file, names_of(tree, truth))
                yield Judged(
                    given=given, device=device, activity=activity, first=first, last=last, true=true_says,
                    asked=asked,
                )  # fmt: skip


def ordinary_per_s(truth: Truth) -> float:
    """Return new flows a second when all is well."""
    closed = sum(truth[name]["count"] / truth[name]["think_s"] for name in ("web", "hidden", "retry"))
    return closed + truth["open"]["rate_per_s"] + truth["dns"]["rate_per_s"] + truth["pods"]["count"] / 10.0


def as_known(found: Tree, truth: Truth, left: tuple[str, ...] = ()) -> Tree:
    """Return the discovered world with what no record shows and its owner knows: device, services, plan.

    Parameters
    ----------
    found, truth
        What was discovered, and the truth.
    left
        What of the services nobody gives.
    """
    tree: Tree = yaml.safe_load(found["world"])
    of, called = true_groups(tree, truth), true_services(tree)
    spread = next(
        (one["spread"] for each in tree["activities"].values() for one in each.get("reactions", [])
         if one["clients"] == of["pods"] and "spread" in one), "0s",
    )  # fmt: skip
    tree["activities"] = activities(of["web"], truth["web"]["count"], of["pods"], called["api"], spread)
    true = true_tree(truth)
    tree["horizon"] = true["horizon"]
    tree["crossings"]["nat"]["table"]["entries"] = true["crossings"]["nat"]["table"]["entries"]
    for name, one in called.items():
        known = {key: true["services"][name][key] for key in _OF_SERVICE if key not in left}
        tree["services"][one] |= copy.deepcopy(known)
    return tree


def _asked(
    file: WorldFile, activity: str, true: WorldFile, names: dict[str, str]
) -> tuple[str, str, tuple[str, ...]]:
    """Return what is said first and at last, and what was asked for and answered between."""
    says, asked = [], []
    for _ in range(_MOST_ROUNDS):
        verdict = _said(file, activity)
        says.append(str(verdict.verdict))
        wanted = [one.path for one in verdict.needed] or [verdict.deciding] * bool(verdict.deciding)
        if verdict.verdict != "cannot_tell" or not wanted:
            break
        answers = {path: true_path(path, names) for path in wanted}
        asked += answers.values()
        file = with_answers(file, answers, true)
    return says[0], says[-1], tuple(asked)


def _said(file: WorldFile, activity: str) -> Verdict:
    return check(file, activity, seed=SEED, jobs=1)[0]
