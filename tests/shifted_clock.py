"""`tidegate …` under a clock that a file sets: seconds to add to the machine's own, read at every look."""

from __future__ import annotations

import sys
import time
from pathlib import Path

_OWN = time.time


def shifted(shift: Path) -> float:
    """Return what this process takes for the time."""
    return _OWN() + float(shift.read_text(encoding="ascii") or 0.0)


if __name__ == "__main__":
    file = Path(sys.argv.pop(1))
    time.time = lambda: shifted(file)
    from tidegate.cli.main import main  # after the clock: what is loaded takes it as a default

    main()
