"""Small worlds for which a rig is planned, each with other parts."""

from __future__ import annotations

from tidegate.rehearse.rig_plan import RigPlan, make_plan
from tidegate.simulate.script import Script, write_script
from tidegate.world.file.read import read_world

POLICY = "retry_policies: {naive: {layers: [{retries: unlimited, backoff: none}]}}\n"

PLAIN = (
    """
name: plain
horizon: 20s
networks: {clients: {}, servers: {}}
crossings: {device: {between: [clients, servers], forwarding: 2000/s, queue_packets: 1000}}
services: {web: {network: servers, concurrency: 1000, service_time: 100us, service_law: fixed}}
clients:
  base:
    {network: clients, service: web, population: 600, timeout: 500ms, retry: naive,
     demand: {kind: closed, think: 6s}}
"""
    + POLICY
)

LIMITS = (
    PLAIN.replace("name: plain", "name: limits").replace(
        "queue_packets: 1000",
        "queue_packets: 100, setup: 250/s, "
        "admission: {rate: 190/s, burst: 10, per_source: 20/min, per_source_burst: 2, on_excess: reset}, "
        "table: {entries: 500, closed_hold: 2s, unanswered_hold: 5s}, "
        "ports: {per_destination: 300, hold: 1s, when_full: refuse}",
    )
    + "triggers: {calm: {at: 5s, for: 5s, set: {crossings.device.admission: {concurrent: 50}}}}\n"
)

DEVICES = (
    PLAIN.replace("name: plain", "name: devices").replace(
        "queue_packets: 1000",
        "queue_packets: 100, devices: 2, skew: 0.2, setup: 400/s, setup_processor: separate, "
        "table: {entries: 500, when_full: evict}, ports: {per_destination: 100, hold: 0s}",
    )
    + "triggers: {slow: {at: 2s, set: {crossings.device.forwarding: 1000/s}}}\n"
)

TWO = """
name: two_crossings
horizon: 10s
networks: {homes: {}, middle: {}, servers: {}}
crossings:
  first: {between: [homes, middle], forwarding: 1000/s, queue_packets: 50}
  second: {between: [servers, middle]}
services:
  web: {network: servers, instances: 2, connections: 5, accept_backlog: 10, queue: 3}
  near: {network: middle, instances: 0}
clients:
  far: {network: homes, service: web, population: 5, syn: linux-classic}
  beside: {network: servers, service: near, population: 5}
triggers: {up: {at: 1s, set: {services.near.instances: 1, services.web.service_time: 2ms}}}
"""

WORLDS = {"plain": PLAIN, "limits": LIMITS, "devices": DEVICES, "two_crossings": TWO}


def script_of(text: str) -> Script:
    return write_script(read_world(text, "test"))


def plan_of(text: str) -> RigPlan:
    return make_plan(script_of(text))
