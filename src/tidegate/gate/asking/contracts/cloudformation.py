"""CloudFormation's Lambda hook, passed on as it came: what stands of a resource, and what is proposed.

What may not be is FAILED with NonCompliant, and the way that may in an annotation; what is being worked out
is IN_PROGRESS, which CloudFormation asks again at most three times.

Source: CloudFormation Hooks user guide, Lambda hook request and response.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.message import Asked, Heard, Reply
from tidegate.gate.asking.ruling import Mode, Policy
from tidegate.gate.aws.template import read_template

_LONGEST = 1_024
"""As much as Cloud Control keeps of a message."""
_MOST_ASKED = 3
_LATER_S = 20
_BESIDE = "AWS::CloudFormation::WaitConditionHandle"


class CloudFormation:
    """The contract of `/cloudformation`."""

    name = "cloudformation"
    methods: tuple[str, ...] = ("POST",)

    def intent(self, heard: Heard) -> Intent | None:
        """Return what is asked about; None for what is deleted, or is no single resource.

        Raises
        ------
        InputError
            If it is no request of a hook.
        """
        document = heard.document()
        if document.get("actionInvocationPoint") == "DELETE_PRE_PROVISION":
            return None
        data = document.get("requestData")
        if not isinstance(data, dict):
            raise InputError(Fault(what="is missing", path="requestData", allowed="that of a hook's request"))
        model = data.get("targetModel")
        kind, name = data.get("targetType"), data.get("targetLogicalId")
        if not isinstance(model, dict) or not isinstance(kind, str) or not isinstance(name, str):
            return None
        now, then = (model.get(key) for key in ("previousResourceProperties", "resourceProperties"))
        stands = _template(kind, name, now) if isinstance(now, dict) else _template("", "", None)
        plan = read_template(
            _template(kind, name, then), "resourceProperties", (stands, "previousResourceProperties")
        )
        return Intent(caller=self.name, plan=plan, reference=str(document.get("clientRequestToken") or ""))

    def reply(self, asked: Asked, policy: Policy) -> Reply:
        """Return the status of the hook."""
        ruling, token = asked.ruling, asked.intent.reference
        said = {"clientRequestToken": token, "message": ruling.headline[:_LONGEST]}
        if not asked.is_held_up(policy):
            shown = said if policy.mode is not Mode.PREVIEW else {"clientRequestToken": token}
            return Reply(document={"hookStatus": "SUCCESS", **shown})
        if (
            ruling.verdict == "cannot_tell"
            and ruling.again_in_s is not None
            and _asked_count(asked.heard) < _MOST_ASKED
        ):
            later = {
                "callbackContext": {"asked": _asked_count(asked.heard) + 1},
                "callbackDelaySeconds": _LATER_S,
            }
            return Reply(document={"hookStatus": "IN_PROGRESS", **said, **later}, happens=False)
        advice = (
            f"Up to {ruling.allowed_count:,} at once." if ruling.allowed_count is not None else ruling.why
        )
        note = {
            "annotationName": "tidegate", "status": "FAILED", "statusMessage": ruling.why[:_LONGEST],
            "remediationMessage": advice[:_LONGEST], "severityLevel": "HIGH",
        }  # fmt: skip
        failed = {"hookStatus": "FAILED", "errorCode": "NonCompliant", **said, "annotations": [note]}
        return Reply(document=failed, happens=False)

    def nothing(self, heard: Heard) -> Reply:
        """Return SUCCESS."""
        token = str(heard.document().get("clientRequestToken") or "")
        return Reply(document={"hookStatus": "SUCCESS", "clientRequestToken": token})

    def refusal(self, error: InputError, policy: Policy) -> Reply:
        """Return what is wrong; it fails a stack only where unsafe ones are held."""
        if policy.mode is not Mode.ENFORCE:
            return Reply(document={"hookStatus": "SUCCESS", "message": str(error)[:_LONGEST]}, happens=False)
        failed = {"hookStatus": "FAILED", "errorCode": "InternalFailure", "message": str(error)[:_LONGEST]}
        return Reply(document=failed, happens=False)


def _template(kind: str, name: str, properties: object) -> str:
    """Return a template of one resource, or of none, beside one that never changes."""
    resource = {name: {"Type": kind, "Properties": properties or {}}} if kind else {}
    return json.dumps({"Resources": {"Beside": {"Type": _BESIDE}, **resource}})


def _asked_count(heard: Heard) -> int:
    context: Mapping[str, Any] = heard.document().get("requestContext") or {}
    kept = context.get("callbackContext") if isinstance(context, dict) else None
    count = kept.get("asked", 0) if isinstance(kept, dict) else 0
    return count if isinstance(count, int) else 0
