"""Quantities as people write them."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.world.file.quantity import format_quantity, parse_quantity

READ = [
    ("10s", "s", 10.0),
    ("1.5min", "s", 90.0),
    ("500ms", "s", 0.5),
    ("2h", "s", 7200.0),
    ("70us", "s", 7e-05),
    ("1d", "s", 86400.0),
    ("0", "s", 0.0),
    (" 3 s ", "s", 3.0),
    ("64k/s", "per_s", 64000.0),
    ("20/min", "per_s", 20.0 / 60.0),
    ("1.5M/h", "per_s", 1.5e6 / 3600.0),
    ("0", "per_s", 0.0),
    ("5%", "ratio", 0.05),
    ("0.05", "ratio", 0.05),
    ("2", "ratio", 2.0),
    ("1.5M", "count", 1.5e6),
    ("600", "count", 600.0),
    ("64k", "count", 64000.0),
    ("262_144", "count", 262144.0),
]


@pytest.mark.parametrize(("text", "unit", "expected"), READ)
def test_a_quantity_is_read_in_the_unit_of_the_core(text, unit, expected):
    """Every documented way to write a quantity gives its exact number."""
    assert expected == parse_quantity(text, unit)


REFUSED = [
    ("10s", "per_s", "is a duration where a rate is meant"),
    ("64k/s", "s", "is a rate where a duration is meant"),
    ("5%", "count", "is a share where a count is meant"),
    ("10", "s", "has no unit where a duration is meant"),
    ("30k", "per_s", "has no unit where a rate is meant"),
    ("nan", "ratio", "is not a finite number"),
    ("-inf", "s", "is not a finite number"),
    ("1e999s", "s", "is not a finite number"),
    ("soon", "s", "is not a duration"),
    ("", "count", "is not a count"),
    ("1" * 100, "count", "is not a count"),
    ("٣s", "s", "is not a duration"),
]


@pytest.mark.parametrize(("text", "unit", "what"), REFUSED)
def test_a_wrong_quantity_says_which_unit_is_meant(text, unit, what):
    """A wrong unit is named beside the one that is meant, with an example of it."""
    with pytest.raises(InputError) as caught:
        parse_quantity(text, unit)
    (fault,) = caught.value.faults
    assert what == fault.what
    assert "such as" in fault.allowed


@pytest.mark.parametrize(
    ("text", "expected"), [("5m", "5min"), ("5sec", "5s"), ("5mins", "5min"), ("5S", "5s")]
)
def test_a_mistyped_unit_is_mended(text, expected):
    """The nearest valid unit is offered."""
    with pytest.raises(InputError) as caught:
        parse_quantity(text, "s")
    assert expected == caught.value.faults[0].nearest


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (300.0, "s", "5min"),
        (0.0005, "s", "500us"),
        (0.0, "s", "0s"),
        (64000.0, "per_s", "64k/s"),
        (20.0 / 60.0, "per_s", "20/min"),
        (0.05, "ratio", "5%"),
        (2.0, "ratio", "2"),
        (1.5e6, "count", "1.5M"),
        (262144, "count", "262144"),
    ],
)
def test_a_number_is_written_as_people_write_it(value, unit, expected):
    """The shortest exact way is taken."""
    assert expected == format_quantity(value, unit)
