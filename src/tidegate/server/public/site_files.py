"""How is the public site read here? Files as the publisher wrote them; no journal, no state.

Any web server can do the same with the folder while this process is dead. A tree never changes once it is
published, so what was read of it is kept in memory until another takes its place.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from tidegate.inform.site.cache_rule import cache_control
from tidegate.present.site.frame import ASKING_POLICY, COPIES_PATH, POLICY

_TYPES = {
    ".json": "application/json", ".atom": "application/atom+xml", ".rss": "application/rss+xml",
    ".ics": "text/calendar; charset=utf-8", ".svg": "image/svg+xml",
}  # fmt: skip
_MOST_KEPT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """A file of the tree that holds: where it is, what the system says of it, and its bytes."""

    path: str
    stated: os.stat_result
    content: bytes


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
        self._tree = ""
        self._kept: dict[str, _Kept] = {}
        self._kept_bytes = 0

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
        policy = ASKING_POLICY if name == COPIES_PATH else POLICY
        response.headers["content-security-policy"] = f"{policy}; frame-ancestors 'none'"
        response.headers["cache-control"] = cache_control(name)
        kind = _TYPES.get(Path(name).suffix)
        if kind and response.status_code == 200:
            response.headers["content-type"] = kind
        if "/api/" in scope["path"] or Path(name).suffix in _TYPES:
            response.headers["access-control-allow-origin"] = "*"
        return response

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or say plainly that nothing was published yet."""
        try:
            tree = os.readlink(self._current)  # noqa: PTH115  a path object would cost as much again
        except OSError:
            text = "<!doctype html><html lang=en><title>Not published yet</title><p>Nothing is published yet."
            return HTMLResponse(text, status_code=503, headers={"retry-after": "2"})
        if tree != self._tree:
            self._tree, self._kept, self._kept_bytes = tree, {}, 0
        kept = self._kept.get(path) if scope["method"] in {"GET", "HEAD"} else None
        if kept is not None:
            return _whole(self.file_response(kept.path, kept.stated, scope), kept.content, scope)
        response = await super().get_response(path, scope)
        if type(response) is FileResponse and response.status_code == 200:
            self._keep(tree, path, response)
        return response

    def _keep(self, tree: str, path: str, response: FileResponse) -> None:
        """Keep a file, if it is of the tree that holds and there is room."""
        stated = response.stat_result
        whole = str(response.path)
        if stated is None or Path(tree).name not in Path(whole).parts:
            return
        if self._kept_bytes + stated.st_size > _MOST_KEPT_BYTES:
            return
        try:
            content = Path(whole).read_bytes()
        except OSError:
            return
        self._kept[path] = _Kept(path=whole, stated=stated, content=content)
        self._kept_bytes += len(content)


def _whole(response: Response, content: bytes, scope: Scope) -> Response:
    """Return a file's response with its bytes at hand; a part of it, or that it is unchanged, as it is."""
    if type(response) is not FileResponse or "range" in Headers(scope=scope):
        return response
    found = Response(content)
    found.raw_headers = response.raw_headers
    return found
