"""A command, run as it was typed, in this process: a start costs a second."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass
from unittest import mock

from tidegate.cli.main import main


@dataclass
class Done:
    """What a command ended with, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def run_here(place, *words):
    """Run a command in a folder."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        contextlib.chdir(place), mock.patch.object(sys, "argv", ["tidegate", *words]),
        contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
    ):  # fmt: skip
        try:
            code = main()
        except SystemExit as ended:
            code = ended.code
    return Done(int(code or 0), out.getvalue(), err.getvalue())
