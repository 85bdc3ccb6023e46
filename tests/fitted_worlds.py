"""Worlds whose numbers are known, seen only as exporters show them: drawn, run, sampled and damaged."""

from __future__ import annotations

import csv
import io
import math
import random
from dataclasses import dataclass

from tidegate.fit.exported import BIN_S, exported
from tidegate.fit.fitted import Fitted
from tidegate.observe.answering import Answering, read_answering
from tidegate.observe.kept_series import KeptSeries
from tidegate.observe.noun_reading import COUNTER, form_of
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.verbs.fit import Fit, fit
from tidegate.world.file.read import read_world
from tidegate.world.file.value import value_at
from tidegate.world.file.write import write_world

BEGAN_S = 1_795_888_500.0
EVERY_S = 5.0
FALSE_TIMES = {
    "clients.{}.demand.rate": "per_s", "clients.{}.demand.think": "s", "clients.{}.timeout": "s",
    "services.{}.service_time": "s",
}  # fmt: skip


@dataclass
class Known:
    """A world that is true, the same world as somebody believes it, and what exporters showed."""

    true: dict
    believed: dict
    series: str
    silent: str = ""

    @property
    def true_text(self):
        return write_world(self.true)

    @property
    def text(self):
        return write_world(self.believed)


def drawn(seed):
    """A world with an open, a closed and a pooled population, of which one meets a silence or none does."""
    chance = random.Random(seed)  # noqa: S311  drawn, not secret

    def between(low, high, digits=3):
        return float(f"{low * (high / low) ** chance.random():.{digits}g}")

    pods, pool = chance.randint(10, 40), chance.randint(2, 12)
    retries = chance.randint(0, 4)
    layer = {
        "backoff": chance.choice(["constant", "exponential"]), "base": between(0.3, 2.0), "retries": retries,
        "jitter": chance.choice(["none", "none", "full"]),
    }  # fmt: skip
    world = {
        "tidegate": 1, "name": f"drawn_{seed}", "horizon": 1200.0,
        "networks": {"inside": {}, "outside": {}},
        "crossings": {
            "nat": {
                "between": ["inside", "outside"], "forwarding": 300_000.0, "setup": 30_000.0,
                "round_trip": between(0.0002, 0.01),
                "table": {"entries": 262_144, "closed_hold": between(20.0, 150.0)},
                "background": {"flows": chance.choice([0, round(between(500, 8_000))])},
            },
        },
        "services": {
            "web": {"network": "outside", "instances": 4, "concurrency": 64,
                    "service_time": between(0.01, 0.2)},
            "api": {"network": "outside", "instances": 2, "concurrency": 64,
                    "service_time": between(0.01, 0.1)},
            "database": {"network": "outside", "concurrency": 128, "service_time": between(0.005, 0.1)},
        },
        "clients": {
            "users": {
                "network": "inside", "service": "web", "population": 60,
                "demand": {"kind": "open", "rate": between(20.0, 150.0)}, "timeout": between(1.5, 8.0),
                "retry": {"layers": [layer]},
            },
            "jobs": {
                "network": "inside", "service": "api", "population": chance.randint(60, 300),
                "demand": {"kind": "closed", "think": between(1.0, 6.0)}, "timeout": between(2.0, 6.0),
            },
            "pods": {
                "network": "inside", "service": "database", "population": pods, "connection": "pool",
                "pool": pool, "demand": {"kind": "closed", "think": between(0.3, 3.0)}, "timeout": 5.0,
            },
        },
    }  # fmt: skip
    silent = chance.choice(["users", "users", "jobs", ""])
    return Known(
        true=world, believed=believed(world, chance), series=seen(world, seed, silent, chance), silent=silent
    )


def believed(world, chance):
    """The same world with numbers that nobody measured: each off by up to three times."""
    wrong = {}
    for section, nouns in world.items():
        wrong[section] = _off(nouns, chance) if section in {"crossings", "services", "clients"} else nouns
    return wrong


def _off(found, chance, key=""):
    if isinstance(found, dict):
        return {name: _off(one, chance, name) for name, one in found.items()}
    if isinstance(found, list) and found and isinstance(found[0], dict):
        return [_off(one, chance) for one in found]
    if key in {"closed_hold", "service_time", "rate", "think", "timeout", "base"}:
        return float(f"{found * 3.0 ** chance.uniform(-1, 1):.3g}")
    if key in {"pool", "retries", "flows"}:
        return max(round(found * 2.0 ** chance.uniform(-1, 1)), 1)
    return found


def seen(world, seed, silent, chance):
    """What exporters showed every five seconds: a counter restarts, a minute is gone, cells are no number."""
    text = write_world(world)
    file = read_world(text, "drawn")
    if silent:
        place = f"services.{world['clients'][silent]['service']}"
        gone = {
            "at": 700.0 + chance.random() * EVERY_S, "for": 75.0, "gone_connections": "stay",
            "set": {f"{place}.instances": 0, f"{place}.when_down": "silent"},
        }  # fmt: skip
        file = read_world(write_world({**world, "triggers": {"gone": gone}}), "drawn")
    tables = lower(write_script(file), horizon_s=file.world.horizon_s, bin_s=BIN_S)
    history = exported(file.world, tables, simulate(tables, seed=1000 + seed), EVERY_S)
    return damaged(history, chance)


def as_table(history):
    """Readings as a table, as they are; and their names."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["time", *history])
    for i, at_s in enumerate(next(iter(history.values())).at_s):
        rows.writerow([f"{BEGAN_S + at_s:.0f}", *(f"{one.values[i]:.10g}" for one in history.values())])
    return out.getvalue(), list(history)


def damaged(history, chance):
    """As a table: one counter begins anew, one minute is missing, a few cells are no number."""
    names = list(history)
    counters = [name for name in names if form_of(name) == COUNTER]
    restarted, at = chance.choice(counters), chance.randint(20, 60)
    gap = chance.randint(15, 40)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["time", *names])
    for i, at_s in enumerate(history[names[0]].at_s):
        if gap <= i < gap + 12:
            continue
        row = {name: history[name].values[i] for name in names}
        if i >= at:
            row[restarted] -= history[restarted].values[at]
        cells = [("NaN" if chance.random() < 0.002 else f"{row[name]:.10g}") for name in names]
        table.writerow([f"{BEGAN_S + at_s:.0f}", *cells])
    return out.getvalue()


def series_file(world, names):
    """The file that says which column is which reading."""
    lines = [
        f"      {name}: " + (f"{{count: {name}}}" if form_of(name) == COUNTER else f"{name}")
        for name in names
    ]
    return f"every: {EVERY_S:g}s\nworlds:\n  {world}:\n    readings:\n" + "\n".join(lines) + "\n"


def answered(known):
    """Which series answers what."""
    names = known.series.split("\n", 1)[0].split(",")[1:]
    return read_answering(series_file(known.true["name"], names), "series.yaml")


def fitted(known, seed=7):
    """What `fit` makes of it."""
    kept = KeptSeries("series.csv")
    kept.take(known.series, "series.csv")
    answering: Answering = answered(known)
    return fit(Fit(text=known.text, source="world.yaml", answering=answering, telemetry=kept, seed=seed))


@dataclass
class Scored:
    """One number that was given, beside the truth."""

    path: str
    state: str
    truth: float
    value: float
    low: float
    high: float

    @property
    def is_inside(self):
        return self.low * (1 - 1e-9) <= self.truth <= self.high * (1 + 1e-9)

    @property
    def off_ratio(self):
        if self.truth == 0.0:
            return 0.0 if self.value == 0.0 else math.inf
        return abs(self.value / self.truth - 1.0)

    @property
    def width_ratio(self):
        return (self.high - self.low) / self.value if self.value else math.inf


def scored(known, found):
    """Every number that was given, beside the truth; and the paths that were not told."""
    world = read_world(known.true_text, "true").world
    given, untold = [], []
    for one in found.numbers:
        if isinstance(one.number, Fitted):
            number = one.number
            truth = float(value_at(world, number.path))
            given.append(Scored(number.path, one.state, truth, number.value, number.low, number.high))
        else:
            untold.append(one.number.path)
    return given, untold


@dataclass
class Tried:
    """What became of one drawn world."""

    given: list[Scored]
    untold: list[str]
    invented: list[str]


def tried(seed):
    """One world, drawn, fitted and scored."""
    known = drawn(seed)
    given, untold = scored(known, fitted(known))
    return Tried(given, untold, [one.path for one in given if cannot_show(known, one.path)])


def cannot_show(known, path):
    """Whether the record holds nothing that tells a number: no silence, no table that was full."""
    section, name, what = path.split(".", 2)
    if section == "clients" and (what == "timeout" or what.startswith("retry")):
        return name != known.silent
    return what in {"table.entries", "ports.per_destination", "setup", "forwarding"}
