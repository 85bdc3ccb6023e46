"""What failed health checks do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.simulate.kernels.row import Column, Link, Named, Row, parameter

if TYPE_CHECKING:
    from tidegate.simulate.kernels.nouns.service import Service
    from tidegate.simulate.kernels.nouns.wave import Wave


class OnFailure(Named):
    """What happens to an instance whose checks have failed."""

    EJECT = 0
    RESTART = 1
    DROP_SESSIONS = 2


class Effect(Row):
    """What a failed health check does; nothing of it changes during a run."""

    kind: Column = parameter("An `OnFailure`.")
    service: Link[Service] = parameter("Whose instances are checked.")
    failures_count: Column = parameter("Failures in a row from which on it happens.")
    successes_count: Column = parameter("Successes in a row that bring an ejected instance back.")
    panic_ppm: Column = parameter("The share of instances that must be left.")
    waves: Link[Wave] = parameter("The first template of who reconnects and boots.")
    waves_count: Column = parameter("How many templates there are.")

    initial_delay_ns: Column = parameter(
        "How long after its start an instance is not checked; -1: until it is up."
    )
    startup_ns: Column = parameter("Time between two start-up checks; 0: there are none.")
    startup_failures_count: Column = parameter("Failures of these in a row that start an instance anew.")
    backoff_ns: Column = parameter("The wait of the second restart in a row; 0: restarts do not wait.")
    backoff_most_ns: Column = parameter("The longest wait.")
