"""How large an installation is, beside that of another version: the package, and all that it needs.

Both are sums over what is installed beside this interpreter, so that both are of the same versions: what
pyproject.toml of each checkout names, and what these name in turn; the sources of each checkout, with its
engine where that was built. Bytes of files, without bytecode.

    git worktree add /tmp/before 9a36100
    python benchmarks/installed_size.py /tmp/before [--out benchmarks/results/NAME.json]
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from circumstances import circumstances
from packaging.requirements import Requirement

HERE = Path(__file__).resolve().parents[1]


def _needed(wanted: Iterable[str]) -> set[str]:
    """Return the names of all that is needed for requirements, without extras that nobody asks for."""
    names: set[str] = set()
    waiting = [Requirement(text) for text in wanted]
    while waiting:
        one = waiting.pop()
        extras = [{"extra": extra} for extra in ("", *one.extras)]
        if one.marker is not None and not any(map(one.marker.evaluate, extras)):
            continue
        name = re.sub(r"[-_.]+", "-", one.name).lower()
        try:
            requires = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            print(f"not installed, not counted: {name}")
            continue
        further = [Requirement(text) for text in requires]
        if name not in names:
            waiting += [
                each for each in further
                if each.marker is None or any(map(each.marker.evaluate, extras))
            ]  # fmt: skip
        names.add(name)
    return names


def _bytes(name: str) -> int:
    """Return the size of a package's files."""
    files = importlib.metadata.files(name) or []
    paths = [Path(str(each.locate())) for each in files if each.suffix != ".pyc"]
    return sum(path.stat().st_size for path in paths if path.is_file())


def _sizes(checkout: Path) -> dict[str, int]:
    """Return the bytes of each package of an installation."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    own = [path for path in (checkout / "src").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    own_bytes = sum(path.stat().st_size for path in own)
    return {"tidegate": own_bytes} | {name: _bytes(name) for name in sorted(_needed(project["dependencies"]))}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    before, now = _sizes(chosen.other.resolve()), _sizes(HERE)
    before_bytes, now_bytes = sum(before.values()), sum(now.values())
    found = {
        "before_bytes": before_bytes,
        "now_bytes": now_bytes,
        "ratio": now_bytes / before_bytes,
        "before": before,
        "now": now,
    }
    text = json.dumps(circumstances() | {"installed": found}, indent=2)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
