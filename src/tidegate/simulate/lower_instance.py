"""Which numbers do instances get that have a queue of their own? A row each, behind those of the services.

An instance's numbers are its service's, for one: its share of the queue, and of those that wait to be
accepted.
"""

from __future__ import annotations

import numpy as np

from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Service
from tidegate.simulate.kernels.nouns.service import Answer, Rule, WhenDown
from tidegate.simulate.scene import Scene, time_ns
from tidegate.simulate.size import Shrink, scaled_count
from tidegate.simulate.tables import Ints
from tidegate.world.instance import Balancing, Sick

_ANSWERS = {"error": Answer.FAILED, "silent": Answer.NOT_AT_ALL, "slow": Answer.WELL}


def with_instances(scene: Scene, table: Ints) -> Ints:
    """Return the rows of services with those of their instances behind them: (phases, rows, columns)."""
    parts, end = [table], len(scene.services)
    for s, name in enumerate(scene.services):
        rules = [world.services[name].balancing or Balancing() for world in scene.worlds]
        if scene.worlds[0].services[name].balancing is None:
            continue
        most = _most_count(scene, name, table[:, s])
        table[:, s, Service.first_instance], table[:, s, Service.rows_count] = end, most
        table[:, s, Service.rule] = [Rule[one.rule.upper()] for one in rules]
        table[:, s, Service.skew_ppm] = [round(one.skew_ratio * 1e6) for one in rules]
        table[:, s, Service.by_request] = [one.by_request for one in rules]
        table[:, s, Service.lag_ns] = [time_ns(one.removal_lag_s) for one in rules]
        table[:, s, Service.lists_busy] = table[:, s, Service.room_bytes].any()
        each = np.repeat(_one(table[:, s], s, rules)[:, None], most, axis=1)
        _weigh(each, rules, scene.shrinks[name])
        _sicken(each, [world.services[name].sick for world in scene.worlds], scene.shrinks[name])
        table[:, s, Service.room_bytes] = 0  # of each instance
        parts.append(each)
        end += most
    rows: Ints = np.concatenate(parts, axis=1)
    return rows


def _weigh(rows: Ints, rules: list[Balancing], shrink: Shrink) -> None:
    """Say how much each instance counts: one of the run as much as those that it stands for, in the mean."""
    for i, rule in enumerate(rules):
        if not rule.weights_count:
            continue
        for k in range(rows.shape[1]):
            first, end = (round(at / shrink.instances_ratio) for at in (k, k + 1))
            each = [rule.weight_count(number) for number in range(first, max(end, first + 1))]
            rows[i, k, Service.weight_millionths] = max(round(sum(each) / len(each) * 1e6), 1)


def _sicken(rows: Ints, each: list[Sick | None], shrink: Shrink) -> None:
    """Say which of a service's instances are sick in each phase."""
    for i, sick in enumerate(each):
        if sick is not None:
            count = scaled_count(sick.instances_count, shrink.instances_ratio)
            rows[i, :count, Service.sickness] = _ANSWERS[sick.answers] + 1
            rows[i, :count, Service.sick_ns] = time_ns(sick.time_s)


def _most_count(scene: Scene, name: str, rows: Ints) -> int:
    """Return the most instances of a service that there may be at a time."""
    most = int(rows[:, Service.instances_count].max())
    ratio = scene.shrinks[name].instances_ratio
    for world in scene.worlds:
        scaler = world.services[name].autoscaler
        if scaler is not None:
            most = max(most, scaled_count(scaler.most_count, ratio))
    return max(most, 1)


def _one(rows: Ints, s: int, rules: list[Balancing]) -> Ints:
    """Return the numbers of one instance in each phase."""
    one = rows.copy()
    many = max(int(rows[:, Service.instances_count].max()), 1)
    one[:, Service.queue_count] = -(-one[:, Service.queue_count] // many)
    one[:, Service.backlog_count] //= np.maximum(rows[:, Service.instances_count], 1)
    one[:, Service.instances_count] = 0  # whether it is there changes as the run goes on
    one[:, Service.first_instance], one[:, Service.rows_count] = -1, 0
    one[:, Service.whole], one[:, Service.by_request] = s, 0
    gone = [WhenDown.REFUSE if rule.when_gone == "refuse" else WhenDown.SILENT for rule in rules]
    one[:, Service.when_down] = gone
    one[:, Service.period_ns] = one[:, Service.brings_count] = 0
    one[:, Service.booters] = one[:, Service.brings] = -1
    return one


def replaced(scene: Scene) -> list[tuple[int, int, int, int]]:
    """Return the steps at which activities let instances go that have rows of their own."""
    steps = []
    done: dict[str, float] = {}
    for one in scene.script.replacements:
        s = scene.services.index(one.service)
        before = done.get(one.service, 0.0)
        done[one.service] = after = before + one.count * scene.shrinks[one.service].instances_ratio
        if round(after) > round(before):
            steps.append((time_ns(one.at_s), int(Happening.SETTLE), s, round(after) - round(before)))
    return steps
