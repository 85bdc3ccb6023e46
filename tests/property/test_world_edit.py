"""A world's text after an edit: it means the overlaid world, and nothing else in it has moved."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tidegate.adapters.files.worlds import bundled_names, read_world_text
from tidegate.errors import InputError
from tidegate.world.file.edit import edit
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

STYLES = """\
# a comment, with a colon: and {braces}
name: demo   # the name
networks: {inside: , outside: {title: "Ö: ü"}}
crossings:
    edge:  # four spaces deep
        between: [inside, outside]
        forwarding: {value: 2k/s, low: 1k/s, high: 3k/s,
                     basis: assumed}   # over two lines
        table:
            entries: 100k
            # the last comment of the table

    flow: {between: [inside, outside], ports: {per_destination: 20k,},}
services:
    api:
        network: outside
        title: |
            a service
            of two lines

        instances: 4
clients:
    web: {network: inside, service: api, retry: slow}
    jobs:
        network: inside
        service: api
        retry:
            - {attempts: 4, base: 1s}
            -   base: 2s
                retries: 3   # counted otherwise
        known_as: {}
retry_policies:
    slow: [{base: 5s}]
"""
JSON = """{"name": "demo", "networks": {"inside": {}, "outside": {}},
 "crossings": {"edge": {"between": ["inside", "outside"], "table": {"entries": "100k"}},
               "flow": {"between": ["inside", "outside"]}},
 "services": {"api": {"network": "outside", "instances": 4}},
 "clients": {"web": {"network": "inside", "service": "api", "retry": "immediate"},
             "jobs": {"network": "inside", "service": "api", "retry": [{"attempts": 4}, {"retries": 3}]}}}"""
_TIMES = st.sampled_from(["1s", "90s", "1.5min", 0.25, 7200.0])
_COUNTS = st.sampled_from(["5", "64k", 7])
VALUES = {
    "crossings.edge.admission.rate": st.sampled_from(["180/s", 0.25, "20/min"]),
    "crossings.edge.admission.burst": _COUNTS,
    "crossings.edge.forwarding": st.sampled_from(["4k/s", 1234.5]),
    "crossings.edge.table.entries": _COUNTS,
    "crossings.edge.table.closed_hold": _TIMES,
    "crossings.edge.device": st.just("linux-conntrack"),
    "crossings.edge.devices": _COUNTS.filter(lambda count: count != "64k"),
    "crossings.flow.admission.on_excess": st.just("reset"),
    "crossings.flow.ports.per_destination": _COUNTS,
    "crossings.flow.queue_packets": _COUNTS,
    "services.api.title": st.sampled_from(["plain", "it's, {odd}: #1", "null", "1e3", "ü"]),
    "services.api.queue": _COUNTS,
    "services.api.accept_backlog": _COUNTS,
    "clients.web.retry": st.sampled_from(["stamina", {"name": "botocore-standard", "attempts": 4}]),
    "clients.web.timeout": _TIMES,
    "clients.jobs.retry.0.base": _TIMES,
    "clients.jobs.retry.layers.1.attempts": _COUNTS,
    "clients.jobs.retry.1.budget.tokens": _COUNTS,
    "clients.jobs.retry.0.retries": _COUNTS,
    "clients.jobs.timeout": _TIMES,
    "horizon": st.sampled_from(["10min", 60.0]),
    "objectives.collapse_probability": st.sampled_from(["2%", 0.5]),
}


def _with_its_rate(changes):
    """A burst without a rate contradicts itself."""
    if "crossings.edge.admission.burst" in changes:
        changes.setdefault("crossings.edge.admission.rate", "180/s")
    return changes


CHANGES = st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=8, unique=True).flatmap(
    lambda paths: st.fixed_dictionaries({path: VALUES[path] for path in paths}).map(_with_its_rate)
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("text", [STYLES, STYLES.rstrip(), JSON], ids=["yaml", "no_end", "json"])
@settings(max_examples=60, deadline=None)
@given(changes=CHANGES)
def test_an_edited_text_means_the_overlaid_world(text, newline, changes):
    """Reading the edited text gives the overlaid world, and every byte outside the edits is as it was."""
    text = text.replace("\n", newline)
    edited = edit(text, "x", changes)
    assert overlay(read_world(text, "x"), changes).world == read_world(edited.text, "x").world
    rebuilt, at = "", 0
    for one in edited.edits:
        rebuilt += text[at : one.start] + one.text
        at = one.end
    assert edited.text == rebuilt + text[at:]
    shortest = sum(one.end - one.start for one in edited.edits)
    assert shortest < len(text) / 2


def _number_worlds():
    return [name for name in bundled_names() if read_world(*read_world_text(name)).estimates]


@pytest.mark.parametrize("name", _number_worlds())
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_bundled_worlds_can_be_edited_anywhere(name, data):
    """Any number of a bundled world can be set; only lines that state it change."""
    text, source = read_world_text(name)
    file = read_world(text, source)
    paths = data.draw(st.lists(st.sampled_from(sorted(file.estimates)), min_size=1, max_size=3, unique=True))
    changes = {path: file.estimates[path].high for path in paths}
    try:
        edited = edit(text, source, changes)
    except InputError:
        assume(False)
        raise
    assert overlay(file, changes).world == read_world(edited.text, source).world
    gone = set(text.splitlines()) - set(edited.text.splitlines())
    assert len(gone) <= 12


@settings(max_examples=30, deadline=None)
@given(changes=CHANGES)
def test_an_edit_that_changes_nothing_keeps_every_byte(changes):
    """Laying the same changes a second time gives the same text again."""
    once = edit(STYLES, "x", changes).text
    wanted = read_world(once, "x").world
    assert wanted == read_world(edit(once, "x", changes).text, "x").world
