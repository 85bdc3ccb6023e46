"""Who is answered later? Callers that wait for minutes: what they ask is worked out, then they are called.

Each waits for its answer at most as long as it may; what is not known by then is in doubt. What is allowed
counts as happening before it is said, so that nothing is judged beside it in between. An answer that does not
arrive is said again, ever more seldom; a caller that refuses it has heard it. What is asked twice is answered
once. What waits while the gate ends is answered with what is known, and what waits as it is killed by the
next. Where nothing is held up nobody is kept waiting for it: a preview is answered at once and worked out for
the record, advice comes within minutes.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Literal, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge

from tidegate.adapters.telemetry.guarded_http import Answer
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.message import Asked, Heard, Reply
from tidegate.gate.asking.ruling import Mode, Policy, Ruling

_LOG = logging.getLogger("tidegate.gate")
MOST_WAITING_COUNT = 200
MOST_REMEMBERED_COUNT = 10_000
LOOK_EVERY_S = 2.0
PROGRESS_EVERY_S = 240.0
ADVICE_WITHIN_S = 300.0
MOST_TRIES_COUNT = 10
_LONGEST_PAUSE_S = 60.0
_LAST_WORD_WITHIN_S = 12.0
_PASSING = frozenset({0, 408, 425, 429})

Became = Literal["delivered", "refused", "lost"]


class Waiter(Protocol):
    """One that asked, and waits for an answer."""

    caller: str
    """As the record calls who asks."""
    key: str
    """What makes two of them the same."""
    within_s: float
    """For how long the answer may be looked for."""
    holds: bool
    """Whether a no holds up what is asked about."""
    is_sure: bool
    """Whether what is allowed is sure to happen."""

    async def question(self) -> tuple[Intent, Ruling | None]:
        """Return what is asked, and what is known of it already where nothing has to be looked up."""

    async def progress(self, ruling: Ruling) -> None:
        """Say that it is being looked for."""

    async def answer(self, asked: Asked, policy: Policy) -> Answer:
        """Say what may be; return what became of that."""


class CallingBack:
    """Finds answers, and calls back.

    Parameters
    ----------
    rule
        Gives what is known of an intent now.
    settle
        Called with each answer, and with whether what it allows is sure to happen.
    policy
        What is done about what is not safe.
    registry
        Where it is counted.
    done
        Called with the key of each that was answered, or is given up.
    """

    def __init__(
        self,
        rule: Callable[[Intent], Ruling],
        settle: Callable[[Asked, Reply, bool], None],
        policy: Policy,
        registry: CollectorRegistry,
        done: Callable[[str], None] = lambda _key: None,
    ) -> None:
        self._rule, self._settle, self._policy = rule, settle, policy
        self._done = done
        self._known: dict[str, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending = asyncio.Event()
        self._callbacks = Counter(
            "tidegate_gate_callbacks", "Answers that were sent later, by caller and what became of them.",
            ["caller", "became"], registry=registry,
        )  # fmt: skip
        waiting = Gauge(
            "tidegate_gate_callbacks_waiting", "Questions whose answers are awaited.", registry=registry
        )
        waiting.set_function(lambda: len(self._tasks))

    def knows(self, key: str) -> bool:
        """Return whether the same waits already, or was answered."""
        return key in self._known

    def take(self, waiter: Waiter) -> bool:
        """Take a question in; return False where there are too many."""
        if waiter.key in self._known:
            return True
        if len(self._tasks) >= MOST_WAITING_COUNT or self._ending.is_set():
            return False
        while len(self._known) >= MOST_REMEMBERED_COUNT:
            del self._known[next(iter(self._known))]
        self._known[waiter.key] = None
        task = asyncio.get_running_loop().create_task(self._carry_out(waiter))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def close(self) -> None:
        """Answer what waits with what is known, and end."""
        self._ending.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_LAST_WORD_WITHIN_S)
            for one in late:
                one.cancel()

    async def _carry_out(self, waiter: Waiter) -> None:
        became: Became = "lost"
        try:
            intent, known = await waiter.question()
            is_preview = self._policy.mode is Mode.PREVIEW
            if is_preview:
                at_once = Asked(heard=Heard(), intent=intent, ruling=known or self._rule(intent))
                became = await self._said(waiter, at_once)
            ruling = known or await self._ruled(waiter, intent)
            asked = Asked(heard=Heard(), intent=intent, ruling=ruling)
            happens = not (asked.is_held_up(self._policy) and waiter.holds)
            self._settle(asked, Reply(happens=happens), waiter.is_sure)
            if not is_preview:
                became = await self._said(waiter, asked)
        except Exception:  # noqa: BLE001  one that goes wrong is counted and told like the others
            _LOG.exception(
                "a question that is awaited could not be answered", extra={"caller": waiter.caller}
            )
        self._callbacks.labels(waiter.caller, became).inc()
        if became != "delivered":  # who sends it again asks anew
            self._known.pop(waiter.key, None)
        if became != "lost" or not self._ending.is_set():  # else the next that begins says it
            self._done(waiter.key)

    async def _ruled(self, waiter: Waiter, intent: Intent) -> Ruling:
        """Return what is known, once it is or when there is no more time."""
        loop = asyncio.get_running_loop()
        is_advice = self._policy.mode is Mode.ADVISE
        until_s = loop.time() + (min(waiter.within_s, ADVICE_WITHIN_S) if is_advice else waiter.within_s)
        told_s = loop.time()
        while True:
            ruling = self._rule(intent)
            is_final = ruling.verdict != "cannot_tell" or ruling.again_in_s is None
            if is_final or self._ending.is_set() or loop.time() >= until_s:
                return ruling
            if self._policy.mode is not Mode.PREVIEW and loop.time() >= told_s + PROGRESS_EVERY_S:
                told_s = loop.time()
                await waiter.progress(ruling)
            await self._pause(LOOK_EVERY_S)

    async def _said(self, waiter: Waiter, asked: Asked) -> Became:
        for tried_count in range(1, MOST_TRIES_COUNT + 1):
            answer = await waiter.answer(asked, self._policy)
            if answer.is_ok:
                return "delivered"
            status = answer.status_count
            said = {"caller": waiter.caller, "status": status, "why": answer.why, "tried": tried_count}
            if status not in _PASSING and status < 500:
                _LOG.error("an answer was refused by who asked for it", extra=said)
                return "refused"
            _LOG.warning("an answer did not arrive", extra=said)
            if self._ending.is_set() or tried_count == MOST_TRIES_COUNT:
                break
            await self._pause(max(_pause_s(tried_count), _asked_to_wait_s(answer)))
        _LOG.error("an answer was given up", extra={"caller": waiter.caller})
        return "lost"

    async def _pause(self, pause_s: float) -> None:
        try:
            await asyncio.wait_for(self._ending.wait(), pause_s)
        except TimeoutError:
            return


def _pause_s(tried_count: int) -> float:
    """Return how long to wait after a try: twice as long each time, and not all at the same moment."""
    longest_s = min(2.0 ** (tried_count - 1), _LONGEST_PAUSE_S)
    return longest_s * random.uniform(0.5, 1.0)  # noqa: S311  nobody gains by guessing it


def _asked_to_wait_s(answer: Answer) -> float:
    said = answer.headers.get("retry-after", "")
    return min(float(said), _LONGEST_PAUSE_S) if said.isdecimal() and len(said) < 6 else 0.0
