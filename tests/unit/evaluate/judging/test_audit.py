from __future__ import annotations

import json

import pytest

import tidegate
from tidegate.evaluate.judging.audit import audit
from tidegate.present.audit_text import audit_json, audit_text
from tidegate.present.report.audit_drawing import audit_html
from tidegate.world.file.read import read_world

WORLD = """
name: audited
horizon: 60s
networks: {{inner: {{}}, main: {{}}}}
crossings: {{edge: {{between: [inner, main], forwarding: {forwarding}}}}}
services:
  web: {{network: main, instances: 1, concurrency: 100, service_time: 1ms}}
  metrics: {{network: main, instances: 1, concurrency: 100, service_time: 1ms}}
clients:
  pods: {{network: inner, service: web, population: 1000, demand: {{kind: closed, think: 10s}},
          timeout: 500ms, retry: immediate}}
activities:
  turn: {{kind: reconnect, at: 4s, reactions: [{{clients: pods, reconnect: 100%}}]}}
tooling:
  dashboards: {{role: monitoring, title: dash<b>boards, network: inner, uses: [metrics]}}
  pager: {{role: support, network: inner, reaches: []}}
"""


def audited(forwarding: str):
    return audit(read_world(WORLD.format(forwarding=forwarding), "audited.yaml"))


def test_tooling_behind_a_place_that_fills_shares_its_fate():
    """A reconnect that the crossing cannot take darkens what watches through it."""
    (first, *_), found = (result := audited("1500/s")).dependences, audit_text(audited("1500/s"))
    assert result.shares_fate
    assert ("dashboards", "crossing", "edge", True) == (
        first.tooling,
        first.place_kind,
        first.place,
        first.shares_fate,
    )
    assert "SHARED FATE: 1 of 2 pieces of tooling goes down with what it reports on." in found
    assert "turn asks for" in found


def test_room_to_spare_is_no_shared_fate():
    """The same way through a crossing that takes it all is listed as within limits."""
    result = audited("1M/s")
    assert not result.shares_fate
    assert all(one.worst is not None and one.worst.pressure_ratio < 1.0 for one in result.dependences)
    assert ("pager",) == result.independent
    assert "None of 2 pieces of tooling" in audit_text(result)


@pytest.mark.parametrize("world", ["us_east_1_2021", "kinesis_2020"])
def test_recorded_events_are_found(world):
    """What these worlds list as having gone dark goes down with the place that filled."""
    file = tidegate.load(world)
    assert set(file.world.tooling) == {one.tooling for one in audit(file).dependences if one.shares_fate}


def test_the_page_is_escaped_and_the_json_is_whole():
    """A title cannot become markup, and JSON carries every dependence."""
    result = audited("1500/s")
    page = audit_html(result)
    assert "dash<b>boards" not in page
    assert "dash&lt;b&gt;boards" in page
    document = json.loads(audit_json(result))
    assert len(result.dependences) == len(document["dependences"])
    assert document["shares_fate"] is True


def test_a_world_without_tooling_says_what_to_add():
    """The empty state says how to fill it."""
    text = WORLD.format(forwarding="1M/s").split("tooling:")[0]
    assert "describes no tooling" in audit_text(audit(read_world(text, "w.yaml")))
