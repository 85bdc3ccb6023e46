"""Check copies of a site: read each, judge them beside each other, remember which numbers were seen."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tidegate.adapters.publish.copy_reader import (
    MOST_PAGES_COUNT,
    PAGES_COUNT,
    TIMEOUT_S,
    HttpCopy,
    check_copy_name,
    is_address,
    read_folder,
)
from tidegate.adapters.publish.seen_numbers import keep_seen, read_seen
from tidegate.adapters.telemetry.guarded_http import GuardedHttp
from tidegate.errors import Fault, InputError
from tidegate.inform.site.copy_check import Judgement, Reading, Seen, judged, remembered

MOST_COPIES_COUNT = 50
_WORKERS_COUNT = 8
_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


def check_copies(
    names: Sequence[str],
    *,
    keys: Sequence[str] = (),
    networks: Sequence[str] = (),
    remember: Path | None = None,
    pages_count: int = PAGES_COUNT,
    clock: Callable[[], float],
) -> tuple[Judgement, ...]:
    """Return how copies of a site are.

    Parameters
    ----------
    names
        Folders, or addresses of http and https.
    keys
        Public keys that they may be signed with, in hexadecimal digits; any, if there is none.
    networks
        Private networks that addresses may be in.
    remember
        A file in which the highest numbers that were seen are kept.
    pages_count
        How many files of each address are looked at, at most.
    clock
        Gives the seconds since 1970 (UTC).

    Raises
    ------
    InputError
        With every fault of what was asked.
    """
    known = [key.strip().lower() for key in keys]
    _refuse(names, known, networks, pages_count)
    seen = read_seen(remember) if remember else Seen()
    http = GuardedHttp(timeout_s=TIMEOUT_S, networks=networks)

    def read(name: str) -> Reading:
        if is_address(name):
            return HttpCopy(name, ask=http, pages_count=pages_count).read()
        return read_folder(name)

    with ThreadPoolExecutor(_WORKERS_COUNT) as pool:
        readings = list(pool.map(read, names))
    found = judged(readings, clock(), keys=known, seen=seen)
    if remember:
        keep_seen(remember, remembered(seen, found))
    return found


def _refuse(names: Sequence[str], keys: Sequence[str], networks: Sequence[str], pages_count: int) -> None:
    faults: list[Fault] = []
    for name in names:
        try:
            check_copy_name(name)
        except InputError as error:
            faults += error.faults
    faults += [
        Fault(what="is named twice", path="--check", value=name[:80], allowed="each copy once")
        for place, name in enumerate(names)
        if name in names[:place]
    ]
    if len(names) > MOST_COPIES_COUNT:
        allowed = f"at most {MOST_COPIES_COUNT} at a time"
        faults.append(
            Fault(what="are too many copies", path="--check", value=str(len(names)), allowed=allowed)
        )
    faults += [
        Fault(
            what="is no key", path="--key", value=key[:80], allowed="64 hexadecimal digits, as the page shows"
        )
        for key in keys
        if not _KEY.fullmatch(key)
    ]
    for text in networks:
        try:
            ipaddress.ip_network(text)
        except ValueError:
            allowed = "a network such as 10.0.0.0/8"
            faults.append(Fault(what="is no network", path="--network", value=text[:60], allowed=allowed))
    if not 0 <= pages_count <= MOST_PAGES_COUNT:
        allowed = f"0 to {MOST_PAGES_COUNT}"
        faults.append(Fault(what="cannot be", path="--pages", value=str(pages_count), allowed=allowed))
    if faults:
        raise InputError(*faults)
