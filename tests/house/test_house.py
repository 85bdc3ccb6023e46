"""What holds for the repository as a whole: layers, names, sizes, what an import costs."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import json
import pkgutil
import re
import shutil
import subprocess
import sys
import typing
from pathlib import Path

import pytest
import typer

import tidegate
from tidegate.cli.app import app
from tidegate.cli.command_modules import register
from tidegate.world.field import UNIT_SUFFIXES

register()

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tidegate"
MODULES = sorted(SOURCE.rglob("*.py"))

MOST_LINES = 450
MOST_FUNCTION_LINES = 70
LONG_FUNCTIONS = {
    "cli/commands/check.py:check": "one parameter for each option",
    "simulate/kernels/engine.py:_entry_points": "the signatures of all handlers, in one table",
}
UNITLESS = {
    "Probability.value": "a probability, as all of its class",
    "Probability.low": "as its value",
    "Probability.high": "as its value",
    "Edge.value": "the unit stands beside it, in `unit`",
    "Series.values": "the unit stands beside it, in `unit`",
    "Series.low": "as its values",
    "Series.high": "as its values",
    "Reproduction.seed": "a name, not an amount",
    "Reproduction.fractions": "shares of the world's size",
    "Estimate.value": "in the unit of its path",
    "Estimate.low": "as its value",
    "Estimate.high": "as its value",
    "World.tidegate": "the version of the format",
}
NOUNS = ("tidegate.evaluate.judging.verdict", "tidegate.world")
NO_NAMES = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}


def test_the_layers_hold():
    """Imports point one way, only the kernels compile, and the core is pure."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout[-3000:]


def nouns():
    names = [NOUNS[0]]
    package = importlib.import_module(NOUNS[1])
    names += [m.name for m in pkgutil.iter_modules(package.__path__, "tidegate.world.") if not m.ispkg]
    for name in names:
        for record in vars(importlib.import_module(name)).values():
            if isinstance(record, type) and dataclasses.is_dataclass(record) and record.__module__ == name:
                yield record


def test_every_number_of_a_noun_names_its_unit():
    """Numeric fields of worlds and verdicts end in their unit; the exceptions have a reason."""
    unnamed = set()
    for record in nouns():
        hints = typing.get_type_hints(record)
        for field in dataclasses.fields(record):
            kinds = {hints[field.name], *typing.get_args(hints[field.name])}
            if {int, float} & kinds and not field.name.endswith((*UNIT_SUFFIXES, "_bytes", "_times")):
                unnamed.add(f"{record.__name__}.{field.name}")
    assert set(UNITLESS) == unnamed


def test_modules_are_named_for_what_they_hold():
    """No module is a drawer for the rest."""
    words = {
        word
        for path in MODULES
        for part in path.relative_to(SOURCE).parts
        for word in re.split(r"[._]", part)
    }
    assert set() == words & NO_NAMES


def test_modules_say_what_they_are_for():
    """Every module opens with a docstring, packages without code excepted."""
    texts = {path: path.read_text(encoding="utf-8") for path in MODULES}
    silent = [str(path) for path, text in texts.items() if text and not ast.get_docstring(ast.parse(text))]
    assert [] == silent


def test_files_are_short_enough_to_read():
    """No file is longer than 450 lines."""
    sizes = {
        p.relative_to(SOURCE).as_posix(): len(p.read_text(encoding="utf-8").splitlines()) for p in MODULES
    }
    assert {} == {name: n for name, n in sizes.items() if n > MOST_LINES}


def functions(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node):
                lines -= node.body[0].end_lineno - node.body[0].lineno + 1
            yield f"{path.relative_to(SOURCE).as_posix()}:{node.name}", lines


def test_functions_are_short_enough_to_hold_in_mind():
    """No function is longer than 70 lines without its docstring, with the exceptions listed."""
    found = {name: lines for path in MODULES for name, lines in functions(path)}
    long = {name: lines for name, lines in found.items() if lines > MOST_FUNCTION_LINES}
    assert {} == {name: lines for name, lines in long.items() if name not in LONG_FUNCTIONS}
    assert set(LONG_FUNCTIONS) <= set(found)


def test_contributing_states_the_limits_that_are_held():
    """What is written of lengths is what is looked at."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    said = " ".join(text.split())
    assert f"never more than {MOST_FUNCTION_LINES} beside their docstring" in said
    assert f"files of the source never more than {MOST_LINES}" in said


def test_folders_of_unit_tests_mirror_the_source():
    """Where something is tested one finds by where it stands."""
    unit = ROOT / "tests" / "unit"
    folders = {path.parent.relative_to(unit) for path in unit.rglob("test_*.py")}
    assert [] == sorted(str(folder) for folder in folders if not (SOURCE / folder).is_dir())


HEAVY = ("numpy", "numba", "yaml", "rich", "typer", "pydantic", "asyncio")


def in_a_new_process(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_importing_the_package_is_light():
    """`import tidegate` loads nothing heavy and takes at most 0.2 s of processor time."""
    code = (
        "import json, sys, time; began = time.process_time(); import tidegate; "
        f"print(json.dumps([time.process_time() - began, [n for n in {HEAVY} if n in sys.modules]]))"
    )
    found = [in_a_new_process(code) for _ in range(5)]
    assert all([] == heavy for _, heavy in found)
    assert min(spent_s for spent_s, _ in found) <= 0.2


def test_the_first_words_need_nothing_compiled():
    """From a file to the fluid engine's sentence, neither numpy nor numba is loaded."""
    code = """
import json, sys
from tidegate.cli.command_modules import register
register(["check"])
from tidegate.present.verdict.first_words import closing_text, opening_text
from tidegate.verbs.first_look import first_looks
from tidegate.world.file.read import read_world
from tidegate.world.file.recipe import STARTER
*_, words = first_looks(read_world(STARTER.text, "starter"), "scale_out")
text = opening_text(words) + closing_text(words)
print(json.dumps([text, [name for name in ("numpy", "numba", "jinja2", "pydantic") if name in sys.modules]]))
"""
    text, heavy = in_a_new_process(code)
    assert "First estimate" in text
    assert [] == heavy


def kept_files():
    """Every text file that belongs to the repository."""
    git = shutil.which("git")
    words = [git, "ls-files", "-co", "--exclude-standard", "-z"]
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_nothing_points_at_one_machine():
    """No path of a machine and no registry's host stands in any file."""
    forbidden = re.compile(
        "|".join(["/" + "work/", "/" + "root/", "pypi.org" + "/simple", "/" + "home/[a-z]"])
    )
    found = []
    for path in kept_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match}" for match in forbidden.findall(text)]
    assert [] == found


def test_the_version_stands_in_one_place():
    """The package alone states it (output shown in the README is output); others read it there."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", tidegate.__version__)
    stated = re.compile(rf"(?<![\d.]){re.escape(tidegate.__version__)}(?![\d.])")
    places = [ROOT / "pyproject.toml", *MODULES, *(ROOT / "docs").glob("conf.py")]
    found = [path for path in places if path.exists() and stated.search(path.read_text(encoding="utf-8"))]
    assert [SOURCE / "__init__.py"] == found


def options():
    group = typer.main.get_command(app)
    found = dict(group.commands)
    for name, command in group.commands.items():
        found |= {f"{name} {verb}": one for verb, one in getattr(command, "commands", {}).items()}
    for name, command in sorted(found.items()):
        for parameter in command.params:
            yield from ((name, word) for word in parameter.opts if word.startswith("--"))


def test_every_option_is_in_the_reference():
    """The page of the command line names each verb and each of its options."""
    page = ROOT / "docs" / "reference" / "command-line.md"
    if not page.exists():
        pytest.skip("no documentation here")
    sections = re.split(r"^## tidegate ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    text = {section.split("\n", 1)[0]: section for section in sections}
    missing = [
        (verb, word) for verb, word in options() if word not in text.get(verb, "") and word != "--help"
    ]
    assert [] == missing


def stated_codes(path):
    """Lines of a module that return a number of their own, or leave with one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        is_exit = isinstance(node, ast.Call) and ast.unparse(node.func) in {"typer.Exit", "sys.exit"}
        said = node.args if is_exit else [node.value] if isinstance(node, ast.Return) else []
        arms = [arm for one in said for arm in (getattr(one, "body", one), getattr(one, "orelse", None))]
        if any(isinstance(arm, ast.Constant) and type(arm.value) is int for arm in arms):
            yield f"{path.relative_to(SOURCE).as_posix()}:{node.lineno}"


def test_exit_codes_stand_in_one_file():
    """No command ends with a number that it states itself."""
    places = ("cli/commands/*.py", "cli/main.py", "verbs/*.py")
    ending = [path for place in places for path in SOURCE.glob(place)]
    assert [] == [line for path in ending for line in stated_codes(path)]


TAKEN_APART = {"startswith", "endswith", "find", "index", "count", "split", "partition", "removeprefix"}
SEARCHED = {"search", "match", "fullmatch", "findall", "finditer"}


def loops(node):
    """What each loop or comprehension below a node goes over, with the name it gives to each of them."""
    for one in ast.walk(node):
        if isinstance(one, ast.For | ast.comprehension) and isinstance(one.target, ast.Name):
            yield ast.unparse(one.iter), one.target.id


def compared_words(text):
    """Lines of a module that look at the words of a fault: compared, searched, cut or taken apart."""
    tree = ast.parse(text)
    faults = {name for gone_over, name in loops(tree) if re.search(r"\bfaults\b", gone_over)}
    for node in ast.walk(tree):
        looked_at = [node] if isinstance(node, ast.Compare) else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            looked_at = [node.func.value] if node.func.attr in TAKEN_APART else looked_at
            looked_at = node.args if node.func.attr in SEARCHED else looked_at
        for one in (below for top in looked_at for below in ast.walk(top)):
            if isinstance(one, ast.Attribute) and one.attr == "what":
                whose = ast.unparse(one.value)
                if "fault" in whose or whose in faults:
                    yield node.lineno


@pytest.mark.parametrize(
    "text",
    [
        "any('which' in one.what for one in error.faults)",
        "'several' in error.faults[0].what",
        "fault.what == 'unknown key'",
        "for one in error.faults:\n  one.what.startswith('is no')",
        "re.search('no such', self.fault.what)",
        "[one for one in faults if one.what[:3] == 'is ']",
    ],
)
def test_a_look_at_the_words_of_a_fault_is_found(text):
    """Whichever way a fault is named and its words are looked at."""
    assert [] != list(compared_words(text))


def test_no_code_reads_the_words_of_a_fault():
    """Programs tell faults apart by their kind; the words are for people and may be bettered any time."""
    texts = {path: path.read_text(encoding="utf-8") for path in MODULES}
    looks = {path: list(compared_words(text)) for path, text in texts.items() if ".what" in text}
    assert {} == {path: lines for path, lines in looks.items() if lines}
