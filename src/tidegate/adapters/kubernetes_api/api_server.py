"""What is an API server asked? Objects by page or alone, what happens to them line by line, to keep an Event.

A plain client of the standard library: one connection a call, bounded in time and size. The `kubernetes`
package would bring others into the image for five calls, and reads whole answers into objects of its own.
"""

from __future__ import annotations

import email.utils
import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tidegate.adapters.kubernetes_api.api_access import ApiAccess
from tidegate.errors import TidegateError

MOST_PAGE_BYTES = 64 * 1024 * 1024
MOST_OBJECT_BYTES = 2 * 1024 * 1024
MOST_LINE_BYTES = 8 * 1024 * 1024
"""More than etcd lets an object have, with what its watch wraps around it."""
PAGE_COUNT = 500
ANSWERS_WITHIN_S = 15.0
_GONE = 410


class ApiServerError(TidegateError):
    """The API server did not answer as it was asked.

    Parameters
    ----------
    status
        Of HTTP; 0 where no answer came.
    message
        What it said.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A page of objects.

    Parameters
    ----------
    objects
        As the server gives them.
    version
        From which on their changes may be followed.
    goes_on
        By which the next page is asked for; empty where there is none.
    said_s
        What time it was at the server, in seconds since 1970; None where it did not say.
    """

    objects: tuple[Mapping[str, Any], ...]
    version: str
    goes_on: str
    said_s: float | None


class ApiServer:
    """Asks one API server.

    Parameters
    ----------
    access
        How it is reached.
    """

    def __init__(self, access: ApiAccess) -> None:
        self._access = access

    def page(self, path: str, query: Mapping[str, str], goes_on: str = "") -> Listed:
        """Return a page of the objects of a resource.

        Raises
        ------
        ApiServerError
            If it is refused, or is no list.
        OSError, http.client.HTTPException
            If no answer comes.
        """
        asked = {**query, "limit": str(PAGE_COUNT)} | ({"continue": goes_on} if goes_on else {})
        with closing(self._connection(ANSWERS_WITHIN_S)) as connection:
            answer = self._ask(connection, "GET", f"{path}?{urlencode(asked)}")
            body = answer.read(MOST_PAGE_BYTES + 1)
            if len(body) > MOST_PAGE_BYTES:
                raise ApiServerError(answer.status, f"{path}: a page is over {MOST_PAGE_BYTES:,} bytes")
            document = _object(body, path)
        meta, items = document.get("metadata"), document.get("items")
        if not isinstance(meta, dict) or not isinstance(items, list | None):
            raise ApiServerError(answer.status, f"{path}: is no list")
        return Listed(
            objects=tuple(one for one in items or () if isinstance(one, dict)),
            version=str(meta.get("resourceVersion", "")),
            goes_on=str(meta.get("continue") or ""),
            said_s=_said_s(answer),
        )

    def object(self, path: str) -> Mapping[str, Any]:
        """Return one object.

        Raises
        ------
        ApiServerError
            If it is refused, is too large, or is no object.
        OSError, http.client.HTTPException
            If no answer comes.
        """
        with closing(self._connection(ANSWERS_WITHIN_S)) as connection:
            answer = self._ask(connection, "GET", path)
            body = answer.read(MOST_OBJECT_BYTES + 1)
            if len(body) > MOST_OBJECT_BYTES:
                raise ApiServerError(answer.status, f"{path}: is over {MOST_OBJECT_BYTES:,} bytes")
            return _object(body, path)

    def changes(
        self, path: str, query: Mapping[str, str], version: str, for_s: float
    ) -> Iterator[tuple[str, Mapping[str, Any], float | None]]:
        """Yield what happens to the objects of a resource: first that it is followed, then each event.

        Each is its kind ("" for the first), the object, and the server's time where it was said.

        Raises
        ------
        ApiServerError
            If it is refused; status 410 where the version is too old to go on from.
        OSError, http.client.HTTPException
            If the connection breaks.
        """
        asked = {
            **query,
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(int(for_s)),
        }
        with closing(self._connection(for_s + ANSWERS_WITHIN_S)) as connection:
            answer = self._ask(connection, "GET", f"{path}?{urlencode(asked)}")
            yield "", {}, _said_s(answer)
            while line := answer.readline(MOST_LINE_BYTES + 1):
                if len(line) > MOST_LINE_BYTES:
                    raise ApiServerError(answer.status, f"{path}: an event is over {MOST_LINE_BYTES:,} bytes")
                if not line.strip():
                    continue
                event = _object(line, path)
                happened, found = str(event.get("type", "")), event.get("object")
                if happened == "ERROR" or not isinstance(found, dict):
                    raise _refused(found if isinstance(found, dict) else {}, path)
                yield happened, found, None

    def send(self, method: str, path: str, document: Mapping[str, Any], media_type: str) -> int:
        """Send an object, and return the status of the answer.

        Raises
        ------
        OSError, http.client.HTTPException
            If no answer comes.
        """
        with closing(self._connection(ANSWERS_WITHIN_S)) as connection:
            headers = {**self._headers(), "Content-Type": media_type}
            body = json.dumps(document).encode()
            connection.request(method, f"{self._access.prefix}{path}", body, headers)
            answer = connection.getresponse()
            answer.read(MOST_LINE_BYTES)
            return answer.status

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        access = self._access
        if access.tls is None:
            return http.client.HTTPConnection(access.host, access.port, timeout=timeout_s)
        return http.client.HTTPSConnection(access.host, access.port, timeout=timeout_s, context=access.tls)

    def _headers(self) -> dict[str, str]:
        token = self._access.token()
        shown = {"Authorization": f"Bearer {token}"} if token else {}
        return {"Accept": "application/json", "User-Agent": "tidegate", **shown}

    def _ask(
        self, connection: http.client.HTTPConnection, method: str, path: str
    ) -> http.client.HTTPResponse:
        connection.request(method, f"{self._access.prefix}{path}", headers=self._headers())
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            text = answer.read(10_000).decode(errors="replace")
            raise ApiServerError(answer.status, f"{path.partition('?')[0]}: {answer.status}: {text[:300]}")
        return answer


def is_gone(error: Exception) -> bool:
    """Return whether a version is too old to go on from, so that all must be listed anew."""
    return isinstance(error, ApiServerError) and error.status == _GONE


def _refused(status: Mapping[str, Any], path: str) -> ApiServerError:
    code = status.get("code")
    return ApiServerError(
        code if isinstance(code, int) else 0, f"{path}: {str(status.get('message', 'is no event'))[:300]}"
    )


def _object(body: bytes, path: str) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ApiServerError(0, f"{path}: is no JSON") from None
    if not isinstance(found, dict):
        raise ApiServerError(0, f"{path}: is no JSON object")
    return found


def _said_s(answer: http.client.HTTPResponse) -> float | None:
    """Return the server's time: to the second, rounded down, so that nothing looks older than it is."""
    try:
        return email.utils.parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
    except (ValueError, TypeError):
        return None
