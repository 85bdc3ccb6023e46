"""How does a site get into a git repository? One commit a publication, pushed to a branch.

A repository shows the name of every file to whoever can read it, so pages whose address is a secret are
never put there.
"""

from __future__ import annotations

import re
from pathlib import Path

from tidegate.adapters.publish.process import run
from tidegate.adapters.publish.shared_place import Highest, refuse_older, stated
from tidegate.adapters.publish.target import TargetError
from tidegate.errors import Fault, InputError
from tidegate.inform.site.manifest import MANIFEST, Manifest
from tidegate.inform.site.segment_link import is_private
from tidegate.present.site.site_tree import SiteTree

BRANCH = "site"
_ADDRESS = re.compile(r"(?:https?|ssh|file)://[^\s#\x00-\x1f]+", re.ASCII)
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", re.ASCII)


class GitTarget:
    """A branch of a git repository.

    Parameters
    ----------
    name
        How it was named.
    address, branch
        The repository and its branch.
    local
        A bare repository of ours in which commits are made.
    """

    def __init__(self, name: str, address: str, branch: str, local: Path) -> None:
        self.name = name
        self._address = address
        self._branch = branch
        self._local = local
        self._highest = Highest(local / "tidegate-held")

    def held(self) -> int:
        """Return the highest number that the branch was seen to hold."""
        return self._highest()

    def put(self, tree: SiteTree) -> int:
        """Commit a site and push it; return how many files were new or changed.

        Raises
        ------
        TargetError
            If git fails, the branch holds a later site, or somebody else pushed there at the same time.
        """
        if not (self._local / "HEAD").exists():
            self._local.mkdir(parents=True, exist_ok=True)
            self._git("init", "--bare", "--quiet")
        parent = self._parent()
        held = self._stated(parent) if parent else None
        self._highest.see(held)
        refuse_older(self.name, held, tree)
        commit = f"refs/heads/{self._branch}"
        self._git("fast-import", "--quiet", "--force", given=self._stream(tree, commit, parent))
        compared = [parent, commit] if parent else [_EMPTY, commit]
        changed = self._git("diff-tree", "-r", "--name-only", *compared).splitlines()
        self._git("push", "--quiet", "--", self._address, f"{commit}:{commit}")
        return len(changed)

    def _parent(self) -> str:
        """Return the commit that the branch is at, where there is one."""
        name = f"refs/heads/{self._branch}"
        found = self._git("ls-remote", "--", self._address, name).split()
        if not found:
            return ""
        self._git("fetch", "--quiet", "--depth=1", "--", self._address, name)
        return found[0]

    def _stated(self, parent: str) -> Manifest | None:
        """Return what the branch states; None where it holds something else."""
        try:
            return stated(self._git("show", f"{parent}:{MANIFEST}").encode())
        except TargetError:
            return None

    def _stream(self, tree: SiteTree, commit: str, parent: str) -> bytes:
        at = f"{tree.sequence // 1000} +0000"
        said = f"Publication {tree.sequence}\n".encode()
        parts = [
            f"commit {commit}\ncommitter Tidegate <tidegate@localhost> {at}\n".encode(),
            f"data {len(said)}\n".encode(), said,
            f"from {parent}\n".encode() if parent else b"",
            b"deleteall\n",
        ]  # fmt: skip
        for path, content in tree.contents().items():
            if not is_private(path):
                parts += [f"M 100644 inline {path}\ndata {len(content)}\n".encode(), content, b"\n"]
        return b"".join(parts)

    def _git(self, *words: str, given: bytes | None = None) -> str:
        try:
            return run(self.name, ["git", "--git-dir", str(self._local), *words], given=given)
        except OSError as error:
            raise TargetError(f"{self.name}: {error.strerror}") from None


_EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The tree without files, which every repository knows."""


def git_target(word: str, cache: Path) -> GitTarget:
    """Return the target of ``git+https://host/repository#branch``; file and ssh addresses too.

    Raises
    ------
    InputError
        If it is no such address.
    """
    address, _, branch = word.removeprefix("git+").partition("#")
    if not _ADDRESS.fullmatch(address) or not _BRANCH.fullmatch(branch or BRANCH) or ".." in branch:
        allowed = f"git+https://host/repository#branch; the branch is {BRANCH} if left out"
        raise InputError(Fault(what="is no repository to publish to", value=word[:80], allowed=allowed))
    return GitTarget(word, address, branch or BRANCH, cache)
