"""Kubernetes' admission webhooks: AdmissionReview v1, validating and mutating.

Asked about are `*/scale`, workloads and autoscalers. Never held up: what grows nothing, what is removed, the
namespace of the cluster's own services, the gate itself, and what a controller does to carry out what was
asked about before. A step is brought down (mutating) only where who asks is an autoscaler that asks again as
soon as the next step may be, or has waited so long that it would never get on; everybody else is told what
may be now, and refused.

Source: Kubernetes' reference of admission.k8s.io/v1; answers to a real server of 1.20.2.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

from tidegate.behaviour.hpa.stride import SYNC_S
from tidegate.errors import Fault, InputError
from tidegate.gate.asking.bookings import Scaler, Scalers
from tidegate.gate.asking.held_up import PATIENCE_S
from tidegate.gate.asking.intent import Intent, Resized, names_in_kubernetes, resizing
from tidegate.gate.asking.message import Asked, Heard, Reply
from tidegate.gate.asking.mirrored.cluster_mirror import Mirror
from tidegate.gate.asking.mirrored.cluster_objects import (
    NO_OVERRIDE,
    OVERRIDE,
    OVERRIDE_UNTIL,
    Key,
    Override,
    controller_of,
    count_of,
    mapping,
    override_of,
)
from tidegate.gate.asking.ruling import Mode, Policy, Ruling
from tidegate.gate.change.plan import Plan, Reconnect

VERSION = "admission.k8s.io/v1"
_AUTOSCALER = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
_ALL_IN_ONE = "system:kube-controller-manager"
"""Every controller, where they have no accounts of their own."""
_CARRIERS = frozenset({
    "system:serviceaccount:kube-system:deployment-controller",
    "system:serviceaccount:kube-system:replicaset-controller",
    _ALL_IN_ONE,
})  # fmt: skip
"""Who carries out what a workload says; that was asked about when it was said."""
NEVER_HELD_UP = frozenset({"kube-system", "kube-public", "kube-node-lease"})
_KINDS = {
    "deployments": "Deployment", "statefulsets": "StatefulSet", "replicasets": "ReplicaSet",
    "replicationcontrollers": "ReplicationController", "rollouts": "Rollout",
}  # fmt: skip
_SCALERS = "horizontalpodautoscalers"
_LONGEST_WARNING = 120
_ENDLESS = (
    f"The annotation {OVERRIDE} lets this through, and all that comes, until it is taken away: say its end "
    f"with {OVERRIDE_UNTIL}, a time with its offset."
)


class Admission:
    """The contract of `/admission/validate` and `/admission/mutate`.

    Parameters
    ----------
    scalers
        The autoscalers that were seen; shared by both paths.
    own_namespace
        Where the gate itself runs; empty where it runs in no cluster.
    cluster
        What is read of the cluster; None where none is.
    mutates
        Whether it may bring a step down.
    """

    methods: tuple[str, ...] = ("POST",)

    def __init__(
        self, scalers: Scalers, own_namespace: str, cluster: Mirror | None = None, *, mutates: bool
    ) -> None:
        self.name = "admission-mutate" if mutates else "admission"
        self._scalers = scalers
        self._own = own_namespace
        self._mutates = mutates
        self._cluster = cluster

    def intent(self, heard: Heard) -> Intent | None:
        """Return what is asked about; None for what is never held up.

        Raises
        ------
        InputError
            If it is no AdmissionReview of version 1.
        """
        request = _request(heard)
        named = _named(request)
        if named.namespace in NEVER_HELD_UP or (self._own and named.namespace == self._own):
            return None
        if str(request.get("operation")) not in {"CREATE", "UPDATE"}:
            return None
        asked_by = str(mapping(request.get("userInfo")).get("username", ""))
        plan = self._plan(request, named, asked_by)
        if plan is None:
            return None
        said = override_of(mapping(request.get("object")))
        override = said if said.why else self._override(request, named)
        return Intent(
            caller=self.name,
            plan=plan,
            reference=str(request.get("uid", "")),
            asked_by=asked_by,
            is_trial=request.get("dryRun") is True,
            is_at_once=True,
            override=override.why,
            override_until_s=override.until_s,
        )

    def _override(self, request: Mapping[str, Any], named: Key) -> Override:
        """Return what a workload says of a Scale, which has no annotations of its own."""
        of_scale = request.get("subResource") == "scale" and self._cluster is not None
        return self._cluster.override(named) if of_scale and self._cluster is not None else NO_OVERRIDE

    def _plan(self, request: Mapping[str, Any], named: Key, asked_by: str) -> Plan | None:
        resource = str(mapping(request.get("resource")).get("resource", ""))
        after = mapping(request.get("object"))
        if resource == _SCALERS:
            if request.get("subResource"):
                return None
            if request.get("dryRun") is not True and self._cluster is None:
                self._scalers.see(after, named.namespace)
            return _of_scaler(after, named.namespace)
        if not named.kind or self._is_carried_out(named, after, asked_by):
            return None
        return self._of_workload(request, named)

    @staticmethod
    def _of_workload(request: Mapping[str, Any], named: Key) -> Plan | None:
        before, after = mapping(request.get("oldObject")), mapping(request.get("object"))
        version = _group_version(mapping(request.get("resource")))
        if request.get("subResource") == "scale":
            counts = (_replicas(before, 0), _replicas(after, 0))
            return resizing("kubernetes", _resized(version, named, *counts))
        if request.get("subResource"):
            return None
        counts = (_replicas(before, 1) if before else 0, _replicas(after, 1))
        plan = resizing("kubernetes", _resized(version, named, *counts))
        why = _replaced_why(before, after) if before else ""
        if why:
            address = f"{version}/{'/'.join(named)}"
            anew = Reconnect(address=address, why=why)
            return Plan(
                changes=plan.changes, reconnects=(anew,), system="kubernetes",
                aliases={address: names_in_kubernetes(*named)},
            )  # fmt: skip
        return plan

    def _is_carried_out(self, named: Key, after: Mapping[str, Any], asked_by: str) -> bool:
        """Whether this carries out what something above says, which was asked about."""
        if named.kind != "ReplicaSet":
            return False
        known = None if self._cluster is None else self._cluster.carried_out(named)
        return asked_by in _CARRIERS or controller_of(after) is not None or known is not None

    def reply(self, asked: Asked, policy: Policy) -> Reply:
        """Return an AdmissionReview with the answer."""
        ruling, request = asked.ruling, _request(asked.heard)
        response: dict[str, Any] = {"uid": request.get("uid", ""), "allowed": True}
        if policy.mode is not Mode.PREVIEW:
            response["auditAnnotations"] = _audit(ruling)
        if not asked.is_held_up(policy):
            if policy.mode is not Mode.PREVIEW and ruling.verdict != "proceed" and ruling.world:
                said = ruling.headline  # a refusal says it itself
                is_endless = asked.intent.override and asked.intent.override_until_s is None
                response["warnings"] = _warnings(f"{said} {_ENDLESS}" if is_endless else said)
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
        scaler = self._scalers.of(_named(request))
        if scaler is None or asked.intent.asked_by not in {_AUTOSCALER, _ALL_IN_ONE}:
            return None
        if ruling.allowed_count is None or not _gets_on(scaler, asked):
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


def _gets_on(scaler: Scaler, asked: Asked) -> bool:
    """Whether an autoscaler that is brought down asks again in time.

    What it books is over by the time that the next step may be; or it has waited for so long that a refusal
    does not help it, since waiting makes no size safe that is not: a long booking is better than no step.
    """
    if scaler.books_for_s <= max(SYNC_S, asked.ruling.settles_s):
        return True
    patience_s = PATIENCE_S + (asked.ruling.settles_s if asked.ruling.again_in_s else 0.0)
    return asked.held_s >= patience_s


def _named(request: Mapping[str, Any]) -> Key:
    """Return what a review is about; the object says what the request leaves out."""
    meta = mapping(mapping(request.get("object")).get("metadata"))
    kind = _KINDS.get(str(mapping(request.get("resource")).get("resource", "")), "")
    namespace = str(request.get("namespace") or meta.get("namespace") or "")
    name = str(request.get("name") or meta.get("name") or meta.get("generateName") or "")
    return Key(kind, namespace, name)


def _group_version(resource: Mapping[str, Any]) -> str:
    group, version = resource.get("group", ""), resource.get("version", "v1")
    return f"{group}/{version}" if group else str(version)


def _replicas(found: Mapping[str, Any], default: int) -> int | None:
    """Return the size that an object states; None where what it states is none."""
    return count_of(mapping(found.get("spec")).get("replicas"), default)


def _resized(version: str, named: Key, before_count: int | None, after_count: int | None) -> Resized:
    return Resized(
        address=f"{version}/{'/'.join(named)}",
        aliases=names_in_kubernetes(*named),
        before_count=before_count,
        after_count=after_count,
    )


def _of_scaler(scaler: Mapping[str, Any], namespace: str) -> Plan | None:
    """Return what an autoscaler does by itself: from below its least it goes there at once."""
    spec, status = mapping(scaler.get("spec")), mapping(scaler.get("status"))
    target = mapping(spec.get("scaleTargetRef"))
    now_count, least_count = status.get("currentReplicas", 0), spec.get("minReplicas", 1)
    if not isinstance(now_count, int) or not isinstance(least_count, int) or not now_count:
        return None  # one that is new, or whose target is at none, moves nothing by itself
    named = Key(str(target.get("kind", "")), namespace, str(target.get("name", "")))
    after_count = max(now_count, least_count)
    return resizing("kubernetes", _resized(str(target.get("apiVersion", "")), named, now_count, after_count))


def _replaced_why(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return why the pods of a workload are replaced by a change, as the end of a sentence; else nothing."""
    was, will = mapping(before.get("spec")), mapping(after.get("spec"))
    if was.get("template") != will.get("template"):
        return "has another template, so its pods are replaced"
    if will.get("restartAt") and was.get("restartAt") != will.get("restartAt"):
        return "is restarted, so its pods are replaced"
    goes_on = (was.get("paused") is True and will.get("paused") is not True) or _held_back(was) > _held_back(
        will
    )
    return "goes on with a roll-out that was held" if goes_on and not _is_rolled_out(before) else ""


def _held_back(spec: Mapping[str, Any]) -> float:
    """Return how many of its first pods a StatefulSet does not replace by itself."""
    strategy = mapping(spec.get("updateStrategy"))
    if strategy.get("type") == "OnDelete":
        return math.inf
    return count_of(mapping(strategy.get("rollingUpdate")).get("partition"), 0) or 0


def _is_rolled_out(found: Mapping[str, Any]) -> bool:
    """Whether all pods of a workload are of its template, as its controller has seen it."""
    meta, status = mapping(found.get("metadata")), mapping(found.get("status"))
    if status.get("observedGeneration") is None or status["observedGeneration"] != meta.get("generation"):
        return False
    if "updateRevision" in status:
        return bool(status["updateRevision"] == status.get("currentRevision"))
    return bool(status.get("updatedReplicas", 0) == status.get("replicas", 0))


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
