"""What a device sets up a second, from a while in which its queue was full: by runs for each candidate."""

from __future__ import annotations

from tidegate.fit.exported import BIN_S, exported
from tidegate.fit.profile import Profile
from tidegate.fit.set_up import overload, set_up_rate
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

TRUE_PER_S = 60.0
WORLD = f"""\
name: narrow
horizon: 130s
networks: {{a: {{}}, b: {{}}}}
crossings: {{nat: {{between: [a, b], forwarding: 5k/s, setup: {TRUE_PER_S:.0f}/s, queue_packets: 60}}}}
services: {{web: {{network: b, concurrency: 64, service_time: 5ms}}}}
clients:
  users: {{network: a, service: web, timeout: 1s, retry: none, demand: {{kind: open, rate: 20/s}}}}
triggers: {{surge: {{at: 50s, for: 40s, set: {{clients.users.demand.rate: 90/s}}}}}}
"""


def seen(text):
    file = read_world(text, "true")
    tables = lower(write_script(file), horizon_s=file.world.horizon_s, bin_s=BIN_S)
    return file, exported(file.world, tables, simulate(tables, seed=5), 5.0)


def test_a_full_queue_tells_what_is_set_up_a_second():
    """Believed to be more than twice as much; the truth lies in the interval."""
    file, history = seen(WORLD)
    believed = overlay(file, {"crossings.nat.setup": 2.3 * TRUE_PER_S})
    found = overload(history, "nat", 5.0)
    assert found is not None
    rate = set_up_rate(believed, {}, history, found, every_s=5.0, seed=7)
    assert isinstance(rate, Profile)
    assert rate.low <= TRUE_PER_S <= rate.high
    assert not rate.is_flat


def test_without_a_full_queue_nothing_is_told():
    _, history = seen(WORLD.replace("90/s", "25/s"))
    assert overload(history, "nat", 5.0) is None
