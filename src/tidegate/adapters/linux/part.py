"""How does a process of the rig hear what is asked, and tell what it sees? One line in, lines out.

JSON on standard input and output. What is asked for and told must not live here.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from tidegate.errors import TidegateError

Tell = Callable[[Mapping[str, object]], None]


def request() -> dict[str, Any]:
    """Return what is asked."""
    asked: dict[str, Any] = json.loads(sys.stdin.readline())
    return asked


def tell(message: Mapping[str, object]) -> None:
    """Tell the rig something; a rig that is gone hears nothing."""
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def give_up(error: TidegateError) -> int:
    """Tell the rig why this part could not do its work, and return what the process ends with."""
    tell({"error": {"kind": type(error).__name__, "message": str(error)}})
    return error.exit_code


def sleep_until(due_s: float) -> None:
    """Sleep until a moment of the monotonic clock."""
    left_s = due_s - time.monotonic()
    if left_s > 0.0:
        time.sleep(left_s)
