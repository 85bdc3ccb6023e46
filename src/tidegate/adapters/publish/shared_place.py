"""May a site take the place of what is there? Asked of every place that can be read, before it is changed.

Several sites may publish to one place. What each was told there last is remembered, so that its next
publication has a greater number.
"""

from __future__ import annotations

from pathlib import Path

from tidegate.adapters.publish.target import TargetError
from tidegate.errors import InputError
from tidegate.inform.site.manifest import Manifest, read_manifest
from tidegate.inform.site.publication_order import refusal
from tidegate.present.site.site_tree import SiteTree


def stated(manifest: bytes) -> Manifest | None:
    """Return what a place states; None where that cannot be read."""
    try:
        return read_manifest(manifest)
    except InputError:
        return None


def refuse_older(name: str, held: Manifest | None, tree: SiteTree) -> None:
    """Refuse a site that would take the place of a newer one.

    Raises
    ------
    TargetError
        Naming what is there.
    """
    why = refusal(held, read_manifest(tree.manifest)) if held is not None else ""
    if why:
        raise TargetError(f"{name}: {why}")


class Highest:
    """The highest number that a place was seen to hold, over restarts.

    Parameters
    ----------
    path
        The file that keeps it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> int:
        """Return the number; 0 where none was seen."""
        try:
            return int(self._path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def see(self, held: Manifest | None) -> None:
        """Take in what a place holds.

        Raises
        ------
        TargetError
            If that cannot be kept.
        """
        if held is None or held.sequence == self():
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            waiting = self._path.with_name(f".{self._path.name}.new")
            waiting.write_text(str(held.sequence), encoding="ascii")
            waiting.replace(self._path)
        except OSError as error:
            raise TargetError(f"{self._path}: cannot be written: {error.strerror}") from None
