"""Receivers that behave as a test says, and a clock that sendings move: no waiting, no sockets."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tidegate.inform.notice_schedule import Schedule, SendingPolicy

OWN = "our mail server"

Behaviour = Callable[[float], tuple[float, str]]
"""Of the moment: how long a sending takes, and how it ends: delivered, failed, down or refused."""


def works(takes_s: float = 0.01) -> Behaviour:
    return lambda _now_s: (takes_s, "delivered")


def hangs(for_s: float = 15.0) -> Behaviour:
    return lambda _now_s: (for_s, "down")


def is_down(until_s: float = float("inf"), takes_s: float = 0.01) -> Behaviour:
    return lambda now_s: (takes_s, "down" if now_s < until_s else "delivered")


@dataclass
class Sending:
    """What happened."""

    attempts: list[tuple[float, str]] = field(default_factory=list)
    delivered_s: dict[str, float] = field(default_factory=dict)
    gave_up: set[str] = field(default_factory=set)
    most_running: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0
    owed_count: int = 0
    ended_count: int = 0


class _Run:
    """One schedule, and what happens to its sendings."""

    def __init__(
        self, notices: dict[str, str], behave: dict[str, Behaviour], policy: SendingPolicy, seed: int
    ):
        self.notices, self.behave, self.policy = notices, behave, policy
        self.schedule, self.found = Schedule(policy, 0.0), Sending()
        self.draw = random.Random(seed).random  # noqa: S311
        self.running: Counter[str] = Counter()
        self.turn: Counter[str] = Counter()
        self.under_way: dict[str, int] = {}
        self.happenings: list[tuple[float, int, str, str, int, str]] = []
        self.serial = 0
        for name, receiver in notices.items():
            self.schedule.owe(name, receiver, planned_s=0.0, is_own=receiver == OWN)

    def later(self, at_s: float, kind: str, name: str = "", turn: int = 0, outcome: str = "") -> None:
        self.serial += 1
        heapq.heappush(self.happenings, (at_s, self.serial, kind, name, turn, outcome))

    def happen(self, now_s: float, kind: str, name: str, turn: int, outcome: str) -> None:
        if kind == "look" or self.under_way.get(name) != turn:
            return
        if kind == "end":
            self.end(name, outcome, now_s)
        else:
            evicted = self.schedule.linger(name)
            if evicted is not None:  # breaking off takes a moment
                self.later(now_s + 0.001, "end", evicted, self.turn[evicted], "down")

    def end(self, name: str, outcome: str, now_s: float) -> None:
        self.running[self.notices[name]] -= 1
        del self.under_way[name]
        if outcome == "delivered":
            self.schedule.delivered(name, now_s)
            self.found.delivered_s[name] = now_s
        elif outcome == "refused":
            self.schedule.refused(name, now_s)
        elif self.schedule.failed(name, now_s, self.draw, is_down=outcome == "down") is None:
            self.found.gave_up.add(name)
        else:
            return
        self.found.ended_count += 1

    def begin(self, name: str, now_s: float) -> None:
        receiver, found = self.notices[name], self.found
        self.turn[name] += 1
        self.under_way[name] = self.turn[name]
        self.running[receiver] += 1
        found.attempts.append((now_s, name))
        found.most_running[receiver] = max(found.most_running[receiver], self.running[receiver])
        found.most_at_once = max(found.most_at_once, self.schedule.running_count)
        takes_s, outcome = self.behave[receiver](now_s)
        self.later(now_s + takes_s, "end", name, self.turn[name], outcome)
        self.later(now_s + self.policy.quick_s, "linger", name, self.turn[name])


def send(
    notices: dict[str, str],
    behave: dict[str, Behaviour],
    *,
    policy: SendingPolicy | None = None,
    lasts_s: float,
    seed: int = 1,
) -> Sending:
    """Send notices (receiver by id) for so many seconds."""
    run = _Run(notices, behave, policy or SendingPolicy(), seed)
    run.later(0.0, "look")
    while run.happenings and run.happenings[0][0] <= lasts_s:
        now_s, _, kind, name, turn, outcome = heapq.heappop(run.happenings)
        run.happen(now_s, kind, name, turn, outcome)
        for taken in run.schedule.take(now_s):
            run.begin(taken, now_s)
        next_s = run.schedule.next_s(now_s)
        if next_s is not None and (not run.happenings or next_s < run.happenings[0][0]):
            run.later(max(next_s, now_s + 1e-6), "look")
    run.found.owed_count = run.schedule.owed_count
    return run.found
