"""What do the autoscalers and policies of a text of manifests say, in the words of a world? Reading only.

Shortcut: steps by per cent that compound are read into a scaler's own step; an activity takes steps of pods.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tidegate.errors import InputError
from tidegate.protect.adopted import Findings
from tidegate.protect.targets import mesh_text
from tidegate.world.file.faults import Path
from tidegate.world.file.tree import Tree, read_tree

_SPLIT = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?(m?)", re.ASCII)
_KIND = "HorizontalPodAutoscaler"
_MOST_DOCUMENTS = 500
_DEFAULT_PERIOD_S = 15
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
            tree = read_tree("\n" * text.count("\n", 0, start) + part, source)
        except InputError as error:
            findings.take(error.faults)
            continue
        findings.take(tree.faults)
        yield tree


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
        least = self._whole(("spec", "minReplicas"), 1, least=0)
        most = self._whole(("spec", "maxReplicas"), None, least=1)
        policies = self._policies()
        target = str(self._find("spec", "scaleTargetRef", "name") or "")
        service, activities = self._service(target), self._activities(target)
        if not service and not activities:
            line = self._line(("spec", "scaleTargetRef", "name"))
            service = self._findings.service(line, target, str)
            activities = self._activities_of(service)
        if most is None or least is None or policies is None:
            return
        if service:
            self._scaler(service, max(1, least), most, policies)
        else:
            self._goal(activities, most)
        self._pace(activities or self._activities_of(service), policies)

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

    def _scaler(self, service: str, least: int, most: int, policies: list[tuple[str, int, int]]) -> None:
        """Read sizes, steps and delays of the service's own autoscaler, or a new one with its target."""
        at = f"services.{service}.autoscaler"
        known = self._findings.subjects.world.services[service].autoscaler
        values: dict[str, Any] = {"least": least, "most": most}
        lines = {"least": ("spec", "minReplicas"), "most": ("spec", "maxReplicas")}
        percents = [one for one in policies if one[0] == "Percent"]
        pods = [one for one in policies if one[0] == "Pods"]
        choice = self._find("spec", "behavior", "scaleUp", "selectPolicy") or "Max"
        if percents and pods and choice == "Max":
            values |= {
                "step": percents[0][1] / 100,
                "step_instances": pods[0][1],
                "interval": float(pods[0][2]),
            }
        tolerance = self._find("spec", "behavior", "scaleUp", "tolerance")
        if tolerance is not None:
            values["tolerance"] = self._quantity(("spec", "behavior", "scaleUp", "tolerance"), tolerance)
        down: Path = ("spec", "behavior", "scaleDown", "stabilizationWindowSeconds")
        if self._find(*down) is not None:
            values["scale_down_delay"] = float(self._whole(down, 300, least=0) or 0)
        if known is None:
            self._new(at, values)
            return
        for key, value in values.items():
            self._findings.found(
                f"{at}.{key}", value, f"{key} {value}", self._line(lines.get(key, ("spec",)))
            )

    def _new(self, at: str, values: dict[str, Any]) -> None:
        metrics = self._find("spec", "metrics")
        for metric in metrics if isinstance(metrics, list) else []:
            resource = metric.get("resource", {}) if isinstance(metric, Mapping) else {}
            target = resource.get("target", {}) if isinstance(resource, Mapping) else {}
            percent = target.get("averageUtilization") if isinstance(target, Mapping) else None
            if isinstance(percent, str) and _WHOLE.fullmatch(percent):
                whole = {"signal": "utilisation", "target": int(percent) / 100, **values}
                self._findings.found(
                    at, whole, f"averageUtilization {percent}", self._line(("spec", "metrics"))
                )
                return
        why = "the world has no autoscaler for it, and no share of the processor is stated to aim at"
        self._findings.ignore(self._line(("spec",)), _KIND, why)

    def _goal(self, activities: list[str], most: int) -> None:
        """Read the greatest size as how far the activities that make the workload grow may go."""
        known = self._findings.subjects.world.activities
        for name in activities:
            if (known[name].to_count or 0) > (known[name].from_count or 1):
                line = self._line(("spec", "maxReplicas"))
                self._findings.found(f"activities.{name}.to", most, f"maxReplicas {most}", line)

    def _pace(self, activities: list[str], policies: list[tuple[str, int, int]]) -> None:
        """Read steps of pods into the batches of the activities that make the workload grow."""
        if len(policies) != 1 or policies[0][0] != "Pods":
            return
        world = self._findings.subjects.world
        _, pods, period_s = policies[0]
        words, line = (
            f"{pods} pods in {period_s} s",
            self._line(("spec", "behavior", "scaleUp", "policies", 0)),
        )
        for name in activities:
            one = world.activities[name]
            service = world.services.get(one.service)
            known_count = service.instances_count if service is not None else 1
            more = (one.to_count or 0) - (known_count if one.from_count is None else one.from_count)
            if more > 0:
                self._findings.found(f"activities.{name}.batches", math.ceil(more / pods), words, line)
                self._findings.found(f"activities.{name}.pause", float(period_s), words, line)

    def _policies(self) -> list[tuple[str, int, int]] | None:
        """Return kind, amount and period of each policy; None where one is wrong."""
        path: Path = ("spec", "behavior", "scaleUp", "policies")
        listed = self._find(*path)
        if listed is None:
            return []
        if not isinstance(listed, list):
            self._fault(path, "is not a list")
            return None
        found: list[tuple[str, int, int]] = []
        for index in range(len(listed)):
            here = (*path, index)
            kind = str(self._find(*here, "type") or "")
            if kind not in {"Pods", "Percent"}:
                self._fault((*here, "type"), "is no kind of policy", value=kind, allowed="Pods, Percent")
                return None
            amount = self._whole((*here, "value"), None, least=1)
            period_s = self._whole((*here, "periodSeconds"), _DEFAULT_PERIOD_S, least=1)
            if amount is None or period_s is None:
                return None
            found.append((kind, amount, period_s))
        return found

    def _find(self, *path: str | int) -> Any:
        here: Any = self._tree.document
        for step in (*self._path, *path):
            if isinstance(here, Mapping):
                here = here.get(step)
            elif isinstance(here, list) and isinstance(step, int) and step < len(here):
                here = here[step]
            else:
                return None
        return here if here != "" else None

    def _line(self, path: Path) -> int:
        return self._tree.places.find((*self._path, *path)).line or 1

    def _fault(self, path: Path, what: str, *, value: object = "", allowed: str = "") -> None:
        key = f"{path[-1]} " if path and isinstance(path[-1], str) else ""
        self._findings.fault(self._line(path), f"{key}{what}", value=str(value), allowed=allowed)

    def _whole(self, path: Path, otherwise: int | None, *, least: int) -> int | None:
        value = self._find(*path)
        if value is None and otherwise is not None:
            return otherwise
        if not isinstance(value, str) or not _WHOLE.fullmatch(value) or int(value) < least:
            self._fault(path, "is no number Kubernetes takes here", value=value, allowed=f"at least {least}")
            return None
        return int(value)

    def _quantity(self, path: Path, value: object) -> float:
        found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self._fault(path, "is no quantity", value=value, allowed='such as "0.1" or 100m')
            return 0.0
        number = float(found[0].removesuffix("m"))
        return number / 1000 if found[1] else number
