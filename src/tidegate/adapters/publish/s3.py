"""How does a site get into an S3 store? Changed files first, what leads to them next, the manifest last.

What was put there is remembered on this side, so that only what changed is sent; where somebody else has put
something there since, all of it is. The manifest is put in the place of the very one that was looked at
(`If-Match`), so that of two sites that publish there at the same time one is refused. Its list of files then
lies beside the other's manifest, which has the other send all of its own.

Shortcut: a store changes file by file. Names that are new come first and files that are gone go last, so
a reader can meet an older page, not a broken one; the manifest tells which files belong together. A store
that knows no conditions lets the last one win.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Container, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tidegate.adapters.publish.bucket import Bucket, BucketAnswer, read_bucket
from tidegate.adapters.publish.shared_place import Highest, refuse_older, stated
from tidegate.adapters.publish.target import TargetError
from tidegate.inform.site.cache_rule import cache_control
from tidegate.inform.site.manifest import FILES, MANIFEST
from tidegate.present.site.site_tree import SiteTree

WORKERS_COUNT = 8
TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "svg": "image/svg+xml",
    "ics": "text/calendar; charset=utf-8",
}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}", re.ASCII)
_UNTOLD = {400, 401, 403, 405, 501}
"""Who may write and not read is answered so; also where conditions are not known."""


@dataclass(frozen=True, kw_only=True)
class _There:
    """What is in the store: whether it is what we put there last, and the condition for taking its place."""

    is_ours: bool
    condition: Mapping[str, str]


class S3Target:
    """A prefix in a bucket.

    Parameters
    ----------
    bucket
        The prefix.
    kept
        The file in which is remembered what was put there.
    """

    def __init__(self, bucket: Bucket, *, kept: Path) -> None:
        self.name = bucket.name
        self._bucket = bucket
        self._kept = kept
        self._highest = Highest(kept.with_suffix(".held"))

    def held(self) -> int:
        """Return the highest number that the store was seen to hold."""
        return self._highest()

    def put(self, tree: SiteTree) -> int:
        """Put a site there; return how many files were new or changed.

        Raises
        ------
        TargetError
            If the store refuses, cannot be reached, or holds a later site.
        """
        digests, contents = tree.digests(), tree.contents()
        held = self._held()
        there = self._look(tree, held)
        changed = [path for path, digest in digests.items() if not there.is_ours or held.get(path) != digest]
        last = [path for path in changed if path in {FILES, MANIFEST}]
        new = [path for path in changed if path not in held and path not in last]
        again = [path for path in changed if path in held and path not in last]
        gone = [path for path in held if path not in digests]
        for paths in (new, again):
            self._each("PUT", paths, contents)
        if FILES in last:
            self._ask("PUT", FILES, contents[FILES])
        self._put_manifest(contents, there)
        self._each("DELETE", gone, {})
        self._keep(digests)
        return len(changed)

    def _look(self, tree: SiteTree, held: Mapping[str, str]) -> _There:
        """Look at what is in the store, and refuse to take the place of what is newer."""
        found = self._ask("GET", MANIFEST, accepted={404, *_UNTOLD})
        if found.status in _UNTOLD:
            return _There(is_ours=True, condition={})
        if found.status == 404:
            return _There(is_ours=MANIFEST not in held, condition={"if-none-match": "*"})
        manifest = stated(found.said)
        self._highest.see(manifest)
        refuse_older(self.name, manifest, tree)
        listed = self._ask("GET", FILES, accepted={404})
        is_ours = all(
            sha256(answer.said).hexdigest() == held.get(path)
            for path, answer in ((MANIFEST, found), (FILES, listed))
        )
        mark = found.headers.get("etag", "")
        return _There(is_ours=is_ours, condition={"if-match": mark} if mark else {})

    def _put_manifest(self, contents: Mapping[str, bytes], there: _There) -> None:
        body = contents[MANIFEST]
        if not there.condition:
            self._ask("PUT", MANIFEST, body)
            return
        answer = self._ask("PUT", MANIFEST, body, there.condition, accepted={400, 404, 409, 412, 501})
        if answer.status in {400, 501}:  # it knows no conditions
            self._ask("PUT", MANIFEST, body)
            return
        # Where the answer to a first attempt was lost, the second is refused because of the first.
        if 200 <= answer.status < 300 or self._ask("GET", MANIFEST, accepted={404}).said == body:
            return
        # Our files lie among those of who was first: our list beside its manifest has it send all of its own.
        self._ask("PUT", FILES, contents[FILES])
        self._kept.unlink(missing_ok=True)
        raise TargetError(f"{self.name}: somebody else published there at the same time")

    def _each(self, method: str, paths: Iterable[str], contents: Mapping[str, bytes]) -> None:
        with ThreadPoolExecutor(WORKERS_COUNT) as pool:
            list(pool.map(lambda path: self._ask(method, path, contents.get(path, b"")), paths))

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        accepted: Container[int] = (),
    ) -> BucketAnswer:
        further = dict(headers or {})
        if method == "PUT":
            further["content-type"] = TYPES.get(path.rpartition(".")[2], "application/octet-stream")
            further["cache-control"] = cache_control(path)
        return self._bucket.ask(method, path, body, further, accepted)

    def _held(self) -> dict[str, str]:
        try:
            found = json.loads(self._kept.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(path): str(digest) for path, digest in found.items()} if isinstance(found, dict) else {}

    def _keep(self, digests: Mapping[str, str]) -> None:
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        waiting = self._kept.with_suffix(f".{os.getpid()}")
        waiting.write_text(json.dumps(digests), encoding="utf-8")
        waiting.chmod(0o600)  # it names pages whose address is a secret
        waiting.replace(self._kept)


def s3_target(word: str, cache: Path, environment: Mapping[str, str] | None = None) -> S3Target:
    """Return the target of ``s3://bucket/prefix?endpoint=https://…&region=…``.

    Who asks is read from the usual ``AWS_…`` variables.

    Raises
    ------
    InputError
        With every fault.
    """
    return S3Target(read_bucket(word, environment), kept=cache.with_suffix(".json"))
