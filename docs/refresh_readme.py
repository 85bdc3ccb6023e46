"""Write what the demo says into the README: ``python docs/refresh_readme.py``."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tidegate.exit_codes import OF_VERDICT

README = Path(__file__).resolve().parent.parent / "README.md"
DEMO = ("check", "us_east_1_2021")
BEGIN = "<!-- demo: written by docs/refresh_readme.py -->\n"
END = "<!-- end of demo -->\n"
_BLOCK = re.compile(f"{re.escape(BEGIN)}```text\n(.*?)```\n{re.escape(END)}", re.DOTALL)
_PROGRESS = re.compile(r"^still at work after .*\n(?:  .*\n)*", re.MULTILINE)
_ELAPSED = re.compile(r" ·(?:\s+[\d.]+\s(?:ms|s|min|h))+$", re.MULTILINE)


def demo_text() -> str:
    """Return what the demo prints, first words included, without the time it took."""
    tidegate = Path(sys.executable).with_name("tidegate")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603  our own program
            [tidegate, *DEMO], cwd=folder, text=True, capture_output=True, check=False
        )
    if done.returncode != OF_VERDICT["slow_down"]:
        raise SystemExit(f"the demo ended with {done.returncode}\n{done.stderr}")
    return timeless(done.stderr + done.stdout)


def timeless(text: str) -> str:
    """Return the text without what says how long it took: what a pipe is told meanwhile, and its last line."""
    return _ELAPSED.sub("", _PROGRESS.sub("", text))


def shown_text() -> str:
    """Return what the README shows of the demo."""
    found = _BLOCK.search(README.read_text(encoding="utf-8"))
    assert found is not None, "the README has lost the markers of the demo"
    return found[1]


def main() -> None:
    """Refresh the README."""
    block = f"{BEGIN}```text\n{demo_text()}```\n{END}"
    text = README.read_text(encoding="utf-8")
    README.write_text(_BLOCK.sub(lambda _: block, text), encoding="utf-8")


if __name__ == "__main__":
    main()
