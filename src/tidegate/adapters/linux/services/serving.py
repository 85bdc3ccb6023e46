"""What a service does with a request that has arrived: serve it, let it wait, refuse it, or lose it.

A request keeps its place until all that it calls has answered. The meaning is that of the event engine
(`simulate/kernels/service.py`), over sockets. Who may connect must not live here.
"""

from __future__ import annotations

import random
import re
import socket
import struct
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from tidegate.adapters.linux.event_loop import EventLoop
from tidegate.adapters.linux.services import answers
from tidegate.adapters.linux.services.asker import Asking, Called, LogsIn
from tidegate.adapters.linux.services.busy_time import Work
from tidegate.adapters.linux.services.durations import service_s, setup_s_of
from tidegate.adapters.linux.services.logins import Logins
from tidegate.adapters.linux.services.warming import Place, Warming, slowdown_times
from tidegate.rehearse.service_plan import ServerSettings

HEAD_END = b"\r\n\r\n"
_CLOSE = b"connection: close"
_MOST_BYTES = 65536
IDLE, _WAITING, _SERVED, _LOST = range(4)
_FIRST = re.compile(rb"\r\nX-First: (\S+) (\d)")
_CHECK = re.compile(rb"\r\nX-Check: (\d+) (\w+) (\w+)")
_SIZE = re.compile(rb"\r\nX-Size: (\d+)")


class Connection:
    """One client's connection, from the server's side."""

    __slots__ = (
        "_received", "_serving", "_socket", "descriptor", "gone", "is_last", "is_logging_in", "keep",
        "logs_in", "mean_s", "new", "place", "refused", "round_number", "serial", "size_bytes", "state",
    )  # fmt: skip

    def __init__(self, accepted: socket.socket, *, serving: Serving, serial: int, refused: bool) -> None:
        self._socket: socket.socket | None = accepted
        self._serving = serving
        self._received = b""
        self.descriptor = accepted.fileno()
        self.refused = refused
        self.serial = serial
        self.round_number = 0
        self.new = True
        self.is_logging_in = False
        self.logs_in = LogsIn.BY_SET_UP
        self.mean_s: float | None = None
        self.keep = self.is_last = False
        self.size_bytes = 0
        self.place: Place | None = None
        self.gone = False
        self.state = IDLE

    def ready(self, mask: int) -> None:
        """Read what has come; a whole request is handed on, an end is noted."""
        del mask
        if self._socket is None:
            return
        try:
            while not self.gone:
                data = self._socket.recv(_MOST_BYTES)
                self._received += data
                self.gone = not data
        except BlockingIOError:
            pass
        except OSError:
            self.gone = True
        if self.state == IDLE and HEAD_END in self._received:
            self._take_request()
        elif self.gone:
            self._serving.left(self)

    def answer(self, *, well: bool) -> None:
        """Answer the request, or say that it failed."""
        self._say(answers.good(self.size_bytes, self.keep) if well else answers.FULL)

    def _say(self, answer: bytes) -> None:
        """Send an answer; what cannot be sent has nobody to read it."""
        if self._socket is not None:
            try:
                self._socket.send(answer)
            except OSError:
                self.gone = True

    def close(self) -> None:
        """End the connection from this side, once."""
        if self._socket is not None:
            self._serving.hang_up(self)
            self._socket.close()
            self._socket = None

    def reset(self) -> None:
        """Break the connection, as when the instance behind it goes down."""
        if self._socket is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.gone = True
            self.close()

    def leave(self) -> None:
        """Its instance goes: close it now where nothing is asked on it, else with its answer."""
        self.is_last = True
        if self.state == IDLE and not self._received:
            self.close()

    @property
    def serving(self) -> Serving:
        """Return whose it is."""
        return self._serving

    def go_on(self) -> None:
        """Take the next request of this connection, if there is one, or end it."""
        self.state = IDLE
        if self.gone or not self.keep:
            self.close()
        elif HEAD_END in self._received:
            self._take_request()

    def _take_request(self) -> None:
        head, _, self._received = self._received.partition(HEAD_END)
        self.keep = _CLOSE not in head.lower() and not self.is_last
        first = _FIRST.search(head)
        self.mean_s, self.logs_in = None, LogsIn.BY_SET_UP
        if first is not None:
            self.mean_s = None if first[1] == b"-" else float(first[1])
            self.logs_in = LogsIn.BY_ANSWER if first[2] == b"1" else LogsIn.LATER
        size = _SIZE.search(head)
        self.size_bytes = 0 if size is None else int(size[1])
        check = _CHECK.search(head)
        if check is None:
            self._serving.arrive(self)
        else:
            instance, apart, boots = int(check[1]), check[2] == b"apart", check[3] != b"eject"
            if self._serving.fleet is not None:
                self._serving = self._serving.fleet.checked(instance, self._serving)
            self._serving.check(self, instance, apart=apart, boots=boots)


class Instances(Protocol):
    """The instances of a service, where each has a queue of its own."""

    def checked(self, instance: int, serving: Serving) -> Serving:
        """Return the instance that a check is about, which came to another."""

    def left(self, serving: Serving) -> None:
        """Take notice that a connection of an instance has ended."""

    def weigh(self) -> None:
        """Take notice that an instance has more to do."""


class Serving:
    """The places and the queue of one service.

    Parameters
    ----------
    settings
        How it serves at first.
    loop
        Whose timers it sleeps by.
    chance
        Draws service times.
    hang_up
        Told of each connection that ends here.
    calls
        What each request calls, one after the other, once its own work is done.

    Attributes
    ----------
    settings
        How it serves now.
    held_count
        Instances that count already and take no requests yet.
    fleet
        Of which it is one instance; None: all its instances share one queue.
    logins
        Connections that have not logged in.
    """

    def __init__(
        self,
        settings: ServerSettings,
        *,
        loop: EventLoop,
        chance: random.Random,
        hang_up: Callable[[Connection], None],
        calls: Sequence[Called] = (),
    ) -> None:
        self.settings = settings
        self.held_count = 0
        self.fleet: Instances | None = None
        self.logins = Logins(chance)
        self._calls = calls
        self._contention = settings.contention
        self.hang_up = hang_up
        self._loop = loop
        self._chance = chance
        self._queue: deque[Asking] = deque()
        self._waiting_count = 0
        self._work = Work()
        self._served_count = 0
        self._ended_s: float | None = None
        self._out: set[int] = set()
        self._warming = Warming(self._taking_count) if settings.warm_s > 0.0 else None

    @property
    def _taking_count(self) -> int:
        """Return how many instances take requests now."""
        return max(self.there_count - len(self._out), 0)

    @property
    def workers_count(self) -> int:
        """Return how many requests it serves at a time now."""
        return self._taking_count * self.settings.concurrency_count

    @property
    def there_count(self) -> int:
        """Return how many instances are there, whether or not requests go to them."""
        return max(self.settings.instances_count - self.held_count, 0)

    def take_out(self, instance: int) -> None:
        """Give an instance no requests any more; what it serves is finished."""
        self._out.add(instance)
        self._notice()

    def take_back(self, instance: int) -> None:
        """Give an instance requests again."""
        self._out.discard(instance)
        self._notice()
        self._take_next(self._loop.now_s)

    def check(self, connection: Connection, instance: int, *, apart: bool, boots: bool) -> None:
        """Answer a health check: at once where an instance has nothing else to do, or like a request."""
        if instance in self._out:
            answered = not boots  # one that boots says nothing
        elif apart:
            answered = self.workers_count > 0
        else:
            self.arrive(connection)
            return
        if answered:
            connection.new = False
            connection.answer(well=True)
            connection.go_on()

    def hold(self, more_count: int) -> None:
        """Hold so many instances more (or fewer) back from taking requests."""
        self.held_count += more_count
        self._notice()
        self._take_next(self._loop.now_s)

    def change(self, settings: ServerSettings) -> None:
        """Serve in another way from now on; what is being served is finished as it was begun."""
        self.settings = settings
        self._contention = settings.contention
        self._notice()
        self._take_next(self._loop.now_s)

    def replace(self, count: int, number: int = 0) -> None:
        """Let so many instances be others from now on, that have just come."""
        del number
        if self._warming is not None:
            self._warming.replace(count, self._loop.due_s)

    def _notice(self) -> None:
        """Take notice of how many instances take requests; those that did not before have just come."""
        if self._warming is not None:
            self._warming.notice(self._taking_count, self._loop.now_s)

    @property
    def requests_count(self) -> int:
        """Return how many are served or wait."""
        return self._work.count + self._waiting_count

    @property
    def waiting_count(self) -> int:
        """Return how many requests wait."""
        return self._waiting_count

    def take_work(self) -> tuple[float, int]:
        """Return how long places were taken since the last call, and how many requests came."""
        return self._work.take(self._loop.now_s)

    def lose(self, connection: Connection) -> None:
        """Forget what a connection has asked: its instance is killed."""
        if connection.state == _SERVED:
            self._work.end(self._loop.now_s)
        elif connection.state == _WAITING:
            self._waiting_count -= 1
        connection.state = _LOST

    def take_served_count(self) -> int:
        """Return how many answers were given since the last call."""
        count, self._served_count = self._served_count, 0
        return count

    def arrive(self, connection: Asking) -> None:
        """Serve a request now, let it wait, refuse it or let it vanish."""
        settings = self.settings
        self._work.arrived_count += 1
        if connection.refused:
            self._refuse(connection)
        elif connection.gone and settings.abandoned_leaves:
            connection.close()
        elif self._work.count < self.workers_count:
            self._begin(connection, self._loop.now_s if self._ended_s is None else self._ended_s)
        elif self._waiting_count < settings.queue_count:
            connection.state = _WAITING
            self._waiting_count += 1
            self._queue.append(connection)
        elif not settings.silent:
            self._refuse(connection)
        elif connection.gone:
            connection.close()
        if self.fleet is not None:
            self.fleet.weigh()

    def left(self, connection: Connection) -> None:
        """Take notice that a client has gone: unless its request is still to be served, that is the end."""
        if connection.state == _WAITING and self.settings.abandoned_leaves:
            connection.state = IDLE
            self._waiting_count -= 1
        if connection.state in {IDLE, _LOST}:
            connection.close()

    def _refuse(self, connection: Asking) -> None:
        connection.answer(well=False)
        connection.close()

    def _begin(self, connection: Asking, since_s: float) -> None:
        connection.state = _SERVED
        self._work.begin(self._loop.now_s)
        if self.settings.sick_count:
            self._loop.at(since_s + self.settings.sick_s, self._failed, connection)
            return
        work_s = service_s(self.settings, self._chance, connection.mean_s)
        if self._warming is not None and self.settings.warm_s > 0.0:
            connection.place = self._warming.take()
            if connection.place is not None:
                work_s *= slowdown_times(connection.place, self.settings, since_s)
        if connection.new:
            setup_s = setup_s_of(self.settings, self._chance)
            work_s += setup_s
            connection.new = False
            if connection.logs_in is LogsIn.BY_SET_UP and connection.is_logging_in:
                self._loop.at(since_s + self._held_up_s(setup_s), self._logged_in, connection)
        self._loop.at(since_s + self._held_up_s(work_s), self._worked, connection)

    def _held_up_s(self, work_s: float) -> float:
        """Return how long so much work takes beside all that is served, this request included.

        Shortcut, as in the engine: it is decided as the work begins.
        """
        each = self._work.count * self.settings.concurrency_count / self.workers_count
        return work_s * self._contention.stretch_ratio(each)

    def _logged_in(self, connection: Asking, number: int) -> None:
        del number
        self.logins.end(connection)

    def shut(self, connection: Connection, number: int) -> None:
        """Close a connection that has taken too long to log in; what waits for it leaves the queue."""
        del number
        if connection.is_logging_in:
            if connection.state == _WAITING:
                connection.state = IDLE
                self._waiting_count -= 1
            connection.reset()

    def _failed(self, connection: Asking, number: int) -> None:
        """End a request at a sick instance: with a good answer, an error, or nothing."""
        del number
        if connection.state == _LOST:
            return
        answers_as = self.settings.sick_answers
        if answers_as == "silent":
            self._work.end(self._loop.now_s)
            connection.state = _LOST
            self._take_next(self._loop.due_s)
        else:
            self._finish(connection, self._loop.due_s, well=answers_as == "slow")

    def _worked(self, connection: Asking, number: int) -> None:
        del number
        self._call(connection, 0, self._loop.due_s)

    def _call(self, connection: Asking, number: int, since_s: float) -> None:
        """Call what comes next; the request is done when nothing does, or when a call has failed."""
        if number == len(self._calls):
            self._finish(connection, since_s, well=True)
            return

        def told(well: bool) -> None:
            if well:
                self._call(connection, number + 1, self._loop.now_s)
            else:
                self._finish(connection, self._loop.now_s, well=False)

        self._calls[number].ask(told)

    def _finish(self, connection: Asking, ended_s: float, *, well: bool) -> None:
        if connection.state == _LOST:
            return
        # The next begins when this one was to end, not when the loop came to it: delays do not add up.
        self._ended_s = ended_s
        self._work.end(self._loop.now_s)
        if connection.place is not None:
            connection.place.busy_count -= 1
            connection.place = None
        self._served_count += 1
        if well:
            if connection.logs_in is LogsIn.BY_ANSWER:
                self.logins.end(connection)
            connection.answer(well=True)  # a client that has closed its side may still read
            connection.go_on()
        else:
            self._refuse(connection)
        self._take_next(ended_s)
        self._ended_s = None

    def _take_next(self, since_s: float) -> None:
        settings = self.settings
        while self._queue and self._work.count < self.workers_count:
            connection = self._queue.pop() if settings.last_first else self._queue.popleft()
            if connection.state == _WAITING:
                self._waiting_count -= 1
                self._begin(connection, since_s)
