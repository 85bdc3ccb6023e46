"""Where is a question worked out? In one process beside the gate, one after the other, each within a limit.

What callers wait for goes before what nobody has asked yet. What was found is kept in the folder, one file a
world, and read again at the next start. Where a world or Tidegate is another, its file is, and all is worked
out anew. A question that does not end in time, or ends the process, is left for a while that doubles each
time: those behind it are not held up by it again and again.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tidegate.adapters.files.worlds import read_text, write_text
from tidegate.errors import TidegateError
from tidegate.gate.asking.question import Awaited, Question
from tidegate.gate.asking.watched_world import Watched
from tidegate.gate.asking.worked_out import Found, Known
from tidegate.verbs.gate import Gate

_LOG = logging.getLogger("tidegate.gate")
MOST_WAITING_COUNT = 200
MOST_LEFT_COUNT = 1_000
_GUESSED_S = 20.0
_START_WITHIN_S = 120.0
_LEFT_AT_LEAST_S = 60.0
_LATER_S = 300.0
_NICE = 10
_NEWEST_SHARE = 0.3


def _begin() -> None:
    """Be no trouble to the gate: of lower priority, and ended by it alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICE)


def _stand_ready() -> None:
    """Load what working out needs, which is not to be counted as the time of a question."""
    import tidegate.verbs.work_out  # noqa: F401, PLC0415


def _work_out(question: Question) -> Found:
    from tidegate.verbs.work_out import work_out  # noqa: PLC0415  the engine is loaded here, and not by the gate

    with ThreadPoolExecutor(max_workers=max(os.cpu_count() or 1, 1)) as executor:
        return work_out(question, executor=executor)


def _process() -> ProcessPoolExecutor:
    spawned = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(max_workers=1, mp_context=spawned, initializer=_begin)


@dataclass(frozen=True, kw_only=True)
class Left:
    """A question that was given up.

    Parameters
    ----------
    why
        A sentence.
    until_s
        Until when it is not tried again, on the clock of `time.monotonic`.
    times_count
        How often it was given up.
    """

    why: str
    until_s: float
    times_count: int


class Workshop:
    """Works questions out, one at a time, and keeps the answers.

    Parameters
    ----------
    folder
        Where they are kept.
    gate
        Whose questions they are, and who is given the answers.
    limit_s
        How long one question may take.
    work_out
        Answers a question, in another process: it is handed there by name.
    """

    def __init__(
        self,
        folder: Path,
        gate: Gate,
        *,
        limit_s: float,
        work_out: Callable[[Question], Found] = _work_out,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._gate = gate
        self._limit_s = limit_s
        self._work_out = work_out
        self._changed = threading.Condition()
        self._asked: dict[str, Question] = {}
        self._beforehand: dict[str, Question] = {}
        self._under_way = ""
        self._left: dict[str, Left] = {}
        self._took_s = min(_GUESSED_S, limit_s)
        self._is_closed = False
        self._process = _process()
        self._thread = threading.Thread(target=self._go_on, name="workshop", daemon=True)
        self._thread.start()

    @property
    def waiting_count(self) -> int:
        """How many questions are being worked out, or wait for it."""
        return len(self._asked) + len(self._beforehand) + bool(self._under_way)

    @property
    def left_count(self) -> int:
        """How many questions were given up, and are not tried for now."""
        now_s = time.monotonic()
        with self._changed:
            return sum(one.until_s > now_s for one in self._left.values())

    def ask(self, question: Question) -> Awaited:
        """Take a question in that somebody waits for; return when its answer may be there."""
        with self._changed:
            left = self._left.get(question.key)
            now_s = time.monotonic()
            if left is not None and now_s < left.until_s:
                return Awaited(again_s=left.until_s - now_s, why=left.why)
            if question.can_wait:
                if self.waiting_count < MOST_WAITING_COUNT:
                    self.ask_beforehand(question)
                    rest = self._beforehand  # somebody asked it, which nobody did of those
                    self._beforehand = {key: rest[key] for key in sorted(rest, key=question.key.__ne__)}
                return Awaited(again_s=self._took_s)
            if question.key not in self._asked and question.key != self._under_way:
                if len(self._asked) + bool(self._under_way) >= MOST_WAITING_COUNT:
                    _LOG.warning("so much waits to be worked out that a question is left")
                    return Awaited(
                        again_s=_LATER_S, why="so much waits to be worked out that this waits too."
                    )
                self._beforehand.pop(question.key, None)
                self._asked[question.key] = question
                self._changed.notify()
            return Awaited(again_s=self._took_s * (1 + self._ahead_count(question.key)))

    def ask_beforehand(self, question: Question) -> None:
        """Take a question in that nobody has asked yet; it is worked out when nobody waits for another."""
        with self._changed:
            if question.key not in self._asked and question.key != self._under_way:
                self._beforehand[question.key] = question
                self._changed.notify()

    def _ahead_count(self, key: str) -> int:
        """Return how many are worked out before a question that is asked."""
        if key == self._under_way:
            return 0
        return [*self._asked].index(key) + bool(self._under_way)

    def _go_on(self) -> None:
        while (question := self._next()) is not None:
            if self._gate.still_asks(question):
                began_s = time.monotonic()
                self._work(question)
                took_s = time.monotonic() - began_s
                self._took_s += _NEWEST_SHARE * (took_s - self._took_s)
            with self._changed:
                self._under_way = ""

    def _next(self) -> Question | None:
        """Return what comes next, as soon as there is anything; None at the end."""
        with self._changed:
            while not (self._asked or self._beforehand or self._is_closed):
                self._changed.wait()
            if self._is_closed:
                return None
            first = self._asked or self._beforehand
            self._under_way = next(iter(first))
            return first.pop(self._under_way)

    def _work(self, question: Question) -> None:
        try:
            self._process.submit(_stand_ready).result(_START_WITHIN_S)
            found = self._process.submit(self._work_out, question).result(self._limit_s)
        except TimeoutError:
            self._leave(question, f"it could not be worked out within {self._limit_s:,g} s.", "took too long")
            self._begin_anew()
        except BrokenProcessPool:
            self._leave(question, "it could not be worked out: what was at it was ended.", "was ended")
            self._begin_anew()
        except RuntimeError as error:  # the gate is ending
            _LOG.info("a question was left", extra={"why": repr(error)[:300]})
        except Exception as error:  # noqa: BLE001  whatever it is, those that wait behind it are to be answered
            self._leave(question, "it could not be worked out: our own fault.", repr(error)[:300])
        else:
            self._take(question, found)

    def _leave(self, question: Question, said: str, why: str) -> None:
        if self._is_closed:
            return
        with self._changed:
            before = self._left.pop(question.key, None)
            times_count = 1 + (before.times_count if before else 0)
            until_s = time.monotonic() + max(self._limit_s * 2**times_count, _LEFT_AT_LEAST_S)
            self._left[question.key] = Left(why=said, until_s=until_s, times_count=times_count)
            if len(self._left) > MOST_LEFT_COUNT:
                self._left.pop(next(iter(self._left)))
        _LOG.error("a question could not be worked out", extra={"about": question.key[:300], "why": why})

    def _begin_anew(self) -> None:
        self._end_process()
        if not self._is_closed:
            self._process = _process()

    def _take(self, question: Question, found: Found) -> None:
        with self._changed:
            self._left.pop(question.key, None)
        known = self._gate.take(question, found)
        if known is None:
            return
        with suppress(TidegateError):  # it is known; that it is not kept is seen at the next start
            write_text(str(self._place(question.file.world.name, known)), known.text())

    def recall(self, watched: Watched) -> None:
        """Read what was kept of a world."""
        place = self._place(watched.file.world.name, watched.known)
        if place.is_file():
            try:
                watched.known.read(*read_text(str(place)))
            except TidegateError as error:
                _LOG.warning(
                    "what was kept cannot be read, and is worked out anew", extra={"why": str(error)}
                )

    def _place(self, name: str, known: Known) -> Path:
        safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:80]
        return self._folder / f"{safe}-{known.digest[:16]}.json"

    def _end_process(self) -> None:
        processes = list((self._process._processes or {}).values())  # noqa: SLF001  there is no other way to end them
        self._process.shutdown(wait=False, cancel_futures=True)
        for one in processes:
            one.kill()

    def close(self) -> None:
        """Give up what is under way."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._end_process()
        self._thread.join(_GUESSED_S)
