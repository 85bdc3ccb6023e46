"""How does a site get into an S3 store? Changed files first, what leads to them next, the manifest last.

What was put there is remembered on this side, so that only what changed is sent.

Shortcut: a store changes file by file. Names that are new come first and files that are gone go last, so
a reader can meet an older page, not a broken one; the manifest tells which files belong together.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tidegate.adapters.publish.signature import Credentials, encoded, signed_headers
from tidegate.adapters.publish.target import TargetError
from tidegate.errors import Fault, InputError
from tidegate.inform.site.manifest import FILES, MANIFEST
from tidegate.present.site.site_tree import SiteTree

WORKERS_COUNT = 8
TIMEOUT_S = 30.0
ATTEMPTS_COUNT = 3
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


class S3Target:
    """A prefix in a bucket.

    Parameters
    ----------
    name
        How it was named.
    endpoint
        Scheme and host of the store.
    bucket, prefix
        Where in it; the prefix is empty or ends in a slash.
    who
        Who asks.
    kept
        The file in which is remembered what was put there.
    clock
        Gives the seconds since 1970 (UTC).
    """

    def __init__(
        self,
        name: str,
        *,
        endpoint: str,
        bucket: str,
        prefix: str,
        who: Credentials,
        kept: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self._endpoint = urlsplit(endpoint)
        self._base = f"/{bucket}/{prefix}"
        self._who = who
        self._kept = kept
        self._clock = clock

    def held(self) -> int:
        """Return 0: a store takes what it is given."""
        return 0

    def put(self, tree: SiteTree) -> int:
        """Put a site there; return how many files were new or changed.

        Raises
        ------
        TargetError
            If the store refuses or cannot be reached.
        """
        digests, contents = tree.digests(), tree.contents()
        held = self._held()
        changed = [path for path, digest in digests.items() if held.get(path) != digest]
        last = [path for path in changed if path in {FILES, MANIFEST}]
        new = [path for path in changed if path not in held and path not in last]
        again = [path for path in changed if path in held and path not in last]
        gone = [path for path in held if path not in digests]
        for paths in (new, again):
            self._each("PUT", paths, contents)
        for path in last:
            self._ask("PUT", path, contents[path])
        self._each("DELETE", gone, {})
        self._keep(digests)
        return len(changed)

    def _each(self, method: str, paths: Iterable[str], contents: Mapping[str, bytes]) -> None:
        with ThreadPoolExecutor(WORKERS_COUNT) as pool:
            list(pool.map(lambda path: self._ask(method, path, contents.get(path, b"")), paths))

    def _ask(self, method: str, path: str, body: bytes) -> None:
        said = ""
        for attempt in range(ATTEMPTS_COUNT):
            if attempt:
                time.sleep(0.2 * 2**attempt)
            try:
                status, said = self._once(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                status, said = 0, str(error) or type(error).__name__
            if 200 <= status < 300 or (method == "DELETE" and status == 404):
                return
            if 400 <= status < 500 and status not in {408, 429}:
                break
        raise TargetError(f"{self.name}: {method} {path} was refused: {said[:200]}")

    def _once(self, method: str, path: str, body: bytes) -> tuple[int, str]:
        where = encoded(self._base + path)
        headers = {"content-type": TYPES.get(path.rpartition(".")[2], "application/octet-stream")}
        headers["cache-control"] = "public, max-age=31536000" if _is_lasting(path) else "public, max-age=10"
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._clock()))
        host = self._endpoint.netloc
        signed = signed_headers(method, host, where, headers, body, moment=moment, who=self._who)
        connection = self._connection()
        try:
            connection.request(method, where, body=body or None, headers=signed)
            answer = connection.getresponse()
            return answer.status, f"{answer.status} {answer.read(400).decode(errors='replace')}"
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._endpoint.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._endpoint.netloc, timeout=TIMEOUT_S, context=context)
        return http.client.HTTPConnection(self._endpoint.netloc, timeout=TIMEOUT_S)

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


def _is_lasting(path: str) -> bool:
    """Whether a path names its content, so that it never changes."""
    return path.endswith((".css", ".js"))


def s3_target(word: str, cache: Path, environment: Mapping[str, str] | None = None) -> S3Target:
    """Return the target of ``s3://bucket/prefix?endpoint=https://…&region=…``.

    Who asks is read from the usual ``AWS_…`` variables.

    Raises
    ------
    InputError
        With every fault.
    """
    given = os.environ if environment is None else environment
    parts = urlsplit(word)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    region = asked.get("region") or given.get("AWS_REGION") or given.get("AWS_DEFAULT_REGION") or "us-east-1"
    endpoint = asked.get("endpoint") or given.get("AWS_ENDPOINT_URL") or f"https://s3.{region}.amazonaws.com"
    faults = []
    if not _BUCKET.fullmatch(parts.netloc) or asked.keys() - {"endpoint", "region"}:
        allowed = "s3://bucket/prefix?endpoint=https://host&region=name"
        faults.append(Fault(what="is no place in an S3 store", value=word[:80], allowed=allowed))
    found = urlsplit(endpoint)
    if found.scheme not in {"http", "https"} or not found.netloc or found.path.strip("/"):
        faults.append(Fault(what="is no S3 store", value=endpoint[:80], allowed="https://host"))
    missing = [name for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") if not given.get(name)]
    faults += [Fault(what="is not set", path=name, allowed="as the store gave it out") for name in missing]
    if faults:
        raise InputError(*faults)
    who = Credentials(
        key_id=given["AWS_ACCESS_KEY_ID"], secret=given["AWS_SECRET_ACCESS_KEY"],
        token=given.get("AWS_SESSION_TOKEN", ""), region=region,
    )  # fmt: skip
    prefix = parts.path.strip("/")
    return S3Target(
        word.partition("?")[0], endpoint=f"{found.scheme}://{found.netloc}", bucket=parts.netloc,
        prefix=f"{prefix}/" if prefix else "", who=who, kept=cache.with_suffix(".json"),
    )  # fmt: skip
