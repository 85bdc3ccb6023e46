"""Nearest names and shown values."""

from __future__ import annotations

import pytest

from tidegate.world.file.nearest_name import listed, nearest, shown


@pytest.mark.parametrize(
    ("name", "expected"),
    [("timout", "timeout"), ("Time-Out", "timeout"), ("health-probes", "health_probes"), ("xyz", "")],
)
def test_the_nearest_name_is_found_or_none(name, expected):
    """Case and hyphens are forgiven; what is like nothing gets no suggestion."""
    assert expected == nearest(name, ["timeout", "health_probes", "network"])


def test_a_shown_value_is_one_short_printable_line():
    """Sixty characters at most, control characters escaped, containers by their kind."""
    assert "a\\nb\\x1b[0m" == shown("a\nb\x1b[0m")
    assert 60 == len(shown("x" * 1000))
    assert ("a list", "a mapping", "None") == (shown([1]), shown({}), shown(None))


def test_very_many_names_are_cut_short():
    """A list of what is allowed stays readable."""
    assert listed([f"n{i}" for i in range(1000)]).endswith("n29 and 970 more")
    assert "none is stated" == listed([])
