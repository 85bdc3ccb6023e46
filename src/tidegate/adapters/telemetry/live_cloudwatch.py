"""CloudWatch while it happens: an answer of `get-metric-data` in a file, or printed by a command.

The command runs once a minute, without a shell, with whatever credentials its own configuration gives it. In
its words {start} and {end} stand for the last hour.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tidegate.adapters.files.regular_file import open_regular
from tidegate.adapters.files.worlds import read_text
from tidegate.errors import CannotTellError, Fault, InputError
from tidegate.observe.cloudwatch_answer import PERIOD_S, read_cloudwatch
from tidegate.observe.known_series import CLOUDWATCH, KNOWN
from tidegate.observe.live_number import LiveNumber
from tidegate.observe.sampled import Sampled

_PAST_S = 3_600.0
_TIMEOUT_S = 30.0
_MOST_BYTES = 8 * 1024 * 1024
_METRICS = frozenset(one.metric for one in KNOWN if one.system == CLOUDWATCH)


class LiveCloudWatch:
    """Looks at what CloudWatch answered.

    Parameters
    ----------
    said
        A file; with blanks in it, a command.
    numbers
        What is read.

    Raises
    ------
    InputError
        If it is no command that can be split into words.
    """

    system = CLOUDWATCH
    delay_s = 4 * PERIOD_S

    def __init__(self, said: str, numbers: Sequence[LiveNumber]) -> None:
        self.name = f"CloudWatch by {said[:80]}"
        self._file = said
        self._words = _words(said) if " " in said.strip() else []
        self._asked_s = float("-inf")
        self._text = ""
        self._bound = {
            f"{one.section}.{one.name}": one.matchers[CLOUDWATCH][0].word
            for one in numbers
            if CLOUDWATCH in one.matchers
        }
        self._paths = {one.expression: one.path for one in numbers if one.expression}

    def look(self, now_s: float) -> Sequence[Sampled]:
        """Return the minutes that are settled.

        Raises
        ------
        TidegateError
            If the file or the command's answer is none.
        """
        if not self._words:
            with open_regular(self._file):  # a pipe is never waited for
                text, _ = read_text(self._file, most_bytes=_MOST_BYTES)
            return list(self._named(text, now_s))
        if now_s - self._asked_s >= PERIOD_S:
            self._asked_s, self._text = now_s, ""
            self._text = self._printed(now_s)
        if not self._text:
            raise CannotTellError(f"{self.name} printed nothing")
        return list(self._named(self._text, now_s))

    def _named(self, text: str, now_s: float) -> Iterator[Sampled]:
        """Yield series under their metrics' names, with the place whose resource they name."""
        for one in read_cloudwatch(text, self.name, now_s):
            path = next((self._paths[word] for word in one.labels if word in self._paths), "")
            metric = next((word for word in one.labels if word in _METRICS), "")
            place = next((place for place, word in self._bound.items() if word in one.labels), "")
            if not place and len(self._bound) == 1:
                place = next(iter(self._bound))
            if path or (metric and place):
                yield replace(one, labels={"__name__": metric or path}, place=place, path=path)

    def _printed(self, now_s: float) -> str:
        times = {"{start}": _iso(now_s - _PAST_S), "{end}": _iso(now_s)}
        words = [times.get(word, word) for word in self._words]
        try:
            ran = subprocess.run(words, capture_output=True, timeout=_TIMEOUT_S, check=False)  # noqa: S603  the user's own command
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CannotTellError(f"{self._words[0]} did not answer: {error}"[:200]) from None
        if ran.returncode:
            said = " ".join(ran.stderr.decode(errors="replace").split())[:200]
            raise CannotTellError(f"{self._words[0]} ended with {ran.returncode}: {said}")
        if len(ran.stdout) > _MOST_BYTES:
            raise CannotTellError(f"{self._words[0]} printed more than {_MOST_BYTES // 1024**2} MiB")
        return ran.stdout.decode(errors="replace")

    def close(self) -> None:
        """Do nothing: nothing is held."""


def _words(said: str) -> list[str]:
    try:
        return shlex.split(said)
    except ValueError as error:
        raise InputError(
            Fault(what="is no command", path="--from", value=said[:80], allowed=str(error))
        ) from None


def _iso(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
