"""Does `tidegate check` say of each published case what was published?

The verb is asked about the case's world with what the case changes: the share of runs that collapse and the
word must both agree. A few runs always, as many as `check` wants with the evidence. Where it differs the case
says why, and a difference that is mended must be taken off.
"""

from __future__ import annotations

import json
import pathlib
import sys
from dataclasses import replace

import pytest
from checked import COMES_BACK, FEW_RUNS, agrees, answers, cell, is_plain
from every_case import every_case
from finding import Asked, Case
from published_cases import CACHE
from published_runs import world_file, world_path

from tidegate.cli.main import main
from tidegate.world.file.overlay import overlay
from tidegate.world.file.write import write_world

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "validation.md"
ASKED = [case for case in every_case() if case.asked]
BY_NAME = {case.name: case for case in every_case()}
SAYS_NO_OUTCOME = {  # loads, rates, counts and times; of the last, the other engine's edge
    "failing_at_random",
    "sre_linear_storm",
    "sre_retry_layers",
    "kernel_choke",
    "",
}
SAYS_NO_OUTCOME_EITHER = {
    "Time-out 5 s, SYNs again after 1, 2, 3, 4 s",
    "Time-out 5 s, SYNs again after 1, 3 s",
    "The fluid engine's edge",
}


def _name(case: Case) -> str:
    return case.name


def _cell(case: Case) -> str:
    """Return the last cell of a case's row on the committed page."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    row = next(line for line in lines if line.startswith(f"| {case.name} |"))
    return row.removesuffix("|").rpartition("|")[2].strip()


def _few(case: Case) -> int:
    return min(FEW_RUNS, case.fast_runs or FEW_RUNS)


@pytest.mark.parametrize("case", [case for case in ASKED if is_plain(case)], ids=_name)
def test_few_runs_of_check_say_what_was_published(case):
    """What heals is not said to collapse; what stays down does, and may not go ahead."""
    found = answers(case, _few(case))
    said = [(one.verdict, one.cases[0].collapse.value) for one in found]
    assert agrees(case, found) != bool(case.differs), said


@pytest.mark.evidence
@pytest.mark.parametrize("case", ASKED, ids=_name)
def test_the_page_has_what_check_says_by_default(case):
    """With as many runs as it wants, `check` says what was published, and the page has its words."""
    assert _cell(case) == cell(case)
    assert "unexpected" not in _cell(case)


@pytest.mark.parametrize("case", every_case(), ids=_name)
def test_the_committed_page_shows_where_check_differs(case):
    """A case that asks has its answers on the page, each in its place; one that asks nothing has none."""
    answered = [one for one in _cell(case).removesuffix(": **differs**").split(" / ") if one]
    assert len(case.asked) == len(answered)
    assert bool(case.differs) == _cell(case).endswith("**differs**")
    if case.all_as_asked and not case.differs:
        went_ahead = [one.startswith("proceed, ") for one in answered]
        assert [asked.collapse_ratio == 0.0 for asked in case.asked] == went_ahead


@pytest.mark.parametrize("case", every_case(), ids=_name)
def test_only_what_states_no_outcome_is_not_asked(case):
    """Every case whose source says whether it recovers is asked of `check`."""
    says_none = case.world in SAYS_NO_OUTCOME or case.name in SAYS_NO_OUTCOME_EITHER
    assert says_none == (not case.asked)


@pytest.mark.parametrize("fill", ["read_through", "look_aside"])
def test_below_the_full_database_a_read_through_cache_heals(fill):
    """A tenth below the published load it is the way the cache is filled that decides."""
    changes = {f"{CACHE}.fill": fill, "clients.users.demand.rate": "2700/s"}
    asked = Asked(changes=changes, collapse_ratio=float(fill == "look_aside"))
    case = replace(BY_NAME["Read-through cache flush at 3,000/s"], asked=(asked,))
    assert agrees(case, answers(case, FEW_RUNS))


def test_where_half_a_world_decides_by_chance_check_says_so():
    """What differs at 980/s differs by the size that is run; the verdict carries that."""
    (verdict,) = answers(BY_NAME["Collapse without a trigger in 600 s at 980/s"], FEW_RUNS)
    assert 0.0 < verdict.cases[0].collapse.value < 1.0
    assert (0.5,) == verdict.reproduction.fractions
    assert any("chance weighs less in the whole world" in note for note in verdict.notes)


@pytest.fixture(name="said")
def asked_in_process(monkeypatch, capsys):
    """Ask on the command line; returns the word and the share of runs that collapse."""

    def ask(*words):
        asked = ("check", *words, "--runs", str(FEW_RUNS), "--no-report", "--format", "json")
        monkeypatch.setattr(sys, "argv", ["tidegate", *asked])
        with pytest.raises(SystemExit):
            main()
        (answer,) = json.loads(capsys.readouterr().out)["verdicts"]
        return answer["verdict"], answer["cases"][0]["collapse"]["value"]

    return ask


@pytest.mark.parametrize("name", ["Short queue recovers", "Naive, buffer of 100 packets"])
def test_the_command_line_says_the_same_with_settings(name, said):
    """`tidegate check WORLD --set PATH=VALUE` answers as the verb does."""
    case = BY_NAME[name]
    (asked,), (verdict,) = case.asked, answers(case, FEW_RUNS)
    changes = {**COMES_BACK, **asked.changes}
    settings = [word for item in changes.items() for word in ("--set", "{}={}".format(*item))]
    assert (verdict.verdict, 0.0) == said(str(world_path(case.world)), *settings)


@pytest.mark.parametrize(
    ("name", "share"), [("Look-aside cache, load cut to 400/s", 1.0), ("Naive, admission 190/s, silent", 0.0)]
)
def test_the_command_line_says_the_same_of_a_changed_file(name, share, said, tmp_path):
    """`tidegate check WORLD` answers as the verb does where the changes are written into the file."""
    case = BY_NAME[name]
    (asked,), (verdict,) = case.asked, answers(case, FEW_RUNS)
    path = tmp_path / "world.yaml"
    changed = overlay(world_file(case.world), {**COMES_BACK, **asked.changes})
    path.write_text(write_world(changed.document), encoding="utf-8")
    assert (verdict.verdict, share) == said(str(path))
