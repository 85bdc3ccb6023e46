"""What was asked of AWS? CloudTrail, as its log files have it and `aws cloudtrail lookup-events` prints it.

A call that was refused changed nothing. A call tells the size that shall be; the one before is that of the
call before, and the first of each thing has none.

Source: AWS, "CloudTrail record contents"; "Amazon ECS API reference" (UpdateService, CreateService), "Amazon
EC2 Auto Scaling API reference" (SetDesiredCapacity, UpdateAutoScalingGroup), "Application Auto Scaling API
reference" (RegisterScalableTarget).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tidegate.gate.aws.services import SYSTEM
from tidegate.gate.past.history import Reading, Told, mapping, pairs

_MAXIMUM = "that only said how far a scaler may go"


def is_trail(document: object) -> bool:
    """Whether a document is of CloudTrail."""
    said = mapping(document)
    return isinstance(said.get("Records"), list) or isinstance(said.get("Events"), list)


def read_trail(reading: Reading, document: Mapping[str, Any]) -> None:
    """Take in records."""
    if document.get("NextToken"):
        reading.passed["pages of CloudTrail that come after this one"] += 1
    for path, item in pairs(document.get("Records"), "Records"):
        _record(reading, mapping(item), path)
    for path, item in pairs(document.get("Events"), "Events"):
        said = mapping(item).get("CloudTrailEvent")
        try:
            whole = json.loads(str(said))
        except (ValueError, RecursionError):
            reading.fault("is no record", f"{path}.CloudTrailEvent", said or "", "what lookup-events prints")
            continue
        _record(reading, mapping(whole), path)


def _record(reading: Reading, record: Mapping[str, Any], path: str) -> None:
    name = str(record.get("eventName", ""))
    reader = _READERS.get(name)
    if reader is None:
        reading.passed["records of other calls than those that scale"] += 1
        return
    if record.get("errorCode") or record.get("errorMessage"):
        reading.passed["calls that AWS refused"] += 1
        return
    at_s = reading.moment(record.get("eventTime"), f"{path}.eventTime")
    asked, answered = mapping(record.get("requestParameters")), mapping(record.get("responseElements"))
    if at_s is not None:
        reader(reading, at_s, asked, answered, path)


def _service(
    reading: Reading, at_s: float, asked: Mapping[str, Any], answered: Mapping[str, Any], path: str
) -> None:
    made = mapping(answered.get("service"))
    if asked.get("desiredCount") is None:
        reading.passed["calls that left the size as it was"] += 1
        return
    name = _last(asked.get("service") or asked.get("serviceName") or made.get("serviceName"))
    cluster = _last(asked.get("cluster") or made.get("clusterArn") or "default")
    is_new = "serviceName" in asked
    _tell(reading, at_s, f"{cluster}/{name}", asked["desiredCount"], path, aliases=(name,), is_new=is_new)


def _group(
    reading: Reading, at_s: float, asked: Mapping[str, Any], _answered: Mapping[str, Any], path: str
) -> None:
    name = str(asked.get("autoScalingGroupName", ""))
    if asked.get("desiredCapacity") is not None:
        _tell(reading, at_s, name, asked["desiredCapacity"], path)
    elif asked.get("minSize") is not None:
        _tell(reading, at_s, name, asked["minSize"], path, is_least=True)
    else:
        reading.passed["calls that left the size as it was"] += 1


def _target(
    reading: Reading, at_s: float, asked: Mapping[str, Any], _answered: Mapping[str, Any], path: str
) -> None:
    address = str(asked.get("resourceId", "")).removeprefix("service/")
    if asked.get("minCapacity") is None:
        reading.passed[_MAXIMUM] += 1
        return
    _tell(reading, at_s, address, asked["minCapacity"], path, aliases=(_last(address),), is_least=True)


def _tell(
    reading: Reading,
    at_s: float,
    address: str,
    said: object,
    path: str,
    *,
    aliases: tuple[str, ...] = (),
    is_least: bool = False,
    is_new: bool = False,
) -> None:
    count = reading.count(said, f"{path}.requestParameters")
    if not address.strip("/"):
        reading.fault("names nothing that is scaled", f"{path}.requestParameters")
    elif count is not None:
        reading.told.append(
            Told(
                at_s=at_s, system=SYSTEM, address=address, aliases=aliases, after_count=count,
                before_count=0 if is_new else None, is_least=is_least,
            )
        )  # fmt: skip


def _last(name: object) -> str:
    return str(name or "").rpartition("/")[2]


_Reader = Callable[[Reading, float, Mapping[str, Any], Mapping[str, Any], str], None]
_READERS: Mapping[str, _Reader] = {
    "UpdateService": _service,
    "CreateService": _service,
    "SetDesiredCapacity": _group,
    "UpdateAutoScalingGroup": _group,
    "RegisterScalableTarget": _target,
}
