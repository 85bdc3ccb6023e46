"""ECS' deployment lifecycle hooks, passed on by their Lambda: PRE_SCALE_UP comes before green tasks start.

The request names no size: the Lambda adds `from` and `to` to `hookDetails` (green tasks run beside the
blue). What has to wait is IN_PROGRESS and asked again; FAILED rolls the deployment back. The delay is spelt
as ECS spells it.

Source: Amazon ECS developer guide, lifecycle hooks for service deployments.
"""

from __future__ import annotations

import re
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.gate.asking.contracts.named_change import named_change
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.message import Asked, Heard, Reply
from tidegate.gate.asking.ruling import Mode, Policy

_BEFORE_TASKS_START = "PRE_SCALE_UP"
_ARN = re.compile(r"arn:[\w-]+:ecs:[\w-]*:\d*:service/(?P<cluster>[\w-]+)/(?P<service>[\w-]+)", re.ASCII)
_LEAST_DELAY_S, _MOST_DELAY_S = 5.0, 600.0


class Ecs:
    """The contract of `/ecs`."""

    name = "ecs"
    methods: tuple[str, ...] = ("POST",)

    def intent(self, heard: Heard) -> Intent | None:
        """Return what is asked about; None in stages in which no task is started.

        Raises
        ------
        InputError
            If the service or its sizes are not said.
        """
        document = heard.document()
        if str(document.get("lifecycleStage", _BEFORE_TASKS_START)) != _BEFORE_TASKS_START:
            return None
        details = document.get("executionDetails")
        inside = details if isinstance(details, dict) else {}
        found = _ARN.fullmatch(str(document.get("serviceArn") or inside.get("serviceArn") or ""))
        if found is None:
            allowed = "that of a service, with its cluster"
            raise InputError(Fault(what="is missing or no ARN", path="serviceArn", allowed=allowed))
        words: dict[str, Any] = {"system": "ecs"}
        kept = document.get("hookDetails")
        words |= {key: kept.get(key) for key in ("from", "to")} if isinstance(kept, dict) else {}
        address = f"{found['cluster']}/{found['service']}"
        plan = named_change(words, path="hookDetails", address=address)
        reference = str(document.get("targetServiceRevisionArn") or "")
        return Intent(caller=self.name, plan=plan, reference=reference, asked_by=address)

    def reply(self, asked: Asked, policy: Policy) -> Reply:
        """Return the status of the hook."""
        ruling = asked.ruling
        if not asked.is_held_up(policy):
            return Reply(document={"hookStatus": "SUCCEEDED"})
        if ruling.again_in_s is None:
            return Reply(document={"hookStatus": "FAILED"}, happens=False)
        delay_s = round(min(max(ruling.again_in_s, _LEAST_DELAY_S), _MOST_DELAY_S))
        return Reply(document={"hookStatus": "IN_PROGRESS", "callBackDelay": delay_s}, happens=False)

    def nothing(self, _heard: Heard) -> Reply:
        """Return that it goes on."""
        return Reply(document={"hookStatus": "SUCCEEDED"})

    def refusal(self, error: InputError, policy: Policy) -> Reply:
        """Return what is wrong; it rolls a deployment back only where unsafe ones are held."""
        status = "FAILED" if policy.mode is Mode.ENFORCE else "SUCCEEDED"
        return Reply(document={"hookStatus": status, "why": str(error)}, happens=False)
