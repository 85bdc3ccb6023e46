"""The same file of series serves the watch and the fit: neither refuses what the other reads."""

from __future__ import annotations

import pytest

from record_sample import WORLD
from tidegate.errors import InputError
from tidegate.observe.answering import Answers
from tidegate.observe.live_number import LOADS, live_numbers
from tidegate.observe.noun_reading import KINDS, check_readings
from tidegate.world.file.read import read_world

FILE = read_world(
    WORLD + "clients: {people: {network: inside, service: shop, population: 10, "
    "demand: {kind: closed, think: 5s}}}\n",
    "sample",
)
NOUNS = {"crossings": "edge", "services": "shop", "clients": "people"}
EVERY = {
    f"{section}.{NOUNS[section]}.{what}": (form, "series")
    for section, kinds in KINDS.items()
    for what, (form, _) in kinds.items()
}


def test_what_is_fitted_is_watched():
    found = {one.path: one for one in live_numbers(FILE, Answers(readings=EVERY))}
    assert set(EVERY) <= set(found)
    check_readings(EVERY, FILE.world)


def test_what_is_watched_is_known_to_the_fit():
    """Of each kind of place, all loads that the watch takes."""
    for section, noun in NOUNS.items():
        for what in LOADS:
            try:
                live_numbers(FILE, Answers(readings={f"{section}.{noun}.{what}": ("gauge", "series")}))
            except InputError:
                continue  # the watch has none of it
            assert what in KINDS[section], (section, what)


def test_neither_takes_what_nothing_is():
    wrong = {"crossings.edge.colour": ("gauge", "series")}
    with pytest.raises(InputError):
        check_readings(wrong, FILE.world)
    with pytest.raises(InputError):
        live_numbers(FILE, Answers(readings=wrong))
