"""How is another program asked to carry files? Without a shell, without questions, within a time."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from tidegate.adapters.publish.target import TargetError

LONGEST_S = 300.0


def run(name: str, words: Sequence[str], *, given: bytes | None = None) -> str:
    """Run a program and return what it says.

    Parameters
    ----------
    name
        The target, for the error.
    words
        The program and its arguments.
    given
        What it reads.

    Raises
    ------
    TargetError
        If it is not installed, fails, or takes too long.
    """
    quiet = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "RSYNC_RSH": "ssh -oBatchMode=yes",
    }
    try:
        done = subprocess.run(  # noqa: S603  words are ours; addresses were checked, and follow "--"
            list(words), input=given or b"", capture_output=True, check=False, timeout=LONGEST_S,
            env={**quiet, **os.environ},
        )  # fmt: skip
    except FileNotFoundError:
        raise TargetError(f"{name}: {words[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise TargetError(f"{name}: {words[0]} took longer than {LONGEST_S:g} s") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise TargetError(f"{name}: {words[0]} failed: {said[-1][:200] if said else done.returncode}")
    return done.stdout.decode(errors="replace")
