"""Bins of what became of demand."""

from __future__ import annotations

from tidegate.adapters.linux.clients.population_record import PopulationRecord


def test_counts_belong_to_the_bin_in_which_they_were_made() -> None:
    """Each bin has its own counters and latencies; gauges are those of its end."""
    record = PopulationRecord()
    record.fresh += 3
    record.attempts += 4
    record.served += 1
    record.latencies_s.append(0.1234567891)
    said = record.end_bin(size_count=5, unanswered_count=2)
    record.refused += 1
    record.connected += 2
    record.connect_latencies_s.append(0.5)
    record.end_bin(size_count=6, unanswered_count=1)
    series = record.series()
    assert {"attempts": 4, "served": 1, "unanswered": 2} == said
    assert (3, 0) == series.fresh_count
    assert (4, 0) == series.attempts_count
    assert (1, 0) == series.served_count
    assert (0, 1) == series.refused_count
    assert (0, 2) == series.connected_count
    assert (5, 6) == series.size_count
    assert (2, 1) == series.unanswered_count
    assert ((0.123457,), ()) == series.latencies_s
    assert ((), (0.5,)) == series.connect_latencies_s


def test_an_open_bin_is_not_told() -> None:
    """What happens after the last bin has ended belongs to no bin."""
    record = PopulationRecord()
    record.fresh += 1
    assert () == record.series().fresh_count
