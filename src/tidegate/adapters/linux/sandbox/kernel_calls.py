"""Which calls of the kernel does a sandbox need that Python 3.11 does not offer? Nothing is decided here.

Every call raises OSError with the kernel's own error number.
"""

from __future__ import annotations

import ctypes
import os
import signal

NEW_MOUNTS = 0x00020000
NEW_USERS = 0x10000000
NEW_PROCESSES = 0x20000000
NEW_NETWORK = 0x40000000

NOSUID, NODEV, NOEXEC = 0x2, 0x4, 0x8
BIND = 0x1000
RECURSIVE = 0x4000
PRIVATE = 0x40000

_PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def unshare(flags: int) -> None:
    """Give this thread new namespaces of its own."""
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def enter(descriptor: int, kind: int) -> None:
    """Move this thread into the namespace that an open descriptor holds."""
    _checked(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(kind)), "setns")


def mount(source: str, target: str, kind: str = "", *, flags: int = 0, options: str = "") -> None:
    """Mount, as the program mount does."""
    _checked(
        _libc.mount(
            source.encode(),
            os.fsencode(target),
            kind.encode() or None,
            ctypes.c_ulong(flags),
            options.encode() or None,
        ),
        f"mount {target}",
    )


def die_with_parent() -> None:
    """Ask the kernel to kill this process as soon as the thread that started it has ended.

    The kernel forgets the wish at every fork and at every change of credentials.
    """
    arguments = (signal.SIGKILL.value, 0, 0, 0)
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, *(ctypes.c_ulong(value) for value in arguments)), "prctl")
