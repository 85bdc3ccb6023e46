"""Which hosts are called back? Those that are allowed by name, over TLS; no other, whatever is asked.

A signed request may still name any address, and whoever learns its key could make us call what only we can
reach (SSRF). So a host must stand on the list; only one that the operator put there may be at a private
address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from tidegate.adapters.telemetry.guarded_http import MOST_BYTES, Answer, GuardedHttp
from tidegate.errors import Fault, InputError

_HOST = re.compile(r"(?P<host>[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)(:(?P<port>[1-9][0-9]{0,4}))?", re.ASCII)
_URL = re.compile(r"https://[\x21-\x7e]+", re.ASCII)
_TLS_PORT = 443


def read_hosts(said: Sequence[str], option: str) -> tuple[tuple[str, int], ...]:
    """Return hosts with their ports, as an option names them.

    Raises
    ------
    InputError
        With each that is none.
    """
    found = [_HOST.fullmatch(one.strip().lower()) for one in said]
    faults = [
        Fault(what="is no host", path=option, value=text[:80], allowed="HOST or HOST:PORT")
        for text, one in zip(said, found, strict=True)
        if one is None or int(one["port"] or _TLS_PORT) > 65_535
    ]
    if faults:
        raise InputError(*faults)
    return tuple((one["host"], int(one["port"] or _TLS_PORT)) for one in found if one is not None)


class AllowedHttp:
    """Asks hosts that are on a list.

    Parameters
    ----------
    usual
        Public hosts that are allowed where the operator names none.
    named
        Those that the operator names instead.
    timeout_s
        How long one request may take, in seconds.
    """

    def __init__(
        self, *, usual: Sequence[tuple[str, int]], named: Sequence[tuple[str, int]], timeout_s: float
    ) -> None:
        self._hosts = frozenset(named or usual)
        self._http = GuardedHttp(timeout_s=timeout_s, may_be_private=bool(named))

    def refusal(self, url: str) -> str:
        """Return why an address is not asked; empty where it is."""
        try:
            parts = urlsplit(url if _URL.fullmatch(url) else "")
            host, port = parts.hostname or "", parts.port or _TLS_PORT
        except ValueError:
            host, port = "", 0
        if not host or "@" in parts.netloc or "\\" in url:
            return "it is no address with https"
        if (host, port) not in self._hosts:
            return f"{host[:80]} is not among the hosts that are allowed"
        return ""

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> Answer:
        """Send a request, and return what came; an address that is not allowed is answered by why."""
        refused = self.refusal(url)
        if refused:
            return Answer(why=refused)
        return self._http.ask(method, url, headers=headers, body=body, most_bytes=most_bytes)

    def follow(self, url: str, *, headers: Mapping[str, str], most_bytes: int) -> Answer:
        """Get what stands at an address, or where it leads to, once; another host is told no token.

        Parameters
        ----------
        url, headers, most_bytes
            As for `ask`.
        """
        answer = self.ask("GET", url, headers=headers, most_bytes=most_bytes)
        if answer.status_count not in {301, 302, 303, 307, 308}:
            return answer
        to = answer.headers.get("location", "")
        if to.startswith("/") and not to.startswith("//"):
            parts = urlsplit(url)
            to = f"{parts.scheme}://{parts.netloc}{to}"
        refused = self.refusal(to)
        if refused:
            return Answer(why=f"it leads elsewhere, and {refused}")
        is_same = urlsplit(to).netloc.lower() == urlsplit(url).netloc.lower()
        own = {name: value for name, value in headers.items() if is_same or name.lower() != "authorization"}
        return self.ask("GET", to, headers=own, most_bytes=most_bytes)
