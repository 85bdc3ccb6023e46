"""A world's text with values set in it: the style of the neighbours, and no other byte."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.world.file.edit import _written, edit

HEAD = "networks: {a: , b: }\ncrossings:\n  e:\n    between: [a, b]\n"


@pytest.mark.parametrize(
    ("text", "changes", "wanted"),
    [
        (
            HEAD + "    forwarding: 1k/s   # measured\n",
            {"crossings.e.forwarding": 2000.0},
            HEAD + "    forwarding: 2k/s   # measured\n",
        ),
        (
            HEAD + "    # the end\n",
            {"crossings.e.admission.rate": "5/s", "crossings.e.admission.burst": 9},
            HEAD + "    admission: {rate: 5/s, burst: 9}\n    # the end\n",
        ),
        (
            HEAD + "    admission: {rate: 4/s}\n",
            {"crossings.e.admission.rate": "5/s", "crossings.e.admission.burst": 9},
            HEAD + "    admission: {rate: 5/s, burst: 9}\n",
        ),
        (
            HEAD + "    admission:\n      rate: 4/s # now\n",
            {"crossings.e.admission.burst": 9, "crossings.e.admission.on_excess": "reset"},
            HEAD + "    admission:\n      rate: 4/s # now\n      burst: 9\n      on_excess: reset\n",
        ),
        (
            HEAD + "    admission:   # nothing yet\n",
            {"crossings.e.admission.rate": "5/s"},
            HEAD + "    admission: {rate: 5/s}   # nothing yet\n",
        ),
        (
            HEAD.rstrip("\n"),
            {"crossings.e.devices": 3},
            HEAD + "    devices: 3",
        ),
        (
            HEAD + "    forwarding: {value: 1k/s,\n      low: 1/s} # old\n",
            {"crossings.e.forwarding": "2k/s"},
            HEAD + "    forwarding: 2k/s # old\n",
        ),
        (
            HEAD + "    admission: {rate: 4/s,\tburst: 8}\t# now\n    forwarding:\t1k/s\t\n",
            {"crossings.e.admission.burst": 9, "crossings.e.forwarding": "2k/s"},
            HEAD + "    admission: {rate: 4/s,\tburst: 9}\t# now\n    forwarding:\t2k/s\t\n",
        ),
    ],
    ids=["scalar", "new_block", "flow", "block", "empty", "no_newline", "range", "tabs"],
)
def test_values_are_set_in_the_style_of_their_neighbours(text, changes, wanted):
    """Replaced in place, or put after the last neighbour with its indentation."""
    assert wanted == edit(text, "x", changes).text


def test_what_the_parser_in_python_does_not_take_is_a_fault():
    """The two parsers differ over some texts: no traceback, but that it cannot be changed in place."""
    with pytest.raises(InputError) as caught:
        _written("|#}", "w.yaml")
    assert "cannot be changed in place" in caught.value.faults[0].what


def test_a_named_policy_is_spelt_out_where_one_layer_changes():
    """A policy that is only named becomes its layers, so that others who use the name keep theirs."""
    text = (
        "networks: {a: }\nservices: {s: {network: a}}\n"
        "clients:\n  c: {network: a, service: s, retry: slow}\n  d: {network: a, service: s, retry: slow}\n"
        "retry_policies: {slow: [{base: 5s}]}\n"
    )
    changed = edit(text, "x", {"clients.c.retry.0.base": "1s"}).text
    assert text.replace("c: {network: a, service: s, retry: slow}", "c: {network: a, service: s, retry: "
                        "{name: slow, layers: [{base: 1s}]}}") == changed  # fmt: skip


def test_one_way_to_count_retries_takes_the_place_of_the_other():
    """Setting attempts where retries stood changes the key."""
    text = (
        "networks: {a: }\nservices: {s: {network: a}}\n"
        "clients:\n  c:\n    network: a\n    service: s\n"
        "    retry:\n      - retries: 2 # thrice\n        base: 1s\n"
    )
    changed = edit(text, "x", {"clients.c.retry.0.attempts": 5}).text
    assert text.replace("retries: 2", "attempts: 5") == changed


def test_edits_carry_their_line():
    """Each edit says which path it is about and where it stands."""
    (one,) = edit(HEAD + "    forwarding: 1k/s\n", "x", {"crossings.e.forwarding": "2k/s"}).edits
    assert ("crossings.e.forwarding", 5, "2k/s") == (one.path, one.line, one.text)


def test_what_is_shared_by_an_alias_is_not_changed_for_others():
    """A value behind an anchor that others use cannot be edited for one of them."""
    text = HEAD + "    ports: &p {per_destination: 10}\n  f: {between: [a, b], ports: *p}\n"
    with pytest.raises(InputError, match="write out what the alias means"):
        edit(text, "x", {"crossings.e.ports.per_destination": 20})
    only = edit(text, "x", {"crossings.f.ports.per_destination": 20}).text
    assert text.replace("*p", "{per_destination: 20}") == only


def test_a_change_that_contradicts_the_rest_is_told():
    """The changed text is read as any other would be."""
    with pytest.raises(InputError, match="burst without a rate"):
        edit(HEAD, "x", {"crossings.e.admission.burst": 9})


def test_a_path_that_leads_nowhere_is_told():
    """As for any overlay, with the nearest name."""
    with pytest.raises(InputError, match=r"did you mean crossings\.e\.forwarding"):
        edit(HEAD, "x", {"crossings.e.forwardin": "1/s"})


def test_what_a_merge_key_brings_in_is_stated_where_it_changes():
    """The mapping it comes from serves others too, and stays as it is."""
    text = HEAD.replace("  e:", "  e: &e") + "    forwarding: 1k/s\n  f: {<<: *e, round_trip: 1ms}\n"
    only = edit(text, "x", {"crossings.f.forwarding": "2k/s"}).text
    assert text.replace("1ms}", "1ms, forwarding: 2k/s}") == only
