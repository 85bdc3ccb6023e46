"""How does a HorizontalPodAutoscaler write the pace at which instances are added? Write and read.

Its policies are ceilings: they never make a change faster, and the controller still decides every 15 s. What
an HPA cannot set (time-outs, retries, devices) belongs elsewhere.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from tidegate.behaviour.hpa.stride import LONGEST_PERIOD_S, SYNC_S, Policy
from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written, comments, identifier, short
from tidegate.protect.protection import Element, Protection
from tidegate.protect.targets import kubernetes_text
from tidegate.protect.targets.kubernetes_pace import BREAKS, policy_for, written
from tidegate.simulate.staircase import stages
from tidegate.world.scaler import Autoscaler, ScalerBudget
from tidegate.world.world import WorldFile

TARGET = "kubernetes"
_BELONGS = "is not the business of an autoscaler; give it to the device, the service or the client"
_LONGEST_WINDOW_S = 3600
_PACE = ("to", "batches", "pause")
_CHOICES = {"larger": "Max", "smaller": "Min", "none": "Disabled"}
_STEP_KEYS = ("step", "step_instances", "step_period", "step_choice", "scale_up_delay")
_SIZES = {"least": "minReplicas", "most": "maxReplicas"}
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return an autoscaler for each service whose scaling, or whose activity, the protection paces.

    Parameters
    ----------
    protection
        What is to be said.
    file
        The world it protects.
    addresses
        Not needed.
    """
    del addresses
    draft = Draft(TARGET, protection, file)
    for name in draft.world.services:
        _Scaler(draft, service=name).write()
    for name in protection.subjects("activities"):
        if draft.world.activities[name].kind == "scale" and not draft.world.activities[name].service:
            _Scaler(draft, activity=name).write()
    return draft.written(_BELONGS)


class _Scaler:
    """The autoscaler of one service, or of the workload that an activity without a service makes grow."""

    def __init__(self, draft: Draft, *, service: str = "", activity: str = "") -> None:
        self._draft = draft
        self._name = service or activity
        self._service = service
        self._at = f"services.{service}.autoscaler."
        known = draft.world.services.get(service)
        self._scaler: Autoscaler | None = None if known is None else known.autoscaler
        self._instances_count = 1 if known is None else known.instances_count
        self._activities = [activity] if activity else self._scaling(service)
        self._paced = next((one for one in self._activities if self._is_paced(one)), "")
        self._bound = self._binding("" if known is None else known.known_as.get("kubernetes", ""))

    def _scaling(self, service: str) -> list[str]:
        known = self._draft.world.activities
        return [name for name, one in known.items() if one.kind == "scale" and one.service == service]

    def _is_paced(self, name: str) -> bool:
        return self._draft.has(*(f"activities.{name}.{key}" for key in _PACE))

    def _binding(self, service: str) -> str:
        """Return the address of the workload in Kubernetes; empty where the world knows none."""
        names = [service]
        if self._paced:
            activity = self._draft.world.activities[self._paced]
            added = [self._draft.world.clients[name] for name in activity.clients_added]
            names += [
                known.get("kubernetes", "") for known in (activity.known_as, *(c.known_as for c in added))
            ]
        return next((name for name in names if name), "")

    def write(self) -> None:
        """Write it, if there is anything to say."""
        for name in self._activities:
            for element in self._draft.below(f"activities.{name}.reactions"):
                self._draft.refuse(element.path, "is how clients react; an autoscaler cannot spread that")
            if name != self._paced:
                for key in _PACE:
                    self._draft.refuse(
                        f"activities.{name}.{key}", f"the HPA already has the pace of {self._paced}"
                    )
        if not self._paced and not self._draft.has(self._at.rstrip(".")):
            return
        before = self._draft.said_count
        policies = self._activity_policies() if self._paced else self._scaler_policies()
        lines = [*self._sizes(), *self._metrics(), *self._behaviour(policies)]
        if self._draft.said_count > before:
            self._draft.add(f"{identifier(self._name)}.hpa.yaml", "\n".join([*self._head(), *lines]) + "\n")

    def _head(self) -> list[str]:
        parts = self._bound.split("/")
        kinds = {kind.lower(): kind for kind in ("Deployment", "StatefulSet")}
        kind = next((kinds[part.lower()] for part in parts if part.lower() in kinds), "Deployment")
        named = bool(_NAME.fullmatch(parts[-1]))
        workload = parts[-1] if named else _dns(self._name)
        namespace = parts[-2] if named and len(parts) > 3 and _NAME.fullmatch(parts[-2]) else "default"
        if not named:
            self._draft.note(
                f"The world does not know {self._name} in Kubernetes (known_as: kubernetes): "
                f"{kind} {namespace}/{workload} is made up."
            )
        return [
            f"# The pace at which {short(self._name)} grows (world {short(self._draft.world.name)}).",
            "apiVersion: autoscaling/v2",
            "kind: HorizontalPodAutoscaler",
            "metadata:",
            f"  name: {json.dumps(workload)}",
            f"  namespace: {json.dumps(namespace)}",
            "spec:",
            "  scaleTargetRef:",
            "    apiVersion: apps/v1",
            f"    kind: {kind}",
            f"    name: {json.dumps(workload)}",
        ]

    def _sizes(self) -> list[str]:
        least, most = self._ends()
        lowered = self._scaler is not None and least < self._scaler.least_count
        lines = []
        for key, value in (("least", least), ("most", most)):
            elements = [] if key == "least" and lowered else [self._draft.say(self._at + key)]
            elements += [self._goal()] if key == "most" else []
            lines += _comments(2, *elements)
            lines.append(f"  {_SIZES[key]}: {value}")
        return lines

    def _goal(self) -> Element | None:
        """Return the goal of the activity, where the HPA's greatest size is just that."""
        path = f"activities.{self._paced}.to"
        before, after = self._change() if self._paced else (0, 0)
        if self._draft.find(path) is None or (not self._service and after > before):
            return self._draft.say(path)
        self._draft.refuse(path, "is the goal of one activity; an HPA has a greatest size for all of them")
        return None

    def _ends(self) -> tuple[int, int]:
        if self._scaler is not None:
            least = self._scaler.least_count
            if self._paced and min(self._change()) < least:  # the controller would go there at once
                least = min(self._change())
                what = f"minReplicas is {max(1, least)}: a higher one is a step of its own."
                if self._draft.find(self._at + "least") is None:
                    self._draft.note(what)
                else:
                    self._draft.refuse(self._at + "least", what.removesuffix("."))
            return max(1, least), max(least, self._scaler.most_count)
        before, after = self._change()
        return max(1, min(before, after)), max(1, before, after)

    def _change(self) -> tuple[int, int]:
        """Return the instances before and after the activity."""
        activity = self._draft.world.activities[self._paced]
        before = self._instances_count if activity.from_count is None else activity.from_count
        return before, before if activity.to_count is None else activity.to_count

    def _metrics(self) -> list[str]:
        scaler = self._scaler
        if scaler is None:
            self._draft.note(
                f"{self._name} has no autoscaler in the world: the HPA aims at its default, 80 % CPU."
            )
            return []
        if scaler.signal in {"utilisation", "cpu"}:
            percent = max(1, round(100 * scaler.target_count))
            target = f"{{type: Utilization, averageUtilization: {percent}}}"
            return ["  metrics:", f"  - {{type: Resource, resource: {{name: cpu, target: {target}}}}}"]
        self._draft.note(f"The metric tidegate-{scaler.signal} is made up: name the one your cluster has.")
        value = f"{max(1, round(1000 * scaler.target_count))}m"
        target = f'{{type: AverageValue, averageValue: "{value}"}}'
        metric = f"{{name: tidegate-{scaler.signal}}}"
        return ["  metrics:", f"  - {{type: Pods, pods: {{metric: {metric}, target: {target}}}}}"]

    def _activity_policies(self) -> list[str]:
        """Return the policy that makes an activity's steps: so many pods in each pause."""
        at = f"activities.{self._paced}."
        activity = self._draft.world.activities[self._paced]
        batches, pause = self._draft.find(at + "batches"), self._draft.find(at + "pause")
        before, after = self._change()
        for key in _STEP_KEYS:
            self._draft.refuse(self._at + key, f"the pace of the activity {self._paced} stands there")
        staged = stages(activity, before, after)
        policy = None
        if after > before and activity.step_pause_s >= 1.0:
            policy = policy_for(before, staged, pause_s=activity.pause_s)
        if policy is None:
            shrinks = "an activity that shrinks, which an HPA paces otherwise"
            why = shrinks if after <= before else "needs a pause of 1 s to 30 min"
            for key in ("batches", "pause"):
                self._draft.refuse(at + key, why)
            return []
        for element in (batches, pause):
            if element is not None:
                self._draft.say(element.path)
        if batches is not None and math.ceil((after - before) / policy.amount) != activity.steps_count:
            self._draft.rounded(batches, f"{policy.amount} pods at a time")
        if pause is not None and policy.period_s != activity.pause_s:
            self._draft.rounded(pause, f"{policy.period_s:.0f} s")
        if activity.step_pause_s < SYNC_S:
            self._draft.note(
                f"An HPA decides every {SYNC_S:.0f} s: with {at}pause below that it takes longer."
            )
        return [*_comments(6, batches, pause), f"      {written(policy)}"]

    def _scaler_policies(self) -> list[str]:
        scaler = self._scaler
        assert scaler is not None, "an element of a scaler makes one"
        elements = [self._draft.find(self._at + key) for key in _STEP_KEYS]
        kept_s = scaler.interval_s if scaler.step_period_s is None else scaler.step_period_s
        why = f"an HPA looks every {SYNC_S:.0f} s; what it can keep to is step_period"
        self._draft.refuse(self._at + "interval", why)
        defaults = Autoscaler(target_count=1.0, most_count=1)
        as_default = all(
            getattr(scaler, name) == getattr(defaults, name)
            for name in ("step_ratio", "step_instances_count", "step_choice", "scale_up_delay_s", "steps")
        )
        as_default = as_default and kept_s == SYNC_S
        if not any(elements) and as_default:
            return []
        if scaler.steps:
            return [f"      {written(one)}" for one in _policies(scaler.steps)]
        # Neither a shorter period nor a larger share than the world has: steps would be larger than proven.
        period_s = max(1, math.ceil(min(kept_s, LONGEST_PERIOD_S)))
        percent = math.floor(100 * scaler.step_ratio + 1e-9)
        pods = scaler.step_instances_count
        if not percent and scaler.step_choice == "smaller":
            pods = 1
        for key, element in zip(_STEP_KEYS, elements, strict=True):
            if kept_s > LONGEST_PERIOD_S:
                self._draft.refuse(self._at + key, "an HPA's policies hold for half an hour at most")
            elif element is not None:
                self._draft.say(element.path)
        if elements[0] is not None and percent / 100 != scaler.step_ratio:
            self._draft.rounded(elements[0], f"{percent} %")
        if elements[2] is not None and period_s != kept_s:
            self._draft.rounded(elements[2], f"{period_s} s")
        policies = [Policy(percent=True, amount=percent, period_s=period_s)] if percent else []
        policies.append(Policy(percent=False, amount=pods, period_s=period_s))
        said = [] if kept_s > LONGEST_PERIOD_S else _comments(6, *elements)
        return [*said, *(f"      {written(policy)}" for policy in policies)]

    def _up_window_s(self) -> int:
        if self._scaler is None or self._paced:
            return 0
        window_s = math.ceil(self._scaler.scale_up_delay_s)
        if window_s != self._scaler.scale_up_delay_s:
            element = self._draft.find(self._at + "scale_up_delay")
            if element is not None:
                self._draft.rounded(element, f"{window_s} s")
        return window_s

    def _behaviour(self, policies: list[str]) -> list[str]:
        up: list[str] = []
        tolerance, delay = (
            self._draft.say(self._at + "tolerance"),
            self._draft.find(self._at + "scale_down_delay"),
        )
        if tolerance is not None and self._scaler is not None:
            up += [*_comments(6, tolerance), f'      tolerance: "{self._scaler.tolerance_ratio:.9g}"']
        if policies:
            up += [f"      # {line}" for line in BREAKS]
            # The more generous of a scaler's two policies counts, or the less, as in the world.
            choice = "larger" if self._scaler is None or self._paced else self._scaler.step_choice
            up += [
                f"      stabilizationWindowSeconds: {self._up_window_s()}",
                f"      selectPolicy: {_CHOICES[choice]}",
                "      policies:",
                *policies,
            ]
        down: list[str] = []
        if delay is not None and self._scaler is not None:
            window_s = round(self._scaler.scale_down_delay_s)
            if window_s > _LONGEST_WINDOW_S:
                self._draft.refuse(delay.path, "an HPA looks back an hour at most")
            else:
                self._draft.say(delay.path)
                if window_s != self._scaler.scale_down_delay_s:
                    self._draft.rounded(delay, f"{window_s} s")
                down = [
                    "    scaleDown:",
                    *_comments(6, delay),
                    f"      stabilizationWindowSeconds: {window_s}",
                ]
        if self._scaler is not None and (self._scaler.removals or self._scaler.removal_choice == "none"):
            down = down or ["    scaleDown:"]
            down.append(f"      selectPolicy: {_CHOICES[self._scaler.removal_choice]}")
            if self._scaler.removals:
                down += [
                    "      policies:",
                    *(f"      {written(one)}" for one in _policies(self._scaler.removals)),
                ]
        if not up and not down:
            return []
        return ["  behavior:", *(["    scaleUp:", *up] if up else []), *down]


def _policies(budgets: Sequence[ScalerBudget]) -> list[Policy]:
    """Return budgets as policies that allow no more than they do."""
    found = []
    for one in budgets:
        period_s = max(1, math.ceil(min(one.period_s, LONGEST_PERIOD_S)))
        percent = None if one.share_ratio is None else math.floor(100 * one.share_ratio + 1e-9)
        amount = one.instances_count or 1 if percent is None else percent
        found.append(Policy(percent=bool(percent), amount=max(1, amount), period_s=period_s))
    return found


def _comments(indent: int, *elements: Element | None) -> list[str]:
    return [f"{' ' * indent}{line}" for line in comments(*elements)]


def _dns(name: str) -> str:
    """Return a name as Kubernetes takes it."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plain or "workload"


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what the autoscalers of a text of manifests say about services and their activities.

    Parameters
    ----------
    text
        One or several YAML documents; everything but autoscalers and policies of requests is passed over.
    source
        Its name.
    subjects
        Which service is meant where the text does not say so.

    Raises
    ------
    InputError
        With every fault of the text, each with its line.
    """
    findings = Findings(TARGET, source, subjects)
    kubernetes_text.interpret(text, source, findings, _spelt)
    return findings.adopted()


def _spelt(name: str, known_as: Any) -> tuple[str, ...]:
    """Return the names in Kubernetes that a service of the world may go by."""
    return (str(known_as.get("kubernetes", "")).rpartition("/")[2] or name, _dns(name))
