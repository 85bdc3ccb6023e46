"""A version that is handed out: its sums, what is stated of it, signatures, and what machines it is for."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "https://example.org/tidegate"
ELF_MACHINES = {62: "x86_64", 183: "aarch64"}
MACH_O_PROCESSORS = {0x01000007: "x86_64", 0x0100000C: "arm64"}


def run(*words, cwd, **more):
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False, **more)


@pytest.fixture(name="tree")
def a_tree_of_sources(tmp_path):
    """A repository with what the statement needs, all committed, and two files to hand out."""
    tree = tmp_path / "tree"
    (tree / "release").mkdir(parents=True)
    (tree / "requirements").mkdir()
    shutil.copy(ROOT / "release" / "statement.py", tree / "release")
    for name in ("build", "linker", "product"):
        (tree / "requirements" / f"{name}.txt").write_text("numpy==2.4.6\n")
    (tree / ".gitignore").write_text("dist/\n")
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    run("git", "init", "-q", cwd=tree)
    run("git", "add", "-A", cwd=tree)
    run("git", *who, "commit", "-qm", "first", cwd=tree)
    (tree / "dist").mkdir()
    (tree / "dist" / "one.whl").write_bytes(b"one")
    (tree / "dist" / "two.tar.gz").write_bytes(b"two")
    return tree


def stated(tree):
    return run(sys.executable, "release/statement.py", "dist", "--source", SOURCE, cwd=tree)


def test_what_is_stated_names_every_file_and_the_commit(tree):
    """Sums are those that sha256sum checks; the statement names the same, the commit and the lock."""
    assert (0, "") == ((done := stated(tree)).returncode, done.stderr)
    assert 0 == run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=tree / "dist").returncode
    found = json.loads((tree / "dist" / "provenance.intoto.json").read_text())
    lines = (tree / "dist" / "SHA256SUMS").read_text().splitlines()
    sums = dict(reversed(line.split("  ")) for line in lines)
    assert sums == {one["name"]: one["digest"]["sha256"] for one in found["subject"]}
    assert {"one.whl", "two.tar.gz"} == set(sums)
    commit = run("git", "rev-parse", "HEAD", cwd=tree).stdout.strip()
    built = found["predicate"]["buildDefinition"]
    assert commit == built["resolvedDependencies"][0]["digest"]["gitCommit"]
    assert [f"requirements/{name}.txt" for name in ("build", "linker", "product")] == [
        one["name"] for one in built["resolvedDependencies"][1:]
    ]


def test_a_second_time_states_the_same(tree):
    """What the statement itself wrote is none of the files it speaks of, nor are signatures."""
    stated(tree)
    first = (tree / "dist" / "provenance.intoto.json").read_bytes()
    (tree / "dist" / "SHA256SUMS.sig").write_text("a signature")
    stated(tree)
    assert first == (tree / "dist" / "provenance.intoto.json").read_bytes()


def test_what_is_not_committed_is_no_release(tree):
    """The commit that is named would not be what was built."""
    (tree / "requirements" / "product.txt").write_text("numpy==1\n")
    done = stated(tree)
    assert 2 == done.returncode
    assert "requirements/product.txt" in done.stderr
    assert not (tree / "dist" / "SHA256SUMS").exists()


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen")
def test_a_signed_release_is_checked_as_the_page_says(tree):
    """The two commands of the page sign and check; a changed sum is refused."""
    stated(tree)
    dist = tree / "dist"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tree / "key"), cwd=tree)
    run("ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", str(tree / "key"), "SHA256SUMS", cwd=dist)
    (dist / "allowed_signers").write_text("release " + (tree / "key.pub").read_text())
    page = (ROOT / "docs" / "how-to" / "release-a-version.md").read_text()
    [command] = re.findall(r"^\$ (ssh-keygen -Y verify .*)$", page, re.MULTILINE)
    assert 0 == run("bash", "-c", command, cwd=dist).returncode
    (dist / "SHA256SUMS").write_text((dist / "SHA256SUMS").read_text().replace("one", "own"))
    assert 0 != run("bash", "-c", command, cwd=dist).returncode


def kinds():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_wheels_that_are_made_are_the_kinds_that_are_known(monkeypatch):
    """Makefile and build hook name the same; a kind that nobody knows is refused with those that are."""
    hook = kinds()
    [made] = re.findall(r"^KINDS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert list(hook.KINDS) == made.split()
    monkeypatch.setenv("TIDEGATE_BUILD_FOR", "linux-riscv")
    with pytest.raises(RuntimeError, match="linux-riscv: there is linux-x86_64, linux-aarch64, macos-x86_64"):
        hook._asked_for()


@pytest.mark.parametrize("has_zig", [True, False])
def test_without_a_compiler_the_engine_is_linked_by_what_pip_brings(monkeypatch, tmp_path, has_zig):
    """With nothing on the PATH: ziglang, in wheels and editable installations; where it lacks, it is told."""
    hook = kinds()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TIDEGATE_BUILD_FOR", raising=False)
    found = object() if has_zig else None
    monkeypatch.setattr(hook.importlib.util, "find_spec", lambda name: found if name == "ziglang" else None)
    told, built = [], []
    app = SimpleNamespace(display_warning=told.append)
    monkeypatch.setattr(hook, "build", lambda folder: built.append(folder) or folder / "library")
    one = hook.EngineHook(str(ROOT), {}, None, None, str(tmp_path), "wheel", app)
    assert ["ziglang>=0.14"] == one.dependencies()
    assert [sys.executable, "-m", "ziglang", "cc"] == hook._linked_by(None)
    one.initialize("editable", {"artifacts": []})
    assert (1, []) == (len(built), told) if has_zig else (0, 1) == (len(built), len(told))
    one.initialize("standard", {"artifacts": []})
    assert built


def test_the_hook_says_whether_there_is_a_linker(tmp_path):
    """`--linker`, as `make demo` asks: found on the PATH, or else not at all."""
    code = (
        "import runpy, sys; sys.argv = ['hatch_build.py', '--linker']; sys.modules['ziglang'] = None; "
        "runpy.run_path('hatch_build.py', run_name='__main__')"
    )
    asked = (sys.executable, "-c", code)
    assert 1 == run(*asked, cwd=ROOT, env={**os.environ, "PATH": str(tmp_path)}).returncode
    (tmp_path / "cc").write_text("")
    (tmp_path / "cc").chmod(0o755)
    assert 0 == run(*asked, cwd=ROOT, env={**os.environ, "PATH": str(tmp_path)}).returncode


def processor(library):
    """Return the system and the processor that a library is for, as its first bytes say."""
    if library[:4] == b"\x7fELF":
        return "linux", ELF_MACHINES[int.from_bytes(library[18:20], "little")]
    assert library[:4] == b"\xcf\xfa\xed\xfe"
    return "macos", MACH_O_PROCESSORS[int.from_bytes(library[4:8], "little")]


@pytest.mark.evidence
@pytest.mark.timeout(1800)
def test_each_wheel_carries_the_engine_of_its_kind():
    """`make wheels`: four wheels, each with one library for the processor in its tag, and the sources."""
    done = run("make", "wheels", cwd=ROOT)
    assert 0 == done.returncode, done.stderr
    found = {}
    for path in (ROOT / "dist").glob("*.whl"):
        with zipfile.ZipFile(path) as wheel:
            [name] = [one for one in wheel.namelist() if one.endswith("libtidegate.so")]
            found[path.stem.rsplit("-", 1)[1]] = processor(wheel.read(name))
    hook = kinds()
    assert {one.tag: tuple(name.split("-", 1)) for name, one in hook.KINDS.items()} == found
    assert 1 == len(list((ROOT / "dist").glob("*.tar.gz")))
