"""`tidegate watch` at a terminal: codes, what is printed, and outages in a record's folder."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.telemetry import live_files, live_sources
from tidegate.cli.app import app
from tidegate.cli.command_modules import register
from tidegate.errors import InputError
from tidegate.inform.state import State

register()

WORLD = """
name: shop
networks: {inside: {}, outside: {}}
crossings: {border: {between: [inside, outside], table: {entries: 1000}}}
services: {api: {network: outside, instances: 4}}
"""
SERIES = """
every: 15s
worlds: {shop: {readings: {crossings.border.flows_held: held, services.api.instances: pods}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "world.yaml").write_text(WORLD)
    (tmp_path / "series.yaml").write_text(SERIES)
    return tmp_path


def watch(folder: Path, held: float, *words: str, ago_s: float = 0.0, pods: int = 4):
    """Run the command on ten minutes of a steady load that ended so long ago."""
    end_s = time.time() - ago_s
    rows = [f"{end_s - step * 15:.0f},{held},{pods}" for step in range(40, -1, -1)]
    (folder / "live.csv").write_text("\n".join(["time,held,pods", *rows]) + "\n")
    given = [str(folder / "world.yaml"), "--from", f"files={folder / 'live.csv'}", "--series"]
    return CliRunner().invoke(
        app, ["watch", *given, str(folder / "series.yaml"), "--once", *words], standalone_mode=False
    )


def outages(folder: Path):
    journal = open_journal(folder / "record")
    try:
        return State().take_all(entry for _, entry in journal.entries()).outages()
    finally:
        journal.close()


@pytest.mark.parametrize(
    ("held", "ago_s", "code", "said"),
    [(100, 0, 0, "shop: fine"), (850, 0, 5, "85% of 1,000 (the flow table of border)"),
     (100, 600, 4, "Not seen for 10 min")],
)  # fmt: skip
def test_its_code_says_how_the_world_is(folder, held, ago_s, code, said):
    done = watch(folder, held, ago_s=ago_s)
    assert done.return_value == code
    assert said in done.stdout.replace("\n", " ").replace("    ", "")


def test_a_world_that_no_longer_holds_is_told_and_breaks_nothing(folder):
    done = watch(folder, 100, pods=9)
    assert done.return_value == 0
    assert "no longer holds: the instances of api are 9, and it says 4" in " ".join(done.stdout.split())
    (_, api) = json.loads(watch(folder, 100, "--format", "json", pods=9).stdout)["places"]
    assert (api["holds"], api["drifts"][0]["measured"]) == (False, 9.0)


def test_what_is_broken_or_blind_is_in_the_record_once(folder):
    for _ in range(2):
        assert watch(folder, 850, "--data", str(folder / "record")).return_value == 5
    (one,) = outages(folder)
    assert (one.source, one.cause, len(one.seen)) == ("watch", "border", 1)
    watch(folder, 100, "--data", str(folder / "record"), ago_s=600)
    assert {one.cause for one in outages(folder)} == {"border", ""}


@pytest.mark.parametrize("share", ["80", "0%", "101%"])
def test_a_share_beyond_the_whole_is_refused(folder, share):
    """Read as 8000 % it would never be said."""
    done = watch(folder, 950, "--share", share)
    assert isinstance(done.exception, InputError)
    assert "is no share of a limit" in str(done.exception)


def test_what_is_not_watched_is_said_in_the_first_line(folder):
    """Fine is said of what is read, and of nothing else."""
    (folder / "series.yaml").write_text(
        "every: 15s\nworlds: {shop: {readings: {services.api.instances: pods}}}\n"
    )
    first = watch(folder, 100).stdout.splitlines()[0]
    assert "shop: fine where it is watched; nothing is read of 1 place" in first


ANSWER_WORLD = """
name: shop
networks: {inside: {}, outside: {}}
crossings:
  border:
    between: [inside, outside]
    table: {entries: 1000}
    setup: 100/s
    known_as: {prometheus: '{job="nat"}'}
"""


def of_world(folder: Path, world: str, table: str, *words: str, series: str = SERIES):
    """Run the command once on a world and what a file says."""
    (folder / "world.yaml").write_text(world)
    (folder / "series.yaml").write_text(series)
    (folder / "live").write_text(table)
    given = [str(folder / "world.yaml"), "--from", f"files={folder / 'live'}", *words, "--once"]
    done = CliRunner().invoke(app, ["watch", *given], standalone_mode=False)
    return done, " ".join(done.stdout.split())


def answer(name: str, values: list[tuple[float, float]], **labels: str) -> str:
    """Return the answer of a Prometheus to a range query."""
    shown = [[at_s, str(value)] for at_s, value in values]
    row = {"metric": {"__name__": name, "job": "nat", **labels}, "values": shown}
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [row]}})


def lately(value: float) -> list[tuple[float, float]]:
    now_s = time.time()
    return [(now_s - ago_s, value) for ago_s in range(600, -1, -15)]


def test_a_limit_whose_load_no_exporter_shows_is_told_and_not_as_watched(folder):
    shown = answer("node_nf_conntrack_entries", lately(100), instance="a")
    done, said = of_world(folder, ANSWER_WORLD, shown)
    assert done.return_value == 0
    assert "shop: fine where it is watched; 1 load with a limit is not watched." in said
    assert "new connections a second: not watched" in said
    found = json.loads(of_world(folder, ANSWER_WORLD, shown, "--format", "json")[0].stdout)
    assert found["unwatched"] == ["crossings.border.new_flows"]
    assert found["places"][0]["unwatched"] == ["new_flows"]


def test_a_limit_whose_load_nobody_reads_is_told_as_well(folder):
    series = "every: 15s\nworlds: {shop: {readings: {crossings.border.flows_held: held}}}\n"
    world = ANSWER_WORLD.replace("    known_as: {prometheus: '{job=\"nat\"}'}\n", "")
    table = "time,held\n" + "".join(f"{at_s},{held}\n" for at_s, held in lately(100))
    done, said = of_world(
        folder, world, table, "--series", str(folder / "series.yaml"), series=series
    )  # fmt: skip
    assert done.return_value == 0
    assert "1 load with a limit is not watched" in said
    assert "new connections a second: not watched" in said


def test_one_device_of_two_leaves_the_command_blind(folder):
    world = ANSWER_WORLD.replace("table:", "devices: 2\n    table:").replace("    setup: 100/s\n", "")
    done, said = of_world(
        folder, world, answer("node_nf_conntrack_entries", lately(780), instance="a")
    )  # fmt: skip
    assert done.return_value == 4
    assert "1 of 2 devices is seen" in said
    assert "78% of 1,000" in said


def test_what_is_passed_over_and_large_numbers_are_told_in_words(folder):
    world = ANSWER_WORLD.replace("entries: 1000", "entries: 262144").replace("    setup: 100/s\n", "")
    values = [*lately(67_940)[:-1], (time.time(), -1.0)]
    done, said = of_world(folder, world, answer("node_nf_conntrack_entries", values, instance="a"))
    assert done.return_value == 0
    assert "67,940, 26% of 262,144" in said
    assert "1 sample of crossings.border.flows_held passed over" in said


def test_a_column_that_is_not_there_is_named_with_those_that_are(folder):
    (folder / "series.yaml").write_text(SERIES)
    table = "time,hold,pods\n" + "".join(f"{at_s},{held},4\n" for at_s, held in lately(100))
    done, said = of_world(folder, WORLD, table, "--series", str(folder / "series.yaml"))
    assert done.return_value == 4
    assert "hasnocolumnheld(ithashold,pods)" in "".join(said.split())  # a path may be cut anywhere
    (folder / "series.yaml").write_text(SERIES)
    shown = answer("entries", lately(100), instance="a")
    _, said = of_world(folder, WORLD, shown, "--series", str(folder / "series.yaml"))
    assert "hasnoseriesheld" in "".join(said.split())


def test_samples_ahead_of_the_clock_are_said_to_be(folder):
    done = watch(folder, 100, ago_s=-3_900.0)
    assert done.return_value == 4
    assert "its times are" in done.stdout
    assert "min ahead of the clock" in " ".join(done.stdout.split())


def test_blind_since_another_day_says_the_day(folder):
    done = watch(folder, 100, ago_s=86_400.0)
    day = f"{datetime.fromtimestamp(time.time() - 86_400.0, UTC):%d %B %Y}"
    assert f"crossings.border: blind since {day}, " in " ".join(done.stdout.split())


def test_a_file_on_a_disk_that_hangs_is_blind_and_ends_the_look(folder, monkeypatch):
    """Nobody answers a read: the code is that of blind, and the command ends."""
    over = threading.Event()
    monkeypatch.setattr(live_files, "open_regular", lambda _name: over.wait(60.0))
    monkeypatch.setattr(live_sources, "WAITS_S", {"files": 0.2})
    done = watch(folder, 100)
    over.set()
    assert done.return_value == 4
    assert "has not answered for" in " ".join(done.stdout.split())
