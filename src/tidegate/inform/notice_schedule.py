"""Which notice may be sent next, and when is a failed one tried again? A plan that makes no storm of its own.

Our own deliveries behave as we ask of every client: they wait longer after each failure and never in
step (jitter), all retries together pay from one budget, and a receiver that fails is left alone for a
while (breaker). Receivers take turns, and each has few sendings under way. One that is slow gives up its
place: it goes on in a second, separate room, so that slow and hostile receivers keep nobody waiting.
Sending, and clocks, must not live here.

A notice whose retry the budget refuses is not given up: it waits until the budget can pay.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tidegate.behaviour.backoff import delay_s
from tidegate.behaviour.breaker import CircuitBreaker
from tidegate.behaviour.budget import RetryBudget
from tidegate.world.retry import Breaker, Budget, RetryLayer


@dataclass(frozen=True, kw_only=True)
class SendingPolicy:
    """How we send.

    Parameters
    ----------
    layer
        How long a notice waits from try to try.
    budget
        What all retries together pay from.
    breaker
        When a receiver is left alone, and for how long.
    give_up_after_s
        After how long a notice that was planned is given up.
    quick_count, slow_count
        Sendings under way at once: to receivers that answer, and to slow ones.
    receiver_count
        Sendings under way at once to one receiver.
    slow_receiver_count
        The same to one that is slow.
    quick_s
        After how long a sending is slow.
    """

    layer: RetryLayer = field(
        default=RetryLayer(base_s=20.0, multiplier_ratio=3.0, cap_s=3 * 3600.0, jitter="equal")
    )
    budget: Budget = field(
        default=Budget(tokens_count=50.0, per_request_count=0.05, fill_per_s=1.0, scope="population")
    )
    breaker: Breaker = field(
        default=Breaker(failure_ratio=0.5, window_s=120.0, least_calls_count=5, open_s=30.0)
    )
    give_up_after_s: float = 3 * 86_400.0
    quick_count: int = 64
    slow_count: int = 256
    receiver_count: int = 16
    slow_receiver_count: int = 2
    quick_s: float = 1.0

    def most_retries_count(self, first_count: int, lasts_s: float) -> float:
        """Return how many retries there can be at most beside so many first tries, in so many seconds."""
        budget = self.budget
        return budget.tokens_count + budget.per_request_count * first_count + budget.fill_per_s * lasts_s


@dataclass(kw_only=True)
class _Owed:
    """One notice that is owed."""

    id: str
    receiver: _Receiver
    planned_s: float
    tries_count: int
    previous_s: float = 0.0


class _Receiver:
    """One receiver: what waits for it, what is under way, how it has behaved."""

    def __init__(self, policy: SendingPolicy, *, is_own: bool) -> None:
        self.is_own = is_own
        self.fresh: deque[_Owed] = deque()  # never tried
        self.again: deque[_Owed] = deque()
        self.breaker = CircuitBreaker(policy.breaker)
        self.most_count = 1  # it must first show that it answers
        self.running_count = 0
        self.is_slow = False
        self.is_in_turn = False
        self.is_resting = False  # its breaker is open
        self.is_unpaid = False  # its retries wait for the budget

    def may_run(self, policy: SendingPolicy) -> bool:
        """Whether something waits that could be sent to it now."""
        most_count = policy.slow_receiver_count if self.is_slow else self.most_count
        waits = bool(self.fresh) or (bool(self.again) and not self.is_unpaid)
        return waits and not self.is_resting and self.running_count < most_count


class Schedule:
    """Which notices are owed, and which of them may be sent.

    Times are seconds on one clock. Each id that `take` gives ends in one of `delivered`, `refused` and
    `failed`; meanwhile `linger` says that it has lasted longer than `quick_s`.

    Parameters
    ----------
    policy
        How we send.
    now_s
        When it begins.
    """

    def __init__(self, policy: SendingPolicy, now_s: float) -> None:
        self._policy = policy
        self._budget = RetryBudget(policy.budget, now_s)
        self._receivers: dict[str, _Receiver] = {}
        self._owed: dict[str, _Owed] = {}
        self._turns: deque[_Receiver] = deque()
        self._later: list[tuple[float, int, _Owed]] = []
        self._resting: list[tuple[float, int, _Receiver]] = []
        self._unpaid: deque[_Receiver] = deque()
        self._numbers = 0
        self._quick: set[str] = set()
        self._slow: dict[str, None] = {}  # in the order in which they came
        self._leaving: set[str] = set()  # broken off, and about to end

    @property
    def owed_count(self) -> int:
        """Notices that are owed, those under way among them."""
        return len(self._owed)

    @property
    def running_count(self) -> int:
        """Sendings under way."""
        return len(self._quick) + len(self._slow) + len(self._leaving)

    def __contains__(self, name: str) -> bool:
        return name in self._owed

    def owe(
        self,
        name: str,
        receiver: str,
        *,
        planned_s: float,
        tries_count: int = 0,
        next_s: float = 0.0,
        is_own: bool = False,
    ) -> None:
        """Add a notice that is owed; nothing happens where it is known.

        Parameters
        ----------
        name
            The delivery's id.
        receiver
            Who answers for it, such as a host.
        planned_s
            When it was planned.
        tries_count
            How often it was tried without success.
        next_s
            Not before this moment.
        is_own
            Whether the receiver is this site's own, such as its mail server: it may take its time.
        """
        if name in self._owed:
            return
        known = self._receivers.setdefault(receiver, _Receiver(self._policy, is_own=is_own))
        owed = _Owed(id=name, receiver=known, planned_s=planned_s, tries_count=tries_count)
        self._owed[name] = owed
        self._put_off(owed, next_s)

    def take(self, now_s: float) -> list[str]:
        """Return the notices to send now; they are under way from then on."""
        self._wake(now_s)
        taken: list[str] = []
        no_room: list[_Receiver] = []
        while self._turns and len(self._quick) < self._policy.quick_count:
            receiver = self._turns.popleft()
            receiver.is_in_turn = False
            if receiver.is_slow and len(self._slow) >= self._policy.slow_count:
                no_room.append(receiver)
                continue
            owed = self._admitted(receiver, now_s) if receiver.may_run(self._policy) else None
            if owed is None:
                continue
            receiver.running_count += 1
            if receiver.is_slow:
                self._slow[owed.id] = None
            else:
                self._quick.add(owed.id)
            self._line_up(receiver)
            taken.append(owed.id)
        for receiver in no_room:
            self._line_up(receiver)
        return taken

    def linger(self, name: str) -> str | None:
        """Say that a sending has lasted longer than `quick_s`; return one that must be broken off for it."""
        if name not in self._quick or self._owed[name].receiver.is_own:
            return None
        self._quick.remove(name)
        self._owed[name].receiver.is_slow = True
        evicted = None
        if len(self._slow) >= self._policy.slow_count:
            evicted = next(iter(self._slow))
            del self._slow[evicted]
            self._leaving.add(evicted)
        self._slow[name] = None
        return evicted

    def delivered(self, name: str, now_s: float) -> None:
        """Say that a notice was delivered."""
        owed = self._end(name, is_quick=name in self._quick)
        self._budget.success(now_s)
        self._answered(owed.receiver, now_s)
        del self._owed[name]

    def refused(self, name: str, now_s: float) -> None:
        """Say that the receiver will never take it, or that it is no longer wanted."""
        owed = self._end(name, is_quick=name in self._quick)
        self._answered(owed.receiver, now_s)
        del self._owed[name]

    def leave(self, name: str) -> None:
        """Say that a notice is not sent from here for now: it is under way, or has just failed."""
        if name in self._quick or name in self._slow or name in self._leaving:
            self._end(name, is_quick=False)
        del self._owed[name]

    def failed(
        self,
        name: str,
        now_s: float,
        draw: Callable[[], float],
        *,
        is_down: bool = True,
        not_before_s: float = 0.0,
    ) -> float | None:
        """Say that a sending failed; return when it is tried again, None where it is given up.

        Parameters
        ----------
        name
            The delivery's id.
        now_s
            When it failed.
        draw
            Gives uniform draws in [0, 1).
        is_down
            Whether that speaks against the receiver as a whole: it did not answer, or is overloaded.
        not_before_s
            What the receiver itself asked for.
        """
        owed = self._end(name, is_quick=name in self._quick)
        receiver = owed.receiver
        if is_down:
            receiver.most_count = 1
            receiver.breaker.failure(now_s)
        else:
            self._answered(receiver, now_s)
        owed.tries_count += 1
        owed.previous_s = delay_s(self._policy.layer, owed.tries_count, owed.previous_s, draw())
        next_s = max(now_s + owed.previous_s, not_before_s)
        if next_s - owed.planned_s > self._policy.give_up_after_s:
            del self._owed[name]
            return None
        self._put_off(owed, next_s)
        return next_s

    def next_s(self, now_s: float) -> float | None:
        """Return when there may be something to send if nothing else happens; None for never."""
        found = [heap[0][0] for heap in (self._later, self._resting) if heap]
        budget = self._policy.budget
        if self._unpaid and budget.fill_per_s:
            lacks_count = max(0.0, budget.cost_count - self._budget.tokens_count(now_s))
            found.append(now_s + lacks_count / budget.fill_per_s)
        return min(found, default=None)

    # -- within -----------------------------------------------------------------------------------

    def _put_off(self, owed: _Owed, next_s: float) -> None:
        self._numbers += 1
        heapq.heappush(self._later, (next_s, self._numbers, owed))

    def _wake(self, now_s: float) -> None:
        """Let those wait in line whose time has come."""
        while self._later and self._later[0][0] <= now_s:
            owed = heapq.heappop(self._later)[2]
            if self._owed.get(owed.id) is not owed:
                continue  # it was left to another site
            line = owed.receiver.again if owed.tries_count else owed.receiver.fresh
            line.append(owed)
            self._line_up(owed.receiver)
        while self._resting and self._resting[0][0] <= now_s:
            receiver = heapq.heappop(self._resting)[2]
            receiver.is_resting = False
            self._line_up(receiver)
        payable_count = int(self._budget.tokens_count(now_s) / self._policy.budget.cost_count)
        for _ in range(min(payable_count, len(self._unpaid))):
            receiver = self._unpaid.popleft()
            receiver.is_unpaid = False
            self._line_up(receiver)

    def _line_up(self, receiver: _Receiver) -> None:
        if not receiver.is_in_turn and receiver.may_run(self._policy):
            receiver.is_in_turn = True
            self._turns.append(receiver)

    def _admitted(self, receiver: _Receiver, now_s: float) -> _Owed | None:
        """Return the receiver's next notice if budget and breaker let it go, otherwise let it wait."""
        budget, policy = self._budget, self._policy
        is_retry = not receiver.fresh
        if is_retry and budget.tokens_count(now_s) < policy.budget.cost_count:
            receiver.is_unpaid = True
            self._unpaid.append(receiver)
            return None
        if not receiver.breaker.admit(now_s):
            receiver.is_resting = True
            self._numbers += 1
            heapq.heappush(self._resting, (now_s + policy.breaker.open_s, self._numbers, receiver))
            return None
        if is_retry:
            budget.take_retry(now_s)
            return receiver.again.popleft()
        budget.request(now_s)
        return receiver.fresh.popleft()

    def _answered(self, receiver: _Receiver, now_s: float) -> None:
        receiver.breaker.success(now_s)
        receiver.most_count = min(2 * receiver.most_count, self._policy.receiver_count)
        self._line_up(receiver)

    def _end(self, name: str, *, is_quick: bool) -> _Owed:
        owed = self._owed[name]
        self._quick.discard(name)
        self._slow.pop(name, None)
        self._leaving.discard(name)
        receiver = owed.receiver
        receiver.running_count -= 1
        if is_quick:
            receiver.is_slow = False
        self._line_up(receiver)
        return owed
