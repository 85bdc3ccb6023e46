"""The engine's autoscaler asks for the sizes that Kubernetes' controller asks for, row for row."""

from __future__ import annotations

import numpy as np
import pytest

from hpa_tables import OLD, behavior, key, later, rows
from tidegate.behaviour.hpa.wanted_size import of_total
from tidegate.simulate.kernels import scaling
from tidegate.simulate.kernels.nouns import Noted, Service
from tidegate.simulate.kernels.nouns.service import PaceChoice
from tidegate.simulate.kernels.signal import UNKNOWN

NOTES = 1000
A_LITTLE_NS = 10_000
CHOICES = {"Max": PaceChoice.LARGER, "Min": PaceChoice.SMALLER, "Disabled": PaceChoice.NONE}


def scaler(written, *, least, most, old=False):
    """Return an autoscaler's row with these rules, and its memory; None where it has no `behavior`."""
    if written is None:
        return None
    budgets = [*written.up.policies, *written.down.policies]
    numbers = [
        number
        for one in budgets
        for number in (round(one.period_s * 1e9), -one.amount * 10_000 if one.percent else one.amount)
    ]
    notes = Service.SIZE + len(numbers)
    memory = np.zeros(notes + 2 * NOTES * Noted.SIZE, dtype=np.int64)
    memory[Service.SIZE : notes] = numbers
    row = Service(memory, 0)
    row.notes_at, row.wishes_most_count, row.changes_most_count = notes, NOTES, NOTES
    row.least_count, row.most_count, row.is_old = least, most, old
    row.up_delay_ns, row.down_delay_ns = (round(rules.window_s * 1e9) for rules in (written.up, written.down))
    row.paces_at = Service.SIZE
    row.paces_up_count, row.paces_down_count = len(written.up.policies), len(written.down.policies)
    row.pace_up, row.pace_down = (CHOICES[rules.choice] for rules in (written.up, written.down))
    return row, memory


def sync(one, t_ns, size, wish, *, granted=True):
    """Return the size after a look."""
    row, memory = one
    asked = scaling._asked(row, size, UNKNOWN if wish is None else wish, t_ns, memory)
    if not granted:
        return size
    if asked != size:
        scaling._book(row, asked - size, t_ns, memory)
    return asked


def climbed(given, count, *, old):
    """Return the sizes and times of a climb."""
    one = scaler(behavior(given["rules"]), least=1, most=given["to"], old=old)
    size, sizes, at = given["from"], [], []
    for look in range(800 if one else 0):
        new = sync(
            one, look * (15_000_000_000 + A_LITTLE_NS), size, of_total(given["metric_wants"], 1, size, OLD)
        )
        if new != size:
            sizes.append(new)
            at.append(15 * look)
        size = new
        if len(sizes) == count:
            break
    return None if one is None else (sizes, at)


def told(given, *, old):
    """Return the sizes of a story."""

    def begin():
        return scaler(behavior(given["rules"]), least=given["min"], most=given["max"], old=old)

    one, size, sizes = begin(), given["start"], []
    hand, denied, fails = (given[name] or {} for name in ("hand", "denied", "fails"))
    for look, wish in enumerate(given["wants"] if one else ()):
        if given["restart_at"] and look == given["restart_at"]:
            one = begin()
        size = hand.get(str(look), size)
        read = None if str(look) in fails else wish
        t_ns = look * (round(given["every"] * 1e9) + A_LITTLE_NS)
        size = sync(one, t_ns, size, read, granted=str(look) not in denied)
        sizes.append(size)
    return None if one is None else sizes


@pytest.mark.parametrize("old", [False, True])
def test_it_climbs_as_the_controller(old):
    """Every size and time of each climb under a `behavior`: of any policies, by old and new rules."""
    wrong, many = [], 0
    for row in rows("steps"):
        sizes, at = (row["out"][name] or [] for name in ("sizes", "at"))
        ours = climbed(row["in"], len(sizes), old=old)
        many += ours is not None
        if ours not in (None, (sizes, at)):
            wrong.append((row["in"], ours, sizes))
    assert wrong == []
    assert many > 200


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("story", sorted({row["in"]["story"] for row in rows("series")}))
def test_it_tells_each_story_as_the_controller(story, old):
    """Windows, both ways, a hand, refused writes, restarts, metrics that fail: as that version ends them."""
    newer, wrong = {} if old else later(), []
    for row in rows("series"):
        if row["in"]["story"] == story:
            ours = told(row["in"], old=old)
            out = newer.get(("series", key(row["in"])), row["out"])
            if ours not in (None, out["sizes"]):
                wrong.append((row["in"]["behavior"], ours, out["sizes"]))
    assert wrong == []
