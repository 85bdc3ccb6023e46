"""A proxy in front of services, with the configuration that a target wrote: started, watched and ended.

Started by the rig (`python -m tidegate.adapters.linux.services.proxy`, request on standard input, JSON
lines on standard output, the result last). What it lets in is counted where it arrives, by the server
behind it.
"""

from __future__ import annotations

import resource
import sys

from tidegate.adapters.linux.part import give_up, request, sleep_until, tell
from tidegate.adapters.linux.services.program import Program
from tidegate.errors import RigError


def main() -> int:
    """Read one request, say when every listener listens, and at the end what it cost."""
    asked = request()
    try:
        program = Program(asked["kind"], asked["text"])
        program.wait_listening(tuple(there) for there in asked["listens"])
    except RigError as error:
        return give_up(error)
    tell({"ready": True})
    sleep_until(asked["start_s"] + asked["horizon_s"])
    program.end()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    tell({"result": {"busy_s": used.ru_utime + used.ru_stime}})
    return 0


if __name__ == "__main__":
    sys.exit(main())
