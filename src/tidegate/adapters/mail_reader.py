"""How are mails of strangers read without being held up by one? In processes of their own, within limits.

A reader has one second of the processor and half a gigabyte for a mail, no secrets in its environment, and
may write no file. One that takes more is ended, the mail is kept as it came, and the next gets a new reader.

The protocol: one line of JSON, then bytes, in both directions.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from queue import SimpleQueue
from typing import IO

from tidegate.track.case_mail import CaseMail, raw_mail, read_mail

_LOG = logging.getLogger("tidegate.mail")
MOST_CPU_S = 0.8
"""Of the processor for one mail; beginning a new reader takes a part of a second more."""
MOST_S = 20.0
"""For one mail by the clock on the wall, on however loaded a machine."""
MOST_MEMORY_BYTES = 512 * 1024 * 1024
READERS_COUNT = 2
_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL")


class MailReader:
    """Reads mails, at most `READERS_COUNT` at one time; further ones wait.

    Parameters
    ----------
    most_cpu_s, most_s
        How long one mail may take, in seconds of the processor and of the clock on the wall.
    """

    def __init__(self, *, most_cpu_s: float = MOST_CPU_S, most_s: float = MOST_S) -> None:
        self._most_cpu_s, self._most_s = most_cpu_s, most_s
        self._idle: SimpleQueue[_Reader | None] = SimpleQueue()
        for _ in range(READERS_COUNT):
            self._idle.put(None)  # begun when it is needed
        self._lock = threading.Lock()
        self._running: set[_Reader] = set()
        self._is_over = False

    def read(self, content: bytes, sender: str = "") -> CaseMail:
        """Return what a mail says, or the mail as it came where reading it takes too much."""
        reader = self._idle.get()
        try:
            reader = reader or self._new()
            found = reader.read(content, sender, self._most_s)
        except (OSError, ValueError, LookupError, TypeError, EOFError):
            _LOG.warning("a mail was kept as it came: reading it took too much")
            if reader is not None:
                self._drop(reader)
            reader = None
            found = raw_mail(content, sender=sender)
        finally:
            self._idle.put(reader)
        return found

    def _drop(self, reader: _Reader) -> None:
        reader.end()
        with self._lock:
            self._running.discard(reader)

    def _new(self) -> _Reader:
        with self._lock:
            if self._is_over:
                raise EOFError
            made = _Reader(self._most_cpu_s)
            self._running.add(made)
            return made

    def stop(self) -> None:
        """End every reader at once; who waits for one gets the mail as it came."""
        with self._lock:
            self._is_over = True
            running = list(self._running)
        for reader in running:
            reader.end()


class _Reader:
    """One process that reads one mail after the other."""

    def __init__(self, most_cpu_s: float) -> None:
        self._process = subprocess.Popen(  # noqa: S603  this interpreter, with this module
            [sys.executable, "-m", "tidegate.adapters.mail_reader", str(most_cpu_s)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                 "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip

    def read(self, content: bytes, sender: str, most_s: float) -> CaseMail:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watch = threading.Timer(most_s, self._process.kill)
        watch.start()
        try:
            _put(self._process.stdin, {"sender": sender, "size": len(content)}, content)
            return _mail(self._process.stdout)
        finally:
            watch.cancel()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError, ValueError):  # what was still to be written has no reader any more
                if stream is not None:
                    stream.close()


def _put(stream: IO[bytes], said: Mapping[str, object], *contents: bytes) -> None:
    stream.write(json.dumps(said).encode("ascii") + b"\n")
    stream.writelines(contents)
    stream.flush()


def _got(stream: IO[bytes], size_bytes: int) -> bytes:
    found = stream.read(size_bytes)
    if len(found) < size_bytes:
        raise EOFError
    return found


def _mail(stream: IO[bytes]) -> CaseMail:
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    said = json.loads(line)
    files = tuple((str(name), _got(stream, int(size_bytes))) for name, size_bytes in said["files"])
    text, title, contact, key = (str(said[name]) for name in ("text", "title", "contact", "key"))
    answers = tuple(str(one) for one in said["answers"])
    return CaseMail(
        text=text, title=title, contact=contact, key=key, files=files, answers=answers,
        is_automatic=bool(said["is_automatic"]),
    )  # fmt: skip


def _serve(most_cpu_s: float) -> None:
    """Read mails from standard input until it ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(kind, (0, 0))
    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        content = _got(sys.stdin.buffer, int(asked["size"]))
        # The signal ends this process, whatever it is at.
        signal.setitimer(signal.ITIMER_PROF, most_cpu_s)
        found = read_mail(content, sender=str(asked["sender"]))
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        files = [content for _, content in found.files]
        sizes = [(name, len(content)) for name, content in found.files]
        _put(sys.stdout.buffer, {**replace(found, files=()).__dict__, "files": sizes}, *files)


if __name__ == "__main__":
    _serve(float(sys.argv[1]))
