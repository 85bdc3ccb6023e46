"""What the HorizontalPodAutoscaler's own controller does with what the gate answers."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from bench import Bench
from cases_of_people import IN_PROD
from metric_source import MetricSource
from objects import START_COUNT, WISHED_COUNT, autoscaler, workload

KIND = "horizontalpodautoscalers.v2beta2.autoscaling"
PERIODS: dict[str, int | None] = {"unseen": 15, "plain": None, "every15": 15, "every60": 60, "least": 15}
"""By name: for how long its policy books what it wished for; None has no policy of its own."""
DOUBTED: dict[str, int | None] = {"doubted": 15}
"""The same before a gate that lets doubts through."""
_TITLES = {
    "unseen": "an autoscaler with a policy of 15 s, made before the webhooks were there,",
    "plain": "an autoscaler without `behavior`",
    "every15": "an autoscaler with a policy of 15 s",
    "every60": "an autoscaler with a policy of 60 s",
    "least": "an autoscaler that is made with `minReplicas` above what stands",
    "doubted": "an autoscaler with a policy of 15 s, where doubts are let through (`--on-doubt allow`),",
}
_IS_REFUSED = ("unseen", "every60")
LOOKED_FOR_S = 300.0
RESTARTED_AFTER_S = 35.0
_AT_ONCE = 2
"""So many sizes has one that went to its wish in one step."""


@dataclass
class Climb:
    """The sizes that one workload went through, and what its autoscaler said it had done."""

    sizes: list[tuple[float, int]] = field(default_factory=list)
    wishes: list[tuple[float, int]] = field(default_factory=list)

    def look(self, at_s: float, bench: Bench, name: str) -> None:
        """Take down what changed."""
        size = bench.count(name)
        wish = int(bench.plane.read(KIND, name, *IN_PROD).get("status", {}).get("desiredReplicas", 0))
        for kept, found in ((self.sizes, size), (self.wishes, wish)):
            if not kept or kept[-1][1] != found:
                kept.append((round(at_s, 1), found))


def climbs(bench: Bench, metrics: MetricSource, periods: dict[str, int | None]) -> None:
    """Let autoscalers wish for ten times as much; end and start the controllers in between."""
    bench.forget()
    bench.make(*(workload(name) for name in periods))
    metrics.values |= dict.fromkeys(periods, START_COUNT)
    made = {name: autoscaler(name, period_s=period) for name, period in periods.items()}
    if "unseen" in made:
        bench.make(made.pop("unseen"))
    bench.register()
    mark = bench.recorder.mark()
    bench.make(*(one for name, one in made.items() if name != "least"))
    time.sleep(35)
    metrics.values |= dict.fromkeys(set(periods) - {"least"}, WISHED_COUNT)
    if "least" in periods:
        bench.make(autoscaler("least", period_s=periods["least"], least=WISHED_COUNT))
    found = {name: Climb() for name in periods}
    began_s = time.monotonic()
    ended = threading.Event()

    def restart() -> None:
        if not ended.wait(RESTARTED_AFTER_S):
            bench.plane.end("kube-controller-manager")
            bench.plane.begin_controllers()

    restarting = threading.Thread(target=restart)
    restarting.start()
    while (at_s := time.monotonic() - began_s) < LOOKED_FOR_S:
        for name, climb in found.items():
            climb.look(at_s, bench, name)
        if all(climb.sizes[-1][1] == WISHED_COUNT for climb in found.values()):
            break
        time.sleep(1)
    ended.set()
    restarting.join()
    for name, climb in found.items():
        _note(bench, name, climb, mark)


def _note(bench: Bench, name: str, climb: Climb, mark: int) -> None:
    events: list[dict[str, Any]] = [
        {"reason": one["reason"], "message": one["message"], "count": one.get("count", 1)}
        for one in bench.plane.events("prod", name)
        if one["involvedObject"]["kind"] == "HorizontalPodAutoscaler"
    ]
    status = bench.plane.read(KIND, name, *IN_PROD)["status"]
    able = [one for one in status["conditions"] if one["type"] == "AbleToScale"]
    expected, holds = _expected(name, climb, events)
    bench.note(
        f"climb-{name}", f"{_TITLES[name]} wishes for {WISHED_COUNT}", mark=mark,
        wanted=lambda one: one.request.get("name") == name, expected=expected, holds=holds,
        sizes=climb.sizes, wishes=climb.wishes, events=events, condition=able[0]["reason"] + ": " + able[0]["message"],
        looked_for_s=round(LOOKED_FOR_S), restarted_after_s=round(RESTARTED_AFTER_S),
    )  # fmt: skip


def _expected(name: str, climb: Climb, events: list[dict[str, Any]]) -> tuple[str, bool]:
    refused = any("Tidegate" in one["message"] for one in events if one["reason"] == "FailedRescale")
    last = climb.sizes[-1][1]
    if name in _IS_REFUSED:
        return "gets on in steps that were each proven, or is refused and its event says which size is allowed", refused
    steps = [count for _, count in climb.sizes]
    return "climbs in steps that were each proven, to all that it wished for", last == WISHED_COUNT and len(steps) > _AT_ONCE
