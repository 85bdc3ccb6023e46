"""To which segment does a contact belong? Another machine may know; nothing waits for its answer.

It is asked after a case was accepted. What it says is taken only where it names a segment of the world;
a refusal, an error, a wrong or a slow answer leave the case exactly as it was.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from tidegate.adapters.telemetry.guarded_http import GuardedHttp
from tidegate.track.case import Case

_LOG = logging.getLogger("tidegate.identity")
_TIMEOUT_S = 2.0
_REST_S = 15.0
_MOST_WAITING = 20_000


class Identity:
    """Asks for segments, one contact after the other.

    Parameters
    ----------
    url
        Where; ``?contact=`` is added. Empty where nobody is asked.
    segments
        The segments there are.
    """

    def __init__(self, url: str, segments: Mapping[str, str]) -> None:
        self.failed_count = 0
        self._url = url
        self._known = segments
        self._waiting: deque[tuple[str, str]] = deque(maxlen=_MOST_WAITING)
        self._found: dict[str, str] = {}
        self._news = False
        self._asked: set[str] = set()
        self._over = threading.Event()
        self._http = GuardedHttp(timeout_s=_TIMEOUT_S, may_be_private=True)
        self._thread = threading.Thread(target=self._run, name="identity", daemon=True)

    def start(self) -> None:
        """Begin, where there is somebody to ask."""
        if self._url and self._known:
            self._thread.start()

    def stop(self) -> None:
        """End."""
        self._over.set()

    def ask(self, cases: Iterable[Case]) -> None:
        """Ask for the cases that name a contact and no segment, once each."""
        if not self._url:
            return
        for one in cases:
            if one.contact and not one.segment and one.id not in self._asked:
                self._asked.add(one.id)
                self._waiting.append((one.id, one.contact))

    def has_news(self) -> bool:
        """Whether something was found since `segments` was read last."""
        return self._news

    def segments(self) -> Mapping[str, str]:
        """Return the segments found, by case."""
        self._news = False
        return self._found

    def _run(self) -> None:
        while not self._over.wait(0.05 if self._waiting else 1.0):
            if self._waiting:
                self._ask_one(*self._waiting.popleft())

    def _ask_one(self, case: str, contact: str) -> None:
        answer = self._http.get(f"{self._url}?contact={quote(contact, safe='')}")
        segment = _segment(answer.body) if answer.is_ok else ""
        if segment in self._known:
            self._found[case], self._news = segment, True
        elif not answer.is_ok:
            self.failed_count += 1
            self._waiting.append((case, contact))
            self._over.wait(_REST_S)  # it has trouble enough


def _segment(body: bytes) -> str:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    segment = found.get("segment") if isinstance(found, dict) else None
    return segment if isinstance(segment, str) else ""
