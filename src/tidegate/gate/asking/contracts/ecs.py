"""ECS' deployment lifecycle hooks, passed on by their Lambda: PRE_SCALE_UP comes before green tasks start.

The request names no size: the Lambda adds `from` and `to` to `hookDetails` (green tasks run beside the
blue). What has to wait is IN_PROGRESS and asked again; FAILED rolls the deployment back. The delay is spelt
as ECS spells it.

A PAUSE hook calls nobody: EventBridge tells of it (`ECS Hook State Change`), and the Lambda passes that on in
the same way. Its answer is an `action` for `ContinueServiceDeployment`: CONTINUE, ROLLBACK, WAIT with the
seconds after which to ask again, or NONE where it is not for us to continue.

Source: Amazon ECS developer guide, lifecycle hooks and hook state change events of service deployments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.gate.asking.contracts.named_change import named_change
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.message import Asked, Heard, Reply
from tidegate.gate.asking.ruling import Mode, Policy

_BEFORE_TASKS_START = "PRE_SCALE_UP"
_PAUSED = "ECS Hook State Change"
_WAITS, _PAUSES = "HOOK_AWAITING_ACTION", "PAUSE"
_OTHERS = "nothing here waits for tasks to start, so whoever paused it continues it"
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
        document = _told(heard)
        if _pause(heard) is not None and not _is_waiting(document):
            return None
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
        of_hook = document.get("hookId") or document.get("targetServiceRevisionArn")
        reference = str(of_hook or inside.get("targetServiceRevisionArn") or "")
        return Intent(caller=self.name, plan=plan, reference=reference, asked_by=address)

    def reply(self, asked: Asked, policy: Policy) -> Reply:
        """Return the status of the hook, and of one that pauses the action to take."""
        ruling, pause = asked.ruling, _pause(asked.heard)
        why = {} if policy.mode is Mode.PREVIEW else {"why": ruling.headline}
        if not asked.is_held_up(policy):
            return _reply("SUCCEEDED", pause, why)
        if ruling.again_in_s is None:
            return _reply("FAILED", pause, why, happens=False)
        delay_s = round(min(max(ruling.again_in_s, _LEAST_DELAY_S), _MOST_DELAY_S))
        return _reply("IN_PROGRESS", pause, why, delay_s=delay_s, happens=False)

    def nothing(self, heard: Heard) -> Reply:
        """Return that it goes on; a pause at another stage is somebody else's."""
        if _pause(heard) is not None:
            return Reply(document={"action": "NONE", "why": _OTHERS})
        return Reply(document={"hookStatus": "SUCCEEDED"})

    def refusal(self, error: InputError, policy: Policy) -> Reply:
        """Return what is wrong; it rolls a deployment back only where unsafe ones are held."""
        status = "FAILED" if policy.mode is Mode.ENFORCE else "SUCCEEDED"
        action = _ACTIONS[status]
        return Reply(document={"hookStatus": status, "action": action, "why": str(error)}, happens=False)


_ACTIONS = {"SUCCEEDED": "CONTINUE", "FAILED": "ROLLBACK", "IN_PROGRESS": "WAIT"}


def _reply(
    status: str,
    pause: Mapping[str, Any] | None,
    why: Mapping[str, str],
    *,
    delay_s: int | None = None,
    happens: bool = True,
) -> Reply:
    """Return an answer: a hook's own has no room for a reason, that to a pause is read by a Lambda."""
    if pause is None:
        later = {} if delay_s is None else {"callBackDelay": delay_s}
        return Reply(document={"hookStatus": status, **later}, happens=happens)
    hook = {key: str(pause.get(key) or "") for key in ("hookId", "serviceDeploymentArn")}
    again = {} if delay_s is None else {"again_in_s": delay_s}
    return Reply(document={"action": _ACTIONS[status], **hook, **again, **why}, happens=happens)


def _pause(heard: Heard) -> Mapping[str, Any] | None:
    """Return what EventBridge tells of a hook; None where a hook itself asks."""
    document = heard.document()
    if document.get("detail-type") != _PAUSED:
        return None
    detail = document.get("detail")
    return detail if isinstance(detail, dict) else {}


def _told(heard: Heard) -> Mapping[str, Any]:
    """Return what is asked about, wherever it stands."""
    pause = _pause(heard)
    return (
        heard.document() if pause is None else {**pause, "hookDetails": heard.document().get("hookDetails")}
    )


def _is_waiting(pause: Mapping[str, Any]) -> bool:
    return (pause.get("eventName"), pause.get("hookType")) == (_WAITS, _PAUSES)
