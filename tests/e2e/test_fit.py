"""`tidegate fit`: numbers of worlds that are known, out of what exporters show of them."""

from __future__ import annotations

import csv
import io
import json
import math
import random

import pytest

from fitted_worlds import EVERY_S, as_table, drawn, fitted, scored, series_file
from prometheus_stub import answering, matrix
from recorded_flows import Drawn
from run_here import run_here as run
from tidegate.fit.exported import BIN_S, exported
from tidegate.observe.noun_reading import COUNTER, form_of
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

TRUE = """\
# What is true.
tidegate: 1
name: shop
horizon: 700s
networks: {inside: {}, outside: {}}
crossings:
  nat:
    between: [inside, outside]
    table: {entries: 262144, closed_hold: 43s}  # sysctl says so
    background: {flows: 4000}
services:
  web: {network: outside, instances: 2, concurrency: 64, service_time: 100ms}
clients:
  users:
    network: inside
    service: web
    population: 50
    demand: {kind: open, rate: 80/s}  # of them all
    timeout: 2s
    retry: {layers: [{backoff: exponential, base: 700ms, retries: 3}]}
"""
BELIEVED = (
    TRUE.replace("80/s", "{value: 30/s, low: 25/s, high: 35/s, basis: measured, source: last year}")
    .replace("closed_hold: 43s", "closed_hold: 120s")
    .replace("flows: 4000", "flows: 900")
    .replace("100ms", "{value: 30ms, low: 10ms, high: 50ms, basis: assumed, measure: traces}")
)


def table(text, seed=3):
    """What exporters showed of a world, as a table; and what it is called there."""
    file = read_world(text, "true")
    tables = lower(write_script(file), horizon_s=file.world.horizon_s, bin_s=BIN_S)
    history = exported(file.world, tables, simulate(tables, seed=seed), EVERY_S)
    return as_table(history)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fitted")
    shown, names = table(TRUE)
    (folder / "series.csv").write_text(shown)
    (folder / "series.yaml").write_text(series_file("shop", names))
    (folder / "believed.yaml").write_text(BELIEVED)
    return folder


def fit(place, world, *words, series="series.csv"):
    return run(place, "fit", world, "--from", series, "--series", "series.yaml", *words)


def test_the_marked_numbers_are_written_and_nothing_else(place):
    """Values, intervals and provenance stand where they stood; what people wrote beside them stays."""
    (place / "mine.yaml").write_text(BELIEVED)
    done = fit(place, "mine.yaml", "--report", "page.html")
    assert 0 == done.returncode, done.stderr
    text = (place / "mine.yaml").read_text()
    file = read_world(text, "mine.yaml")
    for path, truth in {
        "clients.users.demand.rate": 80.0, "crossings.nat.table.closed_hold": 43.0,
        "crossings.nat.background.flows": 4000.0, "services.web.service_time": 0.1,
    }.items():  # fmt: skip
        known = file.estimates[path]
        assert known.low <= truth <= known.high
        assert truth == pytest.approx(known.value, rel=0.1)
        assert ("measured", "series.csv, 12 min until 2026-11-28 18:06 UTC") == (known.basis, known.source)
    assert "traces" == file.estimates["services.web.service_time"].measure
    before, after = BELIEVED.splitlines(), text.splitlines()
    assert len(before) == len(after)
    changed = [i for i in range(len(before)) if before[i] != after[i]]
    assert 4 == len(changed)
    assert all("# sysctl says so" in after[i] for i in changed if "sysctl" in before[i])
    assert "clients.users.demand.rate was measured before as 25/s to 35/s (last year)" in flat(done.stdout)
    page = (place / "page.html").read_text()
    assert "<svg" in page
    assert "crossings.nat.flows_held" in page
    again = fit(place, "mine.yaml")
    assert "there is no new number" in again.stdout
    assert text == (place / "mine.yaml").read_text()


def flat(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def dry(place):
    """A dry run, as a program reads it."""
    return fit(place, "believed.yaml", "--dry-run", "--format", "json")


def test_a_dry_run_writes_nothing_and_says_all(place, dry):
    """Old, new and interval of each; the same input gives the same bytes."""
    first, second = dry, fit(place, "believed.yaml", "--dry-run", "--format", "json")
    assert BELIEVED == (place / "believed.yaml").read_text()
    assert first.stdout == second.stdout
    numbers = {one["path"]: one for one in json.loads(first.stdout)["numbers"]}
    hold = numbers["crossings.nat.table.closed_hold"]
    assert ("new", 120.0) == (hold["state"], hold["before"]["value"])
    assert hold["low"] <= 43.0 <= hold["high"]


def test_what_quiet_data_cannot_show_is_not_given(dry):
    """Time-outs need a failure, a table's size one that was full: no number, and what would tell."""
    said = json.loads(dry.stdout)
    untold = {one["path"]: one for one in said["numbers"] if one["state"] == "untold"}
    assert {"clients.users.timeout", "clients.users.retry.layers.0.base"} <= set(untold)
    assert "nobody was left without an answer" in untold["clients.users.timeout"]["why"]
    assert "never full" in untold["crossings.nat.table.entries"]["why"]
    assert all("value" not in one and one["measure"] for one in untold.values())


def test_a_number_that_the_engine_does_not_reproduce_keeps_its_old_value(place):
    """A service that others use too, of whom the world knows nothing: which reading is off is said."""
    others = "  others: {network: inside, service: web, population: 9, demand: {kind: open, rate: 60/s}}\n"
    (place / "shared.csv").write_text(table(TRUE + others)[0])
    (place / "other.yaml").write_text(BELIEVED)
    done = fit(place, "other.yaml", series="shared.csv")
    assert 3 == done.returncode, done.stdout
    said = flat(done.stdout)
    assert "Not reproduced: services.web.service_time keeps 30ms" in said
    assert said.index("Not reproduced") < said.index("INTERVAL")
    assert "NOT in its band" in done.stdout
    assert "service_time: {value: 30ms," in (place / "other.yaml").read_text()


def test_a_level_that_varies_is_a_range(place):
    """Twice as much from the middle on is no one rate: both levels are in the range, and it is said."""
    surge = TRUE + "triggers: {more: {at: 350s, set: {clients.users.demand.rate: 160/s}}}\n"
    (place / "surging.csv").write_text(table(surge)[0])
    (place / "surged.yaml").write_text(BELIEVED)
    done = fit(place, "surged.yaml", series="surging.csv")
    assert "clients.users.demand.rate varies over the record" in flat(done.stdout)
    rate = read_world((place / "surged.yaml").read_text(), "surged").estimates["clients.users.demand.rate"]
    assert rate.low <= 80.0
    assert rate.high >= 160.0


def minutes(place, name, rates, every_s=60, began_s=1_796_000_000):
    """Counts of requests and a constant column, one sample for each rate."""
    chance = random.Random(3)  # noqa: S311  drawn, not secret
    lines, total = ["time,requests,limit"], 0
    for i, rate in enumerate(rates):
        lines.append(f"{began_s + every_s * i},{total},30000")
        total += round(chance.gauss(rate * every_s, (rate * every_s) ** 0.5))
    (place / name).write_text("\n".join(lines) + "\n")


def counted(place, *tables, world="believed.yaml", more="", every="60s"):
    """A fit of the requests of tables, as a program reads it; and how it ended."""
    readings = f"{{clients.users.requests: {{count: requests}}{more}}}"
    (place / "counted.yaml").write_text(f"every: {every}\nworlds: {{shop: {{readings: {readings}}}}}\n")
    sources = [word for one in tables for word in ("--from", one)]
    return run(
        place, "fit", world, *sources, "--series", "counted.yaml", "--dry-run", "--format", "json"
    )  # fmt: skip


def number(done, path="clients.users.demand.rate"):
    return next(one for one in json.loads(done.stdout)["numbers"] if one["path"] == path)


def test_a_day_that_ends_at_its_mean_is_the_range_of_the_day(place):
    """One day of 40 to 160 a second whose last minutes are at 100: never narrower than what was seen."""
    wave = [100 * (1 + 0.6 * math.sin(2 * math.pi * i / 1440)) for i in range(1416)]
    minutes(place, "wave.csv", [*wave, *[100.0] * 25])
    rate = number(counted(place, "wave.csv"))
    assert rate["is_varying"]
    assert rate["low"] <= 41
    assert rate["high"] >= 159
    minutes(place, "steady.csv", [100.0] * 720)
    rate = number(counted(place, "steady.csv"))
    assert not rate["is_varying"]
    assert 100.0 == pytest.approx(rate["high"], rel=0.03)


def test_what_nothing_stands_beside_is_not_called_reproduced(place):
    """Six steps are compared with nothing: it is said, and the end is no 0."""
    minutes(place, "few.csv", [30.0] * 6)
    done = counted(place, "few.csv")
    assert 3 == done.returncode
    assert not number(done)["is_compared"]
    shown = run(place, "fit", "believed.yaml", "--from", "few.csv", "--series", "counted.yaml", "--dry-run")
    assert "Not compared: clients.users.demand.rate" in flat(shown.stdout)


def test_a_number_in_another_unit_is_not_written(place):
    """30,000 ms read as seconds is fifteen thousand times the old time-out: it stays, and it is said."""
    minutes(place, "unit.csv", [30.0] * 30)
    done = counted(place, "unit.csv", more=", clients.users.timeout: limit")
    assert 3 == done.returncode
    assert "doubted" == number(done, "clients.users.timeout")["state"]
    text = run(place, "fit", "believed.yaml", "--from", "unit.csv", "--series", "counted.yaml", "--out", "-")
    assert "timeout: 2s" in text.stdout
    assert "Not written: clients.users.timeout keeps 2s: 30,000 was read" in flat(text.stderr)


def test_tables_that_follow_each_other_are_one(place):
    """Two tables of the same columns, one after the other, are one record; for the same time they are not."""
    minutes(place, "first.csv", [30.0] * 30)
    minutes(place, "second.csv", [30.0] * 30, began_s=1_796_000_000 + 30 * 60)
    done = counted(place, "second.csv", "first.csv")
    assert 0 == done.returncode, done.stderr
    assert number(done)["count"] > 1.8 * number(counted(place, "first.csv"))["count"]
    (place / "again.csv").write_text((place / "first.csv").read_text())
    twice = counted(place, "first.csv", "again.csv")
    assert 4 == twice.returncode
    assert "in 2 files for the same time" in flat(twice.stderr)


def test_milliseconds_are_one_fault(place):
    """A time that counts thousandths is said once, by that word."""
    minutes(place, "ms.csv", [30.0] * 30)
    (place / "ms.csv").write_text((place / "ms.csv").read_text().replace("\n1796", "\n1796000"))
    done = counted(place, "ms.csv")
    assert 2 == done.returncode
    assert 1 == done.stderr.count("milliseconds")
    assert "1 thing to mend" in done.stderr


def test_one_silence_tells_time_out_and_retries(place):
    """What waits and what is tried again while nobody answers gives both, and how often."""
    gone = "{services.web.instances: 0, services.web.when_down: silent}"
    silence = f"triggers: {{gone: {{at: 502s, for: 60s, gone_connections: stay, set: {gone}}}}}\n"
    shown, _ = table(TRUE.replace("base: 700ms", "base: 2s") + silence)
    (place / "silent.csv").write_text(shown)
    (place / "third.yaml").write_text(
        BELIEVED.replace("timeout: 2s", "timeout: 5s").replace("retries: 3", "retries: 6")
    )
    done = fit(place, "third.yaml", series="silent.csv")
    assert 0 == done.returncode, done.stdout
    file = read_world((place / "third.yaml").read_text(), "third.yaml")
    timeout, base = (
        file.estimates["clients.users.timeout"],
        file.estimates["clients.users.retry.layers.0.base"],
    )
    assert timeout.low <= 2.0 <= timeout.high
    assert base.low <= 2.0 <= base.high
    assert 3 == file.world.clients["users"].retry.layers[0].retries_count


def test_bad_readings_are_told_at_once(place):
    """A name that is none, a counter that is read as a gauge: each with its path, before anything is read."""
    wrong = "worlds: {shop: {readings: {crossings.nat.flow_held: x, clients.users.requests: y}}}\n"
    (place / "wrong.yaml").write_text(wrong)
    done = run(place, "fit", "believed.yaml", "--from", "series.csv", "--series", "wrong.yaml", "--dry-run")
    assert 2 == done.returncode
    assert "crossings.nat.flows_held" in done.stderr
    assert "clients.users.requests" in done.stderr
    assert "Traceback" not in done.stderr
    bundled = run(place, "fit", "everyday_nat", "--from", "series.csv", "--series", "series.yaml")
    assert 2 == bundled.returncode
    assert "Is not written in place" in bundled.stderr


def test_prometheus_is_asked_and_what_is_not_there_is_said(place):
    """Range queries give the same numbers; a series that is not there is named, and told of nothing."""
    rows = list(csv.reader(io.StringIO((place / "series.csv").read_text())))
    columns = {name: i for i, name in enumerate(rows[0])}

    def answer(words):
        column = columns.get(words["query"])
        if column is None or words["query"].endswith("busy"):
            return 200, {}, matrix()
        first, last = float(words["start"]), float(words["end"])
        values = [[last - 5.0 * (len(rows) - 1 - i), row[column]] for i, row in enumerate(rows) if i]
        return 200, {}, matrix(({}, [one for one in values if first <= one[0] <= last]))

    with answering(answer) as (url, _):
        done = run(
            place, "fit", "believed.yaml", "--from", f"prometheus={url}", "--series", "series.yaml",
            "--dry-run", "--format", "json", "--since", "1h",
        )  # fmt: skip
    said = json.loads(done.stdout)
    assert {"services.web.busy"} == set(said["unread"])
    numbers = {one["path"]: one for one in said["numbers"]}
    assert numbers["clients.users.demand.rate"]["low"] <= 80.0 <= numbers["clients.users.demand.rate"]["high"]
    assert "services.web.service_time" not in numbers


def test_flow_records_tell_pauses_and_rates(place):
    """Clients and services are found by the addresses that the world has; no file of series is needed."""
    made = Drawn(random.Random(4), 180.0, hold_s=30.0)  # noqa: S311  drawn, not secret
    for i in range(1, 121):
        made.closed(f"10.0.2.{i}", ("10.1.0.6", 80), 3.0, 0.05)
    made.opened([f"10.0.3.{i}" for i in range(1, 5)], ("10.1.0.5", 443), 90.0, 0.1)
    (place / "events.txt").write_text(made.events())
    web, api = (", ".join(f"10.0.{net}.{i}" for i in range(1, end)) for net, end in ((2, 121), (3, 5)))
    (place / "flows.yaml").write_text(f"""\
name: flows
horizon: 5min
networks: {{a: {{}}, b: {{}}}}
crossings: {{nat: {{between: [a, b]}}}}
services:
  web: {{network: b, concurrency: 100, service_time: 50ms, known_as: {{address: "tcp 10.1.0.6:80"}}}}
  api: {{network: b, concurrency: 100, service_time: 100ms, known_as: {{address: "tcp 10.1.0.5:443"}}}}
clients:
  people:
    {{network: a, service: web, population: 120, demand: {{think: 9s}}, known_as: {{addresses: "{web}"}}}}
  jobs:
    {{network: a, service: api, demand: {{kind: open, rate: 30/s}}, known_as: {{addresses: "{api}"}}}}
""")
    done = run(place, "fit", "flows.yaml", "--from", "events.txt")
    assert 0 == done.returncode, done.stdout + done.stderr
    file = read_world((place / "flows.yaml").read_text(), "flows.yaml")
    think, rate = file.estimates["clients.people.demand.think"], file.estimates["clients.jobs.demand.rate"]
    assert think.low <= 3.0 <= think.high
    assert rate.low <= 90.0 <= rate.high
    other = run(place, "fit", "believed.yaml", "--from", "events.txt", "--dry-run")
    assert 2 == other.returncode
    assert "holds no flow of this world" in flat(other.stderr).lower()


def test_the_course_of_a_day_is_told_and_its_busiest_hour_taken(place):
    """Three days of counts with a wave: the world has the busiest hour, and the whole day as its range."""
    chance = random.Random(5)  # noqa: S311  drawn, not secret
    lines, total = ["time,requests"], 0
    for i in range(3 * 288):
        hour = (i * 300 / 3600) % 24
        rate = 40.0 if 9 <= hour < 17 else 10.0
        total += round(chance.gauss(rate * 300, (rate * 300) ** 0.5))
        lines.append(f"{1_795_824_000 + 300 * i},{total}")
    (place / "days.csv").write_text("\n".join(lines) + "\n")
    (place / "days.yaml").write_text(
        "every: 5min\nworlds: {shop: {readings: {clients.users.requests: {count: requests}}}}\n"
    )
    done = run(
        place, "fit", "believed.yaml", "--from", "days.csv", "--series", "days.yaml", "--dry-run",
        "--format", "json",
    )  # fmt: skip
    said = json.loads(done.stdout)
    (rate,) = [one for one in said["numbers"] if one["path"] == "clients.users.demand.rate"]
    assert 40.0 == pytest.approx(rate["value"], rel=0.03)
    assert rate["low"] < 10.1
    assert 24 == len(said["courses"]["clients.users.demand.rate"])


def test_worlds_that_are_drawn_come_out(place):
    """Damaged records of worlds that nobody chose: what is given holds the truth (`fits.md` has 40)."""
    given = []
    for seed in (2,):
        known = drawn(seed)
        given += scored(known, fitted(known))[0]
    assert len(given) >= 8
    assert all(one.is_inside for one in given)
    assert sum(one.off_ratio <= 0.1 for one in given) >= 0.9 * len(given)


@pytest.mark.parametrize("name", ["crossings.nat.flows_held", "clients.users.requests"])
def test_forms_are_as_exporters_have_them(name):
    assert (COUNTER == form_of(name)) is name.endswith("requests")
