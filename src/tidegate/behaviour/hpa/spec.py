"""What the server refuses of an autoscaler's spec, and what it takes where nothing is written.

Source: Kubernetes, `autoscaling` (annotations): versions of the API without `behavior` keep it as JSON in an
annotation, its names with capitals, and the server reads it from there.

Values are as a file has them: numbers, or texts of numbers. Shortcut: whether a number was quoted, which the
server refuses, is not known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tidegate.behaviour.hpa.stride import DEFAULT_DOWN, DEFAULT_UP, LONGEST_PERIOD_S, Behavior, Policy, Rules

Path = tuple[str | int, ...]
KEPT_BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior"
"""The annotation."""
_BEHAVIOR: Path = ("behavior",)
_LONGEST_WINDOW_S = 3600
_MOST = 2**31 - 1
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_QUANTITY = re.compile(r"([+-]?)(\d+(?:\.\d*)?|\.\d+)([numkKMGTPE]i?|[eE][+-]?\d+)?", re.ASCII)
_THOUSANDTHS = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0}
_CHOICES = ("Max", "Min", "Disabled")
_KINDS = ("Pods", "Percent")
_TARGETS = ("Utilization", "Value", "AverageValue")
_SOURCES = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One thing that the server refuses.

    Parameters
    ----------
    path
        Below the spec.
    what
        Why.
    value
        As it was written; None where it is missing.
    allowed
        What would be taken.
    """

    path: Path
    what: str
    value: object = None
    allowed: str = ""


def refusals(spec: Mapping[str, Any]) -> tuple[Refusal, ...]:
    """Return all that the server refuses of an autoscaler's spec (autoscaling/v2)."""
    return (*_sizes(spec), *_metrics(spec), *_behavior(spec))


def behavior_of(spec: Mapping[str, Any]) -> Behavior | None:
    """Return `behavior` with its defaults; None where there is none. The server must have taken the spec."""
    written = spec.get("behavior")
    if written is None:
        return None
    parts = written if isinstance(written, Mapping) else {}
    return Behavior(
        up=_rules(parts.get("scaleUp"), DEFAULT_UP), down=_rules(parts.get("scaleDown"), DEFAULT_DOWN)
    )


def kept_behavior(text: str) -> Any:
    """Return the `behavior` that an annotation keeps for versions of the API without it, as in a manifest.

    Raises
    ------
    ValueError
        If the text is not JSON.
    """
    try:
        return _as_written(json.loads(text))
    except RecursionError:
        raise ValueError(text) from None


def _as_written(value: Any) -> Any:
    """Return a tree whose names begin small, and whose numbers are texts."""
    if isinstance(value, dict):
        return {
            name[:1].lower() + name[1:]: _as_written(one) for name, one in value.items() if one is not None
        }
    if isinstance(value, list):
        return [_as_written(one) for one in value]
    return value if isinstance(value, bool) else str(value)


def quantity(value: object) -> float | None:
    """Return a quantity such as ``0.1`` or ``100m``; None where it is none that is used for a ratio."""
    found = _QUANTITY.fullmatch(str(value))
    if found is None or (found[3] or "") not in _THOUSANDTHS:
        return None
    return float(f"{found[1]}{found[2]}") * _THOUSANDTHS[found[3] or ""]


def whole(value: object) -> int | None:
    """Return a whole number; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else None


def _rules(written: object, default: Rules) -> Rules:
    if not isinstance(written, Mapping):
        return default
    rules = default
    if written.get("selectPolicy") not in (None, ""):
        rules = replace(rules, choice=str(written["selectPolicy"]))
    window_s = whole(written.get("stabilizationWindowSeconds"))
    if window_s is not None:
        rules = replace(rules, window_s=float(window_s))
    if isinstance(written.get("policies"), list):
        policies = tuple(_policy(each) for each in written["policies"] if isinstance(each, Mapping))
        rules = replace(rules, policies=policies)
    tolerance = written.get("tolerance")
    return rules if tolerance in (None, "") else replace(rules, tolerance_ratio=quantity(tolerance))


def _policy(written: Mapping[str, Any]) -> Policy:
    return Policy(
        percent=written.get("type") == "Percent",
        amount=whole(written.get("value")) or 0,
        period_s=float(whole(written.get("periodSeconds")) or 0),
    )


def _sizes(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    least, most = spec.get("minReplicas"), spec.get("maxReplicas")
    least_count = 1 if least in (None, "") else whole(least)
    if least_count is None or least_count < 1:
        allowed = "at least 1 (0 needs the feature gate HPAScaleToZero, which clusters do not have on)"
        yield Refusal(path=("minReplicas",), what="is refused by the server", value=least, allowed=allowed)
        if least_count == 0 and not _has_outside_metric(spec):
            yield Refusal(path=("metrics",), what="has no metric that could wake the workload from 0",
                          allowed="an External or Object metric")  # fmt: skip
    most_count = whole(most)
    if most_count is None or most_count < 1:
        yield Refusal(
            path=("maxReplicas",), what="is refused by the server", value=most, allowed="at least 1"
        )
    elif least_count is not None and most_count < least_count:
        allowed = f"at least minReplicas ({least_count})"
        yield Refusal(path=("maxReplicas",), what="is below minReplicas", value=most, allowed=allowed)


def _has_outside_metric(spec: Mapping[str, Any]) -> bool:
    metrics = spec.get("metrics")
    listed = metrics if isinstance(metrics, list) else []
    return any(isinstance(one, Mapping) and one.get("type") in {"External", "Object"} for one in listed)


def _source(metric: object) -> Mapping[str, Any]:
    if not isinstance(metric, Mapping):
        return {}
    found = metric.get(_SOURCES.get(str(metric.get("type")), ""))
    return found if isinstance(found, Mapping) else {}


def _metrics(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    metrics = spec.get("metrics")
    if metrics in (None, ""):
        return
    if not isinstance(metrics, list):
        yield Refusal(path=("metrics",), what="is not a list", value=metrics)
        return
    for index, metric in enumerate(metrics):
        here: Path = ("metrics", index)
        kind = str(metric.get("type") or "") if isinstance(metric, Mapping) else ""
        if kind not in _SOURCES:
            yield Refusal(path=(*here, "type"), what="is no kind of metric", value=kind or None,
                          allowed=", ".join(_SOURCES))  # fmt: skip
        elif not isinstance(metric.get(_SOURCES[kind]), Mapping):
            yield Refusal(path=(*here, _SOURCES[kind]), what=f"is missing for type {kind}")
        else:
            source = metric[_SOURCES[kind]]
            yield from _target((*here, _SOURCES[kind], "target"), kind, source.get("target"))


def _target(path: Path, kind: str, written: object) -> Iterator[Refusal]:
    target: Mapping[str, Any] = written if isinstance(written, Mapping) else {}
    form = target.get("type")
    if form not in _TARGETS:
        yield Refusal(path=(*path, "type"), what="is no kind of target", value=form or None,
                      allowed=", ".join(_TARGETS))  # fmt: skip
    for key in ("value", "averageValue"):
        if target.get(key) not in (None, "") and not _is_positive(target[key]):
            yield Refusal(path=(*path, key), what="is not above nought", value=target[key],
                          allowed="a quantity above 0")  # fmt: skip
    share = target.get("averageUtilization")
    if share not in (None, "") and (whole(share) or 0) < 1:
        yield Refusal(path=(*path, "averageUtilization"), what="is not above nought", value=share,
                      allowed="at least 1")  # fmt: skip
    yield from _combination(path, kind, {key for key in target if target[key] not in (None, "")})


def _combination(path: Path, kind: str, given: set[str]) -> Iterator[Refusal]:
    if kind in {"Resource", "ContainerResource"}:
        if not given & {"averageUtilization", "averageValue"}:
            yield Refusal(path=(*path, "averageUtilization"), what="is missing",
                          allowed="averageUtilization, or averageValue")  # fmt: skip
        elif {"averageUtilization", "averageValue"} <= given:
            yield Refusal(path=(*path, "averageValue"), what="is given beside averageUtilization",
                          allowed="one of the two")  # fmt: skip
    elif kind == "Pods":
        if "averageValue" not in given:
            yield Refusal(path=(*path, "averageValue"), what="is missing", allowed="a quantity above 0")
    elif not given & {"value", "averageValue"}:
        yield Refusal(path=(*path, "averageValue"), what="is missing", allowed="value, or averageValue")
    elif kind == "External" and {"value", "averageValue"} <= given:
        yield Refusal(path=(*path, "value"), what="is given beside averageValue", allowed="one of the two")


def _is_positive(value: object) -> bool:
    found = _QUANTITY.fullmatch(str(value))
    return found is not None and found[1] != "-" and float(found[2]) > 0.0


def _behavior(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    written = spec.get("behavior")
    if written in (None, ""):
        return
    if not isinstance(written, Mapping):
        yield Refusal(path=_BEHAVIOR, what="is not a mapping", value=written)
        return
    for key in ("scaleUp", "scaleDown"):
        rules = written.get(key)
        if rules not in (None, ""):
            yield from _direction((*_BEHAVIOR, key), rules if isinstance(rules, Mapping) else {})


def _direction(path: Path, rules: Mapping[str, Any]) -> Iterator[Refusal]:
    window_s = rules.get("stabilizationWindowSeconds")
    yield from _bounded((*path, "stabilizationWindowSeconds"), window_s, 0, _LONGEST_WINDOW_S)
    choice = rules.get("selectPolicy")
    if choice not in (None, "", *_CHOICES):
        yield Refusal(path=(*path, "selectPolicy"), what="is no choice here", value=choice,
                      allowed=", ".join(_CHOICES))  # fmt: skip
    tolerance = rules.get("tolerance")
    if tolerance not in (None, "") and (quantity(tolerance) is None or (quantity(tolerance) or 0.0) < 0.0):
        yield Refusal(path=(*path, "tolerance"), what="is no quantity of at least 0", value=tolerance,
                      allowed='such as "0.1" or 100m')  # fmt: skip
    policies = rules.get("policies")
    if policies is None:
        return
    if not isinstance(policies, list) or not policies:
        what = "is empty" if isinstance(policies, list) else "is not a list"
        yield Refusal(path=(*path, "policies"), what=what, allowed="at least one policy")
        return
    yield from _policies((*path, "policies"), policies)


def _policies(path: Path, policies: Sequence[object]) -> Iterator[Refusal]:
    for index, written in enumerate(policies):
        policy: Mapping[str, Any] = written if isinstance(written, Mapping) else {}
        if policy.get("type") not in _KINDS:
            yield Refusal(path=(*path, index, "type"), what="is no kind of policy", value=policy.get("type"),
                          allowed=", ".join(_KINDS))  # fmt: skip
        yield from _bounded((*path, index, "value"), policy.get("value", 0), 1, _MOST)
        period_s = policy.get("periodSeconds", 0)
        yield from _bounded((*path, index, "periodSeconds"), period_s, 1, int(LONGEST_PERIOD_S))


def _bounded(path: Path, value: object, least: int, most: int) -> Iterator[Refusal]:
    if value in (None, ""):
        return
    number = whole(value)
    if number is None or not least <= number <= most:
        allowed = f"a whole number from {least:,} to {most:,}" if most < _MOST else f"at least {least}"
        yield Refusal(path=path, what="is refused by the server", value=value, allowed=allowed)
