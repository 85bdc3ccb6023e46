"""How is a request to an S3 store signed? AWS Signature Version 4, for single requests with a known body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Who asks.

    Parameters
    ----------
    key_id, secret, token
        As the store gave them out; the token is empty for lasting ones.
    region
        The region that the signature is for.
    """

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    region: str = "us-east-1"


def signed_headers(
    method: str,
    host: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    moment: str,
    who: Credentials,
    query: str = "",
) -> dict[str, str]:
    """Return the headers of a request, with those that sign it.

    Parameters
    ----------
    method, host, path
        What is asked of whom; the path is percent-encoded already.
    headers
        Further headers, by their names in lower case.
    body
        What is sent.
    moment
        The time in UTC as ``20211207T153000Z``.
    who
        Who asks.
    query
        The query as `query_text` writes it.
    """
    digest = hashlib.sha256(body).hexdigest()
    given = {**headers, "host": host, "x-amz-content-sha256": digest, "x-amz-date": moment}
    if who.token:
        given["x-amz-security-token"] = who.token
    names = ";".join(sorted(given))
    lines = "".join(f"{name}:{given[name].strip()}\n" for name in sorted(given))
    request = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{digest}"
    scope = f"{moment[:8]}/{who.region}/s3/aws4_request"
    stated = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{who.secret}".encode()
    for part in (moment[:8], who.region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, stated.encode(), hashlib.sha256).hexdigest()
    given["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={who.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return given


def query_text(asked: Mapping[str, str]) -> str:
    """Return a query as it is signed and asked for."""
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in asked.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def encoded(path: str) -> str:
    """Return a path as it is signed and asked for."""
    return quote(path, safe="/-_.~")
