"""A proxy in front of services, with the configuration that a target wrote: started, watched and ended.

Started by the rig (`python -m tidegate.adapters.linux.proxy`, request on standard input, JSON lines on
standard output, the result last). What it lets in is counted where it arrives, by the server behind it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Mapping
from contextlib import suppress

from tidegate.adapters.linux.program import Program
from tidegate.errors import RigError


def main() -> int:
    """Read one request, say when every listener listens, and at the end what it cost."""

    def say(message: Mapping[str, object]) -> None:
        with suppress(BrokenPipeError):
            sys.stdout.write(json.dumps(message) + "\n")
            sys.stdout.flush()

    request = json.loads(sys.stdin.readline())
    try:
        program = Program(request["kind"], request["text"])
        program.wait_listening(tuple(there) for there in request["listens"])
    except RigError as error:
        say({"error": {"kind": type(error).__name__, "message": str(error)}})
        return error.exit_code
    say({"ready": True})
    time.sleep(max(request["start_s"] + request["horizon_s"] - time.monotonic(), 0.0))
    program.end()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    say({"result": {"busy_s": used.ru_utime + used.ru_stime}})
    return 0


if __name__ == "__main__":
    sys.exit(main())
