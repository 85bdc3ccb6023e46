"""A stream: the requests of one population to one service, as amounts that come, fail and return.

Attempts that begin in one step are a cohort and share one fate. Nothing here knows crossings or
services; `fluid.flow` carries cohorts through them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.simulate.fluid.brake import Brake, Purse, Turns
    from tidegate.simulate.fluid.chain import Chain
    from tidegate.simulate.fluid.way import Way

TINY = 1e-9
TRACE_RATIO = 1e-3


class Cohort:
    """Attempts that began together.

    Attributes
    ----------
    shares
        Which share of them is in which retry state.
    left_count
        How many still wait for an answer.
    trace_count
        So few of them that it is not worth following them.
    present_ratio
        Share whose clients have not left the world since.
    """

    __slots__ = (
        "deadline_s",
        "left_count",
        "present_ratio",
        "shares",
        "start_s",
        "stream",
        "trace_count",
        "way",
    )

    def __init__(self, stream: Stream, way: Way, count: float, shares: list[float]) -> None:
        self.stream, self.way = stream, way
        self.trace_count = count * TRACE_RATIO
        self.left_count, self.present_ratio, self.shares = count, 1.0, shares
        self.start_s = self.deadline_s = 0.0


class Stream:
    """Requests of one kind and what has become of them.

    Attributes
    ----------
    fresh_at
        Requests that begin in each step, beside those that demand brings about.
    due
        Cohorts whose time runs out in each step.
    fresh_count, attempts_count, served_count, answered_count, given_up_count, failed_count
        Of this step: new requests, attempts, successes, answers whether awaited or not, requests
        given up, attempts that failed.
    unanswered_count
        Requests begun and neither served nor given up.
    unconnected_ratio
        Share of the clients without their connection (kept connections).
    """

    __slots__ = (
        "answered_count",
        "attempts_count",
        "brake",
        "chain",
        "clients_count",
        "clock_sends",
        "connect_timeout_s",
        "due",
        "failed_count",
        "fresh_at",
        "fresh_count",
        "given_up_count",
        "keeps",
        "kept_way",
        "name",
        "new_way",
        "next_step",
        "open_connections",
        "opening_timeout_s",
        "purses",
        "rebuilds",
        "retry_level",
        "retry_point",
        "retry_slope",
        "served_count",
        "step_s",
        "syn_s",
        "timeout_s",
        "top",
        "turns",
        "unanswered_count",
        "unconnected_ratio",
    )

    def __init__(self, name: str, chain: Chain, timeout_s: float, steps_count: int, step_s: float) -> None:
        self.name, self.chain, self.timeout_s, self.step_s = name, chain, timeout_s, step_s
        self.fresh_at = [0.0] * steps_count
        self.due: list[list[Cohort] | None] = [None] * steps_count
        states = range(chain.states_count)
        self.retry_point = [[0.0] * steps_count for _ in states]
        self.retry_slope = [[0.0] * steps_count for _ in states]
        self.retry_level = [0.0 for _ in states]
        self.top = 0
        self.unanswered_count = self.unconnected_ratio = 0.0
        self.next_step = 0
        self.syn_s: tuple[float, ...] = ()
        self.clock_sends, self.connect_timeout_s = False, timeout_s
        self.clients_count = self.opening_timeout_s = 0.0
        self.rebuilds = self.keeps = False
        self.open_connections = 0.0
        self.purses: tuple[Purse | None, ...] = ()
        self.brake: Brake | None = None
        self.turns: Turns | None = None
        self.new_way: Way
        self.kept_way: Way
        self.rest()

    def change_chain(self, chain: Chain) -> None:
        """Take on another retry policy; those who wait keep their times."""
        steps_count = len(self.fresh_at)
        while len(self.retry_level) < chain.states_count:
            self.retry_point.append([0.0] * steps_count)
            self.retry_slope.append([0.0] * steps_count)
            self.retry_level.append(0.0)
        self.chain = chain

    def rest(self) -> None:
        """Forget what the last step counted."""
        self.fresh_count = self.attempts_count = self.served_count = self.answered_count = 0.0
        self.given_up_count = self.failed_count = 0.0

    def run_out(self, step: int) -> None:
        """Fail the attempts whose time is over."""
        cohorts = self.due[step]
        if cohorts is None:
            return
        self.due[step] = None
        for cohort in cohorts:
            left = cohort.left_count
            cohort.left_count = 0.0
            if left > TINY:
                if self.rebuilds and not cohort.way.manner.new:
                    self.lose_connections(left)
                self.fail(cohort.shares, left, (step + 0.5) * self.step_s, why="timeout")

    def lose_connections(self, count: float) -> None:
        """Note that `count` clients have lost their kept connection."""
        if self.clients_count > 0.0:
            self.unconnected_ratio = min(1.0, self.unconnected_ratio + count / self.clients_count)

    def connect(self, count: float) -> None:
        """Note that `count` clients have their kept connection (again)."""
        if self.clients_count > 0.0:
            self.unconnected_ratio = max(0.0, self.unconnected_ratio - count / self.clients_count)

    def fail(self, shares: list[float], count: float, at_s: float, *, why: str) -> None:
        """Let `count` attempts fail at `at_s`, why is one of `FAILURES`; they are tried again or given up."""
        self.failed_count += count
        if self.brake is not None:
            self.brake.hear(0.0, count)
        last = self.chain.states_count - 1
        for state, share in enumerate(shares):
            if share > 0.0:
                self._go_on(min(state, last), 0, count * share, at_s, why)

    def _go_on(self, state: int, layer: int, count: float, at_s: float, why: str) -> None:
        left = count
        while layer < len(self.chain.layers) and why not in self.chain.layers[layer].retries_on:
            layer += 1  # which does not try that again
        ways = self.chain.ways[state] if self.chain.layers else ()
        for branch in ways[layer] if layer < len(ways) else ():
            if why not in self.chain.layers[branch.layer].retries_on:
                continue
            amount = count * branch.share_ratio
            left -= amount
            purse = self.purses[branch.layer]
            if purse is not None:
                paid = purse.pay(amount)
                if amount - paid > TINY:
                    self._go_on(state, branch.layer + 1, amount - paid, at_s, why)
                amount = paid
            if amount > TINY:
                self._put(branch.state, amount, at_s + branch.least_s, at_s + branch.most_s)
        if left > TINY:
            self.give_up(left)

    def give_up(self, count: float) -> None:
        """Let `count` requests end without an answer."""
        self.given_up_count += count
        self.unanswered_count -= count

    def _put(self, state: int, count: float, least_s: float, most_s: float) -> None:
        """Spread `count` attempts in `state` evenly between two times."""
        points = self.retry_point[state]
        first = max(least_s / self.step_s - 0.5, self.next_step)
        last = max(most_s / self.step_s - 0.5, first)
        steps_count = len(points)
        self.top = max(self.top, state + 1)
        if last - first < 1.0:
            middle = (first + last) / 2.0
            i = int(middle)
            if i + 1 < steps_count:
                points[i] += count * (i + 1 - middle)
                points[i + 1] += count * (middle - i)
            return
        i, j = int(first + 0.5), int(last + 0.5)
        if i >= steps_count:
            return
        slope = self.retry_slope[state]
        each = count / (j - i + 1)
        i = max(i, self.next_step)
        slope[i] += each
        if j + 1 < steps_count:
            slope[j + 1] -= each

    def take_retries(self, step: int) -> tuple[float, list[float]]:
        """Return how many attempts come back in this step, by retry state."""
        total = 0.0
        counts = [0.0] * len(self.retry_level)
        levels = self.retry_level
        for state in range(self.top):
            levels[state] += self.retry_slope[state][step]
            amount = self.retry_point[state][step] + levels[state]
            if amount > TINY:
                counts[state] = amount
                total += amount
        return total, counts

    def serve(self, cohort: Cohort, count: float, late: bool) -> float:
        """Note that an answer has come for `count`; return how many of them were awaited."""
        self.answered_count += count
        awaited = 0.0 if late else min(count * cohort.present_ratio, cohort.left_count)
        if awaited > 0.0:
            cohort.left_count -= awaited
            self.served_count += awaited
            self.unanswered_count -= awaited
            if self.brake is not None:
                self.brake.hear(awaited, 0.0)
            for purse in self.purses:
                if purse is not None:
                    purse.succeed(awaited)
        return awaited

    def refuse(self, cohort: Cohort, count: float, at_s: float, *, why: str) -> None:
        """Let `count` attempts fail visibly; those nobody waits for any more do nothing."""
        awaited = min(count * cohort.present_ratio, cohort.left_count)
        if awaited > TINY and at_s <= cohort.deadline_s:
            cohort.left_count -= awaited
            self.fail(cohort.shares, awaited, at_s, why=why)

    def shrink(self, ratio: float, step: int) -> None:
        """Let the share 1 - `ratio` of the clients leave; what they sent stays on its way."""
        for cohorts in self.due[step:]:
            for cohort in cohorts or ():
                cohort.left_count *= ratio
                cohort.present_ratio *= ratio
        for state in range(self.top):
            self.retry_level[state] *= ratio
            for column in (self.retry_point[state], self.retry_slope[state]):
                column[step:] = [amount * ratio for amount in column[step:]]
        self.fresh_at[step:] = [amount * ratio for amount in self.fresh_at[step:]]
        self.unanswered_count *= ratio
