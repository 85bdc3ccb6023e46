"""How does a CI service show a verdict? GitHub annotations, JUnit XML, SARIF: one finding an activity.

Each finding stands at the line of the file that states the activity. What cannot be told is a finding
too, never silence. Nothing here decides what fails: `fails` is handed in.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from tidegate.errors import Place
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.layout import plain
from tidegate.present.quantities import NO_BREAK
from tidegate.present.sentence import ended
from tidegate.present.verdict import verdict_words
from tidegate.present.verdict.answer import answer_of
from tidegate.present.verdict.said import Asked

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://github.com/tidegate/tidegate"
_LEVELS = {"proceed": "note", "slow_down": "warning", "protect_first": "warning", "stop": "error"}
_COMMANDS = {"note": "notice", "warning": "warning", "error": "error"}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a CI service is told.

    Parameters
    ----------
    rule
        The verdict: "stop", "cannot_tell" …
    title
        What was judged.
    says
        The answer and the advice.
    place
        Where the activity is stated.
    fails
        Whether it is to fail the job.
    """

    rule: str
    title: str
    says: str
    place: Place
    fails: bool


def finding_of(verdict: Verdict, place: Place, *, fails: bool, asked: Asked | None = None) -> Finding:
    """Return the finding of one verdict."""
    answer = answer_of(verdict, asked)
    said = [ended(f"{answer.word} {answer.remedy}"), answer.loud]
    for part in (answer.why, answer.sure, answer.do):
        said += [ended(sentence.removeprefix("- ")) for sentence in part.must]
    return Finding(
        rule=verdict.verdict,
        title=verdict_words.title_text(verdict),
        says=_one_line(" ".join(one for one in said if one)),
        place=place,
        fails=fails,
    )


def undecided(sentence: str, place: Place, *, fails: bool) -> Finding:
    """Return the finding of something that cannot be told."""
    return Finding(
        rule="cannot_tell", title="cannot tell", says=_one_line(sentence), place=place, fails=fails
    )


def _one_line(text: str) -> str:
    return plain(text, unicode=True).replace(NO_BREAK, " ")


def _level(finding: Finding) -> str:
    return _LEVELS.get(finding.rule, "error" if finding.fails else "warning")


def github_text(findings: Sequence[Finding]) -> str:
    """Return workflow commands that GitHub shows beside the line of the file.

    Source: docs.github.com, "Workflow commands for GitHub Actions" (values escape %, CR, LF; properties
    also : and ,).
    """
    return "".join(_github_line(finding) for finding in findings)


def _github_line(finding: Finding) -> str:
    properties = {
        "file": finding.place.source,
        "line": str(max(finding.place.line, 1)),
        "title": finding.title,
    }
    said = ",".join(
        f"{key}={_github(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items()
    )
    return f"::{_COMMANDS[_level(finding)]} {said}::{_github(finding.says)}\n"


def _github(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def junit_xml(findings: Sequence[Finding]) -> str:
    """Return the findings as a JUnit test suite: a case an activity, failed where the job is to fail."""
    failed = sum(finding.fails for finding in findings)
    cases = "".join(_junit_case(finding) for finding in findings)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites><testsuite name="tidegate" tests="{len(findings)}" failures="{failed}" errors="0">\n'
        f"{cases}</testsuite></testsuites>\n"
    )


def _junit_case(finding: Finding) -> str:
    name, said = quoteattr(finding.title), escape(finding.says)
    file = f"file={quoteattr(finding.place.source)} line={quoteattr(str(max(finding.place.line, 1)))}"
    inside = f"<system-out>{said}</system-out>"
    if finding.fails:
        inside = f"<failure type={quoteattr(finding.rule)} message={quoteattr(finding.says)}>{said}</failure>"
    return f'  <testcase classname="tidegate" name={name} {file}>{inside}</testcase>\n'


def sarif_json(findings: Sequence[Finding], version: str) -> str:
    """Return the findings as a SARIF 2.1.0 log, for code scanning.

    Source: OASIS, Static Analysis Results Interchange Format 2.1.0.
    """
    rules = [
        {
            "id": rule,
            "shortDescription": {"text": f"Scaling activity: {verdict_words.VERDICT_WORDS[rule].lower()}"},
        }
        for rule in dict.fromkeys(finding.rule for finding in findings)
    ]
    driver = {"name": "tidegate", "version": version, "informationUri": _HOME, "rules": rules}
    run = {"tool": {"driver": driver}, "results": [_sarif_result(finding) for finding in findings]}
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _sarif_result(finding: Finding) -> dict[str, object]:
    place = {
        "artifactLocation": {"uri": finding.place.source.replace(" ", "%20")},
        "region": {"startLine": max(finding.place.line, 1)},
    }
    passes = finding.rule == "proceed"
    return {
        "ruleId": finding.rule,
        # What passes has no level (SARIF 2.1.0, 3.27.10).
        "level": "none" if passes else _level(finding),
        "kind": "pass" if passes else "fail",
        "message": {"text": f"{finding.title}: {finding.says}"},
        "locations": [{"physicalLocation": place}],
    }
