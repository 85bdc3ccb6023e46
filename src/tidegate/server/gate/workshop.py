"""Where is a question worked out? In one process beside the gate, one after the other.

What was found is kept in the folder, one file a world, and read again at the next start. Where a world or
Tidegate is another, its file is, and all is worked out anew.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path

from tidegate.adapters.files.worlds import read_text, write_text
from tidegate.errors import TidegateError
from tidegate.gate.asking.worked_out import Found, Known
from tidegate.verbs.gate import Question, Watched

_LOG = logging.getLogger("tidegate.gate")
MOST_WAITING_COUNT = 200
_GUESSED_S = 20.0
_LATER_S = 300.0
_NICE = 10


def _begin() -> None:
    """Be no trouble to the gate: of lower priority, and ended by it alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICE)


def _work_out(question: Question) -> Found:
    from tidegate.verbs.work_out import work_out  # noqa: PLC0415  the engine is loaded here, and not by the gate

    with ThreadPoolExecutor(max_workers=max(os.cpu_count() or 1, 1)) as executor:
        return work_out(question, executor=executor)


def _process() -> ProcessPoolExecutor:
    spawned = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(max_workers=1, mp_context=spawned, initializer=_begin)


class Workshop:
    """Works questions out, one at a time, and keeps the answers.

    Parameters
    ----------
    folder
        Where they are kept.
    take
        Called with each answer.
    """

    def __init__(self, folder: Path, take: Callable[[Question, Found], Known | None]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._take = take
        self._lock = threading.Lock()
        self._under_way: set[str] = set()
        self._took_s = _GUESSED_S
        self._process = _process()

    @property
    def waiting_count(self) -> int:
        """How many questions are being worked out, or wait for it."""
        return len(self._under_way)

    def ask(self, question: Question) -> float:
        """Take a question in, unless it is under way; return after how many seconds to ask again."""
        key = question.key
        with self._lock:
            if key not in self._under_way:
                if len(self._under_way) >= MOST_WAITING_COUNT:
                    _LOG.warning("so much waits to be worked out that a question is left")
                    return _LATER_S
                self._under_way.add(key)
                try:
                    begun = self._process.submit(_work_out, question)
                except BrokenProcessPool:  # it was killed: another takes its place, and is asked next time
                    _LOG.error("what works questions out was killed")
                    self._process = _process()
                    self._under_way.clear()
                    return _GUESSED_S
                except RuntimeError:  # the gate is ending
                    self._under_way.discard(key)
                    return _LATER_S
            else:
                begun = None
            again_s = self._took_s * len(self._under_way)
        if begun is not None:  # not under the lock: what is done already is taken in at once
            begun.add_done_callback(lambda done: self._done(key, question, done))
        return again_s

    def _done(self, key: str, question: Question, done: Future[Found]) -> None:
        with self._lock:
            self._under_way.discard(key)
        if done.cancelled():
            return
        error = done.exception()
        if error is not None:
            _LOG.error("a question could not be worked out", extra={"why": repr(error)[:300]})
            return
        known = self._take(question, done.result())
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

    def close(self) -> None:
        """Give up what is under way."""
        processes = list((self._process._processes or {}).values())  # noqa: SLF001  there is no other way to end them
        self._process.shutdown(wait=False, cancel_futures=True)
        for one in processes:
            one.terminate()
