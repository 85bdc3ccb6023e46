"""Tables with semicolons and decimal commas, as spreadsheets of Europe have them: read, or refused."""

from __future__ import annotations

import re
import time

import pytest

import flow_writers as write
from run_here import run_here
from tidegate.world.file.read import read_world

TRUTH = write.usual()


def spreadsheet(text, *, comma=True, says_separator=False):
    """Return a table with commas as a spreadsheet in Berlin stores it."""
    cells = text.replace(",", ";")
    cells = re.sub(r"(?<=[\d])\.(\d{3})(?=;)", r",\1", cells) if comma else cells
    return ("sep=;\n" if says_separator else "") + cells


def discovered(folder, text):
    (folder / "flows.csv").write_text(text)
    return run_here(folder, "discover", "flows.csv", "--format", "json")


@pytest.mark.parametrize("comma", [True, False])
@pytest.mark.parametrize("kind", ["nfdump_csv", "nfdump_new_csv", "ipfix_csv"])
def test_a_table_of_flows_is_the_same_with_semicolons(tmp_path, kind, comma):
    """Every number is that of the table with commas and points."""
    text = getattr(write, kind)(TRUTH)
    plain = discovered(tmp_path, text)
    done = discovered(tmp_path, spreadsheet(text, comma=comma, says_separator=comma))
    assert 0 == done.returncode, done.stderr
    assert plain.stdout == done.stdout
    assert "lines are no entries" not in done.stdout


def test_commas_that_may_part_thousands_are_refused(tmp_path):
    """Nothing shows whether 12,345 is twelve seconds or twelve thousand: it is not guessed."""
    text = write.nfdump_new_csv(TRUTH).replace(",", ";")
    text = re.sub(r"\d+\.\d{3};TCP", "12,345;TCP", re.sub(r"(:\d\d)\.\d{3};", r"\1;", text))
    done = discovered(tmp_path, text)
    assert 2 == done.returncode
    assert "Has commas in its times that may part thousands or decimals: flows.csv" in done.stderr


def test_a_point_beside_commas_is_no_number(tmp_path):
    """1.795 among commas may be a thousand: the row is passed over, and counted."""
    text = spreadsheet(write.nfdump_new_csv(TRUTH))
    lines = text.splitlines()
    lines[50] = re.sub(r";(\d+),(\d+);TCP", r";1.795;TCP", lines[50])
    done = discovered(tmp_path, "\n".join(lines) + "\n")
    assert 0 == done.returncode, done.stderr
    assert "1 line is no entry and was passed over: line 51" in done.stdout


WORLD = """
tidegate: 1
name: shop
horizon: 5min
networks: {app: {}, data: {}}
crossings: {nat: {between: [app, data], forwarding: 100k/s}}
services: {db: {network: data, concurrency: 100, service_time: 20ms}}
clients:
  pods: {network: app, service: db, population: 40, connection: pool, pool: 20, timeout: 2s,
         demand: {kind: open, rate: 100/s}}
"""
SERIES = """
every: 5s
worlds: {shop: {readings: {clients.pods.pool: pool, services.db.open_connections: held}}}
"""


def fitted(folder, rows, heading="time;pool;held"):
    (folder / "world.yaml").write_text(WORLD)
    (folder / "series.yaml").write_text(SERIES)
    (folder / "s.csv").write_text("\n".join([heading, *rows]) + "\n")
    return run_here(folder, "fit", "world.yaml", "--from", "s.csv", "--series", "series.yaml")


def test_series_between_semicolons_are_read_with_their_commas(tmp_path):
    """12,0 is twelve, in the world too."""
    rows = [f"{1796000000 + 5 * i};12,0;480,5" for i in range(60)]
    done = fitted(tmp_path, rows)
    assert done.returncode in {0, 3}, done.stderr
    assert 12 == read_world((tmp_path / "world.yaml").read_text(), "w").world.clients["pods"].pool_count


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (("12,345", "480,512"), "Has commas that may part thousands or decimals"),
        (("12,5", "1.480"), "Has a decimal point beside decimal commas: 1.480"),
        (("1.234,5", "480,5"), "Has a decimal point beside decimal commas: 1.234,5"),
    ],
)
def test_series_whose_commas_may_be_either_are_refused(tmp_path, cells, told):
    """One clear error, and no world is changed."""
    done = fitted(tmp_path, [f"{1796000000 + 5 * i};{';'.join(cells)}" for i in range(60)])
    assert 2 == done.returncode
    assert told in " ".join(done.stderr.split())
    assert "pool: 20" in (tmp_path / "world.yaml").read_text()


def test_a_watched_table_with_commas_is_followed(tmp_path):
    """The watch reads it as the fit does: 850 of 1,000 is too near, whatever the mark."""
    (tmp_path / "w.yaml").write_text(
        "tidegate: 1\nname: shop\nnetworks: {a: {}, b: {}}\n"
        "crossings: {border: {between: [a, b], table: {entries: 1000}}}\n"
    )
    (tmp_path / "series.yaml").write_text(
        "every: 15s\nworlds: {shop: {readings: {crossings.border.flows_held: held}}}\n"
    )
    now_s = int(time.time())
    rows = [f"{now_s - ago};850,25" for ago in range(600, -1, -15)]
    (tmp_path / "s.csv").write_text("\n".join(["time;held", *rows]) + "\n")
    done = run_here(tmp_path, "watch", "w.yaml", "--from", "files=s.csv", "--series", "series.yaml", "--once")
    assert 5 == done.returncode, done.stdout + done.stderr
    assert "850" in done.stdout
