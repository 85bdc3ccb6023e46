"""What was a version made of? Sums of its files, and where they come from, as a statement to be signed.

    python release/statement.py dist --source URL

writes ``SHA256SUMS`` (what ``sha256sum --check`` reads) and ``provenance.intoto.json`` (in-toto Statement v1
with a predicate of SLSA Provenance v1: https://slsa.dev/spec/v1.0/provenance) beside the files. It refuses a
tree in which something is not committed, so that the commit it names is what was built. Nothing is signed
here: `make release` does that, with a key that stays where it is.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SUMS, PROVENANCE = "SHA256SUMS", "provenance.intoto.json"
RECIPE = "docs/how-to/release-a-version.md"
LOCKS = ("requirements/build.txt", "requirements/linker.txt", "requirements/product.txt")
_OURS = {SUMS, PROVENANCE}


def sums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a release, by name."""
    return {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name not in _OURS and path.suffix != ".sig"
    }


def statement(found: dict[str, str], *, source: str, commit: str, locks: dict[str, str]) -> dict[str, Any]:
    """Return what is stated of these files.

    Parameters
    ----------
    found
        SHA-256 in hexadecimal digits, by file name.
    source, commit
        Where the sources are kept, and which of them were built.
    locks
        SHA-256 of each file that pins what was installed to build and what it runs on, by path.
    """
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in found.items()],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": f"{source}/{RECIPE}",
                "externalParameters": {"source": source, "commit": commit, "command": "make release"},
                "resolvedDependencies": [
                    {"uri": f"git+{source}@{commit}", "digest": {"gitCommit": commit}},
                    *({"name": path, "digest": {"sha256": digest}} for path, digest in locks.items()),
                ],
            },
            "runDetails": {"builder": {"id": f"{source}/Makefile"}},
        },
    }


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True)  # noqa: S603, S607
    return done.stdout.strip()


def main(folder: Path, source: str) -> int:
    """Write both files; 2 where something in the tree is not committed."""
    if changed := _git("status", "--porcelain"):
        sys.stderr.write(f"a release is made of what is committed; commit or remove first:\n{changed}\n")
        return 2
    found = sums(folder)
    lines = (f"{digest}  {name}\n" for name, digest in found.items())
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
    locks = {path: sha256((ROOT / path).read_bytes()).hexdigest() for path in LOCKS}
    stated = statement(found, source=source, commit=_git("rev-parse", "HEAD"), locks=locks)
    (folder / PROVENANCE).write_text(json.dumps(stated, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--source", required=True, help="where the sources are kept, as a URL")
    asked = parser.parse_args()
    sys.exit(main(asked.folder, asked.source))
