"""Build what `generate_real_api_server.py` runs: etcd, kube-apiserver and kube-controller-manager.

    python docs/real_api_server/build_server.py FOLDER [--mirror URL]

Needs Linux on amd64, a mirror of Debian that holds bookworm (the one that this machine's apt uses, or `--mirror`), `dpkg-deb`,
4 GB of disk, 3 GB of memory and ten minutes of two cores. Needs no root, and changes nothing outside FOLDER: packages are
unpacked there and not installed. Everything that is fetched is pinned by its SHA-256.

Kubernetes is 1.20.2, the newest of which Debian has the source whole: later ones hold kubectl only. It is built from the
upstream archive without Debian's patches (which change kubectl alone), in the way of its time: from a GOPATH, with what it
vendors, but for one library that does not build with a Go this new and is taken from Debian.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

VERSION = "1.20.2"
PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager")
_MODULE = "k8s.io/kubernetes"
_TIMEOUT_S = 3600


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file of Debian's pool, by what it must be."""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        """Return the file's name."""
        return self.path.rpartition("/")[2]


SOURCE = Fetched(
    "pool/main/k/kubernetes/kubernetes_1.20.5+really1.20.2.orig.tar.gz",
    "b83c0780efb182d928dc63d46488a847f161f04e40a94b96bf5247dd671ecdfc",
)
PACKAGES = (
    Fetched(
        "pool/main/g/golang-1.19/golang-1.19-go_1.19.8-2_amd64.deb",
        "545123039b6c79e75cf2d86528781a825424cf33ce9d3f4513d772d7144cd531",
    ),
    Fetched(
        "pool/main/g/golang-1.19/golang-1.19-src_1.19.8-2_all.deb",
        "2dfa82fe4f08f4e0193c532e561af4c91871f5235608f04f2bb8d57bb288df5a",
    ),
    Fetched(
        "pool/main/g/golang-github-modern-go-reflect2/golang-github-modern-go-reflect2-dev_1.0.2-2_all.deb",
        "af150a5172cf4c19bb321a53e67103e7fb18d07c1baa1e816a235155265d3948",
    ),
    Fetched(
        "pool/main/e/etcd/etcd-server_3.4.23-4+b4_amd64.deb",
        "3a9445d4560ad6de1c375756b2a17d97713df44cbd20a658c871fe108af7ef5d",
    ),
)


def main() -> int:
    """Build into a folder; return what the process ends with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where to build; the programs are in bin/ of it")
    parser.add_argument("--mirror", default="", help="a mirror of Debian, as http://mirror/debian")
    said = parser.parse_args()
    folder = said.folder.resolve()
    if all((folder / "bin" / name).exists() for name in PROGRAMS):
        tell(f"Built already: {folder / 'bin'}")
        return 0
    mirror = (said.mirror or _mirror()).rstrip("/")
    unpacked = folder / "unpacked"
    for package in PACKAGES:
        archive = _fetch(mirror, package, folder / "fetched")
        subprocess.run(["dpkg-deb", "-x", archive, unpacked], check=True)  # noqa: S603, S607  our own words
    tree = _laid(_fetch(mirror, SOURCE, folder / "fetched"), folder, unpacked)
    _built(tree, folder, unpacked)
    shutil.copy2(unpacked / "usr/bin/etcd", folder / "bin/etcd")
    tell(f"Built: {folder / 'bin'}")
    return 0


def tell(line: str) -> None:
    """Say what is being done."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _mirror() -> str:
    """Return the mirror of Debian that this machine's apt reads bookworm from."""
    command = ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603  our own words
    for line in told.splitlines():
        codename, _, address = line.partition(" ")
        if codename == "bookworm":
            return address
    raise SystemExit("no mirror of Debian bookworm is known to apt here: say --mirror")


def _fetch(mirror: str, wanted: Fetched, folder: Path) -> Path:
    """Return a file of the pool, fetched unless it is there; nothing but what was pinned."""
    folder.mkdir(parents=True, exist_ok=True)
    there = folder / wanted.name
    if not there.exists():
        address = f"{mirror}/{urllib.parse.quote(wanted.path)}"
        tell(f"Fetching {wanted.name}")
        with urllib.request.urlopen(address, timeout=60) as answer, there.open("wb") as file:  # noqa: S310  its sum is pinned
            shutil.copyfileobj(answer, file)
    found = hashlib.sha256(there.read_bytes()).hexdigest()
    if found != wanted.sha256:
        there.unlink()
        raise SystemExit(f"{wanted.name} is another: sha256 {found}, pinned is {wanted.sha256}")
    return there


def _laid(archive: Path, folder: Path, unpacked: Path) -> Path:
    """Return Kubernetes' tree, laid where a GOPATH has it."""
    tree = folder / "gopath/src" / _MODULE
    if tree.exists():
        return tree
    laying = folder / "laying"
    shutil.rmtree(laying, ignore_errors=True)
    with tarfile.open(archive) as file:
        file.extractall(laying, filter="tar")
    (top,) = laying.iterdir()
    vendored = top / "vendor/github.com/modern-go/reflect2"
    shutil.rmtree(vendored)
    shutil.copytree(unpacked / "usr/share/gocode/src/github.com/modern-go/reflect2", vendored)
    tree.parent.mkdir(parents=True, exist_ok=True)
    top.rename(tree)
    laying.rmdir()
    return tree


def _built(tree: Path, folder: Path, unpacked: Path) -> None:
    """Build the two programs, after what is generated and not in the archive."""
    root = unpacked / "usr/lib/go-1.19"
    environment = {
        "PATH": f"{root / 'bin'}:{os.environ['PATH']}", "HOME": str(folder), "GOROOT": str(root),
        "GOPATH": str(folder / "gopath"), "GOCACHE": str(folder / "cache"), "GO111MODULE": "off",
        "GOFLAGS": "", "CGO_ENABLED": "0", "TMPDIR": tempfile.gettempdir(),
    }  # fmt: skip

    def run(*command: str | Path) -> None:
        tell(f"+ {Path(command[0]).name} {command[1]} … {command[-1]}")
        subprocess.run(command, cwd=tree, env=environment, check=True, timeout=_TIMEOUT_S)  # noqa: S603  our own words

    (folder / "bin").mkdir(exist_ok=True)
    generator = folder / "gopath/bin/openapi-gen"
    run("go", "build", "-o", generator, "./vendor/k8s.io/kube-openapi/cmd/openapi-gen")
    package = f"{_MODULE}/pkg/generated/openapi"
    run(
        generator, "-i", ",".join(_described(tree)), "-p", package, "-O", "zz_generated.openapi",
        "-h", "vendor/k8s.io/code-generator/hack/boilerplate.go.txt", "-r", folder / "violations.txt",
    )  # fmt: skip
    stamp = " ".join(
        f"-X {_MODULE}/vendor/k8s.io/{where}.{key}={value}"
        for where in ("client-go/pkg/version", "component-base/version")
        for key, value in (("gitVersion", f"v{VERSION}"), ("gitMajor", "1"), ("gitMinor", "20"))
    )
    for name in PROGRAMS[1:]:
        run("go", "build", "-ldflags", f"-s -w {stamp}", "-o", folder / "bin" / name, f"./cmd/{name}")


def _described(tree: Path) -> list[str]:
    """Return the packages that ask for a description of what they hold."""
    left_out = ("code-generator", "sample-apiserver")
    asking = set()
    for home in (tree / "pkg", *(tree / "staging/src/k8s.io").iterdir()):
        if home.name in left_out:
            continue
        for file in home.rglob("*.go"):
            if "+k8s:openapi-gen=" in file.read_text(encoding="utf-8", errors="replace"):
                asking.add(file.parent)
    staged = tree / "staging/src"
    return sorted(
        f"{_MODULE}/vendor/{one.relative_to(staged)}" if one.is_relative_to(staged)
        else f"{_MODULE}/{one.relative_to(tree)}"
        for one in asking
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
