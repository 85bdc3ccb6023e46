"""Kubernetes' admission webhooks: AdmissionReview v1, validating and mutating.

Asked about are `*/scale`, workloads and autoscalers. Never held up: what grows nothing, what is removed, the
namespace of the cluster's own services, and the gate itself. A step is brought down (mutating) only where who
asks is an autoscaler that asks again within a sync; everybody else is told what may be now, and refused.

Source: Kubernetes' reference of admission.k8s.io/v1; answers to a real server of 1.20.2.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.gate.asking.bookings import SYNC_S, Scalers
from tidegate.gate.asking.intent import Intent, Resized, names_in_kubernetes, resizing
from tidegate.gate.asking.message import Asked, Heard, Reply
from tidegate.gate.asking.ruling import Mode, Policy, Ruling
from tidegate.gate.change.plan import Plan, Reconnect

VERSION = "admission.k8s.io/v1"
OVERRIDE = "tidegate.dev/override"
_AUTOSCALER = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
NEVER_HELD_UP = frozenset({"kube-system", "kube-public", "kube-node-lease"})
_KINDS = {
    "deployments": "Deployment", "statefulsets": "StatefulSet", "replicasets": "ReplicaSet",
    "replicationcontrollers": "ReplicationController", "rollouts": "Rollout",
}  # fmt: skip
_SCALERS = "horizontalpodautoscalers"
_LONGEST_WARNING = 120
_MOST_COUNT = 10_000_000


class Admission:
    """The contract of `/admission/validate` and `/admission/mutate`.

    Parameters
    ----------
    scalers
        The autoscalers that were seen; shared by both paths.
    own_namespace
        Where the gate itself runs.
    mutates
        Whether it may bring a step down.
    """

    methods: tuple[str, ...] = ("POST",)

    def __init__(self, scalers: Scalers, *, own_namespace: str, mutates: bool) -> None:
        self.name = "admission-mutate" if mutates else "admission"
        self._scalers = scalers
        self._own = own_namespace
        self._mutates = mutates

    def intent(self, heard: Heard) -> Intent | None:
        """Return what is asked about; None for what is never held up.

        Raises
        ------
        InputError
            If it is no AdmissionReview of version 1.
        """
        request = _request(heard)
        namespace = str(request.get("namespace", ""))
        if namespace in NEVER_HELD_UP or namespace == self._own:
            return None
        if str(request.get("operation")) not in {"CREATE", "UPDATE"}:
            return None
        plan = self._plan(request, namespace)
        if plan is None:
            return None
        user = request.get("userInfo")
        after = _mapping(request.get("object"))
        notes = _mapping(_mapping(after.get("metadata")).get("annotations"))
        return Intent(
            caller=self.name,
            plan=plan,
            reference=str(request.get("uid", "")),
            asked_by=str(_mapping(user).get("username", "")),
            is_trial=request.get("dryRun") is True,
            override=" ".join(str(notes.get(OVERRIDE, "")).split()),
        )

    def _plan(self, request: Mapping[str, Any], namespace: str) -> Plan | None:
        resource = str(_mapping(request.get("resource")).get("resource", ""))
        before, after = _mapping(request.get("oldObject")), _mapping(request.get("object"))
        name = str(request.get("name") or _mapping(after.get("metadata")).get("name", ""))
        if resource == _SCALERS:
            if request.get("dryRun") is not True:
                self._scalers.see(after, namespace)
            return _of_scaler(after, namespace)
        kind = _KINDS.get(resource)
        if kind is None or (resource == "replicasets" and _is_owned(after)):
            return None
        version = _group_version(_mapping(request.get("resource")))
        if request.get("subResource") == "scale":
            counts = (_replicas(before, 0), _replicas(after, 0))
            return resizing("kubernetes", _resized(version, kind, namespace, name, *counts))
        if request.get("subResource"):
            return None
        counts = (_replicas(before, 1) if before else 0, _replicas(after, 1))
        plan = resizing("kubernetes", _resized(version, kind, namespace, name, *counts))
        if before and _template(before) != _template(after):
            address = f"{version}/{kind}/{namespace}/{name}"
            anew = Reconnect(address=address, why="has another template, so its pods are replaced")
            return Plan(
                changes=plan.changes, reconnects=(anew,), system="kubernetes",
                aliases={address: names_in_kubernetes(kind, namespace, name)},
            )  # fmt: skip
        return plan

    def reply(self, asked: Asked, policy: Policy) -> Reply:
        """Return an AdmissionReview with the answer."""
        ruling, request = asked.ruling, _request(asked.heard)
        response: dict[str, Any] = {"uid": request.get("uid", ""), "allowed": True}
        if policy.mode is not Mode.PREVIEW:
            response["auditAnnotations"] = _audit(ruling)
        if not asked.is_held_up(policy):
            if policy.mode is not Mode.PREVIEW and ruling.verdict != "proceed" and ruling.world:
                response["warnings"] = _warnings(ruling.headline)  # a refusal says it itself
            return _review(response, is_answer=not self._mutates)
        to_count = self._clamped(asked)
        if to_count is not None:
            patch = [{"op": "replace", "path": "/spec/replicas", "value": to_count}]
            response |= {
                "patchType": "JSONPatch",
                "patch": base64.b64encode(json.dumps(patch).encode()).decode(),
                "warnings": _warnings(f"Tidegate: brought down to {to_count:,}: {ruling.why}"),
            }
            return _review(response, to_count=to_count)
        if self._mutates:  # the validating path says no, and why
            return _review(response, happens=False, is_answer=False)
        response |= {
            "allowed": False,
            "status": {"code": 403, "reason": "Forbidden", "message": _refused(ruling)},
        }
        return _review(response, happens=False)

    def _clamped(self, asked: Asked) -> int | None:
        """Return the size to which a step is brought down; None where it is not."""
        request, ruling = _request(asked.heard), asked.ruling
        growth = asked.intent.only_growth
        if not self._mutates or request.get("subResource") != "scale" or growth is None:
            return None
        if asked.intent.asked_by != _AUTOSCALER or ruling.allowed_count is None:
            return None
        kind = _KINDS.get(str(_mapping(request.get("resource")).get("resource", "")), "")
        booked_s = self._scalers.books_for_s(
            str(request.get("namespace", "")), kind, str(request.get("name", ""))
        )
        if booked_s is None or booked_s > SYNC_S:
            return None
        assert growth.before_count is not None
        return ruling.allowed_count if ruling.allowed_count > growth.before_count else None

    def nothing(self, heard: Heard) -> Reply:
        """Return that it is allowed."""
        return _review({"uid": _request(heard).get("uid", ""), "allowed": True})

    def refusal(self, error: InputError, _policy: Policy) -> Reply:
        """Return what is wrong; the server then goes by its `failurePolicy`."""
        return Reply(status=400, text=f"{error}\n", happens=False)


def _review(
    response: Mapping[str, Any], *, happens: bool = True, to_count: int | None = None, is_answer: bool = True
) -> Reply:
    document = {"apiVersion": VERSION, "kind": "AdmissionReview", "response": response}
    return Reply(document=document, happens=happens, to_count=to_count, is_answer=is_answer)


def _request(heard: Heard) -> Mapping[str, Any]:
    document = heard.document()
    said = (document.get("apiVersion"), document.get("kind"))
    request = document.get("request")
    if said != (VERSION, "AdmissionReview") or not isinstance(request, dict):
        value = f"{said[0]} {said[1]}"
        raise InputError(
            Fault(what="is no review", path="body", value=value, allowed=f"{VERSION} AdmissionReview")
        )
    return request


def _mapping(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _group_version(resource: Mapping[str, Any]) -> str:
    group, version = resource.get("group", ""), resource.get("version", "v1")
    return f"{group}/{version}" if group else str(version)


def _replicas(found: Mapping[str, Any], default: int) -> int | None:
    """Return the size that an object states; None where what it states is none."""
    spec = _mapping(found.get("spec"))
    count = spec.get("replicas", default)
    if count is None:
        return default
    return (
        count
        if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= _MOST_COUNT
        else None
    )


def _resized(
    version: str, kind: str, namespace: str, name: str, before_count: int | None, after_count: int | None
) -> Resized:
    return Resized(
        address=f"{version}/{kind}/{namespace}/{name}",
        aliases=names_in_kubernetes(kind, namespace, name),
        before_count=before_count,
        after_count=after_count,
    )


def _of_scaler(scaler: Mapping[str, Any], namespace: str) -> Plan | None:
    """Return what an autoscaler does by itself: from below its least it goes there at once."""
    spec, status = _mapping(scaler.get("spec")), _mapping(scaler.get("status"))
    target = _mapping(spec.get("scaleTargetRef"))
    now_count, least_count = status.get("currentReplicas", 0), spec.get("minReplicas", 1)
    if not isinstance(now_count, int) or not isinstance(least_count, int) or not now_count:
        return None  # one that is new, or whose target is at none, moves nothing by itself
    version, kind, name = (str(target.get(key, "")) for key in ("apiVersion", "kind", "name"))
    after_count = max(now_count, least_count)
    return resizing("kubernetes", _resized(version, kind, namespace, name, now_count, after_count))


def _is_owned(found: Mapping[str, Any]) -> bool:
    owners = _mapping(found.get("metadata")).get("ownerReferences")
    return isinstance(owners, list) and any(_mapping(one).get("controller") is True for one in owners)


def _template(found: Mapping[str, Any]) -> object:
    return _mapping(found.get("spec")).get("template")


def _audit(ruling: Ruling) -> Mapping[str, str]:
    said = {"verdict": ruling.verdict, "world": ruling.world, "activity": ruling.activity}
    if ruling.allowed_count is not None:
        said["allowed"] = str(ruling.allowed_count)
    return {key: value for key, value in said.items() if value}


def _warnings(text: str) -> list[str]:
    """Return a text in pieces of the length that a server passes on."""
    pieces, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > _LONGEST_WARNING:
            pieces.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [one[:_LONGEST_WARNING] for one in (*pieces, line) if one]


def _refused(ruling: Ruling) -> str:
    said = ruling.headline
    if ruling.allowed_count is not None and ruling.verdict == "slow_down":
        said += f" Allowed now: {ruling.allowed_count:,}."
    if ruling.again_in_s is not None:
        said += f" Ask again in {ruling.again_in_s:.0f} s."
    return said
