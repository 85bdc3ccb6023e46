"""More connections than a written limit lets in, for real: how many does it let in?

A stall of a busy machine is no fault of a limit: what is counted are the parts of a run in which nothing
stalled, and a run that has too little of them is repeated.
"""

from __future__ import annotations

from tidegate.adapters.linux.rehearsal import measure
from tidegate.errors import RigError
from tidegate.rehearse.measurement import BIN_S, Measurement
from tidegate.rehearse.scale import Rehearsable
from tidegate.verbs.switch_on import switch_on
from tidegate.world.file.read import read_world
from tidegate.world.file.write import write_world

HORIZON_S, FROM_S = 9.0, 2.0
LEAST_CLEAN_S = 5.0
STALL_S = 0.1
AFTERMATH_BINS = 4
ATTEMPTS = 4

WORLD = """
name: overloaded
horizon: {horizon_s:g}s
networks: {{homes: {{}}, servers: {{}}}}
crossings:
  edge:
    between: [homes, servers]
    forwarding: 20000/s
    admission: {{rate: {rate_per_s:g}/s, burst: {burst:d}, on_excess: {on_excess}}}
services: {{web: {{network: servers, concurrency: 100, service_time: 100us, service_law: fixed}}}}
clients:
  load:
    {{network: homes, service: web, population: 300, timeout: 500ms,
     demand: {{kind: open, rate: {offered_per_s:g}/s, arrivals: paced}}}}
"""


def clean_bins(seen: Measurement) -> list[int]:
    """Return the time bins, once the burst is used up, in and shortly before which nothing stalled."""
    stalled = [k for k, late_s in enumerate(seen.lateness_s) if late_s > STALL_S]
    spoiled = {k + after for k in stalled for after in range(-1, AFTERMATH_BINS)}
    return [k for k in range(round(FROM_S / BIN_S), seen.bins_count) if k not in spoiled]


def admitted_per_s(target: str, rate_per_s: float, on_excess: str) -> float:
    """Return the connections a second that reach the service, counted over 5 s or more.

    Half as many again come as the file that the target writes claims to let in.
    """
    text = WORLD.format(
        horizon_s=HORIZON_S,
        rate_per_s=rate_per_s,
        burst=round(rate_per_s / 2),
        on_excess=on_excess,
        offered_per_s=1.5 * rate_per_s,
    )
    file = read_world(text, "overloaded")
    small = Rehearsable(file=file, activity=None, scale=1.0, left_out=(), changed=())
    for seed in range(ATTEMPTS):
        seen = measure(
            write_world(file.document),
            activity=None,
            horizon_s=HORIZON_S,
            server="sleeping",
            seed=seed,
            switched_on=switch_on(target, small, server="sleeping").switched,
        )
        bins = clean_bins(seen)
        if len(bins) * BIN_S >= LEAST_CLEAN_S:
            return sum(seen.services["web"].accepted_count[k] for k in bins) / (len(bins) * BIN_S)
    raise RigError("the machine stalled in every run: nothing can be said")
