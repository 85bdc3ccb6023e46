"""A collapse that goes through a feedback cycle says what feeds it; one that does not names none."""

from __future__ import annotations

import json

import pytest

import tidegate
from tidegate.present.report.page import report_html
from tidegate.present.verdict.terminal import more_text
from tidegate.world.file.read import read_world

TREE = {
    "name": "fed", "detail": "coarse", "horizon": "60s",
    "networks": {"in": {}, "out": {}},
    "crossings": {"edge": {"between": ["out", "in"], "forwarding": "200/s", "queue_packets": 100}},
    "services": {"api": {"network": "in", "concurrency": 100, "service_time": "1ms"}},
    "clients": {
        "users": {
            "network": "out", "service": "api", "population": 20, "timeout": "400ms",
            "demand": {"kind": "open", "rate": "10/s"},
            "retry": {"layers": [{"retries": 5, "backoff": "none"}]},
        }
    },
    "triggers": {"more": {"at": "15s", "for": "5s", "set": {"clients.users.demand.rate": "60/s"}}},
}  # fmt: skip


def judged(tmp_path, tree):
    path = tmp_path / "world.yaml"
    path.write_text(json.dumps(tree), encoding="utf-8")
    (verdict,) = tidegate.check(path, runs_count=9)
    return verdict


def test_what_feeds_a_collapse_is_said_in_text_and_drawn_in_the_report(tmp_path):
    """Retries at the crossing: the terminal has it in a line, the report step by step and at its parts."""
    verdict = judged(tmp_path, TREE)
    assert verdict.fed_by is not None
    assert ("retries", 3.0) == (verdict.fed_by.mechanism, pytest.approx(verdict.fed_by.gain))
    text = " ".join(more_text(verdict).split())
    assert "What feeds it: retries ↔ crossing edge, gain 3.0" in text
    page = report_html(verdict, read_world(json.dumps(TREE), "w.yaml").world)
    assert 2 == page.count('class="fed"')
    assert '<details id="feeds"' in page


def test_what_holds_is_fed_by_nothing(tmp_path):
    """Half a second of work is refused, and nobody asks again."""
    users = TREE["clients"]["users"] | {"retry": "none"}
    assert judged(tmp_path, TREE | {"clients": {"users": users}}).fed_by is None
