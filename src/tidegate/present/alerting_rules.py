"""Rules of Prometheus for a world, for people who keep their own alerting: limits, surges, and absence.

Each number that the world reads is a promise to be seen, so each has a rule for its absence, besides those
for its limits. Prometheus cannot say that it does not run: the last rule always fires, and somebody else must
watch that it arrives. Labels name the place as the world does, so that Tidegate's own webhook knows what is
meant.

Source: prometheus.io/docs/prometheus/latest/configuration/alerting_rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from tidegate.observe.known_series import PROMETHEUS, known_series
from tidegate.observe.label_matcher import LabelMatcher, selector
from tidegate.observe.live_number import LOADS, LiveNumber
from tidegate.observe.prometheus_answer import selector as plain_selector
from tidegate.observe.promql import expression, matchers_of, names_of, span_text, there
from tidegate.observe.watching import PARTS, Manner
from tidegate.world.file.called import called
from tidegate.world.world import World

_OTHER = re.compile(r"[^A-Za-z0-9_]", re.ASCII)
_TARGET_LABELS = frozenset({"job", "instance"})
_RATE_TIMES = 4
_SCRAPES_COUNT = 2
_SEVERAL = 2
_IS_ONE = LabelMatcher(label="instance", sign="!=", word="")
_USUAL_S, _USUAL_AGO_S = 3_600, 300
_SURGE_TIMES = 1.5
_LABEL = {"crossings": "crossing", "services": "service", "clients": "clients"}
Fields = Sequence[tuple[str, str]]


def alerting_rules(world: World, numbers: Sequence[LiveNumber], manner: Manner) -> str:
    """Return a file of rules.

    Parameters
    ----------
    world
        The world, whose limits they hold.
    numbers
        What is read of it; only what is read in Prometheus has rules.
    manner
        From which share of a limit, and how near in time, they fire; and how far apart samples are.
    """
    read = [one for one in numbers if expression(one, manner.every_s)]
    recorded = [line for one in read if one.is_load for line in _recorded(one, manner)]
    alerts = [line for one in read for line in _alerts(one, manner)]
    alerts += [line for said in dict.fromkeys(_targets(read)) for line in _target(said, manner)]
    lines = [
        f"# Rules for {json.dumps(world.name, ensure_ascii=False)}, written by `tidegate watch rules`.",
        "groups:",
        *_group("tidegate-numbers", recorded, manner),
        *_group("tidegate-alerts", [*alerts, *_always()], manner),
    ]
    return "\n".join(lines) + "\n"


def _group(name: str, lines: Sequence[str], manner: Manner) -> Iterator[str]:
    if lines:
        yield f"  - name: {name}"
        yield f"    interval: {span_text(manner.every_s)}"
        yield "    rules:"
        yield from lines


def _rule(kind: str, name: str, expr: str, *, for_s: float = 0.0, **more: Fields) -> Iterator[str]:
    yield f"      - {kind}: {name}"
    yield f"        expr: {json.dumps(expr, ensure_ascii=False)}"
    if for_s:
        yield f"        for: {span_text(for_s)}"
    for section, fields in more.items():
        yield f"        {section}:"
        for key, word in fields:
            yield f"          {key}: {json.dumps(word, ensure_ascii=False)}"


def _recorded(one: LiveNumber, manner: Manner) -> Iterator[str]:
    yield from _rule("record", _record(one), expression(one, manner.every_s))
    if one.limits:
        yield from _rule("record", f"{_record(one)}:share", f"{_record(one)} / {_limit(one):.10g}")


def _alerts(one: LiveNumber, manner: Manner) -> Iterator[str]:
    place, words = (f"{one.section}.{one.name}", LOADS.get(one.what, ("", one.what))[1])
    if one.is_promised:
        said = f"{one.path} is not seen: nothing is known of it"
        yield from _alert(
            "TidegateUnseen", _absent(one), one, said, "warning", for_s=_SCRAPES_COUNT * manner.every_s
        )
        yield from _parts_unseen(one, manner)
    if one.what == "refused":
        said = f"{place} turns away {{{{ $value | humanize }}}} a second"
        yield from _alert(
            "TidegateRefused", f"{_record(one)} > 0", one, said, "error",
            for_s=_SCRAPES_COUNT * manner.every_s,
        )  # fmt: skip
        return
    if one.limits:
        limit = called(min(one.limits, key=lambda limit: limit.each * limit.times_ratio).path)
        said = f"The {words} of {place} are at {{{{ $value | humanizePercentage }}}} of {limit}"
        expr = f"{_record(one)}:share >= {manner.share_ratio:g}"
        yield from _alert("TidegateNearLimit", expr, one, said, "warning")
        said = f"The {words} of {place} reach {limit} within {span_text(manner.reach_s)}"
        window_s = max(_RATE_TIMES * manner.every_s, 60.0)
        expr = f"predict_linear({_record(one)}:share[{span_text(window_s)}], {manner.reach_s:g}) >= 1"
        expr += f" and deriv({_record(one)}:share[{span_text(window_s)}]) > 0"
        yield from _alert(
            "TidegateLimitInSight", expr, one, said, "warning", for_s=_SCRAPES_COUNT * manner.every_s
        )
    if one.is_rate:
        usual = f"avg_over_time({_record(one)}[{span_text(_USUAL_S)}] offset {span_text(_USUAL_AGO_S)})"
        usual += (
            f" + 4 * stddev_over_time({_record(one)}[{span_text(_USUAL_S)}] offset {span_text(_USUAL_AGO_S)})"
        )
        expr = f"{_record(one)} > {_SURGE_TIMES:g} * ({usual})"
        said = f"A surge: {{{{ $value | humanize }}}} {words} at {place}, far more than in the hour before"
        yield from _alert("TidegateSurge", expr, one, said, "warning", for_s=_SCRAPES_COUNT * manner.every_s)


def _parts_unseen(one: LiveNumber, manner: Manner) -> Iterator[str]:
    """Yield an alert for where fewer devices or instances are seen than the world has.

    Who shows them one by one has a label `instance`; where somebody shows all at once, that is enough.
    """
    parts, each, whole = PARTS.get(one.section, ""), "", ""
    if one.expression:
        labels = plain_selector(one.expression) or {}
        metric = labels.pop("__name__", "")
        matchers = [LabelMatcher(label=label, sign="=", word=word) for label, word in labels.items()]
        each = selector(metric, (*matchers, _IS_ONE)) if metric else ""
    else:
        each, whole = (_any_of(one, is_each=is_each) for is_each in (True, False))
    if one.parts_count < _SEVERAL or not parts or not each:
        return
    expr = f"count(count by (instance) ({each})) < {one.parts_count}"
    expr += f" unless on() count({whole})" if whole else ""
    said = f"{one.path} is seen of {{{{ $value }}}} of {one.parts_count} {parts}"
    for_s = _SCRAPES_COUNT * manner.every_s
    yield from _alert("TidegatePartsUnseen", expr, one, said, "warning", for_s=for_s)


def _any_of(one: LiveNumber, *, is_each: bool) -> str:
    names = (name for name in names_of(one) if name.is_each is is_each)
    return " or ".join(selector(name.metric, matchers_of(one, name)) for name in names)


def _alert(
    name: str, expr: str, one: LiveNumber, said: str, severity: str, *, for_s: float = 0.0
) -> Iterator[str]:
    labels = [("severity", severity), (_LABEL[one.section], one.name), ("number", one.path)]
    yield from _rule("alert", name, expr, for_s=for_s, labels=labels, annotations=[("summary", said)])


def _targets(read: Sequence[LiveNumber]) -> Iterator[tuple[str, str, str]]:
    """Yield the selector of each place's targets, with the place."""
    for one in read:
        own = tuple(
            matcher for matcher in one.matchers.get(PROMETHEUS, ()) if matcher.label in _TARGET_LABELS
        )
        if own and one.is_promised:
            yield selector("up", own), one.section, one.name


def _target(said: tuple[str, str, str], manner: Manner) -> Iterator[str]:
    up, section, name = said
    summary = f"{section}.{name} is not scraped: nothing is known of it"
    yield from _rule(
        "alert", "TidegateBlind", f"{up} == 0 or absent({up})", for_s=_SCRAPES_COUNT * manner.every_s,
        labels=[("severity", "warning"), (_LABEL[section], name)], annotations=[("summary", summary)],
    )  # fmt: skip


def _always() -> Iterator[str]:
    summary = "It always fires: whoever no longer hears it must take it that nothing is watched"
    yield from _rule(
        "alert", "TidegateDeadMansSwitch", "vector(1)", labels=[("severity", "none")],
        annotations=[("summary", summary)],
    )  # fmt: skip


def _record(one: LiveNumber) -> str:
    return f"tidegate:{_OTHER.sub('_', f'{one.section}_{one.name}')}:{one.what}"


def _limit(one: LiveNumber) -> float:
    return min(limit.each * limit.times_ratio for limit in one.limits)


def _absent(one: LiveNumber) -> str:
    """Return an expression that has a value while the number is not seen.

    What watches the place need not show every number: where only such exporters are there that never show
    this one, it is not missed.
    """
    said = f"absent({there(one)})"
    if one.expression:
        return said
    showing = {name.exporter for name in names_of(one)}
    known = [name for name in known_series(one.section, PROMETHEUS) if name not in one.names]
    others = sorted({name.metric for name in known if name.exporter not in showing})
    same = sorted({name.metric for name in known if name.exporter in showing})
    if not others or not same:
        return said
    at = one.matchers[PROMETHEUS]
    only = f"{_count(others, at)} unless on() {_count(same, at)}"
    return f"{said} unless on() ({only})"


def _count(metrics: Sequence[str], matchers: tuple[LabelMatcher, ...]) -> str:
    named = LabelMatcher(label="__name__", sign="=~", word="|".join(metrics))
    return f"count({selector('', (named, *matchers))})"
