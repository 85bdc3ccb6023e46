"""VPC flow logs as CloudWatch gives them, inside JSON, and as Parquet: read, or refused with what to do."""

from __future__ import annotations

import json

import pytest

import flow_writers as write
from run_here import run_here

TRUTH = write.usual()
TEXT = write.vpc(TRUTH, write.DEFAULT_FIELDS, has_names=False)
LINES = TEXT.splitlines()


def discovered(folder, text, name="flows"):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run_here(folder, "discover", name, "--format", "json")
    return done, json.loads(done.stdout) if done.stdout else {}


def events(lines, key="events"):
    return [{"logStreamName": "eni-1-all", "timestamp": 1, "message": line, "eventId": "3"} for line in lines]


SHAPES = {
    "filter-log-events": lambda: json.dumps({"events": events(LINES), "searchedLogStreams": []}, indent=4),
    "in one line": lambda: json.dumps({"events": events(LINES)}, separators=(",", ":")),
    "subscription": lambda: "\n".join(
        json.dumps({"messageType": "DATA_MESSAGE", "logEvents": events(LINES[i:i + 40])})
        for i in range(0, len(LINES), 40)
    ),
    "get-query-results": lambda: json.dumps({
        "results": [
            [{"field": "@timestamp", "value": "2026-11-28 14:00:00.000"}, {"field": "@message", "value": one},
             {"field": "@ptr", "value": "CmEKJ"}]
            for one in reversed(LINES)
        ],
        "statistics": {"recordsMatched": 9.0}, "status": "Complete",
    }),
    "export of a query": lambda: json.dumps([{"@timestamp": "x", "@message": one} for one in LINES]),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_messages_in_json_are_the_lines_that_they_hold(tmp_path, shape):
    """The same world as of the lines alone, whatever stands around them."""
    done, plain = discovered(tmp_path, TEXT)
    assert 0 == done.returncode, done.stderr
    done, found = discovered(tmp_path, SHAPES[shape]())
    assert 0 == done.returncode, done.stderr
    assert plain["places"] == found["places"]
    assert plain["world"] == found["world"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"NextToken": "abc"}, "further pages are left"),
        ({"status": "Running"}, "the query had not ended"),
    ],
)
def test_a_part_of_the_messages_is_said_to_be_one(tmp_path, change, told):
    """What is left out of a page or by a query that still runs is told."""
    done, found = discovered(tmp_path, json.dumps({"events": events(LINES)} | change))
    assert 0 == done.returncode, done.stderr
    assert any(told in one for one in found["warnings"]), found["warnings"]


def test_json_that_was_cut_off_is_said_to_be(tmp_path):
    """What stands before is taken."""
    text = json.dumps({"events": events(LINES)})
    done, found = discovered(tmp_path, text[:-400])
    assert 0 == done.returncode, done.stderr
    assert any("the JSON ends in the middle" in one for one in found["warnings"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (json.dumps({"events": events(["3 eni-1 10.0.0.1 10.0.0.2 1 2 6 a b"])}), "echo 'version srcaddr"),
        (json.dumps({"events": events(["GET / 200"])}), "no VPC flow logs of the default format"),
        (json.dumps({"results": [[{"field": "srcAddr", "value": "10.0.0.1"}]]}), "fields @message"),
        (b"PAR1\x15\x04\x15\x00" + bytes(range(256)) * 300 + b"PAR1", "COPY (SELECT * FROM"),
    ],
)
def test_what_is_no_record_says_what_to_do(tmp_path, text, told):
    """One clear error with the way to what is read."""
    done, _ = discovered(tmp_path, text, name="flows.parquet")
    assert 2 == done.returncode
    assert told in " ".join(done.stderr.split())
    assert "1 thing to mend" in done.stderr


def test_what_duckdb_writes_of_parquet_is_read(tmp_path):
    """Amazon's names have underscores there: a NAT gateway's clients are those of the packets."""
    fields = f"{write.DEFAULT_FIELDS} tcp-flags pkt-srcaddr pkt-dstaddr"
    text = write.vpc(TRUTH, fields, own="10.0.0.220")
    _, plain = discovered(tmp_path, text)
    head, _, rest = text.replace(" ", ",").partition("\n")
    done, found = discovered(tmp_path, f"{head.replace('-', '_')}\n{rest}")
    assert 0 == done.returncode, done.stderr
    assert plain["places"] == found["places"]
