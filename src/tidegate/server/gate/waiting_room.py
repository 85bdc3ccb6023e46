"""Who is held up, and who is told of it? A metric at once, a line and an Event after a while.

What was brought down is told of as well: an autoscaler's own Event names the size it wished for.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from tidegate.gate.asking.held_up import PATIENCE_S, Held, Wait
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.message import Asked, Reply
from tidegate.gate.asking.mirrored.cluster_mirror import Mirror
from tidegate.gate.asking.mirrored.cluster_notes import Note, brought_down, held_up

_LOG = logging.getLogger("tidegate.gate")
_TOLD_EVERY_S = 300.0


class WaitingRoom:
    """Keeps who is held up.

    Parameters
    ----------
    cluster
        What is read of the cluster; None where none is.
    note
        Called with what is to be said in the cluster; returns at once.
    registry
        Where its metrics are.
    clock
        As of the doors.
    """

    def __init__(
        self,
        cluster: Mirror | None,
        note: Callable[[Note], None] | None,
        registry: CollectorRegistry,
        clock: Callable[[], float],
    ) -> None:
        self._held = Held()
        self._cluster = cluster
        self._note = note
        self._brought_down = Counter(
            "tidegate_gate_brought_down", "Steps that were brought down to what is safe.", registry=registry
        )
        waiting = Gauge("tidegate_gate_held", "What is held up and asks again.", registry=registry)
        waiting.set_function(lambda: float(len(self._held)))
        longest = Gauge(
            "tidegate_gate_held_longest_seconds",
            "For how long what has been held up longest is.",
            registry=registry,
        )
        longest.set_function(lambda: self._held.longest_s(clock()))

    def held_s(self, intent: Intent, now_s: float) -> float:
        """Return for how long what somebody asks has been held up: by what we saw, and by its autoscaler."""
        growth = intent.only_growth
        if growth is None:
            return 0.0
        by_itself_s = 0.0 if self._cluster is None else self._cluster.refused_s(growth.address, now_s)
        return max(self._held.held_s(growth.address, now_s), by_itself_s)

    def seen(self, asked: Asked, reply: Reply, now_s: float) -> None:
        """Take in an answer that was given."""
        growth = asked.intent.only_growth
        if growth is None or asked.intent.is_trial:
            return
        assert growth.before_count is not None
        assert growth.after_count is not None
        if reply.to_count is not None:
            self._brought_down.inc()
            self._say(brought_down(growth, reply.to_count, asked.ruling))
        if reply.happens:
            self._held.let_through(growth.address)
            return
        wait = self._held.refuse(growth.address, growth.before_count, growth.after_count, now_s)
        if wait is None:
            return
        since_s = now_s - max(now_s - wait.since_s, asked.held_s)
        if now_s - since_s >= PATIENCE_S and now_s - wait.told_s >= _TOLD_EVERY_S:
            self._tell(wait, asked, since_s, now_s)

    def _tell(self, wait: Wait, asked: Asked, since_s: float, now_s: float) -> None:
        self._held.told(wait, now_s)
        since = dt.datetime.fromtimestamp(since_s, dt.UTC).isoformat(timespec="seconds")
        _LOG.warning(
            "held up",
            extra={
                "about": wait.address,
                "held_since": since,
                "from_size": wait.from_count,
                "to_size": wait.to_count,
                "allowed": asked.ruling.allowed_count,
                "why": asked.ruling.why[:500],
            },
        )
        self._say(held_up(wait, since, asked.ruling))

    def _say(self, note: Note) -> None:
        if self._note is not None:
            self._note(note)
