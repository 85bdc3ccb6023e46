"""How is a number of a world asked of Prometheus? Expressions of PromQL, and nothing is asked here.

Source: prometheus.io/docs/prometheus/latest/querying/basics.
"""

from __future__ import annotations

from tidegate.observe.known_series import PROMETHEUS, KnownSeries
from tidegate.observe.label_matcher import LabelMatcher, selector
from tidegate.observe.live_number import LiveNumber
from tidegate.observe.prometheus_answer import selector as plain_selector

_RATE_TIMES = 4


def names_of(one: LiveNumber) -> list[KnownSeries]:
    """Return the names that Prometheus may have for a number."""
    return [name for name in one.names if name.system == PROMETHEUS]


def matchers_of(one: LiveNumber, name: KnownSeries) -> tuple[LabelMatcher, ...]:
    """Return the labels of a number's series under one of its names."""
    more = [LabelMatcher(label=label, sign="=", word=word) for label, word in name.labels.items()]
    more += [LabelMatcher(label=label, sign="!=", word=word) for label, word in name.without.items()]
    return (*one.matchers[PROMETHEUS], *more)


def there(one: LiveNumber) -> str:
    """Return an expression that has a value as long as the number is seen."""
    if one.expression:
        return one.expression
    return " or ".join(selector(name.metric, matchers_of(one, name)) for name in names_of(one))


def expression(one: LiveNumber, every_s: float) -> str:
    """Return an expression of what the number is; empty where it is not read in Prometheus."""
    if one.expression:
        return _grown(one.expression, every_s) if one.form == "counter" else one.expression
    if PROMETHEUS not in one.matchers or not names_of(one):
        return ""
    said = [_summed(one, name, every_s) for name in names_of(one)]
    if one.what == "refused":
        return " + ".join(f"({each} or vector(0))" for each in said)
    return " or ".join(said)


def mean_over(one: LiveNumber, span_s: float) -> str:
    """Return an expression of what a number was in the mean of a stretch of time; empty where not read."""
    said = expression(one, span_s / _RATE_TIMES)
    if not said or one.form == "counter" or (not one.expression and one.is_rate):
        return said
    return f"avg_over_time(({said})[{span_text(span_s)}:{span_text(span_s / _RATE_TIMES)}])"


def _summed(one: LiveNumber, name: KnownSeries, every_s: float) -> str:
    series = selector(name.metric, matchers_of(one, name))
    if name.form == "gauge":
        said = f"{'sum' if one.is_load else 'avg'}({series})"
    elif name.form == "counter":
        said = f"sum({_grown(series, every_s)})"
    else:
        said = f"sum({series}) / 60"
    return said if name.times_ratio == 1.0 else f"{said} * {name.times_ratio:g}"


def _grown(expression: str, every_s: float) -> str:
    window = span_text(_RATE_TIMES * every_s)
    if plain_selector(expression) is None and not expression.rstrip().endswith("}"):
        return f"rate(({expression})[{window}:{span_text(every_s)}])"
    return f"rate({expression}[{window}])"


def span_text(span_s: float) -> str:
    """Return a duration as Prometheus reads it."""
    return f"{span_s:.0f}s" if float(span_s).is_integer() else f"{span_s * 1000:.0f}ms"
