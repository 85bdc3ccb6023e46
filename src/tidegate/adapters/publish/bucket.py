"""A prefix in a bucket of an S3 store: asked, signed, tried again, bounded; whatever is kept there."""

from __future__ import annotations

import http.client
import os
import re
import ssl
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tidegate.adapters.publish.signature import Credentials, encoded, query_text, signed_headers
from tidegate.adapters.publish.target import TargetError
from tidegate.errors import Fault, InputError

TIMEOUT_S = 30.0
ATTEMPTS_COUNT = 3
MOST_READ_BYTES = 32 * 1024 * 1024
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class BucketAnswer:
    """What a store answered; no status where nothing came."""

    status: int
    said: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Bucket:
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
    clock
        Gives the seconds since 1970 (UTC).
    """

    def __init__(
        self, name: str, *, endpoint: str, bucket: str, prefix: str, who: Credentials,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self.name = name
        self.prefix = prefix
        self._endpoint = urlsplit(endpoint)
        self._bucket = bucket
        self._who = who
        self._clock = clock

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        accepted: Container[int] = (),
    ) -> BucketAnswer:
        """Ask for what stands under a path below the prefix.

        Parameters
        ----------
        method, path, body
            What is asked.
        headers
            Further headers, by their names in lower case.
        accepted
            Statuses besides success that are an answer.

        Raises
        ------
        TargetError
            If the store refuses or cannot be reached.
        """
        return self._tried(method, f"/{self._bucket}/{self.prefix}{path}", body, headers or {}, accepted)

    def listed(self, asked: Mapping[str, str]) -> bytes:
        """Return the page of a listing (ListObjectsV2) with further conditions.

        Raises
        ------
        TargetError
            If the store refuses or cannot be reached.
        """
        query = query_text({"list-type": "2", **asked})
        return self._tried("GET", f"/{self._bucket}/", b"", {}, (), query).said

    def _tried(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], accepted: Container[int],
        query: str = "",
    ) -> BucketAnswer:  # fmt: skip
        answer, why = BucketAnswer(status=0), ""
        for attempt in range(ATTEMPTS_COUNT):
            if attempt:
                time.sleep(0.2 * 2**attempt)
            try:
                answer = self._once(method, path, body, headers, query)
                why = f"{answer.status} {answer.said[:400].decode(errors='replace')}"
            except (OSError, http.client.HTTPException) as error:
                answer, why = BucketAnswer(status=0), str(error) or type(error).__name__
            status = answer.status
            if 200 <= status < 300 or status in accepted or (method == "DELETE" and status == 404):
                return answer
            if 400 <= status < 500 and status not in {408, 429}:
                break
        shown = path.removeprefix(f"/{self._bucket}/{self.prefix}") or "/"
        raise TargetError(f"{self.name}: {method} {shown} was refused: {why[:200]}")

    def _once(
        self, method: str, path: str, body: bytes, further: Mapping[str, str], query: str
    ) -> BucketAnswer:
        where = encoded(path)
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._clock()))
        signed = signed_headers(
            method, self._endpoint.netloc, where, further, body, moment=moment, who=self._who, query=query
        )
        connection = self._connection()
        try:
            connection.request(
                method, f"{where}?{query}" if query else where, body=body or None, headers=signed
            )
            answer = connection.getresponse()
            said = answer.read(MOST_READ_BYTES)
            found = {name.lower(): value for name, value in answer.getheaders()}
            return BucketAnswer(status=answer.status, said=said, headers=found)
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._endpoint.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._endpoint.netloc, timeout=TIMEOUT_S, context=context)
        return http.client.HTTPConnection(self._endpoint.netloc, timeout=TIMEOUT_S)


def read_bucket(word: str, environment: Mapping[str, str] | None = None) -> Bucket:
    """Return the prefix that ``s3://bucket/prefix?endpoint=https://…&region=…`` names.

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
    return Bucket(
        word.partition("?")[0], endpoint=f"{found.scheme}://{found.netloc}", bucket=parts.netloc,
        prefix=f"{prefix}/" if prefix else "", who=who,
    )  # fmt: skip
