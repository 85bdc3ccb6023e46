"""Range queries as Prometheus answers them: `decisions score --from prometheus=URL` and recorded answers."""

from __future__ import annotations

import json
import sys
import time
from email.utils import formatdate

import pytest

from past_rulings import BEGAN_S, SHOP, record, ruling
from prometheus_stub import answering, matrix
from tidegate.adapters.telemetry.prometheus import MOST_POINTS, Prometheus
from tidegate.cli.main import main
from tidegate.observe.samples import Missing

SERIES = f"""
worlds:
  shop: {{sizes: {{{SHOP}: size}}, objectives: {{refused: {{count: refused, most: 0}}}}}}
"""
SCALAR = b'{"status":"success","data":{"resultType":"scalar","result":[1,"4"]}}'
TIMED_OUT = b'{"status":"error","errorType":"timeout","error":"query timed out"}'
WRONG = b'{"status":"error","errorType":"bad_data","error":"1:3: parse error"}'
ID = ruling(0).subject


def whole(words):
    """Return the size that grows at the ruling, and a counter that stands still."""
    first, last, step = (float(words[name]) for name in ("start", "end", "step"))
    times = [first + step * i for i in range(int((last - first) / step) + 1)]
    grows = words["query"] == "size"
    values = [[at, ("25" if at > BEGAN_S else "4") if grows else "7"] for at in times]
    return 200, {"date": formatdate(time.time(), usegmt=True)}, matrix(({}, values))


@pytest.fixture
def scored(tmp_path, monkeypatch, capsys):
    """Score one ruling from what answers so; return the code, what was said, and what is on record."""
    (tmp_path / "series.yaml").write_text(SERIES)
    record(tmp_path / "tidegate-gate", [ruling(0)])
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["tidegate", "decisions", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), " ".join("".join(capsys.readouterr()).split())

    def scored(url, *words):
        code, said = run("score", "--from", f"prometheus={url}", "--series", "series.yaml", *words)
        return code, said, run("show", ID)[1]

    return scored


def test_what_it_keeps_is_read_at_its_time(scored):
    """Around the ruling, in steps of the samples, with what is stale left out."""
    with answering(whole) as (url, asked):
        code, said, kept = scored(url)
    assert (0, True) == (code, "1 right" in said), said
    assert f"right by Prometheus at {url}" in kept
    for one in asked:
        assert ("/api/v1/query_range", "15", "60s") == (one["path"], one["step"], one["lookback_delta"])
        assert float(one["start"]) < BEGAN_S < float(one["end"]) == BEGAN_S + 120


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, {}, matrix()), "has no samples then"),
        ((200, {}, matrix(({"a": "1"}, [[BEGAN_S, "4"]]), ({"a": "2"}, [[BEGAN_S, "4"]]))), "is 2 series"),
        ((200, {}, matrix(({}, [[BEGAN_S + 15 * i, "NaN"] for i in range(-9, 9)]))), "has no samples"),
        ((200, {}, matrix(warnings=["a store is away"])), "that it is not whole (a store is away)"),
        ((200, {}, matrix(isPartial=True)), "that it is not whole (it is partial)"),
        ((200, {}, b"{" + b" " * 9_000_000 + b"}"), "is more than 8 MiB"),
        ((200, {}, b"<html>"), "is no JSON"),
        ((200, {}, SCALAR), "no answer to a range"),
    ],
    ids=["nothing", "several", "no numbers", "warned", "partial", "endless", "not JSON", "scalar"],
)  # fmt: skip
def test_what_does_not_say_is_unknown_and_never_right(scored, answer, said):
    with answering(lambda _words: answer) as (url, _):
        code, told, kept = scored(url)
    assert (0, True, True) == (code, "1 unknown" in told, said in kept), kept


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ((503, {}, TIMED_OUT), 4, "503 query timed out"),
        ((401, {}, b"no"), 4, "lets nobody in with these credentials (401)"),
        ((302, {"location": "http://127.0.0.1:1/"}, b""), 4, "302"),
        ((400, {}, WRONG), 2, "1:3: parse error"),
        ((200, {"date": "Mon, 30 Nov 2020 08:00:00 GMT"}, matrix()), 4, "another time than this machine"),
    ],
    ids=["busy", "closed", "elsewhere", "wrong expression", "wrong clock"],
)  # fmt: skip
def test_one_that_cannot_be_asked_leaves_rulings_as_they_are(scored, answer, code, said):
    """That a source was away for a minute is not on record for ever."""
    with answering(lambda _words: answer) as (url, _):
        ended, told, kept = scored(url)
    assert (code, True, True) == (ended, said in told, "scored: not yet" in kept), told


def test_one_that_is_not_there_or_drips_ends_in_time(scored):
    code, told, kept = scored("http://127.0.0.1:1")
    assert (4, True, True) == (code, "cannot be asked" in told, "scored: not yet" in kept), told

    def slow(_words):
        time.sleep(1.5)
        return 200, {}, matrix()

    with answering(slow) as (url, _):
        began_s = time.monotonic()
        answer = Prometheus(url, timeout_s=0.3)
        with pytest.raises(Exception, match="cannot be asked"):
            answer.read("size", BEGAN_S, BEGAN_S + 60, 15)
        assert time.monotonic() - began_s < 1.2


def test_credentials_are_shown_and_never_told(scored, tmp_path):
    """Out of a file; over an open line to another machine they are not, and an address may hold none."""
    (tmp_path / "token").write_text("s3cret\n")
    with answering(whole) as (url, asked):
        code, told, kept = scored(url, "--credentials", "token")
    assert (0, {"Bearer s3cret"}, False) == (code, {one["shown"] for one in asked}, "s3cret" in told + kept)
    told = scored("http://prom.example", "--credentials", "token")[1].lower()
    assert "would be shown credentials over an open line" in told
    code, told, _ = scored("http://me:s3cret@prom.example")
    assert (2, True, False) == (code, "holds a password" in told.lower(), "s3cret" in told), told


@pytest.mark.parametrize("url", ["ftp://a", "prom", "http://", "http://a:99999", "http://a?x=1"])
def test_what_is_no_address_is_refused(scored, url):
    code, told, _ = scored(url)
    assert (2, True) == (code, "is no address" in told.lower()), told


def test_a_long_time_is_asked_in_parts():
    """No part is more than Prometheus gives at once, none comes twice, and they are one series again."""
    first_s, last_s = BEGAN_S, BEGAN_S + 15 * 30_000

    def most(words):
        count = (float(words["end"]) - float(words["start"])) / float(words["step"])
        assert count < MOST_POINTS
        return whole(words)

    with answering(most) as (url, asked):
        found = Prometheus(url).read("refused", first_s, last_s, 15)
        assert not isinstance(found, Missing)
        assert (30_001, 3) == (len(found.at_s), len(asked))
        too_much = Prometheus(url).read("refused", first_s, first_s + 15 * 300_000, 15)
    assert isinstance(too_much, Missing)
    assert json.dumps(too_much.why)
