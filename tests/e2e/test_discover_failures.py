"""`tidegate discover`, of what failed while it was recorded: only where it was seen, with its interval."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from damaged_records import lost_in_bursts, old_untold, thinned
from recorded_flows import Drawn
from tidegate.world.file.read import read_world

FIXED, FULL, NAT, POOLED = ("10.1.0.5", 443), ("10.1.0.6", 80), ("10.1.0.7", 8080), ("10.1.0.8", 5432)
FAILS = ((40.0, 46.0, "silent"), (70.0, 76.0, "refused"))
TIMEOUT_S, THINK_S = 1.3, 3.0


def run(place, verb, *words):
    return subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", verb, *words],
        cwd=place, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip


def found_in(place, *records):
    done = run(place, "discover", *records, "--format", "json")
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def groups(found, port):
    return next(one["populations"] for one in found["places"] if one["port"] == port)


def is_in(number, truth):
    return number["low"] <= truth <= number["high"]


def fixed(number, _chance):
    """0.2 s, twice as long each time, three retries."""
    return 0.2 * 2.0 ** (number - 1) if number <= 3 else None


def full(number, chance):
    """Full jitter from 0.4 s, three times as long each time, at most 2 s, for ever."""
    return chance.uniform(0.0, min(0.4 * 3.0 ** (number - 1), 2.0))


def drawn(seed, fails=FAILS):
    """Two kinds of clients that try again; a hundred behind one address; hosts whose service restarts."""
    made = Drawn(random.Random(seed), 120.0, hold_s=20.0)  # noqa: S311  drawn, not secret
    for i in range(1, 81):
        made.retries(f"10.0.1.{i}", FIXED, THINK_S, 0.03, timeout_s=TIMEOUT_S, waits=fixed, fails=fails)
        made.retries(f"10.0.2.{i}", FULL, THINK_S, 0.03, timeout_s=TIMEOUT_S, waits=full, fails=fails)
    silent = (90.0, 102.0) if fails else (200.0, 201.0)
    for _ in range(100):
        made.stuck("10.0.3.1", NAT, THINK_S, 0.03, silent)
    for i in range(1, 21):
        if fails:
            made.restarted(f"10.0.4.{i}", POOLED, 6, 60.0, 2.5)
        else:
            made.kept_before(f"10.0.4.{i}", POOLED, 6)
    return made


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    made = drawn(5)
    (folder / "events.txt").write_text(made.events())
    (folder / "dump.txt").write_text(made.dump())
    quiet = drawn(5, fails=())
    (folder / "quiet.txt").write_text(quiet.events())
    (folder / "quiet_dump.txt").write_text(quiet.dump())
    return folder


@pytest.fixture(scope="module")
def found(place):
    return found_in(place, "events.txt", "dump.txt")


def test_when_and_how_each_place_failed_is_told(found):
    spells = {one["port"]: one["spells"] for one in found["places"]}
    for port in (443, 80):
        assert ["silent", "refused"] == [one["how"] for one in spells[port]]
        for (begin_s, end_s, _), told in zip(FAILS, spells[port], strict=True):
            assert begin_s == pytest.approx(told["begin_s"], abs=0.5)
            assert end_s == pytest.approx(told["end_s"], abs=0.5)
    assert ["restart"] == [one["how"] for one in spells[5432]]
    assert 60.0 == pytest.approx(spells[5432][0]["begin_s"], abs=0.5)


def test_timeout_and_backoff_lie_in_their_intervals(found):
    """Base, factor, jitter, cap and number of retries, of a law without jitter and of one with."""
    [one] = groups(found, 443)
    law = one["failing"]["law"]
    assert ("none", 3) == (law["jitter"], law["retries_count"])
    assert is_in(law["base_s"], 0.2), law
    assert is_in(law["factor"], 2.0), law
    assert law["cap_s"] is None
    assert is_in(one["failing"]["timeout_s"], TIMEOUT_S)
    [other] = groups(found, 80)
    law = other["failing"]["law"]
    assert ("full", None) == (law["jitter"], law["retries_count"])
    assert is_in(law["base_s"], 0.4), law
    assert is_in(law["factor"], 3.0), law
    assert is_in(law["cap_s"], 2.0), law
    assert is_in(other["failing"]["timeout_s"], TIMEOUT_S)
    assert 0.1 * TIMEOUT_S > abs(other["failing"]["timeout_s"]["value"] - TIMEOUT_S)


def test_a_silence_tells_who_stands_behind_an_address_and_a_restart_the_spread(found):
    [one] = groups(found, 8080)
    hidden = one["failing"]["hidden"]
    assert is_in(hidden["count"], 100)
    assert is_in(hidden["think_s"], THINK_S)
    [pods] = groups(found, 5432)
    assert 6 == pods["pool"]["value"]
    assert is_in(pods["failing"]["spread_s"], 2.5)


def test_it_is_written_into_the_world_and_the_world_does_it_again(found):
    world = read_world(found["world"], "it").world
    known = world.clients
    assert TIMEOUT_S == pytest.approx(known["of_https"].timeout_s, rel=0.05)
    [layer] = known["of_https"].retry.layers
    assert (3, "none") == (layer.retries_count, layer.jitter)
    hidden = known["of_http_2"]
    assert "closed" == hidden.demand.kind
    assert 70 < hidden.population_count < 140
    assert "of_https" not in str(world.beliefs["back_off"].counter), "how these try again was seen"
    assert "of_postgres" in str(world.beliefs["back_off"].counter), "and how these do was not"
    assert any(one["failing_count"] for one in found["replayed"])
    assert not any("run over again" in one for one in found["warnings"])


def test_nothing_of_it_is_given_where_nothing_failed(place):
    found = found_in(place, "quiet.txt", "quiet_dump.txt")
    for one in found["places"]:
        assert [] == one["spells"]
        for group in one["populations"]:
            assert not any(group["failing"].values()), (one["port"], group["failing"])
    measured = [line for line in found["world"].splitlines() if "basis: measured" in line]
    assert not any(word in line for line in measured for word in ("timeout", "base:", "spread", "multiplier"))
    assert "nothing failed" in found["unseen"][0]["what"]


def test_no_verdict_is_proceed_because_nothing_was_seen_to_fail(place):
    """Nobody saw what clients do in a failure, and the device is scarce: that may not pass."""
    assert 0 == run(place, "discover", "quiet.txt", "quiet_dump.txt", "--out", "quiet.yaml").returncode
    said = run(
        place, "check", "quiet.yaml", "--activity", "reconnect", "--no-report", "--format", "json",
        "--set", "crossings.nat.setup=105/s", "--set", "horizon=60s", "--runs", "4",
    )  # fmt: skip
    verdicts = json.loads(said.stdout)["verdicts"]
    assert "proceed" not in {one["verdict"] for one in verdicts}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda lines: lost_in_bursts(lines, 0.02, 1), "events were lost"),
        (old_untold, "nf_conntrack_events=2"),
    ],
)
def test_a_record_that_lacks_something_says_so(place, tmp_path, damage, said):
    lines = (place / "events.txt").read_text().splitlines(keepends=True)
    (tmp_path / "events.txt").write_text("".join(damage(lines)))
    assert said in " ".join(found_in(tmp_path, "events.txt", "--no-rank")["warnings"])


def test_of_a_sampled_record_no_rate_is_called_measured(place, tmp_path):
    lines = (place / "events.txt").read_text().splitlines(keepends=True)
    closed = [line.split("TIME_WAIT", 1)[1] for line in lines if "UPDATE" in line and "TIME_WAIT" in line]
    ended = "".join(f"tcp      6 15 TIME_WAIT{rest}" for rest in closed[-600:])
    (tmp_path / "dump.txt").write_text((place / "dump.txt").read_text() + ended)
    (tmp_path / "events.txt").write_text("".join(thinned(lines, 10)))
    found = found_in(tmp_path, "events.txt", "dump.txt")
    assert any("sampled" in one for one in found["warnings"])
    measured = [line for line in found["world"].splitlines() if "basis: measured" in line]
    assert not any(word in line for line in measured for word in ("rate", "think", "timeout"))


def test_a_number_that_does_not_give_what_was_recorded_is_a_range(tmp_path):
    """Half way through it is asked three times as often: one rate for all of it is not believed."""
    made = Drawn(random.Random(3), 120.0)  # noqa: S311  as above
    made.opened(["10.0.3.1", "10.0.3.2"], FIXED, 20.0, 0.01)
    later = Drawn(random.Random(4), 60.0)  # noqa: S311  as above
    later.ports = {"10.0.3.1": 30_000, "10.0.3.2": 30_000}
    later.opened(["10.0.3.1", "10.0.3.2"], FIXED, 40.0, 0.01)
    more = [(at_s + 60.0, _later(line)) for at_s, line in later.lines]
    (tmp_path / "events.txt").write_text("".join(f"{line}\n" for _, line in sorted([*made.lines, *more])))
    found = found_in(tmp_path, "events.txt")
    assert any("does not ask as often as was recorded" in one for one in found["warnings"])
    assert not any("rate: {" in line and "measured" in line for line in found["world"].splitlines())


def _later(line):
    """The same event a minute later."""
    at, rest = line.split("]", 1)
    return f"[{float(at[1:]) + 60.0:.6f}]{rest}"
