"""A small world whose ranges decide: what starts together asks for more than is answered in time."""

from __future__ import annotations

STARTS = """
name: starts
horizon: 4min
networks: {cluster: {}}
services:
  controller:
    network: cluster
    concurrency: 1
    service_time: {value: 50ms, low: 10ms, high: 250ms, basis: assumed, measure: read it off}
  workers:
    network: cluster
    instances: 10
    boot:
      time: 10s
      calls:
        - service: controller
          requests: 2
          at_once: 1
          timeout: 5s
          retry: [{retries: unlimited, backoff: constant, base: 500ms}]
clients:
  users: {network: cluster, service: controller, population: 20, timeout: 5s, demand: {kind: open, rate: 2/s}}
activities:
  grow: {service: workers, from: 10, to: 210, at: 30s}
"""
"""Two hundred that start ask for 400 answers, 22 s of work where who asks gives up after 5 s."""
