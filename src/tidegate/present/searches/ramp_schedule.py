"""A ramp as something people and automation follow: a calendar, an autoscaler's limits, a shell loop.

Only what a format can say is written; what it cannot is said in its comments or refused.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil

from tidegate.errors import Fault, InputError
from tidegate.evaluate.searching.ramp import Ramp
from tidegate.present.layout import plain
from tidegate.present.quantities import duration_text
from tidegate.protect.targets.kubernetes_pace import BREAKS, policy_for, written

_LINE_BYTES = 73


def _said(text: str) -> str:
    return plain(text.replace("\u00a0", " "), unicode=True)


def calendar_text(title: str, ramp: Ramp, start: datetime) -> str:
    """Return the batches as an iCalendar file (RFC 5545).

    Parameters
    ----------
    title
        What is done.
    ramp
        How.
    start
        When the first batch begins, with its zone.
    """
    begin = start.astimezone(UTC)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tidegate//ramp//EN"]
    n = len(ramp.steps)
    for i, (at_s, count) in enumerate(ramp.steps):
        until_s = ramp.steps[i + 1][0] if i + 1 < n else ramp.pace.total_s
        summary = f"{_said(title)}: batch {i + 1} of {n}, to {count} {ramp.counted}"
        lines += [
            "BEGIN:VEVENT",
            f"UID:{ramp.pace.activity}-{i + 1}-{begin:%Y%m%dT%H%M%SZ}@tidegate",
            f"DTSTAMP:{begin:%Y%m%dT%H%M%SZ}",
            f"DTSTART:{begin + timedelta(seconds=round(at_s)):%Y%m%dT%H%M%SZ}",
            f"DTEND:{begin + timedelta(seconds=ceil(max(until_s, at_s + 1.0))):%Y%m%dT%H%M%SZ}",
            f"SUMMARY:{_escaped(summary)}",
            "END:VEVENT",
        ]
    folded = [piece for line in [*lines, "END:VCALENDAR"] for piece in _folded(line)]
    return "\r\n".join(folded) + "\r\n"


def _escaped(text: str) -> str:
    for character in ("\\", ";", ","):
        text = text.replace(character, f"\\{character}")
    return text


def _folded(line: str) -> list[str]:
    """Return a content line in pieces of at most 75 octets, as RFC 5545 wants."""
    pieces, now = [], ""
    for character in line:
        if len((now + character).encode()) > _LINE_BYTES:
            pieces.append(now)
            now = " "
        now += character
    return [*pieces, now]


def autoscaler_text(ramp: Ramp) -> str:
    """Return the pace as the `behavior` of a Kubernetes HorizontalPodAutoscaler (autoscaling/v2).

    Raises
    ------
    InputError
        If the time between two batches is longer than a policy can say, there is only one batch, or it is no
        change of size.
    """
    pace = ramp.pace
    if pace.batches_count == 1:
        raise InputError(
            Fault(
                what="one batch is no rate that an autoscaler could keep",
                kind="statement",
                allowed="json, ics or sh",
            )
        )
    if ramp.before_count is None:
        what = "it changes no number of pods that an autoscaler could pace"
        raise InputError(Fault(what=what, kind="statement", allowed="json, ics or sh"))
    policy = policy_for(ramp.before_count, ramp.steps)
    if policy is None:
        raise InputError(
            Fault(
                what="the time between two batches is longer than an autoscaler's policy can say",
                kind="statement",
                value=duration_text(pace.pause_s).replace("\u00a0", " "),
                allowed="at most 30 min; use json, ics or sh",
            )
        )
    grows = ramp.steps[-1][1] > ramp.before_count
    breaks = "".join(f"# {line}\n" for line in BREAKS)
    return (
        f"# At most {policy.amount} pods every {policy.period_s:.0f} s, in {len(ramp.steps)} batches.\n"
        "# An autoscaler keeps this pace; when it begins, and where it ends, it decides itself.\n"
        f"{breaks}"
        "behavior:\n"
        f"  {'scaleUp' if grows else 'scaleDown'}:\n"
        f"    stabilizationWindowSeconds: {0 if grows else 300}\n"
        "    selectPolicy: Min\n"
        "    policies:\n"
        f"      {written(policy)}\n"
    )


def shell_text(title: str, ramp: Ramp, target: str = "") -> str:
    """Return the ramp as a shell loop that stops when a step fails.

    Parameters
    ----------
    title
        What is done.
    ramp
        How.
    target
        What Kubernetes calls it ("deployment/shop"); empty where the command must be written.
    """
    command = "step() { : change this to your own command: the count is in $1; }"
    if target and all(c.isalnum() or c in "/-._" for c in target):
        command = f'step() {{ kubectl scale --replicas="$1" {target}; }}'
    body = []
    for i, (at_s, count) in enumerate(ramp.steps):
        if i:
            body.append(f"sleep {ceil(at_s - ramp.steps[i - 1][0])}")
        body.append(f"step {count}")
    spread = ramp.pace.spread_s
    note = f"# Clients must spread their connecting over {spread:.0f} s.\n" if spread is not None else ""
    return (
        f"#!/bin/sh\n# {_said(title)}: {len(ramp.steps)} batches in {ramp.pace.total_s:.0f} s.\n{note}"
        "set -eu\n" + command + "\n" + "\n".join(body) + "\n"
    )
