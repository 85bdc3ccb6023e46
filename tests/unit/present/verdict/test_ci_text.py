from __future__ import annotations

import json

import pytest
from junitparser import JUnitXml

from tidegate.errors import Place
from tidegate.present.verdict.ci_text import Finding, github_text, junit_xml, sarif_json

PLACE = Place(source="infra/world.yaml", line=12)
STOP = Finding(
    rule="stop", title="shop, grow: 3 <b>", says="STOP unless 50 % & more\nback off", place=PLACE, fails=True
)
GO = Finding(rule="proceed", title="calm", says="PROCEED", place=PLACE, fails=False)
DOUBT = Finding(rule="cannot_tell", title="cannot tell", says="unknown", place=Place(source="w"), fails=False)


def test_github_commands_are_escaped_and_placed():
    """One line a finding, at its file and line; %, line ends, colons and commas cannot break it."""
    stop, go, doubt = github_text((STOP, GO, DOUBT)).splitlines()
    assert (
        "::error file=infra/world.yaml,line=12,title=shop%2C grow%3A 3 <b>"
        "::STOP unless 50 %25 & more%0Aback off" == stop
    )
    assert go.startswith("::notice ")
    assert doubt.startswith("::warning file=w,line=1,")


def test_junit_is_read_by_another_reader(tmp_path):
    """Cases, failures and their words survive an independent parser."""
    path = tmp_path / "junit.xml"
    path.write_text(junit_xml((STOP, GO, DOUBT)))
    (suite,) = JUnitXml.fromfile(str(path))
    assert (3, 1) == (suite.tests, suite.failures)
    failed = [case for case in suite if case.result]
    assert [STOP.title] == [case.name for case in failed]
    assert "back off" in failed[0].result[0].text


def test_sarif_names_rule_level_and_line():
    """What code scanning reads: version, rules, level, place; what passes has no level."""
    log = json.loads(sarif_json((STOP, GO, DOUBT), "1.2.3"))
    (run,) = log["runs"]
    assert ("2.1.0", "1.2.3") == (log["version"], run["tool"]["driver"]["version"])
    assert {"stop", "proceed", "cannot_tell"} == {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert [("fail", "error"), ("pass", "none"), ("fail", "warning")] == [
        (result["kind"], result["level"]) for result in run["results"]
    ]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert ("infra/world.yaml", 12) == (place["artifactLocation"]["uri"], place["region"]["startLine"])


@pytest.mark.parametrize("form", [github_text, junit_xml, lambda found: sarif_json(found, "1")])
def test_nothing_found_is_still_whole(form):
    """An empty run is valid in every format."""
    assert isinstance(form(()), str)
