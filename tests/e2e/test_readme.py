"""The README shows what its first command really says."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tidegate.cli.commands.demo import JUDGED

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def refresh() -> ModuleType:
    """Return docs/refresh_readme.py as a module."""
    spec = importlib.util.spec_from_file_location("refresh_readme", ROOT / "docs" / "refresh_readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_two_commands_stand_at_the_top() -> None:
    """The first block of the README holds `make demo` and `make test`, and nothing else."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    first = lines.index("```console")
    block = lines[first + 1 : lines.index("```", first)]
    commands = [line.split("#")[0].removeprefix("$").strip() for line in block]
    assert ["make demo", "make test"] == commands


def test_the_demo_is_what_make_runs(refresh: ModuleType) -> None:
    """The README's result comes from the command that `make demo` runs."""
    assert ("check", JUDGED) == refresh.DEMO
    assert "tidegate demo\n" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_first_words_in_the_readme_are_current(refresh: ModuleType) -> None:
    """The README's estimate is what the fluid engine says of the bundled world today."""
    code = (
        "import sys\n"
        "from tidegate.api import load\n"
        "from tidegate.present.verdict.first_words import closing_text, opening_text\n"
        "from tidegate.verbs.check import Check, activities_of\n"
        "from tidegate.verbs.first_look import first_looks\n"
        f"file = load({refresh.DEMO[1]!r})\n"
        "(activity, *_) = activities_of(Check(file=file))\n"
        "*_, words = first_looks(file, activity)\n"
        "sys.stdout.write(opening_text(words) + closing_text(words))\n"
    )
    command = [sys.executable, "-X", "utf8", "-c", code]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    assert refresh.shown_text().startswith(done.stdout), "run: python docs/refresh_readme.py"


def _words(text: str) -> list[str]:
    """The words without figures: another processor's logarithm may differ in the last bit."""
    return re.findall(r"[^\W\d_]{2,}", text)


@pytest.mark.timeout(900)
@pytest.mark.evidence
def test_result_in_the_readme_is_current(refresh: ModuleType) -> None:
    """The README says in words what the demo says today."""
    shown, said = (_words(text.split("What would change this")[0]) for text in _both(refresh))
    assert shown == said, "run: python docs/refresh_readme.py"


def _both(refresh: ModuleType) -> tuple[str, str]:
    return refresh.shown_text(), refresh.demo_text()
