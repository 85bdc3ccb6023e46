"""Prometheus while it happens: the samples themselves with their own times, never what it still believes.

An instant query shows for five minutes what is no longer there. So each place's names are asked as a stretch
of time (`{…}[1m]`), which shows samples as they were scraped and nothing else. An expression that is more
than a selector is evaluated step by step, with a look-back that is hardly longer than a step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress

from tidegate.adapters.telemetry.prometheus import Prometheus
from tidegate.errors import CannotTellError, InputError
from tidegate.observe.known_series import PROMETHEUS
from tidegate.observe.live_number import JUDGED, LiveNumber
from tidegate.observe.prometheus_answer import selector as plain_selector
from tidegate.observe.promql import mean_over
from tidegate.observe.sampled import Sampled
from tidegate.observe.surge_detector import DAY_S, SLOT_S

FIRST_S = 1_800.0
"""So much of the past is read at first, so that what is usual is known at once."""
LEARNED_S = 14 * DAY_S
"""So much of it is read to know what is usual by time of day and of week."""
_MOST_LEARNED = 200
_WINDOW_TIMES = 6.0
_LEAST_WINDOW_S = 60.0
_BACK_TIMES = 1.25
TIMEOUT_S = 10.0


class LivePrometheus:
    """Looks at what a Prometheus scraped.

    Parameters
    ----------
    url
        Its address, without `/api`.
    numbers
        What is read.
    every_s
        How far apart its samples are, in seconds.
    credentials
        What it is shown: the value of an Authorization header, or a token; empty for nothing.

    Raises
    ------
    InputError
        If the address is none, holds a password, or a secret would go over an open line.
    """

    system = PROMETHEUS
    delay_s = 0.0

    def __init__(
        self, url: str, numbers: Sequence[LiveNumber], *, every_s: float, credentials: str = ""
    ) -> None:
        self._asked = Prometheus(url, credentials=credentials, timeout_s=TIMEOUT_S)
        self.name = self._asked.name
        self._every_s = every_s
        self._is_first = True
        judged = [one for one in numbers if one.what in JUDGED][:_MOST_LEARNED]
        self._means = {one.path: mean_over(one, SLOT_S) for one in judged}
        self._expressions = {one.path: one.expression for one in numbers if one.expression}
        self._places: dict[str, str] = {}
        for one in numbers:
            if PROMETHEUS in one.matchers and not one.expression:
                place = f"{one.section}.{one.name}"
                names = {name.metric for other in numbers if _is_of(other, one) for name in other.names}
                matched = ",".join(matcher.text for matcher in one.matchers[PROMETHEUS])
                self._places.setdefault(place, f'{{__name__=~"{"|".join(sorted(names))}",{matched}}}')

    def look(self, now_s: float) -> Sequence[Sampled]:
        """Return what was scraped in the last minute, at first in the last half hour.

        Raises
        ------
        TidegateError
            If it cannot be asked, or an expression is none.
        """
        window_s = max(_WINDOW_TIMES * self._every_s, _LEAST_WINDOW_S)
        found = None
        if self._is_first:
            with suppress(CannotTellError):  # the past may be more than is read at once
                found = [*self._seen(now_s, max(FIRST_S, window_s))]
        found = [*self._seen(now_s, window_s)] if found is None else found
        if self._is_first:
            found = [*self._past(now_s), *found]
        self._is_first = False
        return found

    def _past(self, now_s: float) -> Iterator[Sampled]:
        """Yield how the loads were in each quarter of an hour of two weeks, as far as it is known."""
        end_s = math.floor(now_s / SLOT_S) * SLOT_S
        words = {"start": f"{end_s - LEARNED_S:.0f}", "end": f"{end_s:.0f}", "step": f"{SLOT_S:g}"}
        for path, said in self._means.items():
            try:
                rows = self._asked.shown(said, words, is_range=True) if said else ()
            except CannotTellError:
                return  # what is usual is then learned as it comes
            except InputError:
                continue
            for one in rows[:1]:
                samples = tuple(zip(one.series.at_s, one.series.values, strict=True))
                yield Sampled(labels=one.labels, samples=samples, path=path, is_past=True)

    def _seen(self, now_s: float, window_s: float) -> Iterator[Sampled]:
        for place, said in self._places.items():
            yield from self._stretch(said, now_s, window_s, place=place)
        for path, said in self._expressions.items():
            if plain_selector(said) is not None:
                yield from self._stretch(said, now_s, window_s, path=path)
            else:
                yield from self._evaluated(said, now_s, window_s, path)

    def _stretch(
        self, said: str, now_s: float, window_s: float, *, place: str = "", path: str = ""
    ) -> Iterator[Sampled]:
        for one in self._asked.shown(f"{said}[{window_s:.0f}s]", {"time": f"{now_s:.3f}"}):
            samples = tuple(zip(one.series.at_s, one.series.values, strict=True))
            yield Sampled(labels=one.labels, samples=samples, place=place, path=path)

    def _evaluated(self, said: str, now_s: float, window_s: float, path: str) -> Iterator[Sampled]:
        end_s = math.floor(now_s / self._every_s) * self._every_s
        steps_count = math.floor(window_s / self._every_s)
        words = {
            "start": f"{end_s - steps_count * self._every_s:.3f}", "end": f"{end_s:.3f}",
            "step": f"{self._every_s:g}", "lookback_delta": f"{_BACK_TIMES * self._every_s:g}s",
        }  # fmt: skip
        for one in self._asked.shown(said, words, is_range=True):
            samples = tuple(zip(one.series.at_s, one.series.values, strict=True))
            yield Sampled(labels=one.labels, samples=samples, path=path, is_evaluated=True)

    def close(self) -> None:
        """Do nothing: nothing is held."""


def _is_of(other: LiveNumber, one: LiveNumber) -> bool:
    return (other.section, other.name) == (one.section, one.name)
