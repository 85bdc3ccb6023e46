"""Prometheus at a later time: range queries to an address that the operator has set, bounded in all they do.

Source: prometheus.io/docs/prometheus/latest/querying/api; 2.42 was run. At most 11,000 points a series are
given, so that a long range is asked in parts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode, urlsplit

from tidegate.adapters.telemetry.guarded_http import Answer, GuardedHttp
from tidegate.errors import CannotTellError, Fault, InputError
from tidegate.observe.prometheus_answer import Labelled, only, read_answer
from tidegate.observe.samples import Missing, Series, series_of

MOST_POINTS = 11_000
_MOST_PARTS = 20
_MOST_BYTES = 8 * 1024 * 1024
_MOST_SKEW_S = 30.0
_STALE_TIMES = 4.0
_LEAST_STALE_S = 60.0
_LONGEST_GET = 2_000
_BAD_REQUEST = 400
_CLOSED = frozenset({401, 403})


class Prometheus:
    """Asks a Prometheus, or what answers as one.

    Parameters
    ----------
    url
        Its address, without `/api`.
    credentials
        What it is shown: the value of an Authorization header, or a token; empty for nothing.
    timeout_s
        How long one question may take, in seconds.

    Raises
    ------
    InputError
        If the address is none, holds a password, or a secret would go over an open line.
    """

    def __init__(self, url: str, *, credentials: str = "", timeout_s: float = 30.0) -> None:
        _check(url, has_secret=bool(credentials))
        self.name = f"Prometheus at {url}"
        self._url = url.rstrip("/")
        self._headers = {"authorization": _shown(credentials)} if credentials else {}
        self._timeout_s = timeout_s
        self._http = GuardedHttp(timeout_s=timeout_s, may_be_private=True, most_bytes=_MOST_BYTES)

    def read(self, said: str, first_s: float, last_s: float, every_s: float) -> Series | Missing:
        """Return the one series that an expression means.

        A sample is shown for a minute at most, or four times the distance of samples, after it was taken.

        Raises
        ------
        InputError
            If Prometheus calls the expression wrong.
        CannotTellError
            If it cannot be asked, or its clock is not ours.
        """
        found = self.every(said, first_s, last_s, every_s)
        return found if isinstance(found, Missing) else only(found, said)

    def every(
        self, said: str, first_s: float, last_s: float, every_s: float
    ) -> tuple[Labelled, ...] | Missing:
        """Return all series that an expression means; none is no error. It raises as `read`."""
        parts = list(_parts(first_s, last_s, every_s))
        if len(parts) > _MOST_PARTS:
            return Missing(why=f"{said} would be more than {_MOST_PARTS * MOST_POINTS:,} samples")
        found: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
        for begin_s, end_s in parts:
            answer = self._ask(said, begin_s, end_s, every_s)
            if not answer.is_whole:
                return Missing(
                    why=f"{said} is more than {_MOST_BYTES // 1024**2} MiB: write it so that it is one"
                )
            try:
                rows = read_answer(answer.body.decode(errors="replace"), self.name)
            except InputError as error:
                return Missing(why=f"{said}: {error.faults[0].what} ({error.faults[0].value})")
            for row in rows:
                samples = zip(row.series.at_s, row.series.values, strict=True)
                found.setdefault(tuple(sorted(row.labels.items())), []).extend(samples)
        return tuple(Labelled(labels=dict(key), series=series_of(samples)) for key, samples in found.items())

    def _ask(self, said: str, first_s: float, last_s: float, every_s: float) -> Answer:
        stale_s = max(_LEAST_STALE_S, _STALE_TIMES * every_s)
        words = {
            "query": said, "start": f"{first_s:.3f}", "end": f"{last_s:.3f}", "step": f"{every_s:g}",
            "timeout": f"{self._timeout_s:g}s", "lookback_delta": f"{stale_s:g}s",
        }  # fmt: skip
        return self._answer(said, "query_range", words)

    def shown(self, said: str, words: Mapping[str, str], *, is_range: bool = False) -> tuple[Labelled, ...]:
        """Return all series that a query shows, however many.

        Parameters
        ----------
        said
            The expression; where it is asked at one moment it must select a stretch of time (`x[1m]`), so
            that samples come with their own times.
        words
            Further words of the question: `time`, or `start`, `end` and `step`.
        is_range
            Whether it is asked over a range.

        Raises
        ------
        TidegateError
            If it cannot be asked, the expression is none, or the answer is more than is read.
        """
        answer = self._answer(said, "query_range" if is_range else "query", {"query": said, **words})
        if not answer.is_whole:
            raise CannotTellError(f"{self.name} shows more than {_MOST_BYTES // 1024**2} MiB for {said[:80]}")
        return read_answer(answer.body.decode(errors="replace"), self.name)

    def _answer(self, said: str, path: str, words: Mapping[str, str]) -> Answer:
        asked = {"content-type": "application/x-www-form-urlencoded", **self._headers}
        url = f"{self._url}/api/v1/{path}"
        if len(said) > _LONGEST_GET:
            answer = self._http.ask("POST", url, headers=asked, body=urlencode(words).encode())
        else:
            answer = self._http.get(f"{url}?{urlencode(words)}", self._headers)
        if answer.status_count == _BAD_REQUEST:
            what = f"{self.name} does not take this expression"
            raise InputError(Fault(what=what, value=said[:200], allowed=_error(answer)))
        if answer.status_count in _CLOSED:
            raise CannotTellError(
                f"{self.name} lets nobody in with these credentials ({answer.status_count})"
            )
        if not answer.is_ok:
            why = answer.why or f"{answer.status_count} {_error(answer)}".strip()
            raise CannotTellError(f"{self.name} cannot be asked: {why}")
        self._compare_clocks(answer)
        return answer

    def _compare_clocks(self, answer: Answer) -> None:
        """Refuse a source whose time is not ours: what happened when could not be told."""
        try:
            theirs_s = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
        except (ValueError, TypeError):
            return
        skew_s = theirs_s - time.time()
        if abs(skew_s) > _MOST_SKEW_S:
            raise CannotTellError(
                f"{self.name} has another time than this machine, by {abs(skew_s):,.0f} s: set them first"
            )


def _parts(first_s: float, last_s: float, every_s: float) -> Iterator[tuple[float, float]]:
    """Yield a range in parts of as many points as are given at once; none comes twice."""
    most_s = (MOST_POINTS - 1) * every_s
    begin_s = first_s
    while begin_s <= last_s:
        yield begin_s, min(begin_s + most_s, last_s)
        begin_s += most_s + every_s


def _check(url: str, *, has_secret: bool) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.scheme in {"http", "https"} and parts.port != 0 else None
    except ValueError:
        host = None
    if not host or parts.query or parts.fragment:
        allowed = "http:// or https://, a host, and the path before /api"
        raise InputError(Fault(what="is no address", path="--from", value=_hidden(url), allowed=allowed))
    if parts.username is not None or parts.password is not None:
        what, allowed = "holds a password, which others see", "--credentials FILE"
        raise InputError(Fault(what=what, path="--from", value=_hidden(url), allowed=allowed))
    if has_secret and parts.scheme == "http" and host not in {"localhost", "127.0.0.1", "::1"}:
        what, allowed = "would be shown credentials over an open line", "https://"
        raise InputError(Fault(what=what, path="--from", value=url[:200], allowed=allowed))


def _hidden(url: str) -> str:
    before, at, after = url.rpartition("@")
    return f"(not shown)@{after}"[:200] if at else before[:200] + after[:200]


def _shown(credentials: str) -> str:
    """Return the header: one word alone is a token."""
    return credentials if " " in credentials else f"Bearer {credentials}"


def _error(answer: Answer) -> str:
    """Return what Prometheus says is wrong, as one line."""
    try:
        said = json.loads(answer.body)
        return " ".join(str(said["error"]).split())[:300]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
