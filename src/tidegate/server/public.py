"""How is the public site read here? Files as the publisher wrote them; no journal, no state.

Any web server can do the same with the folder while this process is dead.
"""

from __future__ import annotations

import os
from pathlib import Path

from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from tidegate.present.site.frame import POLICY

_SOON = "public, max-age=15, stale-while-revalidate=30, stale-if-error=600"
_LONG = "public, max-age=31536000, immutable"
_TYPES = {
    ".json": "application/json", ".atom": "application/atom+xml", ".rss": "application/rss+xml",
    ".ics": "text/calendar; charset=utf-8", ".svg": "image/svg+xml",
}  # fmt: skip


class PublicSite(StaticFiles):
    """The folder that the publisher writes.

    Parameters
    ----------
    current
        The link to the tree that holds.
    """

    def __init__(self, current: Path) -> None:
        super().__init__(directory=current, html=True, check_dir=False)
        self._current = current

    async def check_config(self) -> None:
        """Let it be: before the first publication there is no folder yet."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Return the file at a path of the tree that holds at this moment."""
        # The link is read once: between two readings another tree could have taken its place.
        root = os.path.realpath(self._current)
        whole = os.path.realpath(Path(root) / path)
        if path.startswith(("/", "\\")) or os.path.commonpath([root, whole]) != root:
            return "", None
        try:
            return whole, os.stat(whole)  # noqa: PTH116  as the class above does
        except OSError:
            return "", None

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return a file with its type, how long it may be kept, and who may read it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        name = Path(full_path).name
        response.headers["content-security-policy"] = f"{POLICY}; frame-ancestors 'none'"
        response.headers["cache-control"] = _LONG if _is_named_for_content(name) else _SOON
        kind = _TYPES.get(Path(name).suffix)
        if kind and response.status_code == 200:
            response.headers["content-type"] = kind
        if "/api/" in scope["path"] or Path(name).suffix in _TYPES:
            response.headers["access-control-allow-origin"] = "*"
        return response

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or say plainly that nothing was published yet."""
        if not self._current.exists():
            text = "<!doctype html><html lang=en><title>Not published yet</title><p>Nothing is published yet."
            return HTMLResponse(text, status_code=503, headers={"retry-after": "2"})
        return await super().get_response(path, scope)


def _is_named_for_content(name: str) -> bool:
    stem, _, ending = name.rpartition(".")
    mark = stem.rpartition("-")[2]
    return ending in {"css", "js"} and len(mark) == 12
