"""What the documentation says is so: commands run, examples run, links lead somewhere, pages are current."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from tidegate.cli.app import app
from tidegate.cli.command_modules import register
from tidegate.evaluate.judging import judge, rests
from tidegate.evaluate.variants import demand, ranges, world_case
from tidegate.exit_codes import ExitCode
from tidegate.experiment import replicate, tail

register()

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TOP = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
_BLOCK = re.compile(r"(?:^<!-- (run|file): (.+?) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block of a page with the mark above it: ``run`` or ``file``, and what it says."""

    mark: str
    says: str
    language: str
    text: str

    @property
    def exits(self) -> set[int]:
        return {int(word) for word in self.says.removeprefix("exit ").removesuffix(" long").split()}

    @property
    def is_long(self) -> bool:
        """Whether its last command takes so long that it is run among the evidence alone."""
        return self.mark == "run" and self.says.endswith(" long")

    @property
    def commands(self) -> list[str]:
        return [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]


def _pages() -> list[Path]:
    written = [path for path in DOCS.rglob("*.md") if not {"_build", "evidence"} & set(path.parts)]
    return [*(ROOT / name for name in TOP), *sorted(written)]


def _blocks(page: Path) -> list[Block]:
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [Block(mark=mark, says=says, language=language, text=text) for mark, says, language, text in found]


def _is_run(block: Block) -> bool:
    return block.mark in {"run", "file"} or block.language == "python"


RUNNING = [page for page in _pages() if any(_is_run(block) and not block.is_long for block in _blocks(page))]
LONG = [page for page in _pages() if any(block.is_long for block in _blocks(page))]


def _script(name: str) -> ModuleType:
    """Load a script of docs/ as a module."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _execute(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=env, text=True, capture_output=True, check=False)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", RUNNING, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_page_runs(page: Path, tmp_path: Path) -> None:
    """Each marked command of a page ends with a code that the page states, and says what is shown below it.

    Each Python example runs.
    """
    _run([block for block in _blocks(page) if not block.is_long], tmp_path)


@pytest.mark.evidence
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("page", LONG, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_page_runs_whole(page: Path, tmp_path: Path) -> None:
    """What takes long on a page, too, after all that stands before it."""
    _run(_blocks(page), tmp_path)


def _run(blocks: list[Block], tmp_path: Path) -> None:
    said = ""
    for block in blocks:
        if block.language == "text" and said:
            _shows(block.text, said)
        said = ""
        if block.mark == "file":
            (tmp_path / block.says).write_text(block.text, encoding="utf-8")
        if block.language == "python":
            done = _execute([sys.executable, "-W", "error", "-c", block.text], tmp_path)
            assert 0 == done.returncode, f"{block.text}\n{done.stderr}"
        if block.mark == "run":
            *before, last = block.commands
            for command in before:
                done = _execute(["bash", "-c", command], tmp_path)
                assert 0 == done.returncode, f"{command}\n{done.stderr}"
            done = _execute(["bash", "-c", last], tmp_path)
            assert done.returncode in block.exits, f"{last}\n{done.stdout}{done.stderr}"
            said = done.stdout


def _shows(excerpt: str, said: str) -> None:
    """Check that what a page shows right below a command is what that says: these lines, in this order."""
    lines = iter(line.rstrip() for line in said.splitlines())
    stale = [line for line in excerpt.splitlines() if line.strip() and line.rstrip() not in lines]
    assert [] == stale, f"the command says\n{said}"


def test_every_run_block_has_a_command() -> None:
    """A mark stands above a block that holds at least one command."""
    marked = [block for page in _pages() for block in _blocks(page) if block.mark == "run"]
    empty = [block.text for block in marked if not block.commands]
    assert [] == empty


@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page leads to a file that exists."""
    prose = _FENCED.sub("", page.read_text(encoding="utf-8"))
    links = [link for link in _LINK.findall(prose) if not re.match(r"[a-z]+:|#", link)]
    missing = [link for link in links if not (page.parent / link.partition("#")[0]).exists()]
    assert [] == missing


def test_architecture_names_what_is_there() -> None:
    """Every file and folder that ARCHITECTURE.md names is in the tree, by the end of its path at least."""
    text = _FENCED.sub("", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    inside = [path.relative_to(ROOT) for path in (ROOT / "src").rglob("*")]
    there = {Path(*path.parts[i:]) for path in inside for i in range(len(path.parts))}
    named = [Path(word) for word in re.findall(r"`([\w/]+(?:\.py|/))`", text)]
    assert [] == [str(path) for path in named if path not in there and not (ROOT / path).exists()]


def test_generated_pages_are_current() -> None:
    """The reference pages are what docs/generate_reference.py makes of the code as it is."""
    stale = [
        path.name
        for path, text in _script("generate_reference").pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert [] == stale, "run: python docs/generate_reference.py"


def test_the_readme_has_every_exit_code() -> None:
    """Its table states the codes of `tidegate.exit_codes`, each as it is called there."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    stated = re.findall(r"^\| (\d+) \| (.+?) \|$", text.partition("## Exit codes")[2], re.MULTILINE)
    assert [int(code) for code, _ in stated] == list(ExitCode)
    called = [re.split("[;:,]", code.meaning)[0] for code in ExitCode]
    assert called == [re.split("[;:,]", meaning)[0] for _, meaning in stated]


def test_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    """Sphinx builds all pages with warnings as errors."""
    pytest.importorskip("sphinx")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    places = ["-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "html")]
    done = _execute([*command, *places], tmp_path)
    assert 0 == done.returncode, done.stderr


def test_every_page_is_in_the_table_of_contents() -> None:
    """No page of the documentation is out of reach from its index."""
    trees = "".join(
        "".join(re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
        for page in (DOCS / "index.md", DOCS / "decisions" / "index.md")
    )
    pages = {page.relative_to(DOCS).with_suffix("").as_posix() for page in _pages() if DOCS in page.parents}
    named = {name.strip() for name in trees.splitlines()} | {"index"}
    named |= {f"decisions/{name}" for name in named}
    assert set() == pages - named


def test_documentation_does_not_name_verbs_that_are_missing() -> None:
    """Every ``tidegate VERB`` at the start of a command is one that exists."""
    registered = app.registered_commands
    known = {command.name or command.callback.__name__ for command in registered if command.callback}
    known |= {group.typer_instance.info.name for group in app.registered_groups if group.typer_instance}
    blocks = [block for page in _pages() for block in _blocks(page) if block.language == "console"]
    shown = [command for block in blocks for command in block.commands]
    words = [command.split()[1] for command in shown if command.startswith("tidegate ")]
    used = {word for word in words if not word.startswith("-")}
    assert set() == used - known


def test_how_sure_states_the_limits_of_the_code() -> None:
    """The explanation of a verdict's certainty names the numbers that the code uses."""
    text = " ".join((DOCS / "explanation" / "how-sure.md").read_text(encoding="utf-8").split())
    proof = f"up to {judge.BELIEVED_MOST:,} runs as believed and {judge.COUNTER_MOST} for each counter-belief"
    slower = f"Acting slower gets {judge.OTHER_SIDE_MOST} runs to look"
    said = (
        f"Every case is run {replicate.BATCH_COUNT} times",
        f"all of the first {replicate.SURE_COUNT} collapse these are enough ({replicate.DEAR_COUNT} where",
        f"more than {world_case.DEAR_EVENTS // 1_000_000} million happenings",
        f"mostly at {demand.USUAL_HARDER_TIMES} times the demand, {demand.HARDER_COUNT} other seeds are run",
        f"up to {demand.MOST_TIMES:.0f} times today's demand".replace("4", "four"),
        f"wider than any that was measured ({tail.WIDEST_SCATTER})",
        f"{replicate.MOST_RUNS_COUNT:,} runs as believed",
        f"{judge.COUNTER_MOST} for each counter-belief, {judge.OTHER_SIDE_MOST} for not acting.",
        f"{slower}; if none of them collapses, it is proven like the plan, with {proof}.",
        f"Each protection that is proven gets up to {judge.COUNTER_MOST} runs of each case.",
        f"at {ranges.POINTS_COUNT} points",
        f"Effects below {rests.LEAST_EFFECT}",
        f"reaches {rests.FLIPPING_EFFECT}",
    )
    assert [] == [words for words in said if words not in text]


def test_contributing_is_short() -> None:
    """CONTRIBUTING.md is read because it has fewer than 100 lines."""
    assert 100 > len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines())
