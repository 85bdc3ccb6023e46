"""A gate that begins anew knows what it let through before, whoever asked, and by whichever name."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gate_sample import KNOWN_BY_MANY, SHOP, keep_limits, review, scale
from gate_served import gate

DENY = ("shop.yaml", "--mode", "enforce", "--on-doubt", "deny")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shop.yaml").write_text(KNOWN_BY_MANY)
    keep_limits(tmp_path / "tidegate-gate")
    return tmp_path


def change(before, after, address=SHOP, **said):
    return {"address": address, "from": before, "to": after, **said}


def body(*changes, **said):
    return json.dumps({"changes": changes, **said}).encode()


def test_who_asks_for_another_reason_is_another_ruling(folder):
    """Callers without a name ask the same within a moment; one asks the same again, and one overrides."""
    words = {"address": SHOP, "from": 4, "to": 10}
    with gate(folder, *DENY) as at:
        for said in ({}, {}, {"reference": "b"}, {"reference": "b", "override": "a sale"}):
            at.ask("/check", body(change(4, 10), **said))
        at.ask("/argo", json.dumps(words).encode())
    listed = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "decisions", "list", "--format", "json"],
        cwd=folder, capture_output=True, check=True,
    )  # fmt: skip
    said = [(one["caller"], one["override"]) for one in json.loads(listed.stdout)["rulings"]]
    assert [("argo", ""), ("check", ""), ("check", ""), ("check", "a sale")] == sorted(said)


FIRST = {
    "a dry run, and then what it tried": [
        ("/admission/validate", review("deployments", scale(4), scale(10), dryRun=True).body),
        ("/admission/validate", review("deployments", scale(4), scale(10)).body),
    ],
    "a preview by the same words": [
        ("/check", body(change(4, 10), trial=True)),
        ("/check", body(change(4, 10))),
    ],
    "another name": [("/check", body(change(4, 10, "a chart's", aliases=[SHOP])))],
    "named twice": [("/check", body(change(4, 10), change(9, 10)))],
    "one of many": [
        ("/check", body(*(change(2, 1, f"other/{i}") for i in range(500)), change(4, 10), override="a sale"))
    ],
}


@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST)
def test_what_was_let_through_is_not_forgotten(folder, first):
    """10 to 18 is proven from 10 on, and with what goes on it is a step from 4; 19 is too many by that."""
    with gate(folder, *DENY) as at:
        for path, asked in first:
            said = json.loads(at.ask(path, asked)[1])
            assert said["allow"] if "allow" in said else said["response"]["allowed"], said
    with gate(folder, *DENY) as at:
        assert "from 4 only 18" in at.say("/check", {"changes": [change(10, 19)]})["why"]
