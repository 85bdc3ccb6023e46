"""What does a copy of the site hold? A folder read whole, or an address asked, bounded in all it may take.

An address is asked by the one rule of `guarded_http`. A page that is not as published may only lag behind in
a network's cache, or have been published anew meanwhile: both are looked into before it is held against a
copy.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tidegate.adapters.publish.folder import digests_of
from tidegate.adapters.telemetry.guarded_http import Answer, GuardedHttp
from tidegate.errors import Fault, InputError
from tidegate.inform.site.copy_check import Reading
from tidegate.inform.site.manifest import FILES, MANIFEST, Manifest, read_manifest, wrong_files

PAGES_COUNT = 100
MOST_PAGES_COUNT = 10_000
TIMEOUT_S = 10.0
MOST_TIME_S = 60.0
MOST_WAIT_S = 20.0
MOST_MANIFEST_BYTES = 256 * 1024
MOST_LIST_BYTES = 8 * 1024 * 1024
MOST_FILE_BYTES = 4 * 1024 * 1024
MOST_BYTES = 64 * 1024 * 1024
_ADDRESS = re.compile(r"https?://[^\s<>\"'\\?#@]{1,300}", re.ASCII)
_PATH = re.compile(r"[A-Za-z0-9_][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)*", re.ASCII)
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=([0-9]{1,6})", re.ASCII)
_ABSENT = {401, 403, 404, 410, 451}


def is_address(name: str) -> bool:
    """Whether a copy is named by an address, not as a folder."""
    return name.startswith(("http://", "https://"))


def check_copy_name(name: str) -> None:
    """Refuse what names no copy.

    Raises
    ------
    InputError
        If it is neither a folder that is there nor an address.
    """
    if is_address(name):
        if not _ADDRESS.fullmatch(name):
            allowed = "http(s)://host/path, without query"
            raise InputError(Fault(what="is no address of a copy", value=name[:80], allowed=allowed))
    elif not Path(name).is_dir():
        what, allowed = "is no copy of a site", "a folder that is there, or an address of http or https"
        raise InputError(Fault(what=what, value=name[:80], allowed=allowed))


def read_folder(name: str) -> Reading:
    """Return what a folder holds, every file of it."""
    root = Path(name).resolve()  # a link that turns meanwhile does not mix two publications
    try:
        stated = (root / MANIFEST).read_bytes()
        manifest = read_manifest(stated)
        digests = digests_of(root)
        wrong = tuple(wrong_files(manifest, (root / FILES).read_bytes(), digests))
    except InputError as error:
        return Reading(name=name, wrong=_phrases(error))
    except OSError as error:
        return Reading(name=name, unread=f"{error.filename or root}: {error.strerror}")
    count = len(digests.keys() - {MANIFEST, FILES})
    return Reading(name=name, manifest=manifest, wrong=wrong, checked_count=count, listed_count=count)


def _phrases(error: InputError) -> tuple[str, ...]:
    return tuple(fault.what for fault in error.faults)


@dataclass(kw_only=True)
class _Bounds:
    """What may still be taken from one copy."""

    until_s: float
    left_bytes: int = MOST_BYTES

    def may_go_on(self, pace_s: float) -> bool:
        return pace_s < self.until_s and self.left_bytes > 0


@dataclass(kw_only=True)
class _Pages:
    """What came of the files of one publication."""

    wrong: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    checked_count: int = 0
    kept_for_s: float = 0.0


class HttpCopy:
    """A copy that is read at an address.

    Parameters
    ----------
    name
        The address.
    ask
        Asks it.
    pages_count
        How many of its files are looked at, at most; which ones is left to chance, the front page among them.
    pace
        Gives seconds that only ever grow.
    wait
        Waits for so many seconds.
    """

    def __init__(
        self,
        name: str,
        *,
        ask: GuardedHttp,
        pages_count: int = PAGES_COUNT,
        pace: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._name = name
        self._base = name.rstrip("/").removesuffix("/index.html")
        self._ask = ask
        self._pages_count = pages_count
        self._pace = pace
        self._wait = wait

    def read(self) -> Reading:
        """Return what the address gave."""
        bounds = _Bounds(until_s=self._pace() + MOST_TIME_S)
        for is_last in (False, False, True):
            reading, is_settled = self._read_once(bounds)
            if is_settled or is_last:
                break
        return reading

    def _read_once(self, bounds: _Bounds) -> tuple[Reading, bool]:
        """Return what one publication gave, and whether it was still the one there at the end."""
        name = self._name
        answer = self._get(MANIFEST, bounds, MOST_MANIFEST_BYTES)
        if not answer.is_ok:
            return Reading(name=name, unread=self._why(answer, MANIFEST)), True
        try:
            manifest = read_manifest(answer.body)
        except InputError as error:
            return Reading(name=name, wrong=_phrases(error)), True
        answer = self._get(FILES, bounds, MOST_LIST_BYTES)
        if answer.status_count not in _ABSENT and not answer.is_ok:
            return Reading(name=name, manifest=manifest, unread=self._why(answer, FILES)), True
        if not answer.is_ok or hashlib.sha256(answer.body).hexdigest() != manifest.files_hash:
            wrong = f"{FILES} is {'missing' if not answer.is_ok else 'not the one that was published'}"
            return Reading(name=name, manifest=manifest, wrong=(wrong,)), self._is_there(manifest, bounds)
        listed = _listed(answer.body)
        if listed is None:
            return Reading(name=name, manifest=manifest, wrong=(f"{FILES} is no list of files",)), True
        pages = self._pages(_chosen(listed, self._pages_count), listed, bounds)
        is_settled = not pages.wrong or self._is_there(manifest, bounds)
        if pages.wrong and is_settled:
            self._again(pages, listed, bounds)
            is_settled = not pages.wrong or self._is_there(manifest, bounds)
        reading = Reading(
            name=name, manifest=manifest, wrong=tuple(f"{path} {what}" for path, what in pages.wrong.items()),
            unread=_unread(pages), checked_count=pages.checked_count, listed_count=len(listed),
        )  # fmt: skip
        return reading, is_settled

    def _pages(self, paths: Iterable[str], listed: dict[str, str], bounds: _Bounds) -> _Pages:
        found = _Pages()
        for path in paths:
            if not bounds.may_go_on(self._pace()):
                break
            self._look(path, listed[path], found, bounds)
            found.checked_count += 1
        return found

    def _look(self, path: str, digest: str, found: _Pages, bounds: _Bounds) -> None:
        answer = self._get(path, bounds, MOST_FILE_BYTES)
        found.wrong.pop(path, None)
        if answer.status_count in _ABSENT:
            found.wrong[path] = "is missing"
        elif not answer.is_ok:
            found.unread[path] = self._why(answer, path)
        elif not answer.is_whole or hashlib.sha256(answer.body).hexdigest() != digest:
            found.wrong[path] = "is not what was published"
        if path in found.wrong:
            found.kept_for_s = max(found.kept_for_s, _kept_for_s(answer))

    def _again(self, pages: _Pages, listed: dict[str, str], bounds: _Bounds) -> None:
        """Look once more at what was wrong, after a cache on the way has had the time it was allowed.

        The first answer after that time may still be the old one, while a new one is fetched behind it.
        """
        if not pages.kept_for_s:
            return
        self._wait(min(pages.kept_for_s + 1.0, MOST_WAIT_S))
        for pause_s in (1.0, 0.0):
            for path in tuple(pages.wrong):
                if bounds.may_go_on(self._pace()):
                    self._look(path, listed[path], pages, bounds)
            if not pages.wrong:
                return
            self._wait(pause_s)

    def _is_there(self, manifest: Manifest, bounds: _Bounds) -> bool:
        """Whether what a copy states is still what it stated."""
        answer = self._get(MANIFEST, bounds, MOST_MANIFEST_BYTES)
        try:
            return not answer.is_ok or read_manifest(answer.body) == manifest
        except InputError:
            return True

    def _get(self, path: str, bounds: _Bounds, most_bytes: int) -> Answer:
        answer = self._ask.ask("GET", f"{self._base}/{quote(path)}", most_bytes=most_bytes)
        bounds.left_bytes -= len(answer.body)
        return answer

    def _why(self, answer: Answer, path: str) -> str:
        if answer.status_count:
            return f"{path} was answered {answer.status_count}"
        if "may not be asked" in answer.why:
            return f"{answer.why} unless --network names its network"
        return answer.why


def _kept_for_s(answer: Answer) -> float:
    """Return for how long a cache on the way may have kept an answer, in seconds."""
    found = _MAX_AGE.search(answer.headers.get("cache-control", "").lower())
    return float(found[1]) if found else 0.0


def _unread(pages: _Pages) -> str:
    if not pages.unread:
        return ""
    first = next(iter(pages.unread.values()))
    more = f", and {len(pages.unread) - 1} more files" if len(pages.unread) > 1 else ""
    return f"{first}{more}"


def _listed(text: bytes) -> dict[str, str] | None:
    """Return the files that anybody may ask for, with their hashes; those at secret addresses are not."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    listed = {path: digest for path, digest in found.items() if not path.startswith("sha256:")}
    is_sound = all(_PATH.fullmatch(path) and isinstance(digest, str) for path, digest in listed.items())
    return listed if is_sound else None


def _chosen(listed: dict[str, str], most_count: int) -> Sequence[str]:
    """Return which files are looked at: by chance, so that nobody knows which ones will not be."""
    paths = sorted(listed)
    front = [path for path in ("index.html",) if path in listed][:most_count]
    others = [path for path in paths if path not in front]
    chance = random.SystemRandom()
    return [*front, *chance.sample(others, min(len(others), max(most_count - len(front), 0)))]
