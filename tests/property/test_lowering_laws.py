"""Laws of lowering that hold for any world: what is only written otherwise lowers to the same tables."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from tidegate.evaluate.variants.grain import Grain
from tidegate.simulate.kernels.nouns import Crossing, Device, Population, Service, Way
from tidegate.simulate.lower import lower
from tidegate.simulate.script import write_script
from tidegate.simulate.tables import Tables
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import from_document, read_world

ROOT = Path(__file__).parents[2]
FILES = [
    *sorted((ROOT / "examples").glob("*/world.yaml")),
    *sorted((ROOT / "tests" / "published" / "worlds").glob("*.yaml")),
]
NUMBERED = [Population.service, Population.first_client, Population.lookup, Population.policy]
NUMBERED += [Population.syn_at, Population.cache, Population.effect]
NUMBERED += range(Population.way, Population.way + Way.SIZE)


def lowered(file, activity):
    """The tables of the whole world."""
    return lower(write_script(file, activity), horizon_s=file.world.horizon_s)


def each_activity():
    """Every world with each of its activities, and those that have none."""
    for path in FILES:
        file = read_world(path.read_text(encoding="utf-8"), path.name)
        for activity in file.world.activities or [None]:
            name = path.parent.name if path.name == "world.yaml" else path.stem
            yield pytest.param(path, activity, id=f"{name}-{activity}")


WORLDS = list(each_activity())


def read(path):
    return read_world(path.read_text(encoding="utf-8"), path.name)


def total(tables, name):
    """Clients, and arrivals a second, of the populations whose name begins so, phase by phase."""
    mine = [j for j, one in enumerate(tables.populations) if one.split("/")[0] in {name, f"{name}_half"}]
    rows = tables.population_rows[:, mine]
    intervals = rows[:, :, Population.interval_ns]
    rates = np.where(intervals > 0, 1e9 / np.maximum(intervals, 1), 0.0)
    places = rows[:, :, Population.clients_count] * rows[:, :, Population.places_each_count]
    return places.sum(axis=1), rates.sum(axis=1)


@pytest.mark.parametrize(("path", "activity"), WORLDS)
def test_two_equal_halves_are_the_same_population(path, activity):
    """Clients, rates, services and crossings are as before, in every phase."""
    file = read(path)
    whole = lowered(file, activity)
    touched = str(file.document.get("activities", "")) + str(file.document.get("triggers", ""))
    for name, clients in file.world.clients.items():
        # A trigger that sets the size of one population sets that of one half.
        if f"clients.{name}." in touched or f"'{name}'" in touched or clients.population_count % 2:
            continue
        half = {
            **file.document["clients"][name],
            "population": clients.population_count // 2,
        }
        if clients.demand.kind == "open":
            half["demand"] = {**half["demand"], "rate": clients.demand.rate_per_s / 2}
        split = {**file.document, "clients": {**file.document["clients"], name: half, f"{name}_half": half}}
        split.pop("beliefs", None)
        split.pop("segments", None)
        split.pop("tooling", None)
        halved = lowered(from_document(split, "halves"), activity)
        for one, other in zip(total(whole, name), total(halved, name), strict=True):
            assert one == pytest.approx(other, rel=1e-5)
        assert np.array_equal(whole.crossing_rows, halved.crossing_rows)
        assert np.array_equal(whole.device_rows, halved.device_rows)
        one, other = (np.delete(tables.service_rows, Service.brings, axis=2) for tables in (whole, halved))
        assert np.array_equal(one, other)


def reversed_keys(document):
    """The same file, each section from its end."""
    return {
        section: dict(reversed(part.items())) if isinstance(part, dict) and section != "objectives" else part
        for section, part in reversed(document.items())
    }


@pytest.mark.parametrize(("path", "activity"), WORLDS)
def test_the_order_of_keys_does_not_matter(path, activity):
    """Every population, service and crossing gets the same numbers."""
    file = read(path)
    one, other = lowered(file, activity), lowered(from_document(reversed_keys(file.document), "r"), activity)
    for table, names, numbered in (
        ("population_rows", "populations", NUMBERED),
        ("service_rows", "services", [Service.calls_at, Service.brings]),
        ("crossing_rows", "crossings", [Crossing.first_device_number]),
    ):
        first, second = getattr(one, names), getattr(other, names)
        assert sorted(first) == sorted(second)
        order = [second.index(name) for name in first]
        a, b = getattr(one, table), getattr(other, table)[:, order]
        assert np.array_equal(np.delete(a, numbered, axis=2), np.delete(b, numbered, axis=2))
    assert one.script.shape == other.script.shape


@pytest.mark.parametrize(("path", "activity"), WORLDS)
def test_units_do_not_matter(path, activity):
    """Seconds as milliseconds, thousands as ones."""
    text = path.read_text(encoding="utf-8")
    changed = re.sub(
        r"(?<=[ {:])(\d+(?:\.\d+)?)s(?=[,}\s])", lambda found: f"{float(found[1]) * 1000:.10g}ms", text
    )
    changed = re.sub(r"(?<=[ {:])(\d+)k/s(?=[,}\s])", lambda found: f"{int(found[1]) * 1000}/s", changed)
    assert changed != text
    one, other = lowered(read(path), activity), lowered(read_world(changed, path.name), activity)
    for field in fields(Tables):
        a, b = getattr(one, field.name), getattr(other, field.name)
        assert np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b


@pytest.mark.parametrize(("path", "activity"), WORLDS)
def test_names_do_not_matter(path, activity):
    """With other titles every table is the same."""
    file = read(path)
    renamed = overlay(file, {f"clients.{name}.title": "another" for name in file.world.clients})
    one, other = lowered(file, activity), lowered(renamed, activity)
    for field in fields(Tables):
        a, b = getattr(one, field.name), getattr(other, field.name)
        assert np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b


@pytest.mark.parametrize(("path", "activity"), WORLDS)
def test_no_limit_is_rounded_up_at_any_fraction_that_is_taken(path, activity):
    """Connections, tables, ports and queues at a fraction are never more than their share of the whole."""
    file = read(path)
    script = write_script(file, activity)
    grain, whole = Grain(script), lowered(file, activity)
    for fraction in (0.5, 0.25, 0.1, 0.05, 0.01):
        if not grain.kept_at(fraction):
            continue
        part = lower(script, horizon_s=file.world.horizon_s, fraction=fraction)
        for column in (Device.table_count, Device.ports_count, Device.concurrent_count):
            some, every = part.device_rows[:, :, column], whole.device_rows[:, :, column]
            assert (some <= every * fraction)[every > 0].all()
        some, every = part.service_rows, whole.service_rows
        limited = every[:, :, Service.connections_millionths] > 0
        accepted, all_accepted = (
            rows[:, :, Service.connections_millionths] * np.maximum(rows[:, :, Service.instances_count], 1)
            for rows in (some, every)
        )
        assert (accepted <= all_accepted * fraction + 1e-6)[limited].all()
        assert (some[:, :, Service.queue_count] <= every[:, :, Service.queue_count] * fraction).all()
