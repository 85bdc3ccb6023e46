"""Which address is connected to, for a host that a stranger named? Resolved once, checked, then used itself.

A name is never resolved a second time between check and connection, so a name whose answers change
(DNS rebinding) gains nothing. Where one of its addresses is forbidden, none is used.

Shortcut: names are resolved by the system's resolver in threads of their own; names that keep all of
them waiting delay the first contact with other hosts, not hosts that were resolved in the last minute.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tidegate.errors import TidegateError
from tidegate.inform.reach import Address, Network, is_allowed, may_reach, read_address

REMEMBERED_S = 60.0
_THREADS_COUNT = 64
_MOST_REMEMBERED = 10_000
_MOST_ADDRESSES = 4


class ForbiddenError(TidegateError):
    """An address that a stranger named is not one that we connect to."""


Resolve = Callable[[str, int], Sequence[str]]


def system_addresses(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host as the system resolves it.

    Raises
    ------
    OSError
        If it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(row[4][0]) for row in found))


class Guard:
    """Gives addresses that may be connected to.

    Parameters
    ----------
    allowed
        Networks that are reached although they are not public.
    resolve
        Gives the addresses of a host.
    """

    def __init__(self, allowed: Sequence[Network] = (), resolve: Resolve = system_addresses) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._threads = ThreadPoolExecutor(_THREADS_COUNT, thread_name_prefix="names")
        self._remembered: dict[str, tuple[float, tuple[str, ...]]] = {}

    async def addresses(self, host: str, port: int, *, is_encrypted: bool) -> tuple[str, ...]:
        """Return the addresses of a host, all of which may be connected to.

        Raises
        ------
        ForbiddenError
            If one of them may not.
        OSError
            If the host is not known.
        """
        known = self._remembered.get(host)
        if known is None or known[0] < time.monotonic():
            found = (host,) if read_address(host) else await self._resolved(host, port)
            known = (time.monotonic() + REMEMBERED_S, tuple(found[:_MOST_ADDRESSES]))
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[host] = known
        for text in known[1]:
            self._check(read_address(text), is_encrypted=is_encrypted)
        return known[1]

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _resolved(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, self._resolve, host, port)
        except UnicodeError:  # a label that is no name in any alphabet
            raise OSError("the host has no name that could be resolved") from None
        if not found:
            raise OSError("the host has no address")
        return found

    def _check(self, address: Address | None, *, is_encrypted: bool) -> None:
        if address is None or not may_reach(address, self._allowed):
            raise ForbiddenError("the host is not at a public address")
        if not is_encrypted and not is_allowed(address, self._allowed):
            raise ForbiddenError("without encryption only networks are reached that the operator named")
