"""How does a sandbox run one function of ours, and nothing outlive it? The inside half.

Three processes: the *keeper* makes the namespaces and waits; the *first process* (number 1 of the new
process namespace) mounts, and reaps what nobody else waits for; the *worker* runs the function. The
keeper dies with Tidegate and the first process with the keeper, because the kernel was asked so; with the
first process the kernel kills everything in its process namespace, and the network namespaces end with
their last process. That is why nothing is left even after kill -9.

Requests come as one line of JSON on standard input; answers leave as lines of JSON on what was standard
output. Whatever else is printed goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from tidegate.adapters.linux.sandbox import kernel_calls, privileges
from tidegate.errors import InputError, InternalError, RigError, TidegateError

ALL = kernel_calls.NEW_NETWORK | kernel_calls.NEW_MOUNTS | kernel_calls.NEW_PROCESSES
PROGRAM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where ip, tc and nft live; an ordinary user's PATH lacks them."""

_FALLBACK_LINKS = frozenset(
    ("lo", "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0")
)
"""Links that some kernels put, switched off, into every new network namespace."""

_OWN_NETWORK = Path("/proc/self/ns/net")
_RUN_BYTES = 64 << 20
_PRIVATE_BYTES = 512 << 20


def main(parent_pid: int, directory: str) -> NoReturn:
    """Run as the keeper; ends with the worker.

    Parameters
    ----------
    parent_pid
        Tidegate's own process: where it has already gone, nothing is begun.
    directory
        An empty directory of ours, over which private memory is mounted.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints must not spoil the answers
    code = 1
    try:
        code = _keep(parent_pid, directory, answers)
    except OSError as error:
        _say(answers, {"error": _described(RigError(privileges.reason(error, privileges.settings())))})
    finally:
        os._exit(code)


def _keep(parent_pid: int, directory: str, answers: Any) -> int:
    outer_network = _OWN_NETWORK.stat().st_ino
    privileges.be_served_first()  # work beside a rehearsal would slow what it measures
    _separate()
    kernel_calls.die_with_parent()
    if os.getppid() != parent_pid:
        return 1
    ours, theirs = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(theirs)
        _guarded(answers, lambda: _first(ours, directory, outer_network, answers))
    os.close(ours)
    answers.close()
    # Told to end, the keeper waits until the kernel has ended everything: then it is really over.
    # A descriptor of the process, unlike its number, can never come to mean another one.
    held = os.pidfd_open(first)
    signal.signal(signal.SIGTERM, lambda _number, _frame: signal.pidfd_send_signal(held, signal.SIGKILL))
    return os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])


def _separate() -> None:
    """Make the namespaces: directly where that is allowed, else as root of a new user namespace."""
    user, group = os.geteuid(), os.getegid()
    try:
        kernel_calls.unshare(ALL)
    except PermissionError:
        kernel_calls.unshare(ALL | kernel_calls.NEW_USERS)
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1", encoding="ascii")


def _first(keeper: int, directory: str, outer_network: int, answers: Any) -> int:
    kernel_calls.die_with_parent()
    if select.select([keeper], [], [], 0)[0]:
        return 1  # the keeper died before the kernel was asked
    try:
        _mount(directory)
    except OSError as error:
        raise RigError(privileges.reason(error, privileges.settings())) from error
    worker = os.fork()
    if worker == 0:
        _guarded(answers, lambda: _work(directory, outer_network, answers))
    answers.close()
    while True:
        ended, status = os.wait()
        if ended == worker:
            return os.waitstatus_to_exitcode(status)


def _mount(directory: str) -> None:
    kernel_calls.mount("none", "/", flags=kernel_calls.RECURSIVE | kernel_calls.PRIVATE)
    kernel_calls.mount(
        "proc", "/proc", "proc", flags=kernel_calls.NOSUID | kernel_calls.NODEV | kernel_calls.NOEXEC
    )
    for target, size_bytes in (("/run", _RUN_BYTES), (directory, _PRIVATE_BYTES)):
        options = f"mode=0700,size={size_bytes}"
        kernel_calls.mount(
            "tmpfs", target, "tmpfs", flags=kernel_calls.NOSUID | kernel_calls.NODEV, options=options
        )


def _guarded(answers: Any, body: Callable[[], int]) -> NoReturn:
    """Run what a forked process has to do and end it: it must never return into its parent's code."""
    code = 1
    try:
        code = body()
    except TidegateError as error:
        _say(answers, {"error": _described(error)})
    except BaseException as error:  # noqa: BLE001  the outside must learn of it, whatever it is
        ours = InternalError(f"inside the sandbox: {type(error).__name__}: {error}")
        _say(answers, {"error": _described(ours), "trace": traceback.format_exc()})
    finally:
        os._exit(code)


def _work(directory: str, outer_network: int, answers: Any) -> int:
    request = json.loads(sys.stdin.readline())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    _assert_apart(outer_network)
    _settle(directory)
    module, _, name = request["entry"].partition(":")
    entry = getattr(importlib.import_module(module), name)
    result = entry(request["request"], lambda message: _say(answers, {"tell": message}))
    _say(answers, {"result": result})
    return 0


def _assert_apart(outer_network: int) -> None:
    """Nothing begins before it is certain that no address of the machine can be touched."""
    links = {name for _, name in socket.if_nameindex()}
    if _OWN_NETWORK.stat().st_ino == outer_network or not links <= _FALLBACK_LINKS:
        raise InternalError(f"the sandbox is not apart from the machine's network (links: {sorted(links)})")


def _settle(directory: str) -> None:
    os.chdir(directory)
    os.environ["TMPDIR"] = directory
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    missing = [folder for folder in PROGRAM_FOLDERS if folder not in folders]
    os.environ["PATH"] = os.pathsep.join(folders + missing)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    Path("/run/netns").mkdir()


def _say(answers: Any, message: Mapping[str, object]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def _described(error: TidegateError) -> dict[str, object]:
    faults = [asdict(fault) for fault in error.faults] if isinstance(error, InputError) else []
    return {"kind": type(error).__name__, "message": str(error), "faults": faults}
