"""What do the autoscalers and policies of a text of manifests say, in the words of a world? Reading only.

Shortcut: an activity takes steps of pods only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tidegate.behaviour.hpa.spec import KEPT_BEHAVIOR, behavior_of, kept_behavior, refusals, whole
from tidegate.behaviour.hpa.stride import DEFAULT_DOWN, SYNC_S, Behavior, Policy, Rules
from tidegate.errors import InputError
from tidegate.protect.adopted import Findings
from tidegate.protect.protection import value_text
from tidegate.protect.targets import mesh_text
from tidegate.world.file.faults import Path
from tidegate.world.file.plain_scalar import meaning_of
from tidegate.world.file.tree import Tree, read_tree, value_at
from tidegate.world.scaler import Autoscaler

_SPLIT = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_KIND = "HorizontalPodAutoscaler"
_MOST_DOCUMENTS = 500
_LEAST: Path = ("spec", "minReplicas")
_MOST: Path = ("spec", "maxReplicas")
_UP: Path = ("spec", "behavior", "scaleUp")
_DOWN: Path = ("spec", "behavior", "scaleDown")
_OLD = ("minReplicas", "maxReplicas")
"""What versions before v2beta2 have in common with it."""
_WINDOW = "stabilizationWindowSeconds"
_NEXT_TO_NOTHING = 0.0001  # one instance, of up to 10,000
_EVERY, _ANY = 1000.0, 1_000_000
Spelt = Callable[[str, Any], tuple[str, ...]]


def interpret(text: str, source: str, findings: Findings, spelt: Spelt) -> None:
    """Give `findings` what every autoscaler of the text says."""
    for tree in _documents(text, source, findings):
        document = tree.document
        items = document.get("items") if isinstance(document, Mapping) else None
        if isinstance(items, list):
            for index in range(len(items)):
                _Reading(findings, tree, ("items", index), spelt).read()
        else:
            _Reading(findings, tree, (), spelt).read()


def _documents(text: str, source: str, findings: Findings) -> Iterator[Tree]:
    """Give each document; empty lines before it keep its lines where they are in the whole."""
    starts = [0, *(found.start() for found in _SPLIT.finditer(text))]
    if len(starts) > _MOST_DOCUMENTS:
        findings.fault(
            1, "holds too many documents", value=str(len(starts)), allowed=f"at most {_MOST_DOCUMENTS}"
        )
        return
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:end]
        if not any(row.strip() and not row.lstrip().startswith(("#", "---")) for row in part.splitlines()):
            continue
        try:
            tree = read_tree("\n" * text.count("\n", 0, start) + part, source, plain=meaning_of)
        except InputError as error:
            findings.take(error.faults)
            continue
        findings.take(tree.faults)
        yield tree


def _budgets(policies: Sequence[Policy]) -> list[dict[str, Any]]:
    """Return policies as a world's autoscaler has them."""
    return [
        {"share" if one.percent else "instances": one.amount / 100 if one.percent else one.amount,
         "period": one.period_s}
        for one in policies
    ]  # fmt: skip


class _Reading:
    """Reads one object."""

    def __init__(self, findings: Findings, tree: Tree, path: Path, spelt: Spelt) -> None:
        self._findings = findings
        self._tree = tree
        self._path = path
        self._spelt = spelt

    def read(self) -> None:
        """Give what the object says to the findings, if it is an autoscaler or a policy of requests."""
        kind = self._find("kind")
        if kind in mesh_text.KINDS:
            mesh_text.Mesh(self._findings, self._tree, self._path).read(kind)
            return
        if kind != _KIND:
            if not isinstance(kind, str):
                self._fault((), "is no Kubernetes object", allowed="apiVersion, kind, metadata and spec")
            return
        if not str(self._find("apiVersion") or "").startswith("autoscaling/"):
            self._fault(("apiVersion",), "is no version of an autoscaler", allowed="autoscaling/v2")
            return
        spec = self._find("spec")
        spec = spec if isinstance(spec, Mapping) else {}
        old = self._find("apiVersion") in {"autoscaling/v1", "autoscaling/v2beta1"}
        if old:
            spec = {key: spec[key] for key in _OLD if key in spec} | self._kept()
        wrong = refusals(spec)
        for one in wrong:
            self._fault(("spec", *one.path), one.what, value=one.value or "", allowed=one.allowed)
        behavior = None if wrong else behavior_of(spec)
        target = str(self._find("spec", "scaleTargetRef", "name") or "")
        service, activities = self._service(target), self._activities(target)
        if not service and not activities:
            line = self._line(("spec", "scaleTargetRef", "name"))
            service = self._findings.service(line, target, str)
            activities = self._activities_of(service)
        if wrong:
            return
        least, most = whole(spec.get("minReplicas", 1)) or 1, whole(spec.get("maxReplicas")) or 1
        if service:
            self._scaler(service, least, most, behavior or Behavior())
        else:
            self._goal(activities, most)
        paced = activities or self._activities_of(service)
        self._pace(paced, (behavior or Behavior()).up, alone=not service)

    def _kept(self) -> dict[str, Any]:
        """Return the behavior that an annotation keeps for an old version of the API."""
        path: Path = ("metadata", "annotations", KEPT_BEHAVIOR)
        text = self._find(*path)
        try:
            return {"behavior": kept_behavior(text)} if isinstance(text, str) else {}
        except ValueError:
            self._fault(path, "is not JSON", value=text, allowed="what the API server writes there")
            return {}

    def _service(self, target: str) -> str:
        services = self._findings.subjects.world.services
        known = {name: self._spelt(name, one.known_as) for name, one in services.items()}
        return next(
            (name for name, names in known.items() if target in names), self._findings.subjects.service
        )

    def _activities(self, target: str) -> list[str]:
        """Return the activities that scale the workload itself, by their names or their clients' names."""
        world = self._findings.subjects.world
        found = []
        for name, one in world.activities.items():
            names = list(self._spelt(name, one.known_as))
            for added in one.clients_added:
                names += self._spelt(added, world.clients[added].known_as)
            if one.kind == "scale" and not one.service and target in names:
                found.append(name)
        return found

    def _activities_of(self, service: str) -> list[str]:
        known = self._findings.subjects.world.activities
        return [
            name for name, one in known.items() if one.kind == "scale" and service and one.service == service
        ]

    def _scaler(self, service: str, least: int, most: int, behavior: Behavior) -> None:
        """Read sizes, steps and delays of the service's own autoscaler, or a new one with its target."""
        at = f"services.{service}.autoscaler"
        known = self._findings.subjects.world.services[service]
        up, down = behavior.up, behavior.down
        values: dict[str, tuple[Any, Path]] = {"least": (least, _LEAST), "most": (most, _MOST)}
        values |= self._steps(up, known.autoscaler) | self._removals(down, known.autoscaler)
        values["interval"] = (SYNC_S, ("spec",))
        if up.window_s or (known.autoscaler is not None and known.autoscaler.scale_up_delay_s):
            values["scale_up_delay"] = (up.window_s, (*_UP, _WINDOW))
        if up.tolerance_ratio is not None:
            values["tolerance"] = (up.tolerance_ratio, (*_UP, "tolerance"))
        if self._find(*_DOWN, _WINDOW) is not None:
            values["scale_down_delay"] = (down.window_s, (*_DOWN, _WINDOW))
        self._left_out(behavior)
        values |= self._target(known.autoscaler)
        if up.choice == "Disabled":
            line = self._line((*_UP, "selectPolicy"))
            self._findings.ignore(
                line, "selectPolicy Disabled", "it never scales up by itself: step_choice none"
            )
        if known.autoscaler is None:
            self._new(at, values)
            return
        for key, (value, path) in values.items():
            words = f"{key}: {value_text(f'{at}.{key}', value)}"
            self._findings.found(f"{at}.{key}", value, words, self._line(path))

    def _steps(self, up: Rules, known: Autoscaler | None) -> dict[str, tuple[Any, Path]]:
        """Return the steps that policies allow: one of each kind where that says all, else all."""
        path = (*_UP, "policies")
        kinds = {one.percent for one in up.policies}
        period_s = up.policies[0].period_s
        alike = len(kinds) == len(up.policies) and all(one.period_s == period_s for one in up.policies)
        if up.choice == "Disabled":
            return {"step_choice": ("none", (*_UP, "selectPolicy"))}
        values: dict[str, tuple[Any, Path]] = {}
        if alike and (known is None or not known.steps):
            percents = [one.amount for one in up.policies if one.percent]
            pods = [one.amount for one in up.policies if not one.percent]
            # A step that is not given must never be the one that counts.
            nothing = (_EVERY, _ANY) if up.choice == "Min" else (_NEXT_TO_NOTHING, 1)
            values["step"] = (percents[0] / 100 if percents else nothing[0], path)
            values["step_instances"] = (pods[0] if pods else nothing[1], path)
            values["step_period"] = (period_s, path)
        else:
            values["steps"] = (_budgets(up.policies), path)
        return values | self._choice("step_choice", up, known, _UP)

    def _removals(self, down: Rules, known: Autoscaler | None) -> dict[str, tuple[Any, Path]]:
        """Return what policies of the way down allow; nothing where all may go at once, as by default."""
        if down.choice == "Disabled":
            return {"removal_choice": ("none", (*_DOWN, "selectPolicy"))}
        had = known is not None and (known.removals or known.removal_choice != "larger")
        if down.policies == DEFAULT_DOWN.policies and not had:
            return {}
        values: dict[str, tuple[Any, Path]] = {"removals": (_budgets(down.policies), (*_DOWN, "policies"))}
        return values | self._choice("removal_choice", down, known, _DOWN)

    def _choice(
        self, key: str, rules: Rules, known: Autoscaler | None, at: Path
    ) -> dict[str, tuple[Any, Path]]:
        """Return which of several policies counts, where the world says another."""
        choice = "smaller" if rules.choice == "Min" else "larger"
        if choice == ("larger" if known is None else getattr(known, key)):
            return {}
        return {key: (choice, (*at, "selectPolicy"))}

    def _left_out(self, behavior: Behavior) -> None:
        """Name what of the behaviour a world's autoscaler has no key for."""
        down = behavior.down
        if down.tolerance_ratio is not None and down.tolerance_ratio != behavior.up.tolerance_ratio:
            why = "a world's autoscaler has one tolerance for both ways: that of scaleUp"
            words = f"scaleDown tolerance {down.tolerance_ratio:g}"
            self._findings.ignore(self._line((*_DOWN, "tolerance")), words, why)

    def _target(self, known: Autoscaler | None) -> dict[str, tuple[Any, Path]]:
        """Return the share of the processor that it aims at; its other metrics are named."""
        found: dict[str, tuple[Any, Path]] = {}
        metrics = self._find("spec", "metrics")
        old = ("spec", "targetCPUUtilizationPercentage")
        if whole(self._find(*old)) is not None:
            metrics, found = [], self._aims(known, whole(self._find(*old)), old)
        for index in range(len(metrics) if isinstance(metrics, list) else 0):
            path: Path = ("spec", "metrics", index)
            kind, name = self._find(*path, "type"), self._find(*path, "resource", "name")
            percent = whole(self._find(*path, "resource", "target", "averageUtilization"))
            if percent is None:
                percent = whole(self._find(*path, "resource", "targetAverageUtilization"))  # v2beta1
            if kind == "Resource" and name == "cpu" and percent is not None:
                found = self._aims(known, percent, path)
            else:
                why = "a share of the processor is what is read of an autoscaler's metrics"
                self._findings.ignore(self._line(path), f"{kind} {name or ''}".strip(), why)
        return found if known is None or known.signal in {"cpu", "utilisation"} else {}

    def _aims(self, known: Autoscaler | None, percent: int | None, path: Path) -> dict[str, tuple[Any, Path]]:
        """Return a share of the processor as what is aimed at, and as the signal where the world has none."""
        found: dict[str, tuple[Any, Path]] = {"target": ((percent or 0) / 100, path)}
        return {"signal": ("cpu", path), **found} if known is None else found

    def _new(self, at: str, values: dict[str, tuple[Any, Path]]) -> None:
        if "target" not in values:
            why = "the world has no autoscaler for it, and no share of the processor is stated to aim at"
            self._findings.ignore(self._line(("spec",)), _KIND, why)
            return
        value = {key: one for key, (one, _) in values.items()}
        words = f"averageUtilization {values['target'][0]:.0%}".replace("%", " %")
        self._findings.found(at, value, words, self._line(values["target"][1]))

    def _goal(self, activities: list[str], most: int) -> None:
        """Read the greatest size as how far the activities that make the workload grow may go."""
        known = self._findings.subjects.world.activities
        for name in activities:
            if (known[name].to_count or 0) > (known[name].from_count or 1):
                line = self._line(("spec", "maxReplicas"))
                self._findings.found(f"activities.{name}.to", most, f"maxReplicas {most}", line)

    def _pace(self, activities: list[str], up: Rules, *, alone: bool) -> None:
        """Read steps of pods into the batches of activities; `alone`: no service is known for them."""
        path = (*_UP, "policies")
        world = self._findings.subjects.world
        for name in activities:
            one = world.activities[name]
            service = world.services.get(one.service)
            known_count = service.instances_count if service is not None else 1
            more = (one.to_count or 0) - (known_count if one.from_count is None else one.from_count)
            if more <= 0 or self._find(*path) is None:
                continue
            if len(up.policies) != 1 or up.policies[0].percent or up.choice == "Disabled":
                if alone:
                    why = "its steps are not equal: `tidegate check` of the manifest lists them, for `steps`"
                    self._findings.ignore(self._line(path), f"the pace of {name}", why)
                continue
            (policy,) = up.policies
            words, line = f"{policy.amount} pods in {policy.period_s:.0f} s", self._line((*path, 0))
            batches = math.ceil(more / policy.amount)
            self._findings.found(f"activities.{name}.batches", batches, words, line)
            self._findings.found(f"activities.{name}.pause", policy.period_s, words, line)

    def _find(self, *path: str | int) -> Any:
        return value_at(self._tree.document, (*self._path, *path))

    def _line(self, path: Path) -> int:
        return self._tree.places.find((*self._path, *path)).line or 1

    def _fault(self, path: Path, what: str, *, value: object = "", allowed: str = "") -> None:
        key = f"{path[-1]} " if path and isinstance(path[-1], str) else ""
        self._findings.fault(self._line(path), f"{key}{what}", value=str(value), allowed=allowed)
