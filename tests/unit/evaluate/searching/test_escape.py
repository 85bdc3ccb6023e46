from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.errors import CannotTellError, InputError
from tidegate.present.searches.escape_text import escape_json, escape_text
from tidegate.verbs.escape import ways_out
from tidegate.world.file.overlay import overlay
from tiny_worlds import twin

FASTER = {
    "triggers.faster": {"at": "12s", "by_operator": True, "set": {"crossings.device.forwarding": "20k/s"}}
}


def found(file, **changes):
    asked = {"wrong_belief": None, "seed": 7} | changes
    with ThreadPoolExecutor(2) as executor:
        return ways_out(file, None, executor=executor, **asked)


@pytest.fixture(name="out", scope="module")
def ways_out_of_the_trap():
    return found(overlay(twin(retry="immediate"), FASTER))


def test_the_place_that_locks_up_is_named_and_something_helps(out):
    """The device is filled; at least one action brings service back in every run."""
    assert ("device",) == out.escape.locked
    assert out.escape.way_out is not None
    assert 1.0 == out.escape.way_out.heals.value


def test_actions_stand_in_the_order_of_their_harm(out):
    """Those that heal come first, and among them those that refuse least."""
    order = [(-one.heals.value, one.refused_count) for one in out.escape.tried]
    assert sorted(order) == order
    assert {"shed", "admission", "queue", "devices"} == {one.action.kind for one in out.escape.tried}


def test_load_that_comes_back_in_steps_does_not_collapse_again(out):
    """Shedding heals, and so does the return: the second surge is smaller than the first."""
    shed = next(one for one in out.escape.tried if one.action.kind == "shed")
    storm = next(one for one in out.escape.tried if one.action.kind == "devices")
    assert 1.0 == shed.heals.value
    assert shed.second_surge_ratio < 0.5 * storm.second_surge_ratio


def test_what_operators_did_stands_beside(out):
    """The world's own action is left out of the search, and told with service before and after it."""
    (done,) = out.done
    assert "faster" == done.name
    assert done.before_ratio < 0.1
    assert done.after_ratio > 0.9
    text = escape_text(out.escape, out.done, width=100)
    assert "What the operators did" in text
    assert "heals by itself only below" in text


def test_the_numbers_as_json(out):
    """Every action with its steps and what came of it."""
    document = json.loads(escape_json(out.escape, out.done))
    assert len(out.escape.tried) == len(document["escape"]["tried"])


def test_what_does_not_collapse_has_no_way_out():
    """One clear answer, exit 4."""
    with pytest.raises(CannotTellError, match="nothing to escape from") as caught:
        found(twin())
    assert 4 == caught.value.exit_code


def test_a_belief_that_is_not_there_is_refused():
    """With what is allowed."""
    with pytest.raises(InputError, match="no such belief"):
        found(twin(), wrong_belief="none")
