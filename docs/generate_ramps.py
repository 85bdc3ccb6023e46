"""Write docs/evidence/gate-ramps.md: which ramp the gate gives an autoscaler that it brings down or refuses.

Run it with the development environment: ``python docs/generate_ramps.py``. The page is the same every time on one
platform and version; `tests/e2e/test_gate_ramps.py` plays the scenarios again.
"""

from __future__ import annotations

import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from gate_ramps import FROM, SCENARIOS, WISH, WITHIN_S, limits, of_scenario, row  # noqa: E402
from hpa_simulator import BOOT_S, SETTLES_S  # noqa: E402
from tidegate.evaluate.searching.curve import Limit  # noqa: E402

PAGE = ROOT / "docs" / "evidence" / "gate-ramps.md"
HEAD = f"""# The ramp that an autoscaler gets

Written by `python docs/generate_ramps.py`; do not edit. Played by `tests/hpa_simulator.py`: a
HorizontalPodAutoscaler with the rules of Kubernetes' own controller, held against tables of its own functions, asks a
gate that is served (`tidegate gate --mode enforce --on-doubt deny --kubectl-proxy …`). Each write is sent as a real
server sends it, to both webhooks, twice where it is refused. The gate reads sizes, pods' starts and the autoscaler's
condition off a simulated API server. A sync is 15 s, a pod boots {BOOT_S:.0f} s, a step is over after {SETTLES_S:.0f} s.

The metrics want {WISH} pods at once, and {FROM} stand. The narrow place is a database that logs in four clients at a
time: how many may come at once depends on how many are there.
"""
TABLE = """
| autoscaler | size after each step | brought down | refused |
| --- | --- | --- | --- |
"""
TAIL = f"""
In each of them no step, with all that had not been calm for {SETTLES_S:.0f} s before it, goes beyond what whole runs
proved from there.

**Nobody starves.** Each next step comes within the longer of two times (until the last one is over; the longest
period of the policies) and {WITHIN_S:.0f} s: four syncs of patience, and at most two until it is asked. While a wish
that is brought down is booked for longer than a step takes, it is refused first: it may fit once what goes on is over.
After four syncs it is brought down all the same, since waiting makes no size safe. Where no further size was
proven, none is let through, and somebody is told: the metric `tidegate_gate_held_longest_seconds` at once, after a
minute a line `held up` with `held_since` in the log and an Event `TidegateHeldUp` of the autoscaler.
"""


def _proven(known: tuple[Limit, ...]) -> str:
    pairs = ", ".join(f"from {one.at:.0f} up to {one.safe_count}" for one in known)
    return f"\nWhole runs proved: {pairs}.\n"


def page() -> str:
    """Return the page."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rows = [row(one, of_scenario(folder, one)[0]) for one in SCENARIOS]
        proven = _proven(limits(folder))
    return HEAD + proven + TABLE + "\n".join(rows) + "\n" + TAIL


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
