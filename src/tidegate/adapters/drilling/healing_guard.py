"""Who heals where a drill on real sites is killed? A process that waits for the drill's end, and heals then.

It is told on standard input what heals before each cut, and that nothing is cut after each healing; the
kernel closes that pipe with the drill, whatever ended it.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterable

from tidegate.adapters.drilling.declared_cuts import run_declared

_TRIES_COUNT = 3


def guard(lines: Iterable[str]) -> int:
    """Hear what heals until nothing more comes, and heal where something is still cut."""
    heal, within_s = "", 0.0
    for line in lines:
        message = json.loads(line)
        heal, within_s = str(message.get("heal", "")), float(message.get("within_s", 0.0))
    if not heal:
        return 0
    for _ in range(_TRIES_COUNT):
        if not run_declared(heal, within_s):
            return 0
    return 1


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(guard(sys.stdin))
