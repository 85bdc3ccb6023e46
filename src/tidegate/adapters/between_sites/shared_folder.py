"""A folder that several sites reach, such as one on a file server, as a place to hand each other entries."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tidegate.adapters.between_sites.chain_store import MOST_PIECE_BYTES, StoreUnreachableError
from tidegate.adapters.store.site_folder import settle


class SharedFolder:
    """A folder; files in it are made whole, under their own name at once, and but for sheets never changed.

    Parameters
    ----------
    root
        The folder; it must be there, so that one that is not mounted is not taken for an empty one.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = f"the folder {root}"

    def folders(self) -> Sequence[str]:
        """Return the names of the folders at its top.

        Raises
        ------
        StoreUnreachableError
            If it cannot be read.
        """
        try:
            return sorted(one.name for one in os.scandir(self.root) if one.is_dir())
        except OSError as error:
            raise self._unreachable(error) from None

    def names(self, folder: str, after: str) -> Sequence[str]:
        """Return the names in a folder that come behind one, in their order.

        Raises
        ------
        StoreUnreachableError
            If it cannot be read.
        """
        try:
            return sorted(one.name for one in os.scandir(self.root / folder) if one.name > after)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._unreachable(error) from None

    def read(self, path: str) -> bytes:
        """Return what stands under a path.

        Raises
        ------
        StoreUnreachableError
            If it cannot be read, or is larger than anything that a site puts there.
        """
        try:
            with (self.root / path).open("rb") as stream:
                found = stream.read(MOST_PIECE_BYTES + 1)
        except OSError as error:
            raise self._unreachable(error) from None
        if len(found) > MOST_PIECE_BYTES:
            raise StoreUnreachableError(f"{self.name}: {path} is larger than anything a site puts there")
        return found

    def create(self, path: str, content: bytes) -> bool:
        """Put something under a path where nothing is yet; False where something is.

        Raises
        ------
        StoreUnreachableError
            If it cannot be written.
        """
        target = self.root / path
        try:
            waiting = self._waiting(target, content)
            try:
                os.link(waiting, target)  # fails where something is: nothing is ever replaced
            except FileExistsError:
                return False
            finally:
                waiting.unlink()
            settle(target.parent)
        except OSError as error:
            raise self._unreachable(error) from None
        return True

    def replace(self, path: str, content: bytes) -> None:
        """Put something under a path, in the place of what is there.

        Raises
        ------
        StoreUnreachableError
            If it cannot be written.
        """
        target = self.root / path
        try:
            self._waiting(target, content).replace(target)
            settle(target.parent)
        except OSError as error:
            raise self._unreachable(error) from None

    def _waiting(self, target: Path, content: bytes) -> Path:
        """Write something whole beside its place, and return where."""
        waiting = target.with_name(f".{target.name}.{os.getpid()}.new")
        if not self.root.is_dir():
            raise FileNotFoundError(2, "there is no such folder", str(self.root))
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with waiting.open("wb") as stream:
            os.fchmod(stream.fileno(), 0o600)  # what cases say is in it
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        return waiting

    def _unreachable(self, error: OSError) -> StoreUnreachableError:
        return StoreUnreachableError(f"{self.name} cannot be used: {error.strerror or error}")
