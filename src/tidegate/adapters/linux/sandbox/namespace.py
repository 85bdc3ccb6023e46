"""How does the rig work in several networks at once? Only for use inside a sandbox.

A network namespace lives as long as the file that holds it, and that file lies in the sandbox's own
memory. `ip -n NAME …` finds it under its name.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.adapters.linux.sandbox import kernel_calls
from tidegate.errors import RigError

FOLDER = Path("/run/netns")
_OWN = "/proc/thread-self/ns/net"


@dataclass(frozen=True, kw_only=True)
class Namespace:
    """One network namespace inside the sandbox."""

    name: str

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Move this thread into the namespace for the body's length.

        Sockets opened and processes started in the body belong to the namespace for ever; files of
        ``/proc/thread-self/net`` and ``/proc/sys/net`` opened in it, too. Nothing may be awaited within.
        """
        before = os.open(_OWN, os.O_RDONLY)
        try:
            own = os.open(FOLDER / self.name, os.O_RDONLY)
            try:
                kernel_calls.enter(own, kernel_calls.NEW_NETWORK)
            finally:
                os.close(own)
            yield
        finally:
            kernel_calls.enter(before, kernel_calls.NEW_NETWORK)
            os.close(before)

    def run(self, *arguments: str, stdin: str | None = None) -> str:
        """Run a program in the namespace to its end and return what it printed.

        Raises
        ------
        RigError
            The program is missing, or it failed; carries the first line of what it complained about.
        """
        try:
            with self.entered():
                done = subprocess.run(  # noqa: S603  arguments of the rig's own plan, no shell
                    arguments,
                    input=stdin,
                    stdin=subprocess.DEVNULL if stdin is None else None,
                    capture_output=True,
                    text=True,
                    check=False,
                )
        except FileNotFoundError:
            raise RigError(f"the program {arguments[0]} is not installed here") from None
        if done.returncode != 0:
            complaint = (done.stderr or done.stdout).strip().partition("\n")[0]
            raise RigError(f"{' '.join(arguments)}: {complaint or f'ended with {done.returncode}'}")
        return done.stdout

    def start(self, arguments: list[str], **popen: Any) -> subprocess.Popen[Any]:
        """Start a process in the namespace; `popen` goes to `subprocess.Popen`.

        Raises
        ------
        RigError
            If there is no such program.
        """
        try:
            with self.entered():
                return subprocess.Popen(arguments, **popen)  # noqa: S603  as above
        except FileNotFoundError:
            raise RigError(f"the program {arguments[0]} is not installed here") from None

    def set(self, name: str, value: str | int) -> None:
        """Set one of the namespace's own settings, such as ``net.ipv4.ip_forward``.

        Raises
        ------
        RigError
            If the kernel does not let it be so.
        """
        try:
            with self.entered():
                Path("/proc/sys", *name.split(".")).write_text(f"{value}\n", encoding="ascii")
        except OSError as error:
            raise RigError(f"the kernel does not let {name} be {value}: {error.strerror}") from error


def make_namespace(name: str) -> Namespace:
    """Make a network namespace, with its loopback up, that ends with the sandbox."""
    held = FOLDER / name
    held.touch(exist_ok=False)
    before = os.open(_OWN, os.O_RDONLY)
    try:
        kernel_calls.unshare(kernel_calls.NEW_NETWORK)
        try:
            kernel_calls.mount(_OWN, str(held), flags=kernel_calls.BIND)
        finally:
            kernel_calls.enter(before, kernel_calls.NEW_NETWORK)
    finally:
        os.close(before)
    made = Namespace(name=name)
    made.run("ip", "link", "set", "lo", "up")
    return made
