"""A measurement as JSON."""

from __future__ import annotations

import json

from tidegate.rehearse.measurement import MeasuredCrossing, MeasuredPopulation, MeasuredService, Measurement
from tidegate.rehearse.measurement_json import measurement_json, measurement_of

COUNTS = (1, 2, 3)


def measured() -> Measurement:
    return Measurement(
        bin_s=0.1,
        bins_count=3,
        crossings={
            "edge": MeasuredCrossing(
                packets_count=COUNTS,
                dropped_count=COUNTS,
                shed_count=COUNTS,
                backlog_packets_count=COUNTS,
                flows_count=COUNTS,
            )
        },
        populations={
            "web": MeasuredPopulation(
                size_count=COUNTS,
                fresh_count=COUNTS,
                attempts_count=COUNTS,
                served_count=COUNTS,
                given_up_count=COUNTS,
                connected_count=COUNTS,
                timed_out_count=COUNTS,
                refused_count=COUNTS,
                unanswered_count=COUNTS,
                latencies_s=((0.1, 0.2), (), (0.3,)),
                connect_latencies_s=((), (), (0.1,)),
            )
        },
        services={
            "api": MeasuredService(
                accepted_count=COUNTS,
                served_count=COUNTS,
                listen_overflows_count=COUNTS,
                listen_queue_count=COUNTS,
            )
        },
        lateness_s=(0.0, 0.001, 0.002),
        busy_ratio=0.5,
        rig_busy_ratio=0.01,
    )


def test_there_and_back() -> None:
    """A measurement written as JSON is read as it was."""
    assert measured() == measurement_of(json.loads(json.dumps(measurement_json(measured()))))
