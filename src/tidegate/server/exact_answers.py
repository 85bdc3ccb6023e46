"""Exact answers to what the console asks: whole runs, one question at a time, in a process of their own.

The world does not change while the server runs, so an answer is kept. A question that takes too long is
ended, and says so; a queue that is full says so at once.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from tidegate.errors import TidegateError
from tidegate.present.console.exact_part import Exact, failed_part, working_part

LONGEST_S = 300.0
_MOST_WAITING_COUNT = 8
_MOST_KEPT_COUNT = 200
_AGAIN_S = 2.0
_NICE = 10

Key = tuple[str, tuple[tuple[str, str], ...]]


class ExactAnswers:
    """Works out what is asked, and keeps it.

    Parameters
    ----------
    world
        What people call the world file; empty where the server has none.
    text, source
        Its text as it was when the server began, and its name.
    longest_s
        How long one question may take.
    """

    def __init__(self, world: str, text: str, source: str, *, longest_s: float = LONGEST_S) -> None:
        self._given = (world, text, source)
        self._longest_s = longest_s
        self._lock = threading.Lock()
        self._found: OrderedDict[Key, str] = OrderedDict()
        self._waiting: OrderedDict[Key, Mapping[str, object]] = OrderedDict()
        self._is_closed = False
        self._child: BaseProcess | None = None
        self._thread: threading.Thread | None = None

    def ask(self, activity: str, texts: Mapping[str, str], changes: Mapping[str, object]) -> Exact:
        """Return what is known of an answer; what is not known is taken up.

        Parameters
        ----------
        activity
            Which plan; empty for the world's triggers.
        texts
            The values that are not the plan's own, by the key of their slider.
        changes
            What these lay over the world.
        """
        key = (activity, tuple(sorted(texts.items())))
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return Exact(part=self._found[key])
            if key not in self._waiting:
                if self._is_closed or len(self._waiting) >= _MOST_WAITING_COUNT:
                    return Exact(part=failed_part("too much waits; ask again in a minute"))
                self._waiting[key] = changes
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="what-if", daemon=True)
                self._thread.start()
            return Exact(part=working_part(list(self._waiting).index(key)), again_s=_AGAIN_S)

    def close(self) -> None:
        """End what is under way."""
        with self._lock:
            self._is_closed = True
            self._waiting.clear()
            if self._child is not None:
                self._child.kill()

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._is_closed or not self._waiting:
                    self._thread = None
                    return
                key, changes = next(iter(self._waiting.items()))
            part = self._answer(key[0], changes)
            with self._lock:
                self._waiting.pop(key, None)
                self._found[key] = part
                if len(self._found) > _MOST_KEPT_COUNT:
                    self._found.popitem(last=False)

    def _answer(self, activity: str, changes: Mapping[str, object]) -> str:
        """Return the answer as markup, worked out in a process that can be ended."""
        spawned = multiprocessing.get_context("spawn")
        ours, theirs = spawned.Pipe(duplex=False)
        child = spawned.Process(
            target=_work_out, args=(theirs, self._given, activity, dict(changes)), daemon=True
        )
        with self._lock:
            if self._is_closed:
                return ""
            child.start()
            self._child = child
        theirs.close()
        try:
            if not ours.poll(self._longest_s):
                return failed_part(
                    f"it takes more than {self._longest_s:.0f} s; `tidegate check` has no such end"
                )
            return str(ours.recv())
        except EOFError:
            return failed_part("the process that worked it out has ended")
        finally:
            ours.close()
            child.kill()
            child.join()


def _work_out(
    told: Connection, given: tuple[str, str, str], activity: str, changes: Mapping[str, object]
) -> None:
    """Send the answer, from a process of its own: of low priority, and ended by the server alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICE)
    from tidegate.present.console.what_if_page import answered_part  # noqa: PLC0415  the engine is loaded here
    from tidegate.verbs.check import Check, check  # noqa: PLC0415
    from tidegate.world.file.overlay import overlay  # noqa: PLC0415
    from tidegate.world.file.read import read_world  # noqa: PLC0415

    world, text, source = given
    try:
        file = overlay(read_world(text, source), changes)
        with ThreadPoolExecutor(max(os.cpu_count() or 1, 1)) as executor:
            (verdict,) = check(Check(file=file, activity=activity or None), executor=executor)
        told.send(str(answered_part(verdict, world)))
    except TidegateError as error:
        told.send(str(failed_part(" ".join(str(error).split())[:300].rstrip("."))))
