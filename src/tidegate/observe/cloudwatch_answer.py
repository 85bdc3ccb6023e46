"""What does CloudWatch answer to `get-metric-data`? Minutes, the newest first, of which some may be missing.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html. A time is the begin
of its period; times are ISO 8601 or, of some clients, seconds. A period that is still going on is left out. A
result that failed is a fault; one that is partial has what it has, and what is missing is not seen.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.journal.moment import parse_moment
from tidegate.observe.sampled import Sampled

PERIOD_S = 60.0
_SETTLED_S = 2 * PERIOD_S
_WORD = re.compile(r"[A-Za-z0-9_.:/-]+", re.ASCII)
_ALLOWED = "the answer of `aws cloudwatch get-metric-data`: MetricDataResults"
_FAILED = frozenset({"InternalError", "Forbidden"})


def read_cloudwatch(text: str, source: str, now_s: float) -> tuple[Sampled, ...]:
    """Return the samples of an answer, in order of time; every word of a label is a label of its own.

    Parameters
    ----------
    text, source
        The answer, and where it is from.
    now_s
        Our own time: what began less than two minutes ago is not settled.

    Raises
    ------
    InputError
        If it is none, or any of its results failed.
    """
    try:
        results = json.loads(text)["MetricDataResults"]
        found = [_sampled(one, now_s) for one in results]
        failed = [one for one in results if one.get("StatusCode") in _FAILED]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        fault = Fault(what="is no answer of CloudWatch", allowed=_ALLOWED, place=Place(source=source))
        raise InputError(fault) from None
    if failed:
        value = f"{failed[0].get('Id', '')}: {failed[0]['StatusCode']}"[:80]
        raise InputError(Fault(what="is an answer that failed", value=value, place=Place(source=source)))
    return tuple(found)


def _sampled(one: dict[str, Any], now_s: float) -> Sampled:
    words = _WORD.findall(f"{one['Label']} {one['Id']}")
    times, values = one["Timestamps"], one["Values"]
    if len(times) != len(values):
        raise ValueError("a time has no value")
    pairs = sorted((_moment(at), float(value)) for at, value in zip(times, values, strict=True))
    samples = tuple((at_s, value) for at_s, value in pairs if at_s + _SETTLED_S <= now_s)
    return Sampled(labels={word: word for word in words}, samples=samples)


def _moment(at: object) -> float:
    try:
        return float(at) if isinstance(at, int | float) else parse_moment(str(at))
    except InputError:
        raise ValueError("is no time") from None
