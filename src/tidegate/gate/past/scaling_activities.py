"""What did Auto Scaling do? Activities as `describe-scaling-activities` of either service prints them.

A group's activity is of one instance: those of one step tell the same cause, and are one. Activities that did
not succeed changed nothing.

Source: AWS, "Amazon EC2 Auto Scaling user guide" (verify a scaling activity), "Application Auto Scaling API
reference" (ScalingActivity).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tidegate.gate.aws.services import SYSTEM
from tidegate.gate.past.history import Reading, Told, mapping, pairs

_AT = r"At (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
_CAUSE = re.compile(
    _AT + r"((?:(?!\bAt \d{4}-)[\s\S]){0,600}?)"
    r"(?:changing the desired|increasing the|shrinking the) capacity from (\d{1,8}) to (\d{1,8})",
    re.ASCII,
)
_SET = re.compile(r"[Ss]et(?:ting)? [\w ]{1,60}? to (\d{1,8})\b", re.ASCII)


def is_activities(document: object) -> bool:
    """Whether a document is of scaling activities."""
    said = mapping(document)
    return isinstance(said.get("Activities"), list) or isinstance(said.get("ScalingActivities"), list)


def read_activities(reading: Reading, document: Mapping[str, Any]) -> None:
    """Take in activities."""
    if document.get("NextToken"):
        reading.passed["pages of activities that come after this one"] += 1
    for path, item in pairs(document.get("Activities"), "Activities"):
        _of_group(reading, mapping(item), path)
    for path, item in pairs(document.get("ScalingActivities"), "ScalingActivities"):
        _of_target(reading, mapping(item), path)


def _of_group(reading: Reading, one: Mapping[str, Any], path: str) -> None:
    if str(one.get("StatusCode")) in {"Failed", "Cancelled"}:
        reading.passed["activities that did not succeed"] += 1
        return
    group, found = str(one.get("AutoScalingGroupName", "")), _CAUSE.findall(str(one.get("Cause", "")))
    if not group:
        reading.fault("names no group", f"{path}.AutoScalingGroupName")
        return
    if not found:
        reading.passed["activities that tell no change of size (health checks, refreshes)"] += 1
        return
    # The first sentence says what was wanted, the others how instances followed.
    at, _, before, after = found[0]
    at_s = reading.moment(at, f"{path}.Cause")
    if at_s is not None:
        reading.told.append(
            Told(
                at_s=at_s, system=SYSTEM, address=group, before_count=int(before), after_count=int(after)
            )
        )  # fmt: skip


def _of_target(reading: Reading, one: Mapping[str, Any], path: str) -> None:
    if str(one.get("StatusCode")) in {"Failed", "Unfulfilled", "Overridden"}:
        reading.passed["activities that did not succeed"] += 1
        return
    address = str(one.get("ResourceId", "")).removeprefix("service/")
    found = _SET.search(str(one.get("Description", "")))
    if not address:
        reading.fault("names nothing that is scaled", f"{path}.ResourceId")
    elif found is None:
        reading.passed["activities that tell no change of size (health checks, refreshes)"] += 1
    else:
        at_s = reading.moment(one.get("StartTime"), f"{path}.StartTime")
        if at_s is not None:
            name = address.rpartition("/")[2]
            reading.told.append(
                Told(
                    at_s=at_s, system=SYSTEM, address=address, aliases=(name,), before_count=None,
                    after_count=int(found[1]),
                )
            )  # fmt: skip
