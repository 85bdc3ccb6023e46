"""How long does a request take where nothing waits? Times that a run is compared with."""

from __future__ import annotations

from tidegate.simulate.parameters import Populations, Services
from tidegate.simulate.tables import Tables


def response_ns(tables: Tables, phase: int, j: int) -> float:
    """Return how long a request of a population takes where nothing waits, with the handshake before it."""
    populations = Populations(tables)
    service = int(populations.service[phase, j])
    return 4.0 * float(populations.delay_ns[phase, j]) + _service_ns(tables, phase, service)


def _service_ns(tables: Tables, phase: int, s: int) -> float:
    """Return how long a service takes where nothing waits, the calls that it makes included."""
    services = Services(tables)
    calls_ns = [response_ns(tables, phase, caller) for caller in services.callers(phase, s)]
    return float(services.mean_ns[phase, s] + sum(calls_ns))
