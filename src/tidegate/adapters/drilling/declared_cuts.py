"""How are real sites cut off? By command lines that their operator wrote, and by nothing else.

Each runs in a shell of its own, within its time, in a group that ends with it. What heals is known to a
process of its own from before the cut on: where the drill is killed in between, that process heals.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from tidegate.adapters.linux.sandbox.outside import same_python
from tidegate.errors import RigError
from tidegate.observe.drill.cuts import Cut
from tidegate.observe.drill.real_drill import DeclaredCut

_GUARD = "tidegate.adapters.drilling.healing_guard"


def run_declared(command: str, within_s: float) -> str:
    """Run a command line; return why it failed, empty where it did not."""
    process = subprocess.Popen(  # noqa: S602  the operator's own words, which are a shell's
        command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    try:
        _, complaint = process.communicate(timeout=within_s)
    except subprocess.TimeoutExpired:
        return f"took longer than {within_s:g} s and was ended"
    finally:
        with suppress(ProcessLookupError):  # also what it left behind
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.returncode == 0:
        return ""
    last = complaint.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
    return f"ended with {process.returncode}{': ' if last else ''}{last}"


class DeclaredGround:
    """Real sites, cut and healed by declared command lines.

    Parameters
    ----------
    declared
        What cuts and heals, by the name of the cut.
    """

    def __init__(self, declared: Mapping[str, DeclaredCut]) -> None:
        self._declared = declared
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._guard = subprocess.Popen(  # noqa: S603  our own interpreter
            same_python(_GUARD), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._guard is not None and self._guard.stdin:
            with suppress(OSError):
                self._guard.stdin.close()
            self._guard.wait()

    def cut(self, cut: Cut, hit: Sequence[str]) -> None:  # noqa: ARG002  the operator's words say which
        """Run what cuts.

        Raises
        ------
        RigError
            If it fails.
        """
        said = self._declared[cut.name]
        self._tell_guard({"heal": said.heal, "within_s": said.within_s})
        if why := run_declared(said.cut, said.within_s):
            raise RigError(f"what cuts {cut.says} {why}")

    def heal(self, cut: Cut, hit: Sequence[str]) -> None:  # noqa: ARG002  as above
        """Run what heals; once more where it failed.

        Raises
        ------
        RigError
            If it fails the second time too.
        """
        said = self._declared[cut.name]
        why = run_declared(said.heal, said.within_s)
        if why:
            why = run_declared(said.heal, said.within_s)
        self._tell_guard({})
        if why:
            raise RigError(f"NOT HEALED: what heals {cut.says} {why}")

    def _tell_guard(self, message: Mapping[str, object]) -> None:
        if self._guard is None or self._guard.stdin is None or self._guard.poll() is not None:
            raise RigError("who would heal if this drill were killed is gone: nothing more is cut")
        self._guard.stdin.write(json.dumps(message).encode() + b"\n")
        self._guard.stdin.flush()
