"""Where may another site be asked? Over TLS; without it on this machine alone, or where its owner says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate.errors import Fault

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[1-9][0-9]{0,4}))?"
    r"(/[A-Za-z0-9._~/-]*)?",
    re.ASCII,
)
_HERE = {"localhost", "127.0.0.1", "[::1]"}
_LONGEST = 400


def address_faults(
    url: str, path: str, *, may_be_plain: bool, plain: str = "peers_plain: yes"
) -> Iterator[Fault]:
    """Yield why a site cannot be asked at an address; nothing where it can.

    Parameters
    ----------
    url
        The address.
    path
        Under which name it was given.
    may_be_plain
        Whether it may be asked without TLS over a network too.
    plain
        What one writes to say so, where the address is given.
    """
    found = _ADDRESS.fullmatch(url) if len(url) <= _LONGEST else None
    if found is None or int(found["port"] or 1) > 65_535:
        allowed = "https://HOST or https://HOST:PORT/PATH"
        yield Fault(what="is no address of a site", path=path, value=url[:80], allowed=allowed)
    elif found["scheme"] == "http" and found["host"].lower() not in _HERE and not may_be_plain:
        allowed = f"https://…; http:// on this machine, or with {plain} over a private network"
        yield Fault(what="would be asked without TLS", path=path, value=url[:80], allowed=allowed)
