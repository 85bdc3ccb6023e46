"""A service: workers, a queue before them, and what a full queue does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from reference.agenda import Agenda
from reference.attempt import Attempt
from reference.chance import Chance
from tidegate.world.service import Service

UNLIMITED = 1_000_000


class Station:
    """All instances of one service, with one queue."""

    def __init__(self, agenda: Agenda, chance: Chance, service: Service) -> None:
        self._agenda = agenda
        self._chance = chance
        self._service = service
        self._busy_count = 0
        self._waiting: deque[tuple[Attempt, Callable[[bool], None]]] = deque()

    def change(self, service: Service) -> None:
        """From now on these are the service's numbers; work begun goes on."""
        self._service = service
        self._take_next()

    def arrive(self, attempt: Attempt, reply: Callable[[bool], None]) -> None:
        """Serve the attempt, let it wait, or turn it away; `reply` is told how it went, if anybody is."""
        service = self._service
        limit = UNLIMITED if service.queue_count is None else service.queue_count
        if service.instances_count == 0:
            return
        if service.abandoned_work == "leaves" and attempt.is_over:
            return
        if self._busy_count < self._workers_count:
            self._begin(reply)
        elif len(self._waiting) < limit:
            self._waiting.append((attempt, reply))
        elif service.queue_when_full == "visible":
            reply(False)

    def leave(self, attempt: Attempt) -> None:
        """The client of `attempt` has gone."""
        if self._service.abandoned_work == "leaves":
            self._waiting = deque(each for each in self._waiting if each[0] is not attempt)

    @property
    def _workers_count(self) -> int:
        return self._service.instances_count * self._service.concurrency_count

    def _begin(self, reply: Callable[[bool], None]) -> None:
        self._busy_count += 1

        def served() -> None:
            self._busy_count -= 1
            self._take_next()
            reply(True)

        self._agenda.after(self._chance.service_ns(self._service), served)

    def _take_next(self) -> None:
        while self._waiting and self._busy_count < self._workers_count:
            last = self._service.queue_order == "lifo"
            _, reply = self._waiting.pop() if last else self._waiting.popleft()
            self._begin(reply)
