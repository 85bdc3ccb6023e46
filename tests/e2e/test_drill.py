"""An outage of the tooling, rehearsed by the command: in namespaces, and on real sites by declared cuts."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
import urllib.request
from contextlib import ExitStack, contextmanager

import pytest

from run_here import run_here
from served import PROGRAM, served
from tidegate.adapters.linux.sandbox.features import missing_programs
from tidegate.adapters.linux.sandbox.outside import why_forbidden
from tidegate.adapters.store.journal_begin import begin_journal
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.journal.shared_secrets import Token
from tidegate.verbs.drill import has_apprise
from tidegate.verbs.record.site import join, own_key

FORBIDDEN = why_forbidden() or "; ".join(missing_programs(["ip", "nft"]))
REQUIRED = os.environ.get("REQUIRE_PARTS") == "1"
in_namespaces = pytest.mark.skipif(bool(FORBIDDEN) and not REQUIRED, reason=FORBIDDEN)

TOKEN = "tg_0123abcd_drilldrilldrilldrill"  # noqa: S105  of a site that ends with its test
SCOPES = ("read", "outages", "cases", "metrics")
ANY_NUMBER = ("--repeated", "100", "--apart-said", "0")
ALL_SITES = ["east", "west"]


def drill(place, *words, timeout_s=120):
    return subprocess.run(
        [*PROGRAM, "drill", *words], cwd=place, capture_output=True, text=True, timeout=timeout_s, check=False
    )


@in_namespaces
def test_two_sites_that_are_cut_from_each_other_and_one_that_is_killed_lose_nothing(tmp_path):
    done = drill(
        tmp_path, "--sites", "west,east", "--cut", "peers,killed", "--hold", "1", "--json", "--by", "ada",
        "--report", "drill.html", *ANY_NUMBER,
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout + done.stderr
    peers, killed = json.loads(done.stdout)["cuts"]
    assert ALL_SITES == sorted(one["site"] for one in peers["cases"] if one["case"])
    # What was acknowledged just before the kill is there, and what was said beside a cut came over after it.
    assert ALL_SITES == sorted(one["site"] for one in killed["cases"] if one["case"])
    for cut in (peers, killed):
        assert [ALL_SITES] * 2 == [sorted(one["found_at"]) for one in cut["cases"]]
        assert cut["identical_s"] < 30
        assert cut["first_word_s"] < 30
        assert all(one["receipts_count"] for one in cut["cases"])
        assert all(one["notices_count"] for one in cut["words"]) or not has_apprise()
    assert ALL_SITES == sorted(peers["apart"])
    assert ["east"] == killed["apart"]
    line = json.loads((tmp_path / "tidegate-data" / "drills.jsonl").read_text(encoding="utf-8"))
    assert ("ada", "held", ["west", "east"]) == (line["by"], line["held"], line["sites"])
    page = (tmp_path / "drill.html").read_text(encoding="utf-8")
    assert "HELD" in page
    assert "one site, killed" in page


@in_namespaces
@pytest.mark.evidence
def test_a_limit_that_is_passed_is_said_in_one_line_a_week_and_else_nothing(tmp_path):
    ordinary = ("--sites", "west,east", "--cut", "site", "--hold", "0", "--weekly", *ANY_NUMBER)
    held = drill(tmp_path, *ordinary)
    assert (0, "", "") == (held.returncode, held.stdout, held.stderr)
    # The last drill is made to have been better than any can be.
    kept = tmp_path / "tidegate-data" / "drills.jsonl"
    last = json.loads(kept.read_text(encoding="utf-8"))
    last["readings"].append({**last["readings"][0], "cut": "mail"})
    kept.write_text(json.dumps(last) + "\n", encoding="utf-8")
    worse = drill(tmp_path, *ordinary)
    assert (0, "") == (worse.returncode, worse.stderr)
    assert "mail was cut in the last drill, and is not any more" in worse.stdout
    assert 1 == worse.stdout.count("\n")
    assert 2 == kept.read_text(encoding="utf-8").count("\n")


def test_what_cannot_be_drilled_is_refused_with_every_fault(tmp_path):
    done = run_here(tmp_path, "drill", "--sites", "west,West,west", "--cut", "peers")
    assert 2 == done.returncode
    assert "Is no name of a site: West" in done.stderr
    assert "2 to 9 names, each once" in done.stderr
    assert "Is nothing a drill cuts: mial" in run_here(tmp_path, "drill", "--cut", "mial").stderr
    assert "--heal" in run_here(tmp_path, "drill", "--heal", "0").stderr


@contextmanager
def two_sites(folder):
    """Run two sites that name each other on loopback; give their addresses and processes by name."""
    journals = {}
    for name in ("west", "east"):
        (folder / name).mkdir()
        data = folder / name / "data"
        journals[name] = begin_journal(data, site=name)
        hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
        SecretsFile(data).add_token(
            Token(id=TOKEN[3:11], hash=hashed, title="drill", scopes=SCOPES, until_s=time.time() + 3600)
        )
    for name, other in (("west", "east"), ("east", "west")):
        join(journals[name], other, key=own_key(journals[other]), address="", by="t", may_be_plain=True)
    for journal in journals.values():
        journal.close()
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    with ExitStack() as stack:
        west = stack.enter_context(served(folder / "west"))
        # Each asks the other in the end: east by its settings, west by what the record says of east.
        east = stack.enter_context(served(folder / "east", TIDEGATE_PEERS=f"west={west.url}"))
        said = [
            *PROGRAM,
            "site",
            "join",
            "east",
            "--key",
            own_key_in(folder / "east" / "data"),
            "--at",
            east.url,
        ]
        subprocess.run([*said, "--data", str(west.data)], check=True, capture_output=True)
        yield {"west": west, "east": east}


def own_key_in(data):
    done = subprocess.run(
        [*PROGRAM, "site", "list", "--json", "--data", str(data)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    return next(one["public_key"] for one in found["sites"] if one["name"] == found["site"])


def declared(folder, sites, cut, heal):
    path = folder / "real.yaml"
    rows = [f"  {name}: {{url: '{one.url}', token_file: token}}" for name, one in sites.items()]
    path.write_text(
        "\n".join(["sites:", *rows, "cuts:", "  site:", f"    cut: {cut}", f"    heal: {heal}", ""]),
        encoding="utf-8",
    )
    return str(path)


def asked(site, path):
    question = urllib.request.Request(f"{site.url}{path}", headers={"authorization": f"Bearer {TOKEN}"})  # noqa: S310
    with urllib.request.urlopen(question, timeout=30) as answer:  # noqa: S310
        return json.loads(answer.read())


def test_real_sites_are_cut_by_what_is_declared_and_nothing_of_it_becomes_public(tmp_path):
    with two_sites(tmp_path) as sites:
        east = sites["east"]
        real = declared(tmp_path, sites, f"kill -STOP {east.process.pid}", f"kill -CONT {east.process.pid}")
        unsaid = drill(tmp_path, "--real", real)
        assert 2 == unsaid.returncode
        assert "kill -STOP" in unsaid.stderr  # what would be run is shown
        assert not (tmp_path / "tidegate-data" / "drills.jsonl").exists()

        done = drill(tmp_path, "--real", real, "--yes", "--hold", "1", "--json", "--by", "ada")
        assert 0 == done.returncode, done.stdout + done.stderr
        (cut,) = json.loads(done.stdout)["cuts"]
        assert (["east"], ["west"]) == (cut["apart"], [one["site"] for one in cut["cases"]])
        assert ALL_SITES == sorted(cut["cases"][0]["found_at"])
        assert cut["identical_s"] < 30

        case, outage = cut["cases"][0]["case"], cut["words"][0]["outage"]
        assert asked(east, f"/api/v1/cases/{case}")["is_exercise"]
        assert 0 == asked(east, "/api/v1/cases")["open"]  # nobody is to answer it
        told = asked(east, f"/api/v1/outages/{outage}")
        assert (True, True, "exercise") == (told["is_exercise"], told["is_private"], told["state"])
        for site in sites.values():
            public = [
                path.read_bytes() for path in (site.data / "public" / "current").rglob("*") if path.is_file()
            ]
            assert public
            assert not any(b"Drill" in content or outage.encode() in content for content in public)

        kept = (tmp_path / "tidegate-data" / "drills.jsonl").read_text(encoding="utf-8").splitlines()
        begun, ended = map(json.loads, kept)
        assert ({"site": f"kill -STOP {east.process.pid}"}, "ada") == (begun["begun"], begun["by"])
        assert ended["is_real"]


def test_a_drill_that_is_ended_while_something_is_cut_heals_it(tmp_path):
    with two_sites(tmp_path) as sites:
        real = declared(tmp_path, sites, "touch cut; sleep 0.1", "sleep 0.2; touch healed")
        words = [*PROGRAM, "drill", "--real", real, "--yes", "--hold", "300"]
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            process = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            awaited(tmp_path / "cut", process)
            assert not (tmp_path / "healed").exists()
            process.send_signal(sign)
            awaited(tmp_path / "healed")
            process.communicate(timeout=30)
            for name in ("cut", "healed"):
                (tmp_path / name).unlink()


def awaited(path, process=None):
    until_s = time.monotonic() + 60
    while not path.exists():
        assert process is None or process.poll() is None, process.communicate()[0].decode()
        assert time.monotonic() < until_s, f"{path.name} does not come"
        time.sleep(0.05)


@pytest.mark.evidence
def test_what_heals_is_tried_again_and_where_it_stays_cut_nothing_more_is(tmp_path):
    with two_sites(tmp_path) as sites:
        real = declared(tmp_path, sites, "true", "echo the edge is gone >&2; exit 7")
        done = drill(tmp_path, "--real", real, "--yes", "--hold", "0")
        assert 5 == done.returncode, done.stdout + done.stderr
        text = " ".join(done.stdout.split())
        assert "IS STILL CUT: heal it by hand" in text
        assert "ended with 7: the edge is gone" in text
