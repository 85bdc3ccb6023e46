"""What happens to this host's flows? Every event as the kernel tells it, and the table three times.

A socket of our own instead of `conntrack -E`: that one keeps 166 events in its buffer whatever it is told,
loses more on a busy machine without a word in its output, and has the times of reading. Here the buffer is as
large as the kernel lets it be, times are the kernel's where it tells them (6.14), and what was lost after all
is written down where it was lost.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tidegate.adapters.linux.tracking_settings import as_wanted, is_tracking
from tidegate.discover import flow_journal
from tidegate.discover.netlink_flows import DONE, ERROR, dump_request, messages
from tidegate.errors import RigError

_NETFILTER = 12
_GROUPS = 0b111
"""Of ctnetlink: flows that begin, go on, and end."""
_BUFFER_FORCED = 33
BUFFER_BYTES = 64 << 20
_READ_BYTES = 1 << 16
_AT_ONCE = 2_000
"""Events that are read before what was read is written."""
_LOOK_S = 0.25
_SOCKETS = Path("/proc/thread-self/net/netlink")
_ALONE = "\0tidegate record"
_NEEDS = (
    "recording needs CAP_NET_ADMIN in the network namespace of the NAT: run it as root there, or give it no "
    "more than that (`capsh --caps=cap_net_admin+eip …`, `AmbientCapabilities=CAP_NET_ADMIN`)"
)

Write = Callable[[str], object]


@dataclass(kw_only=True)
class Recording:
    """What was recorded.

    Parameters
    ----------
    length_s
        For how long.
    events_count, lost_count, dumped_count
        Events, events that were lost, and flows of the table in all dumps.
    read_time_count
        Events whose time is that of their reading, since the kernel told none.
    left
        Settings that could not be made, with what they are.
    buffer_bytes
        How large the socket's buffer was.
    """

    length_s: float = 0.0
    events_count: int = 0
    lost_count: int = 0
    dumped_count: int = 0
    read_time_count: int = 0
    left: dict[str, str]
    buffer_bytes: int = 0


def record(
    length_s: float, write: Write, *, is_stopped: Callable[[], bool], buffer_bytes: int = BUFFER_BYTES
) -> Recording:
    """Record the flows of this network namespace, and write them down as text.

    Parameters
    ----------
    length_s
        For how long, in seconds.
    write
        Takes the text in parts.
    is_stopped
        Asked several times a second: whether to end now, in order.
    buffer_bytes
        How much the kernel may hold of what has not been read yet.

    Raises
    ------
    RigError
        If the kernel tracks nothing here, somebody records here already, or the right is missing.
    """
    if not is_tracking():
        raise RigError(
            "no flows are tracked in this network namespace (no nf_conntrack, or no rule that needs it); "
            "record at the NAT itself"
        )
    with _alone(), as_wanted() as left, _listening(buffer_bytes) as events, closing(_opened()) as dumps:
        found = Recording(left=left, buffer_bytes=events.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))
        write(
            flow_journal.first_line(
                {"began_s": round(time.time(), 3), "buffer_bytes": found.buffer_bytes, "left": left}
            )
        )
        _Course(found, write, events, dumps).run(length_s, is_stopped)
    return found


class _Course:
    """One recording as it goes on."""

    def __init__(self, found: Recording, write: Write, events: socket.socket, dumps: socket.socket) -> None:
        self._found, self._write = found, write
        self._events, self._dumps = events, dumps
        self._drops = 0
        self._sound_s = time.time()
        self._dump = -1
        self._is_dumping = False

    def run(self, length_s: float, is_stopped: Callable[[], bool]) -> None:
        """Record, and write the last line."""
        begun_s = time.monotonic()
        middle_s, end_s = begun_s + length_s / 2.0, begun_s + length_s
        look_s = begun_s
        self._begin_dump()
        while True:
            now_s = time.monotonic()
            if now_s >= look_s:
                self._look_for_losses()
                look_s = now_s + _LOOK_S
                if is_stopped():
                    end_s = min(end_s, now_s)
            if not self._is_dumping:
                if now_s >= end_s and self._dump >= 2:
                    break
                if now_s >= end_s:
                    self._dump = 1
                    self._begin_dump()
                elif now_s >= middle_s and self._dump == 0:
                    self._begin_dump()
            sockets = [self._events, self._dumps] if self._is_dumping else [self._events]
            ready, _, _ = select.select(sockets, (), (), min(_LOOK_S, max(end_s - now_s, 0.01)))
            if self._events in ready:
                self._read_events()
            elif self._dumps in ready:  # events first: they do not wait
                self._read_dump()
        self._read_events()
        self._look_for_losses()
        self._found.length_s = time.monotonic() - begun_s
        self._write(
            flow_journal.last_line(time.time(), self._found.events_count, self._found.read_time_count)
        )

    def _read_events(self) -> None:
        text: list[str] = []
        for _ in range(_AT_ONCE):
            try:
                data = self._events.recv(_READ_BYTES)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self._look_for_losses()
                continue
            for message in messages(data, time.time()):
                if message.entry is not None:
                    self._found.events_count += 1
                    self._found.read_time_count += not message.is_kernel_time
                    text.append(flow_journal.line(message.entry))
        self._write("".join(text))

    def _begin_dump(self) -> None:
        self._dump += 1
        self._is_dumping = True
        self._dumps.send(dump_request(self._dump + 1))

    def _read_dump(self) -> None:
        text: list[str] = []
        for message in messages(self._dumps.recv(_READ_BYTES), 0.0, is_dump=True):
            if message.kind == DONE:
                self._is_dumping = False
                text.append(flow_journal.dumped_line(self._dump, time.time()))
            elif message.kind == ERROR:
                raise RigError(f"the kernel refused a dump of its table: {os.strerror(message.error_code)}")
            elif message.entry is not None:
                self._found.dumped_count += 1
                text.append(flow_journal.line(message.entry, self._dump))
        self._write("".join(text))

    def _look_for_losses(self) -> None:
        """Write down what the kernel has dropped since the last look."""
        now_s, drops = time.time(), _drops(self._events)
        if drops > self._drops:
            self._found.lost_count += drops - self._drops
            self._write(flow_journal.lost_line(self._sound_s, now_s, drops - self._drops))
        self._drops, self._sound_s = drops, now_s


def _drops(opened: socket.socket) -> int:
    """Return how many messages the kernel has dropped that were for a socket."""
    port = str(opened.getsockname()[0])
    for line in _SOCKETS.read_text(encoding="ascii").splitlines()[1:]:
        words = line.split()
        if words[1] == str(_NETFILTER) and words[2] == port:
            return int(words[8])
    return 0


@contextmanager
def _alone() -> Iterator[None]:
    """Keep a second recorder out of this network namespace: it would put settings back too early."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as lock:
        try:
            lock.bind(_ALONE)
        except OSError:
            raise RigError(
                "somebody records in this network namespace already: wait until they are done"
            ) from None
        yield


@contextmanager
def _listening(buffer_bytes: int) -> Iterator[socket.socket]:
    with closing(_opened(_GROUPS)) as events:
        events.setblocking(False)
        try:
            events.setsockopt(socket.SOL_SOCKET, _BUFFER_FORCED, buffer_bytes)
        except OSError:
            events.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        yield events


def _opened(groups: int = 0) -> socket.socket:
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETFILTER)
    try:
        opened.bind((0, groups))
    except OSError as error:
        opened.close()
        if error.errno == errno.EPERM:
            raise RigError(_NEEDS) from None
        raise RigError(f"the kernel refused a socket for its flow table: {error.strerror}") from None
    return opened
