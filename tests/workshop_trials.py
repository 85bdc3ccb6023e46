"""What the workshop is given to work out in its trials: functions that its other process finds by name."""

from __future__ import annotations

import os
import time

from tidegate.gate.asking.question import Question
from tidegate.gate.asking.worked_out import Found


def by_size(question: Question) -> Found:
    """Answer at once; never of 99, end the process at 66, fail at 33."""
    [change] = question.plan.changes
    if change.after_count == 99:
        time.sleep(600)
    if change.after_count == 66:
        os._exit(1)
    if change.after_count == 33:
        raise ZeroDivisionError
    return Found(verdict="proceed", why=f"{change.after_count} at {time.time_ns()}")
