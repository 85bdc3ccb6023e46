from __future__ import annotations

import csv
import dataclasses
import io
import json
import sys
from types import SimpleNamespace

import jsonschema
import pytest
import yaml

from tidegate import __version__
from tidegate.cli.main import main
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.world.file.read import read_world
from tiny_worlds import grow_text, twin_text


@pytest.fixture(name="place", autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    """Two worlds, and nothing else."""
    (tmp_path / "grow.yaml").write_text(grow_text())
    (tmp_path / "twin.yaml").write_text(twin_text(retry="immediate"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="said")
def run_in_process(monkeypatch, capsys):
    """Run the command line; returns exit code, output and errors."""

    def run(*words, stdin=None):
        monkeypatch.setattr(sys, "argv", ["tidegate", *words])
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return SimpleNamespace(code=caught.value.code or 0, out=out, err=err)

    return run


QUICK = ("--runs", "1", "--no-report")
OVERLOADED = ("--set", "crossings.device.forwarding=900/s")


def test_a_harmless_activity_exits_0_with_words_and_a_report(said, place):
    """First words on standard error, the verdict on standard output, the report beside."""
    done = said("check", "grow.yaml", "--activity", "grow")
    assert 0 == done.code
    assert "First estimate" in done.err
    assert "PROCEED" in done.out
    assert "grow.report.html · seed 7 · --more for the rest · exit 0: proceed\n" in done.out
    assert (place / "grow.report.html").read_text().startswith("<!doctype html>")


def test_a_collapse_exits_5(said):
    """A device that cannot even take the usual load: stop."""
    done = said("check", "twin.yaml", "--no-report", *OVERLOADED)
    assert 5 == done.code
    assert "STOP" in done.out
    assert done.out.endswith("--more for the rest · exit 5: stop\n")


def test_a_collapse_that_a_setting_prevents_exits_3(said):
    """Immediate retries lock up, and a limit made first keeps them out: protect first."""
    done = said("check", "twin.yaml", "--no-report")
    assert 3 == done.code
    assert "PROTECT FIRST" in done.out
    assert done.out.endswith("--more for the rest · exit 3: protect first\n")


def test_a_green_build_says_what_it_let_pass(said):
    """Nobody takes an answer with conditions for a proceed because the code is 0."""
    done = said("check", "twin.yaml", "--no-report", "--runs", "4", "--fail-on", "stop")
    assert 0 == done.code
    assert done.out.endswith("exit 0: protect first passes (--fail-on)\n")


def test_too_few_runs_exit_4(said):
    """What the runs do not settle cannot be told."""
    done = said("check", "grow.yaml", "--activity", "grow", *QUICK)
    assert 4 == done.code
    assert "CANNOT TELL" in done.out
    assert done.out.endswith("--more for the rest · exit 4: cannot tell\n")


ROLL = """\
name: roll
horizon: 10min
networks: {internet: {}, cluster: {}}
crossings: {lb: {between: [internet, cluster], round_trip: 40ms}}
services:
  web:
    {network: cluster, instances: 3, concurrency: 1, service_time: 1ms, boot: {time: 10s},
     setup_time: {value: 80ms, low: 20ms, high: 400ms, basis: assumed, measure: time one connect}}
clients:
  browsers:
    network: internet
    service: web
    population: 900
    connection: keep_alive
    timeout: 5s
    demand: {kind: closed, think: 30s}
    retry: [{retries: unlimited, backoff: constant, base: 2s, jitter: spread, jitter_width: 50%}]
activities:
  roll:
    {kind: restart, service: web, at: 30s, batches: 3, pause: 60s,
     reactions: [{clients: browsers, reconnect: 33%, spread: 1s}]}
"""


@pytest.mark.parametrize("runs", ["2", "12"])
def test_few_runs_say_slow_down_where_a_range_decides(said, runs):
    """A range holds it up and not the count of runs: less sure with few, but the same answer."""
    done = said("check", "-", "--no-report", "--runs", runs, stdin=ROLL)
    assert 3 == done.code
    assert "SLOW DOWN" in done.out
    assert "held in few runs" in " ".join(done.out.split())


def test_the_line_of_failure_can_be_moved(said):
    """`--fail-on stop` lets cannot tell pass, and not stop."""
    assert 0 == said("check", "grow.yaml", "--activity", "grow", "--fail-on", "stop", *QUICK).code
    assert 5 == said("check", "twin.yaml", "--no-report", "--fail-on", "stop", *OVERLOADED).code


def test_json_is_the_verdict_field_by_field_and_the_same_twice(said):
    """One document, ASCII, with exactly the documented keys; the same bytes again."""
    words = ("check", "twin.yaml", "--no-report", "--format", "json", "--runs", "5")
    first, second = said(*words), said(*words, "--jobs", "3")
    assert first.out == second.out
    assert first.out.isascii()
    document = json.loads(first.out)
    assert {"format", "verdicts", "undecided"} == set(document)
    (verdict,) = document["verdicts"]
    assert [*(field.name for field in dataclasses.fields(Verdict)), "says"] == list(verdict)
    assert ("protect_first", 7) == (verdict["verdict"], verdict["reproduction"]["seed"])
    assert "" == first.err


def test_the_seed_is_heard(said):
    """Another seed is another sample, and is named."""
    words = ("check", "twin.yaml", "--no-report", "--format", "json", "--runs", "2")
    one, two = (json.loads(said(*words, "--seed", seed).out)["verdicts"][0] for seed in ("1", "2"))
    assert (1, 2) == (one["reproduction"]["seed"], two["reproduction"]["seed"])
    assert one["cases"] != two["cases"]


def test_settings_change_the_world_for_this_run(said):
    """With no retries laid over it the same world no longer collapses."""
    patience = [part for who in ("base", "surge") for part in ("--set", f"clients.{who}.retry=none")]
    done = said("check", "twin.yaml", *patience, "--runs", "3", "--no-report", "--format", "json")
    assert 0.0 == json.loads(done.out)["verdicts"][0]["cases"][0]["collapse"]["value"]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("clients.base.timeuot=1s", "timeout"),
        ("clients.base.timeout=fast", "fast"),
        ("clients.base.timeout", "PATH=VALUE"),
        ("=1s", "1 thing to mend"),
    ],
)
def test_a_wrong_setting_is_explained(said, setting, words):
    """A path that leads nowhere, a value that means nothing, a missing equals sign."""
    done = said("check", "twin.yaml", "--set", setting, *QUICK)
    assert 2 == done.code
    assert words in done.err


def test_the_world_implied_can_be_saved_and_checked(said, place):
    """`--scale` alone implies a world; what is saved is a world that gives the same verdict."""
    words = ("--scale", "4:8", "--pool", "2", "--spread", "5s", "--rate", "10/s", "--set", "horizon=15s")
    first = said("check", *words, "--save", "implied.yaml", "--runs", "1", "--no-report", "--format", "json")
    file = read_world((place / "implied.yaml").read_text(), "implied.yaml")
    assert file.world.activities
    again = said("check", "implied.yaml", "--runs", "1", "--no-report", "--format", "json")
    assert first.code == again.code
    cases = [json.loads(done.out)["verdicts"][0]["cases"] for done in (first, again)]
    assert cases[0] == cases[1]


def test_several_activities_exit_with_the_worst_and_write_a_report_each(said, place):
    """Two verdicts, two reports, one code."""
    done = said("check", "grow.yaml", "--runs", "2", "--report", "out.html")
    assert 4 == done.code
    assert 2 == done.out.count("CANNOT TELL")
    assert {"out.grow.html", "out.restart.html"} == {path.name for path in place.glob("*.html")}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("check",), "no world is named"),
        (("check", "nowhere.yaml"), "no such file"),
        (("check", "twin.yaml", "--runs", "0"), "--runs"),
        (("check", "twin.yaml", "--runs", "many"), "--runs"),
        (("check", "twin.yaml", "--rusn", "1"), "--runs"),
        (("check", "twin.yaml", "--format", "xml"), "json"),
        (("check", "twin.yaml", "--activity", "grow"), "states none"),
        (("check", "twin.yaml", "--scale", "4:8"), "--set"),
        (("check", "--pool", "4"), "--scale"),
        (("check", "--scale", "four"), "--scale"),
        (("chekc",), "chekc"),
        (("catalogue", "exponential-full-jiter"), "exponential-full-jitter"),
        (("check", "twin.yaml", "--report", "none/r.html", "--runs", "1"), "no such folder"),
        (("check", "twin.yaml", "--report", ".", "--runs", "1"), "a folder"),
        (("check", "twin.yaml", "--save", "none/w.yaml", *QUICK), "cannot be written"),
        (("simulate", "twin.yaml", "--replication", "-1"), "--replication"),
        (("simulate", "grow.yaml", "--activity", "none"), "no such activity"),
        (("simulate",), "no world is named"),
    ],
)
def test_bad_input_exits_2_and_says_what_to_write(said, words, expected):
    """Each fault names what is wrong or what is meant; nothing is computed."""
    done = said(*words)
    assert (2, "") == (done.code, done.out)
    assert expected.lower() in done.err.lower()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"networks: [", "bad.yaml:"),
        (b"- just\n- a list\n", "is not a world"),
        (b"\x00\x01\x02", "binary, not text"),
        (b"name: \xfa\xff\n", "UTF-8"),
        (b"\xff\xfe\xfa", "UTF-16"),
        (b"a" * (10 * 1024 * 1024 + 1), "10 MB"),
        (b"", "world"),
        (b"[" * 100_000, "deep"),
        (b"netwroks: {a: {}}", "networks"),
    ],
    ids=["broken", "list", "control", "not-text", "half-a-letter", "huge", "empty", "brackets", "mistyped"],
)
def test_a_bad_file_exits_2(said, place, data, expected):
    """Whatever the file holds, the answer is a sentence."""
    (place / "bad.yaml").write_bytes(data)
    done = said("check", "bad.yaml")
    assert (2, "") == (done.code, done.out)
    assert expected.lower() in done.err.lower()


def test_a_world_in_this_folder_is_offered(said, place):
    """Who names none is shown the one that is here."""
    (place / "world.yaml").write_text("name: here\n")
    assert "Did you mean world.yaml?" in said("check").err


def test_a_world_in_which_nothing_happens_is_refused(said, place):
    """There is nothing to judge."""
    text = twin_text(retry="none")
    (place / "still.yaml").write_text(text[: text.index("triggers")])
    done = said("check", "still.yaml")
    assert 2 == done.code
    assert "nothing happens" in done.err.lower()


def test_a_world_from_standard_input(said):
    """`-` reads the world that is piped in."""
    done = said("check", "-", "--no-report", "--runs", "4", stdin=twin_text(retry="immediate"))
    assert (3, True) == (done.code, done.out.startswith("twin · "))


def test_init_writes_a_world_that_checks_and_never_writes_over_one(said, place):
    """The starter world reads; a second `init` is refused, `--force` is not."""
    assert 0 == said("init").code
    assert read_world((place / "world.yaml").read_text(), "world.yaml").world.activities
    (place / "world.yaml").write_text("mine")
    refused = said("init")
    assert (2, "mine") == (refused.code, (place / "world.yaml").read_text())
    assert "--force" in refused.err
    assert 0 == said("init", "--force").code
    assert "mine" != (place / "world.yaml").read_text()


def test_init_to_standard_output(said):
    """`-` prints the starter world and writes nothing."""
    done = said("init", "-")
    assert "starter" == read_world(done.out, "-").world.name


def test_the_schema_holds_for_the_starter_world(said):
    """What `schema` prints accepts what `init` prints, and not a mistyped key."""
    schema = json.loads(said("schema").out)
    starter = yaml.safe_load(said("init", "-").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(starter, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**starter, "netwroks": {}}, schema)


def test_the_schema_can_be_written(said, place):
    """`--out` writes the same text to a file."""
    assert "" == said("schema", "--out", "s.json").out
    assert said("schema").out == (place / "s.json").read_text()


def test_the_catalogue_lists_and_shows(said):
    """All names in the list; one entry whole, as text and as JSON."""
    assert "exponential-full-jitter" in said("catalogue").out
    assert "source" in said("catalogue", "exponential-full-jitter").out
    (entry,) = json.loads(said("catalogue", "exponential-full-jitter", "--format", "json").out)
    assert "exponential-full-jitter" == entry["name"]
    assert len(json.loads(said("catalogue", "--format", "json").out)) > 5


def test_a_time_series_as_csv_and_as_json_lines(said):
    """The same rows in both, with the documented columns."""
    words = ("simulate", "grow.yaml", "--activity", "grow")
    rows = list(csv.DictReader(io.StringIO(said(*words).out)))
    lines = [json.loads(line) for line in said(*words, "--format", "json").out.splitlines()]
    of = ["world", "digest", "activity", "seed", "replication"]
    assert ["time_s", "kind", "name", "quantity", "value", *of] == list(rows[0]) == list(lines[0])
    assert len(rows) == len(lines) > 1000
    assert [float(row["value"]) for row in rows] == [line["value"] for line in lines]


def test_a_time_series_to_a_file(said, place):
    """`--out` writes it whole."""
    done = said("simulate", "grow.yaml", "--out", "s.csv")
    assert "" == done.out
    assert "this world states: grow" in done.err
    assert (place / "s.csv").read_text().startswith("time_s,kind,name,quantity,value,world,digest,")


def test_the_version(said):
    """One line."""
    assert f"tidegate {__version__}\n" == said("--version").out


def test_help_names_every_exit_code(said):
    """What a script must know stands in the help."""
    out = " ".join(said("--help").out.split())
    assert all(f"{code} " in out for code in (0, 1, 2, 3, 4, 5, 130))


def test_without_words_help_is_shown(said):
    """And no empty complaint."""
    done = said()
    assert 2 == done.code
    assert "Usage" in done.out + done.err
    assert "tidegate: \n" not in done.err


def test_our_own_fault_is_said_plainly(said, monkeypatch):
    """An error nobody foresaw exits 1, says how to see more, and shows no traceback."""

    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("tidegate.cli.commands.check.read_growth", broken)
    done = said("check", "twin.yaml")
    assert 1 == done.code
    assert "our own fault: ZeroDivisionError" in done.err
    assert "TIDEGATE_DEBUG" in done.err


@pytest.fixture(name="plan")
def a_plan(place):
    """A plan that grows what `grow.yaml` knows and something it does not."""

    def change(address, before, after):
        values = {"before": {"replicas": before}, "after": {"replicas": after}, "after_unknown": {}}
        return {"address": address, "mode": "managed", "change": {"actions": ["update"]} | values}

    known = (
        (place / "grow.yaml")
        .read_text()
        .replace("activities:\n  grow: {", "activities:\n  grow: {known_as: {terraform: a.b}, ")
    )
    (place / "known.yaml").write_text(known)
    changes = [change("a.b", 20, 30), change("a.c", 1, 2)]
    (place / "plan.json").write_text(json.dumps({"format_version": "1.2", "resource_changes": changes}))
    return place / "plan.json"


def test_a_terraform_plan_is_judged_and_what_it_hides_is_said(said, plan):
    """The bound change has a verdict; the other cannot be told, so the code is 4."""
    done = said("check", "known.yaml", "--terraform-plan", str(plan), "--no-report")
    assert 4 == done.code
    assert "PROCEED" in done.out
    assert "a.c (replicas) grows from 1 to 2" in " ".join(done.out.split())


def test_a_plan_in_which_nothing_grows_says_what_it_holds(said, place):
    """Not judged, not silent."""
    change = {"before": {"replicas": 5}, "after": {"replicas": 3}, "after_unknown": {}, "actions": ["update"]}
    resource = {"address": "a.b", "mode": "managed", "change": change}
    (place / "less.json").write_text(json.dumps({"format_version": "1.2", "resource_changes": [resource]}))
    done = said("check", "grow.yaml", "--terraform-plan", "less.json", "--no-report")
    assert 0 == done.code
    assert "a.b (replicas) shrinks, which is not judged." in done.out
    assert "nothing to judge" in done.out


def test_a_setting_that_is_so_already_is_told(said):
    """In the text of the answer, not in the JSON alone."""
    done = said("check", "grow.yaml", "--set", "activities.grow.from=20", "--no-report")
    assert "The setting activities.grow.from=20 changes nothing" in " ".join(done.out.split())


def test_ci_formats_stand_at_the_line_of_the_activity(said, place):
    """GitHub's annotation names the file and the line where the activity is stated."""
    lines = (place / "grow.yaml").read_text().splitlines()
    line = next(i for i, text in enumerate(lines, 1) if text.startswith("  grow:"))
    asked = ("check", "grow.yaml", "--activity", "grow", "--no-report", "--format")
    done = said(*asked, "github")
    assert 0 == done.code
    assert done.out.startswith(f"::notice file=grow.yaml,line={line},")
    assert said(*asked, "junit").out.startswith("<?xml")
    assert "2.1.0" == json.loads(said(*asked, "sarif").out)["version"]


def test_who_asked_and_when_is_said_as_given_and_never_taken_in_silence(said, place, monkeypatch):
    """Without a date the report has none, and is the same twice; with one it is there; nonsense is exit 2."""
    words = ("check", "grow.yaml", "--activity", "grow", "--runs", "1", "--report", "r.html")
    said(*words)
    first = (place / "r.html").read_bytes()
    said(*words)
    assert first == (place / "r.html").read_bytes()
    assert b"<time" not in first
    monkeypatch.setenv("TIDEGATE_AUTHOR", "Ada <b>")
    said(*words, "--date", "2026-11-28T18:44", "--change", "#41")
    page = (place / "r.html").read_text()
    assert 'datetime="2026-11-28T18:44:00+00:00"' in page
    assert "Ada &lt;b&gt; · #41" in page
    done = said(*words, "--date", "soon")
    assert (2, True) == (done.code, "soon" in done.err)
