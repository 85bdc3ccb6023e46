"""Small worlds whose fate is known: a choke of 2,000 packets a second that a surge of clients meets.

With exponential back-off from 2 s it always heals, with immediate retries never: each attempt costs
packets whether or not it is answered.
"""

from __future__ import annotations

from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

PATIENT = "{layers: [{retries: unlimited, backoff: exponential, base: 2s, cap: 10s, jitter: full}]}"

TWIN = """
name: twin
horizon: 30s
networks: {inner: {}, main: {}}
crossings:
  device: {between: [inner, main], forwarding: FORWARDING, queue_packets: 1000, round_trip: 200us}
services:
  web: {network: main, instances: 1, concurrency: 1000, service_time: 100us, service_law: fixed}
clients:
  base: {network: inner, service: web, population: 600, timeout: 500ms, syn: linux-classic,
         demand: {kind: closed, think: 6s}, retry: RETRY}
  surge: {network: inner, service: web, population: 0, timeout: 500ms, syn: linux-classic,
          start_spread: 42ms, demand: {kind: once}, retry: RETRY}
triggers:
  surge: {at: 4s, for: 4s, set: {clients.surge.population: 600}}
objectives: {success: 1%}
"""

BELIEF = """
beliefs:
  back_off:
    says: clients back off
    otherwise: back-off fails
    basis: BASIS
    counter: {clients.base.retry: immediate, clients.surge.retry: immediate}
    measure: count their attempts
"""

ACTIVITY = """
name: grow
horizon: 12s
networks: {inner: {}, main: {}}
crossings:
  device: {between: [inner, main], forwarding: FORWARDING, queue_packets: 1000, round_trip: 1ms}
services:
  web: {network: main, instances: 1, concurrency: 100, service_time: 1ms}
clients:
  pods: {network: inner, service: web, population: 20, connection: pool, pool: 5, timeout: 1s,
         demand: {kind: open, rate: 200/s}, retry: none, start_spread: 1s}
activities:
  grow: {title: grow from 20 to 40 pods, kind: scale, from: 20, to: 40, clients_added: pods, at: 4s}
  restart: {kind: reconnect, at: 4s, reactions: [{clients: pods, reconnect: 50%, spread: 2s}]}
"""


RELIEF = """
name: relief
horizon: 30s
networks: {inner: {}, main: {}}
crossings:
  device: {between: [inner, main], forwarding: 100k/s, queue_packets: 1000, round_trip: 1ms}
services:
  web: {network: main, instances: 1, concurrency: 1, service_time: 10ms, boot: {time: 0s}}
clients:
  users: {network: inner, service: web, population: 100, timeout: 2s, retry: none,
          demand: {kind: open, rate: 60/s}}
activities:
  relieve: {kind: scale, service: web, from: 1, to: 4, at: 4s}
triggers:
  busy: {at: 4s, set: {clients.users.demand.rate: 200/s}}
objectives: {request_p99: 1us}
"""


def relief() -> WorldFile:
    """Return a world that grows busy for good: it holds if its service is scaled, and not otherwise."""
    return read_world(RELIEF, "relief.yaml")


def twin_text(*, retry: str = PATIENT, forwarding: str = "2000/s", basis: str | None = None) -> str:
    """Return the twin world; with a belief in its back-off where `basis` is given."""
    text = TWIN.replace("RETRY", retry).replace("FORWARDING", forwarding)
    return text if basis is None else text + BELIEF.replace("BASIS", basis)


def twin(*, retry: str = PATIENT, forwarding: str = "2000/s", basis: str | None = None) -> WorldFile:
    """Return the twin world, read."""
    return read_world(twin_text(retry=retry, forwarding=forwarding, basis=basis), "twin.yaml")


def grow_text(forwarding: str = "20k/s") -> str:
    """Return a world with two harmless activities."""
    return ACTIVITY.replace("FORWARDING", forwarding)


def grow(forwarding: str = "20k/s") -> WorldFile:
    """Return that world, read."""
    return read_world(grow_text(forwarding), "grow.yaml")
