"""Packets to a service vanish while none of its instances is there: the kernel's rules, changed in order."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence


class Silence:
    """Whether packets to one service vanish.

    Parameters
    ----------
    rules
        What nft is told so that they arrive, and so that they vanish.
    is_silent
        Whether they vanish at first.
    """

    def __init__(self, rules: Sequence[str], *, is_silent: bool) -> None:
        self._rules = rules
        self._is_silent = is_silent
        self._program: subprocess.Popen[str] | None = None

    def fall(self, is_silent: bool) -> None:
        """Let them vanish, or arrive.

        Nobody waits for nft, except for the one before: of two at a time either may be last.
        """
        if is_silent == self._is_silent:
            return
        self._is_silent = is_silent
        self.end()
        command = ["nft", "-f", "-"]
        self._program = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)  # noqa: S603
        assert self._program.stdin
        self._program.stdin.write(self._rules[is_silent])
        self._program.stdin.close()

    def end(self) -> None:
        """Wait until what was told last is so."""
        if self._program is not None:
            self._program.wait()
            self._program = None
