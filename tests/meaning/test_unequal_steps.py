"""An autoscaler that doubles is judged by its own last step, not by the mean of its steps."""

from __future__ import annotations

import pytest

import tidegate
from tidegate.gate.kubernetes import world_from_manifests

HPA = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  minReplicas: 20
  maxReplicas: 320
"""
WORLD = """
name: doubles
horizon: 90s
networks: {inner: {}, main: {}}
crossings:
  device: {between: [inner, main], queue_packets: 1000, round_trip: 200us, forwarding: 1000/s}
services:
  web: {network: main, instances: 4, concurrency: 1000, service_time: 100us, service_law: fixed}
clients:
  base: {network: inner, service: web, population: 20, timeout: 500ms, syn: linux-classic,
         connection: keep_alive, demand: {kind: closed, think: 6s}, retry: immediate}
activities:
  grow: {from: 20, to: 320, at: 1s, clients_added: base, PACE}
objectives: {collapse_probability: 20%}
"""


def steps():
    """Return the steps that the manifest gives, as a world writes them."""
    given = world_from_manifests(HPA, "hpa.yaml").document["activities"]["scale"]["steps"]
    return ", ".join(f"{{after: {step['after']}, to: {step['to']}}}" for step in given)


@pytest.mark.parametrize(
    ("pace", "collapses"),
    [("batches: 4, pause: 15s", 0.0), ("UNEQUAL", 1.0), ("steps: [{to: 160}, {after: 15s, to: 320}]", 1.0)],
)
def test_the_last_doubling_decides(tmp_path, pace, collapses):
    """A device that takes 75 more at a time does not take 160: the climb is lost at its last step."""
    text = WORLD.replace("PACE", pace.replace("UNEQUAL", f"steps: [{steps()}]"))
    (tmp_path / "world.yaml").write_text(text)
    (verdict,) = tidegate.check(str(tmp_path / "world.yaml"), "grow", runs_count=3)
    assert collapses == verdict.cases[0].collapse.value
    assert (collapses > 0.0) == (verdict.verdict != "cannot_tell")
