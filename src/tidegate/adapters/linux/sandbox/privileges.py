"""What may this process do? Why not make namespaces, and which setting changes that; and be served first."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_SETTINGS = Path("/proc/sys")
_PER_USER = ("user_namespaces", "net_namespaces", "mnt_namespaces", "pid_namespaces")
NAMES = (
    "kernel.unprivileged_userns_clone",
    "kernel.apparmor_restrict_unprivileged_userns",
    *(f"user.max_{kind}" for kind in _PER_USER),
)
"""Settings that can forbid namespaces; a kernel has only some of them."""

FIRST_SERVED = -10
"""How nice a thread is that work beside it must not hold up."""


def be_served_first(thread: int = 0) -> None:
    """Let a thread (0: this one), and what it starts, have the processor before others, if we may (root)."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, thread, FIRST_SERVED)


def settings() -> dict[str, str]:
    """Read the settings that can forbid namespaces; a setting that this kernel lacks is absent."""
    paths = {name: _SETTINGS / name.replace(".", "/") for name in NAMES}
    return {name: path.read_text().strip() for name, path in paths.items() if path.exists()}


def reason(error: OSError, found: Mapping[str, str]) -> str:
    """Say in one line why namespaces are refused here and how to allow them.

    Parameters
    ----------
    error
        What the kernel answered.
    found
        The settings of this kernel, as `settings` reads them.
    """
    refused = "this machine refuses the namespaces that a rehearsal runs in: "
    if found.get("kernel.unprivileged_userns_clone") == "0":
        return refused + _change("kernel.unprivileged_userns_clone", "0", "1")
    none_left = [f"user.max_{kind}" for kind in _PER_USER if found.get(f"user.max_{kind}") == "0"]
    if none_left:
        return refused + _change(none_left[0], "0", "10000")
    if error.errno == errno.ENOSPC:
        return refused + "as many exist already as user.max_*_namespaces allow; raise them with sysctl -w"
    if found.get("kernel.apparmor_restrict_unprivileged_userns") == "1":
        return refused + _change("kernel.apparmor_restrict_unprivileged_userns", "1", "0")
    if error.errno in {errno.EINVAL, errno.ENOSYS}:
        return refused + f"its kernel was built without them ({error})"
    return (
        refused + "no setting of the kernel forbids them, so the container or service that this runs in does "
        f"({error}); run it outside, or a container with --privileged"
    )


def _change(name: str, value: str, wanted: str) -> str:
    return f"{name} is {value}; allow them with: sudo sysctl -w {name}={wanted} (or run as root)"
