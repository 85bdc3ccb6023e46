"""How is a function of ours run where it can touch nothing of this machine? The outside half.

It runs in new network, mount and process namespaces (and, without root, a new user namespace), started
as the same interpreter with the same modules. `inside` says why nothing outlives it, `namespace` makes
networks within, `leftovers` removes what a killed run could not. This side never enters a namespace.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tidegate import errors
from tidegate.adapters.linux.sandbox.leftovers import private_directory
from tidegate.errors import Fault, InputError, InternalError, Place, RigError, TidegateError

_KEEPER = (
    "import sys; sys.path[:] = {path!r}; from tidegate.adapters.linux.sandbox.inside import main; "
    "main({pid}, {directory!r})"
)
_MODULE = (
    "import runpy, sys; sys.path[:] = {path!r}; sys.argv[0] = {module!r}; "
    "runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
)
_PATIENCE_S = 10.0
_REMEMBERED_BYTES = 4000

OnMessage = Callable[[Mapping[str, object]], None]


def needs_linux() -> None:
    """Refuse where there are no namespaces, before anything else is done.

    Raises
    ------
    RigError
        On another system.
    """
    if sys.platform != "linux":
        raise RigError("this needs Linux: it runs in namespaces of the Linux kernel")


def run_inside(
    entry: str,
    request: Mapping[str, object],
    *,
    timeout_s: float,
    on_message: OnMessage | None = None,
) -> Mapping[str, object]:
    """Run one of our functions in a sandbox and return its result.

    Parameters
    ----------
    entry
        ``module:function``, the module by its whole name. The function takes the request and a function
        that tells the outside something, and returns its result; all are JSON objects.
    request
        What it is asked.
    timeout_s
        After so many seconds everything inside is killed.
    on_message
        Called with whatever the function tells on its way.

    Raises
    ------
    RigError
        Namespaces are refused here, time ran out, or the function raised it.
    TidegateError
        Whatever else the function raised on purpose, faults included.
    InternalError
        The function failed in a way nobody foresaw.
    """
    needs_linux()
    with private_directory() as directory:
        code = _KEEPER.format(path=_search_path(), pid=os.getpid(), directory=str(directory))
        keeper = subprocess.Popen(  # noqa: S603  our own interpreter
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches us alone; we end the rest in order
        )
        try:
            return _conversation(keeper, {"entry": entry, "request": request}, timeout_s, on_message)
        finally:
            _end(keeper)


def why_forbidden() -> str:
    """Return one line on why no sandbox can be made here, empty where one can."""
    try:
        run_inside("tidegate.adapters.linux.sandbox.features:nothing", {}, timeout_s=_PATIENCE_S)
    except RigError as error:
        return str(error)
    return ""


def same_python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours in this very interpreter, with these very modules."""
    return [sys.executable, "-c", _MODULE.format(path=_search_path(), module=module), *arguments]


def _search_path() -> list[str]:
    return [str(Path(entry).absolute()) for entry in sys.path]


def _end(keeper: subprocess.Popen[bytes]) -> None:
    """End the keeper, which ends everything else first and waits for it."""
    for pipe in (keeper.stdin, keeper.stdout, keeper.stderr):
        if pipe is not None:
            with suppress(OSError):  # what was still to be written is of no interest any more
                pipe.close()
    keeper.send_signal(signal.SIGTERM)
    try:
        keeper.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        keeper.kill()  # the kernel then kills the first process inside, and that all the others
        keeper.wait()


class _Conversation:
    """What has come so far from one sandbox."""

    def __init__(self, on_message: OnMessage | None) -> None:
        self.on_message = on_message
        self.result: Mapping[str, object] | None = None
        self.remembered = b""
        self._partial = b""

    def hear(self, data: bytes) -> None:
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, message: Mapping[str, Any]) -> None:
        if "error" in message:
            error = _revived(message["error"])
            error.add_note(message.get("trace", ""))
            raise error
        if "result" in message:
            self.result = message["result"]
        elif self.on_message is not None:
            self.on_message(message["tell"])

    def remember(self, data: bytes) -> None:
        self.remembered = (self.remembered + data)[-_REMEMBERED_BYTES:]

    def finished(self) -> Mapping[str, object]:
        if self.result is None:
            last = self.remembered.decode(errors="replace").strip().rpartition("\n")[2]
            raise RigError(f"the sandbox ended before it answered{': ' if last else ''}{last}")
        return self.result


def _conversation(
    keeper: subprocess.Popen[bytes],
    request: Mapping[str, object],
    timeout_s: float,
    on_message: OnMessage | None,
) -> Mapping[str, object]:
    assert keeper.stdin and keeper.stdout  # noqa: PT018  for the type checker
    assert keeper.stderr
    deadline_s = time.monotonic() + timeout_s
    heard = _Conversation(on_message)
    unsent = json.dumps(request).encode() + b"\n"
    with selectors.DefaultSelector() as ready:
        for pipe in (keeper.stdin, keeper.stdout, keeper.stderr):
            os.set_blocking(pipe.fileno(), False)
        ready.register(keeper.stdin, selectors.EVENT_WRITE)
        ready.register(keeper.stdout, selectors.EVENT_READ, heard.hear)
        ready.register(keeper.stderr, selectors.EVENT_READ, heard.remember)
        while keeper.stdout in {key.fileobj for key in ready.get_map().values()}:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0.0:
                raise RigError(f"it took longer than {timeout_s:g} s and was stopped")
            for key, _ in ready.select(left_s):
                if key.data is None:
                    unsent = _send(ready, keeper.stdin.fileno(), unsent)
                elif data := os.read(key.fd, 1 << 16):
                    key.data(data)
                else:
                    ready.unregister(key.fileobj)
    return heard.finished()


def _send(ready: selectors.BaseSelector, descriptor: int, unsent: bytes) -> bytes:
    """Write what the pipe takes now; returns the rest."""
    try:
        unsent = unsent[os.write(descriptor, unsent) :]
    except BrokenPipeError:
        unsent = b""  # it ended early; its answer says why
    if not unsent:
        ready.unregister(descriptor)
    return unsent


def _revived(described: Mapping[str, Any]) -> TidegateError:
    """Return the error that was raised inside as if it had been raised here."""
    if described["kind"] == InputError.__name__:
        return InputError(*(_fault(fault) for fault in described["faults"]))
    kind = getattr(errors, described["kind"], InternalError)
    revived: TidegateError = kind(described["message"])
    return revived


def _fault(fields: Mapping[str, Any]) -> Fault:
    place = Place(**fields["place"]) if fields["place"] else None
    return Fault(**{**fields, "place": place})
