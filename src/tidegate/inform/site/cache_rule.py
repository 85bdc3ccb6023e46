"""For how long may a cache keep a file of the site? Its kind says so: for good, for seconds, or not at all.

What is named after its content never changes. A page may be some seconds old, and a day old where nobody is
left to ask: it says itself until when it may be believed. The manifest and the list of files are asked for
anew each time, for by them copies are told apart.
"""

from __future__ import annotations

from tidegate.inform.site.manifest import FILES, MANIFEST

PAGE = "public, max-age=15, stale-while-revalidate=60, stale-if-error=86400"
LASTING = "public, max-age=31536000, immutable"
STATED = "no-cache"


def cache_control(path: str) -> str:
    """Return the ``Cache-Control`` of a file by its path within the site."""
    if path in {MANIFEST, FILES}:
        return STATED
    return LASTING if path.endswith((".css", ".js")) else PAGE
