"""A large JSON text is read without what nobody reads; what is left stands on its own lines."""

from __future__ import annotations

import json

from tidegate.world.file.pruned import pruned

REST = {"name": "a", "text": 'it says \\"status\\": {"x": 1}', "after": 1}


def large(**members):
    return json.dumps({**members, "fill": ["x" * 100] * 2_500, **REST}, indent=1)


def test_members_go_and_lines_stay():
    """Values of the members become null; every other value stands where it stood."""
    text = large(status={"conditions": [1, 2, {"a": "}"}]}, managedFields=[{"f": {}}])
    less = pruned(text, ("status", "managedFields"))
    found = json.loads(less)
    assert (None, None) == (found["status"], found["managedFields"])
    assert REST == {key: found[key] for key in REST}
    assert text.count("\n") == less.count("\n")
    assert text.splitlines()[-2] == less.splitlines()[-2]


def test_only_what_holds_more_goes_where_that_is_asked():
    """A text called `status` is somebody's word."""
    assert "True" == json.loads(pruned(large(status="True"), ("status",), whole=True))["status"]


def test_small_texts_and_yaml_stay_as_they_are():
    """Nothing is to be won there."""
    assert '{"status": {}}' == pruned('{"status": {}}', ("status",))
    yaml = "status: {a: 1}\n" * 20_000
    assert yaml == pruned(yaml, ("status",))


def test_broken_json_is_left_to_its_reader():
    """Who says what is wrong, and where."""
    text = large(status={"a": 1})[:-30].replace('"status": {', '"status": {{')
    assert text == pruned(text, ("status",))
