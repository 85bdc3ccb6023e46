"""`tidegate decisions score --from`: each way a change can go, from the record and a table to a score."""

from __future__ import annotations

import json
import sys

import pytest

from past_rulings import BEGAN_S, JOBS, SERIES, SHOP, record, ruling, table
from tidegate.cli.main import main

GROWS = {"size": [4, 25]}
"""What is seen of a case: sizes before and after, and by series what it is from the ruling on."""
CASES = {
    # name: (ruling, what was seen, outcome, what is said of it)
    "right": ({}, {}, "right", "all that must hold held"),
    "miss": ({}, {"refused": 3}, "wrong", "called safe, and refused connections grew by 3"),
    "miss below what was asked": ({}, {"size": [4, 12], "refused": 1}, "wrong", "it went to 12, called safe"),
    "false alarm": ({"verdict": "stop"}, {}, "wrong", "called unsafe, and all that must hold held"),
    "alarm that was right": ({"verdict": "stop"}, {"p99": 0.9}, "right", "slowest answers was 0.9"),
    "slower, and failed": ({"verdict": "slow_down", "allowed": 18}, {"refused": 2}, "right", "refused"),
    "slower, and what was allowed failed": (
        {"verdict": "slow_down", "allowed": 18}, {"size": [4, 18], "refused": 2}, "wrong", "called safe",
    ),
    "overridden, and held": (
        {"verdict": "stop", "override": "the campaign", "mode": "enforce"}, {}, "wrong", "held",
    ),
    "held up": ({"verdict": "stop", "through": False, "mode": "enforce"}, {"size": [4, 4]}, "unknown",
                "it never happened"),
    "never happened": ({}, {"size": [4, 4]}, "unknown", "it never happened"),
    "came to less, and held": ({}, {"size": [4, 12]}, "unknown", "it went to 12 of 25"),
    "went on": ({}, {"size": [4, 40], "refused": 5}, "unknown", "it went on to 40"),
    "stood elsewhere": ({}, {"size": [9, 25]}, "unknown", "the size before was 9"),
    "failed before": ({}, {"refused before": 1, "refused": 2}, "unknown", "it failed before as well"),
    "something else grew": ({}, {"jobs": 5, "refused": 2}, "unknown", "jobs went from 1 to 5"),
    "size not seen": ({}, {"size": None}, "unknown", "its size was not seen"),
    "a gap": ({}, {"gap": True}, "unknown", "slowest answers has no sample for"),
    "a gap, and failed": ({}, {"gap": True, "refused": 1}, "wrong", "refused connections grew by 1"),
    "a short peak": ({}, {"peak": 0.9}, "right", "held"),
    "a counter that began anew": ({}, {"reset": 0}, "right", "held"),
    "a counter that began anew and grew": ({}, {"reset": 2}, "wrong", "grew by 2"),
    "nothing was told": ({"verdict": "cannot_tell"}, {"refused": 1}, "unknown", "nothing was told"),
    "several things": ({"beside": {JOBS: "1 to 2"}}, {}, "unknown", "not one thing"),
    "taken down long ago": ({"settles": None}, {}, "unknown", "before it was kept how long"),
    "brought down": ({"through": False, "to": 18, "verdict": "slow_down"}, {}, "unknown", "brought down"),
}  # fmt: skip
NAMES = list(CASES)


def seen(number: int) -> dict:
    return CASES[NAMES[number]][1] if number < len(NAMES) else {}


def size(number, since_s):
    sizes = seen(number).get("size", [4, 25])
    if sizes is None:
        return None
    return sizes[1] if 0 < since_s < 200 else sizes[0]


def jobs(number, since_s):
    return seen(number).get("jobs", 1) if 0 < since_s < 200 else 1


def refused(number, since_s):
    """Return a counter that stands at 100 a case, so that only what grows counts."""
    case = seen(number)
    if "reset" in case and since_s > 30:
        return case["reset"] if since_s > 60 else 0
    before = case.get("refused before", 0) if since_s > -45 else 0
    after = case.get("refused", 0) if since_s > 50 else 0
    return 100 * (number + 1) + before + after


def p99(number, since_s):
    case = seen(number)
    if case.get("gap") and 30 < since_s < 100:
        return float("nan")
    if "peak" in case and 40 < since_s < 50:
        return case["peak"]
    return case.get("p99", 0.2) if since_s > 30 else 0.2


def plain(told):
    """Return what was said as one line of small letters."""
    return " ".join(told.split()).lower()


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """The command in a folder, with what it ended with and said."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["tidegate", "decisions", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), "".join(capsys.readouterr())

    return run


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "series.yaml").write_text(SERIES)
    record(
        tmp_path / "tidegate-gate", [ruling(number, **CASES[name][0]) for number, name in enumerate(NAMES)]
    )
    columns = {"shop": size, "jobs": jobs, "refused": refused, "p99": p99}
    (tmp_path / "seen.csv").write_text(table(columns, len(NAMES)))
    return tmp_path


SCORE = ("score", "--from", "seen.csv", "--series", "series.yaml")


def test_every_way_it_can_go(folder, run):
    """Right and wrong only where it happened alone, at the size asked for, and all was seen."""
    code, said = run(*SCORE, "--format", "json")
    scored = json.loads(said)["scored"]
    assert (0, len(NAMES)) == (code, len(scored))
    ids = {ruling(number).subject: name for number, name in enumerate(NAMES)}
    found = {ids[one["id"]]: one for one in scored}
    assert {name: case[2] for name, case in CASES.items()} == {
        name: one["outcome"] for name, one in found.items()
    }, found
    assert [] == [(name, found[name]["because"]) for name, case in CASES.items()
                  if case[3] not in found[name]["because"]]  # fmt: skip
    mistakes = {name: one["mistake"] for name, one in found.items() if one["mistake"]}
    assert {"false alarm", "overridden, and held"} == {
        name for name, mistake in mistakes.items() if mistake == "false_alarm"
    }
    assert "Scored 0 from seen.csv" in run(*SCORE)[1], "each is scored once"
    code, said = run("summary", "--format", "json")
    [world] = json.loads(said)["worlds"]
    assert (5, 2, 2) == (world["missed_count"], world["false_alarms_count"], world["called_unsafe_count"] - 2)
    low, high = world["missed_interval"]
    assert 0 < low < world["missed_count"] / world["called_safe_count"] < high < 1


def test_what_was_not_seen_is_looked_at_again_and_a_person_has_the_last_word(folder, run):
    """A source that had a hole is asked again where that is said; what somebody said is left alone."""
    (folder / "seen.csv").rename(folder / "whole.csv")
    (folder / "seen.csv").write_text("time,shop,jobs,refused,p99\n1,4,1,0,0.2\n2,4,1,0,0.2\n")
    run(*SCORE)
    miss = ruling(NAMES.index("miss")).subject
    assert "unknown" in run("show", miss)[1]
    (folder / "whole.csv").rename(folder / "seen.csv")
    right = ruling(NAMES.index("right")).subject
    run("score", right, "wrong", "--because", "I saw it")
    seen = ruling(NAMES.index("a short peak")).subject
    run("score", seen, "unknown", "--because", "nobody can know")
    assert "Scored 0" in run(*SCORE)[1]
    assert "7 wrong" in run(*SCORE, "--again")[1]
    assert "wrong (miss) by operator: I saw it" in run("show", right)[1]
    assert "wrong (miss) by seen.csv" in run("show", miss)[1]
    assert "unknown by operator: nobody can know" in run("show", seen)[1]


def test_one_change_is_scored_once_and_not_while_another_goes_on(tmp_path, run):
    """The same question twice, a step that follows, another workload: each says why it is unknown."""
    (tmp_path / "series.yaml").write_text(SERIES)
    together = f"kubernetes: {JOBS} 1-5; {SHOP} 4-25"
    drafts = [
        ruling(0), ruling(0, later_s=5),
        ruling(1, "4 to 10"), ruling(1, "10 to 25", later_s=30, judged=f"kubernetes: {SHOP} 4-25"),
        ruling(2, "1 to 5", address=JOBS), ruling(2, later_s=10, judged=together),
    ]  # fmt: skip
    record(tmp_path / "tidegate-gate", drafts)

    def climbing(number, since_s):
        return 10 if number == 1 and 0 < since_s <= 30 else size(0, since_s)

    def more_jobs(number, since_s):
        return 5 if number == 2 and 0 < since_s < 300 else 1

    columns = {"shop": climbing, "jobs": more_jobs, "refused": lambda *_: 0, "p99": lambda *_: 0.1}
    (tmp_path / "seen.csv").write_text(table(columns, 3))
    found = {one["id"]: one for one in json.loads(run(*SCORE, "--format", "json")[1])["scored"]}
    because = [found[draft.subject]["because"] for draft in drafts]
    assert "right" == found[drafts[0].subject]["outcome"]
    assert f"asked before, as {drafts[0].subject}" in because[1]
    assert "10 to 25 was let through 30 s later" in because[2]
    assert "right" == found[drafts[3].subject]["outcome"], because[3]
    assert "4 to 25 was let through 10 s away" in because[4]
    assert "right" == found[drafts[5].subject]["outcome"], because[5]


def test_what_is_passed_over_is_counted_with_why(tmp_path, run):
    """Of no world, of a world without series, and not over yet: nothing is said of these, and it is told."""
    (tmp_path / "series.yaml").write_text(SERIES)
    drafts = [ruling(0, world=None), ruling(1, world="other"), ruling(10**6)]
    record(tmp_path / "tidegate-gate", drafts)
    (tmp_path / "seen.csv").write_text("time,shop\n1,4\n2,4\n")
    code, said = run(*SCORE)
    assert 0 == code
    for why in ("of which no world said anything", "of other, for which no series", "whose time is not over"):
        assert f"1 passed over: {why}" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("worlds: {shop: {objectives: {x: {read: a}}}}", "needs a bound"),
        ("worlds: {shop: {objectives: {x: {most: 1}}}}", "needs one of them"),
        ("worlds: {shop: {objectives: {x: {read: a, most: much}}}}", "is no number: much"),
        ("worlds: {shop: {object: {}}}", "did you mean objectives?"),
        ("every: -1s\nworlds: {shop: {}}", "is too short"),
        ("worlds: {}", "is missing"),
        ("worlds: [", "series.yaml"),
    ],
)
def test_a_file_of_series_that_is_wrong_is_refused(tmp_path, run, text, said):
    (tmp_path / "series.yaml").write_text(text)
    (tmp_path / "seen.csv").write_text("time,shop\n1,4\n")
    record(tmp_path / "tidegate-gate", [])
    code, told = run(*SCORE)
    assert (2, True, False) == (code, said in plain(told), "Traceback" in told), told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,shop\n1,4\n2", "seen.csv:3 is no whole row"),
        ("shop,jobs\n1,4\n", "is no table of series"),
        ("time,shop\nyesterday,4\n", "seen.csv:2 is not a time"),
        ("time,shop\n1790000000000,4\n", "is a time in milliseconds: 1790000000000"),
        ("time,shop\n1,many\n", "seen.csv:2: shop is no number: many"),
        ('{"status": "success", "data": {"resultType": "matrix", "result": [', "was cut off"),
        ('{"status": "error", "error": "too many"}', "is an answer that failed: too many"),
        (
            '{"status": "success", "data": {"resultType": "vector", "result": []}}',
            "no answer to a range query",
        ),
    ],
)
def test_a_source_that_is_wrong_is_refused(tmp_path, run, text, said):
    """And nothing is written down: what could not be read is not unknown for ever."""
    (tmp_path / "series.yaml").write_text(SERIES)
    (tmp_path / "seen.csv").write_text(text)
    record(tmp_path / "tidegate-gate", [ruling(0)])
    code, told = run(*SCORE)
    assert (2, True) == (code, said in plain(told)), told
    assert "scored: not yet" in run("show", ruling(0).subject)[1]


def test_answers_of_prometheus_in_a_file_are_as_good(tmp_path, run):
    """A size has kube-state-metrics' own name; of several series none is chosen."""
    series = "worlds: {shop: {objectives: {errors: {read: 'errors{job=\"db\"}', most: 0}}}}"
    (tmp_path / "series.yaml").write_text(series)
    record(tmp_path / "tidegate-gate", [ruling(0), ruling(1)])
    labels = {"__name__": "kube_deployment_status_replicas", "namespace": "prod", "deployment": "shop"}
    times = [BEGAN_S + 15 * step for step in range(-20, 80)]
    sizes = [[at, "25" if 0 < (at - BEGAN_S) % 900 < 300 else "4"] for at in times]
    none = [[at, "0"] for at in times]
    late = [row for row in none if row[0] > BEGAN_S + 600]
    rows = [
        {"metric": labels, "values": sizes},
        {"metric": {"__name__": "errors", "job": "db"}, "values": none},
        {"metric": {"__name__": "errors", "job": "db", "pod": "b"}, "values": late},
        {"metric": {"__name__": "errors", "job": "other"}, "values": [[times[0], "9"]]},
    ]
    answer = {"status": "success", "data": {"resultType": "matrix", "result": rows}}
    (tmp_path / "seen.csv").write_text(json.dumps(answer))
    first, second = json.loads(run(*SCORE, "--format", "json")[1])["scored"]
    assert "right" == first["outcome"], first
    assert "is 2 series" in second["because"]


def test_what_strangers_said_cannot_move_the_cursor(tmp_path, run):
    """A name with a terminal's control characters is shown without them."""
    record(tmp_path / "tidegate-gate", [ruling(0, asked_by="eve\x1b[2J", override="\x1b]0;x\x07now")])
    for words in (("list",), ("show", ruling(0).subject), ("summary",)):
        code, said = run(*words)
        assert (0, False) == (code, "\x1b" in said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("score",), "--from is missing"),
        (("score", "--from", "x.csv"), "--series is missing"),
        (("score", "--from", "prometheus=http://a", "--from", "b", "--series", "s"), "is several sources"),
        (("score", "--from", "b", "--series", "s", "--credentials", "c"), "has nobody to be shown to"),
        (("score", "abc"), "says half of it"),
        (("score", "abc", "right", "--from", "x"), "says half of it"),
        (("show", "abc"), "no such ruling"),
    ],
)
def test_words_that_are_no_question(tmp_path, run, words, said):
    record(tmp_path / "tidegate-gate", [])
    code, told = run(*words)
    assert (2, True) == (code, said in plain(told)), told
