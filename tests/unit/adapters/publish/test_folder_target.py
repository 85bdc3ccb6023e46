"""A folder: all of a site or all of the one before, and never an older one over a newer."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from threading import Event, Thread

import pytest

import site_sample as sample
from record_sample import NOON_S
from small_disk import fill, small_disk
from tidegate.adapters.publish.folder import KEPT_COUNT, LEAST_ROOM_BYTES, ROOM, FolderTarget
from tidegate.adapters.publish.git import GitTarget, git_target
from tidegate.adapters.publish.named import target
from tidegate.adapters.publish.rsync import RsyncTarget, rsync_target
from tidegate.adapters.publish.target import TargetError
from tidegate.errors import InputError
from tidegate.inform.site.manifest import read_manifest, wrong_files
from tidegate.inform.site.segment_link import is_private


@pytest.fixture(scope="module")
def trees():
    """The sample's site at three moments, ten minutes apart."""
    state = sample.sample()[0].state
    return [sample.built(state, NOON_S + 600.0 * number) for number in range(3)]


def held(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_the_whole_site_is_there(tmp_path, trees):
    """After publishing, the folder's current tree is the site, byte for byte."""
    assert len(trees[0].contents()) == FolderTarget(tmp_path / "site").put(trees[0])
    assert trees[0].contents() == held(tmp_path / "site" / "current")


def test_only_what_changed_is_written(tmp_path, trees):
    """A second publication writes the files that differ and shares the others."""
    place = FolderTarget(tmp_path)
    place.put(trees[0])
    old = place.current.resolve()
    changed = {path for path, digest in trees[1].digests().items() if trees[0].digests()[path] != digest}
    assert len(changed) == place.put(trees[1])
    assert trees[1].contents() == held(place.current)
    assert (old / "history.html").samefile(place.current / "history.html")
    assert trees[0].contents() == held(old)


def test_another_process_goes_on_where_one_left_off(tmp_path, trees):
    """Somebody who did not write the tree that is there finds out what differs."""
    FolderTarget(tmp_path).put(trees[0])
    changed = {path for path, digest in trees[1].digests().items() if trees[0].digests()[path] != digest}
    assert len(changed) == FolderTarget(tmp_path).put(trees[1])
    assert trees[1].contents() == held(tmp_path / "current")


def test_a_reader_never_meets_half_a_site(tmp_path, trees):
    """Whoever reads the current tree while it is published finds every file of one manifest."""
    place, over, mixed = FolderTarget(tmp_path), Event(), []
    place.put(trees[0])

    def read() -> None:
        while not over.is_set():
            root = place.current.resolve()  # as a request does: the name once, then the file
            found = {path: (root / path).read_bytes() for path in ("index.html", "uptime.html")}
            if not any(all(tree.contents()[path] == text for path, text in found.items()) for tree in trees):
                mixed.append(root.name)

    reader = Thread(target=read)
    reader.start()
    for tree in (trees[1], trees[2]):
        place.put(tree)
    over.set()
    reader.join()
    assert [] == mixed


def test_an_older_site_never_replaces_a_newer(tmp_path, trees):
    """A late publisher with an older site is refused, and what is there stays."""
    FolderTarget(tmp_path).put(trees[1])
    with pytest.raises(TargetError, match="holds a later site"):
        FolderTarget(tmp_path).put(trees[0])
    assert trees[1].contents() == held(tmp_path / "current")


def test_old_trees_do_not_pile_up(tmp_path, trees):
    """Only the last few trees are kept."""
    place = FolderTarget(tmp_path)
    for tree in [trees[0]] * 3 + trees:
        place.put(tree)
    assert KEPT_COUNT == len(list((tmp_path / "trees").iterdir()))


def test_a_place_that_cannot_be_written_is_named(tmp_path, trees):
    """A file in the way is an error that names the place, not a traceback."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TargetError, match="file"):
        FolderTarget(tmp_path / "file").put(trees[0])
    (tmp_path / "current").mkdir()
    with pytest.raises(TargetError, match="something else"):
        FolderTarget(tmp_path).put(trees[0])


def test_a_copy_can_be_checked_with_the_key_alone(tmp_path, trees):
    """What lies in the folder is what the manifest states; a changed byte is found."""
    place = FolderTarget(tmp_path)
    place.put(trees[0])
    manifest = read_manifest((place.current / "manifest.json").read_bytes())
    digests = {**trees[0].digests(), "index.html": "f" * 64}
    assert [] == list(wrong_files(manifest, (place.current / "files.json").read_bytes(), trees[0].digests()))
    assert ["index.html is not what was published"] == list(
        wrong_files(manifest, (place.current / "files.json").read_bytes(), digests)
    )


# -- git and rsync ----------------------------------------------------------------------------------


def git(repository: Path, *words: str) -> str:
    done = subprocess.run(["git", "--git-dir", repository, *words], capture_output=True, check=True)
    return done.stdout.decode()


def test_git_has_one_commit_a_publication(tmp_path, trees):
    """A branch holds the site without the pages whose addresses are secret; each put is a commit on it."""
    repository = tmp_path / "pages.git"
    subprocess.run(["git", "init", "--bare", "--quiet", repository], check=True)
    place = git_target(f"git+{repository.as_uri()}#pages", tmp_path / "own")
    assert isinstance(place, GitTarget)
    place.put(trees[0])
    # Another machine, which knows nothing of the first.
    git_target(f"git+{repository.as_uri()}#pages", tmp_path / "other").put(trees[1])
    shown = {path: content for path, content in trees[1].contents().items() if not is_private(path)}
    assert sorted(shown) == git(repository, "ls-tree", "-r", "--name-only", "pages").split()
    assert shown["index.html"].decode() == git(repository, "show", "pages:index.html")
    assert 2 == len(git(repository, "rev-list", "pages").split())


def test_git_keeps_the_later_site(tmp_path, trees):
    """A branch that holds a later site is not given an earlier one, and its number is remembered."""
    repository = tmp_path / "pages.git"
    subprocess.run(["git", "init", "--bare", "--quiet", repository], check=True)
    git_target(f"git+{repository.as_uri()}", tmp_path / "own").put(trees[1])
    late = git_target(f"git+{repository.as_uri()}", tmp_path / "other")
    with pytest.raises(TargetError, match="holds a later site"):
        late.put(trees[0])
    assert trees[1].manifest.decode() == git(repository, "show", "site:manifest.json")
    assert trees[1].sequence == git_target(f"git+{repository.as_uri()}", tmp_path / "other").held()


def test_git_says_what_failed(tmp_path, trees):
    """A repository that is not there is an error that names it."""
    place = git_target(f"git+{(tmp_path / 'none.git').as_uri()}", tmp_path / "own")
    with pytest.raises(TargetError, match=r"none\.git"):
        place.put(trees[0])


def test_rsync_leaves_an_equal_copy(tmp_path, trees):
    """The other side holds the site, and nothing of the one before."""
    if shutil.which("rsync") is None and os.environ.get("REQUIRE_PARTS") != "1":
        pytest.skip("rsync is not installed")
    place = RsyncTarget("here", f"{tmp_path / 'copy'}/", tmp_path / "own")
    place.put(trees[0])
    (tmp_path / "copy" / "left.html").write_text("over")
    place.put(trees[1])
    assert trees[1].contents() == held(tmp_path / "copy")


def test_rsync_keeps_the_later_site(tmp_path, trees):
    """Another site's later publication on the other side is not replaced, and its number is remembered."""
    if shutil.which("rsync") is None and os.environ.get("REQUIRE_PARTS") != "1":
        pytest.skip("rsync is not installed")
    RsyncTarget("here", f"{tmp_path / 'copy'}/", tmp_path / "own").put(trees[1])
    late = RsyncTarget("here", f"{tmp_path / 'copy'}/", tmp_path / "other")
    with pytest.raises(TargetError, match="holds a later site"):
        late.put(trees[0])
    assert trees[1].contents() == held(tmp_path / "copy")
    assert trees[1].sequence == late.held()
    late.put(trees[2])
    assert trees[2].contents() == held(tmp_path / "copy")


@pytest.mark.parametrize(
    "word",
    ["ftp://host/x", "", "rsync://", "rsync://host/-e sh", "rsync+ssh://-oProxyCommand=x/y",
     "git+ext::sh -c x", "git+https://host/x#--upload-pack=y", "git+file:///x#a..b", "s3://", "https://host/x"],
)  # fmt: skip
def test_a_word_that_names_no_place_is_refused(word, tmp_path):
    """Addresses that are none, or that would be read as options or commands, are bad input."""
    with pytest.raises(InputError):
        target(word, cache=tmp_path)


@pytest.mark.parametrize(
    ("word", "address"),
    [("rsync://host/module/path", "rsync://host/module/path/"),
     ("rsync+ssh://me@host/srv/www", "me@host:/srv/www/")],
)  # fmt: skip
def test_rsync_addresses(word, address, tmp_path):
    """Modules and folders by ssh are told apart."""
    assert address == rsync_target(word, tmp_path)._address


def test_room_is_kept_for_one_tree(tmp_path, trees):
    """On a full disk the next site takes the room that was kept, and no half-made tree is left."""
    with small_disk(tmp_path / "disk", "8m") as disk:
        place = FolderTarget(disk / "site", keeps_room=True)
        place.put(trees[0])
        assert LEAST_ROOM_BYTES <= (disk / "site" / ROOM).stat().st_size
        fill(disk)
        for tree in trees[1:]:
            place.put(tree)
            assert tree.contents() == held(disk / "site" / "current")
        (disk / "filler").unlink()
        place.put(sample.built(sample.sample()[0].state, NOON_S + 3600.0))
        assert (disk / "site" / ROOM).exists()


def test_a_disk_without_any_room_is_said(tmp_path, trees):
    """Where not even that is enough, the site that holds stays whole."""
    with small_disk(tmp_path / "disk", "8m") as disk:
        FolderTarget(disk / "site").put(trees[0])
        fill(disk)
        with pytest.raises(TargetError, match="No space left"):
            FolderTarget(disk / "site").put(sample.built(sample.sample()[0].state, NOON_S + 9e6))
        assert trees[0].contents() == held(disk / "site" / "current")
