from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tidegate.present import quantities


def spoken(text: str) -> str:
    return text.replace(quantities.NO_BREAK, " ")


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("0", 0.0), ("0.25", 0.25), ("1.5", 1.5), ("7", 7.0), ("41 k", 41_234.0), ("312 k", 312_000.0),
        ("1.5 M", 1.5e6), ("1 M", 999_900.0), ("2.4 G", 2.4e9), ("999", 999.4),
    ],
)  # fmt: skip
def test_counts_keep_the_figures_that_matter(expected: str, value: float) -> None:
    """A count shows two or three figures and its scale."""
    assert expected == spoken(quantities.count_text(value))


@pytest.mark.parametrize(
    ("expected", "ratio"),
    [
        ("0 %", 0.0), ("<0.1 %", 0.0004), ("0.4 %", 0.004), ("6 %", 0.06), ("97 %", 0.97),
        ("99.7 %", 0.997), (">99.9 %", 0.99999), ("100 %", 1.0), ("520 %", 5.2),
    ],
)  # fmt: skip
def test_what_is_not_quite_certain_never_reads_so(expected: str, ratio: float) -> None:
    """Only an exact 0 or 1 reads as 0 or 100 per cent."""
    assert expected == spoken(quantities.percent_text(ratio))


@pytest.mark.parametrize(
    ("expected", "duration_s"),
    [
        ("0 s", 0.0), ("4 ms", 0.004), ("1.5 s", 1.5), ("14 s", 14.2), ("90 s", 90.0), ("2 min", 120.0),
        ("2 min 30 s", 150.0), ("60 min", 3600.0), ("2 h", 7200.0), ("6 h 52 min", 24_720.0),
        ("3.5 days", 302_400.0),
    ],
)  # fmt: skip
def test_times_read_as_people_say_them(expected: str, duration_s: float) -> None:
    """A duration uses the units a person would."""
    assert expected == spoken(quantities.duration_text(duration_s))


def test_service_that_never_was_away_did_not_recover() -> None:
    """No time is told of what did not happen, and no share of it."""
    assert "stays normal" == quantities.recovery_text(0.0, horizon_s=60.0, draining_ratio=1.0)


def test_a_moment_is_said_in_the_zone_it_was_written_in() -> None:
    """UTC by name, others by their offset; seconds only where there are any."""
    at = datetime(2026, 12, 1, 6, tzinfo=UTC)
    there = at.astimezone(timezone(timedelta(hours=-5, minutes=-30))) + timedelta(seconds=7)
    assert "2026-12-01 06:00 UTC" == quantities.moment_text(at).replace(quantities.NO_BREAK, " ")
    assert "2026-12-01 00:30:07 -05:30" == quantities.moment_text(there).replace(quantities.NO_BREAK, " ")


def test_not_recovered_names_the_time_waited() -> None:
    """No recovery reads as not within the horizon, never as never."""
    text = quantities.recovery_text(None, horizon_s=3600.0, draining_ratio=None)
    assert spoken(text) == "not within 60 min"


def test_draining_is_told_apart_from_recovering() -> None:
    """The share of recovery that is backlog stands beside the time."""
    text = quantities.recovery_text(40_200.0, horizon_s=43_200.0, draining_ratio=0.39)
    assert spoken(text) == "11 h 10 min (39 % draining)"
