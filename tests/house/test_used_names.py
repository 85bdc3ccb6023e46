"""What a module of the source offers is used by what is shipped: what only tests need lives with the tests.

Shortcut: texts are searched, not parsed, which is ten times as fast. So a name counts as used in its own
module wherever its word stands outside of docstrings and comments, and one that is taken by `module.name`
wherever an attribute has that name.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import tidegate.api

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tidegate"
USERS = ("docs/*.py", "benchmarks/*.py", "release/*.py", "hatch_build.py")
"""What else is no test and may use what a module offers."""
NOT_REGISTERING = {
    "dataclass",
    "cache",
    "lru_cache",
    "contextmanager",
    "asynccontextmanager",
    "functools.cache",
}
ALLOWED = {
    "tidegate.adapters.linux.sandbox.inside.main": "where the process inside a sandbox begins",
    "tidegate.adapters.linux.sandbox.outside.why_forbidden": "why tests are skipped that need a sandbox",
    "tidegate.behaviour.hpa.controller.together": "a step of the controller as its own tables have it",
    "tidegate.behaviour.hpa.wanted_size.of_total": "a law that the kernels say again, held by the tables",
    "tidegate.behaviour.hpa.wanted_size.of_value": "as `of_total`",
    "tidegate.behaviour.hpa.wanted_size.of_pods": "as `of_total`",
    "tidegate.evaluate.judging.verdict.VERDICTS": "what a verdict's field may say; its docstring names it",
    "tidegate.rehearse.rig_plan.SERVERS": "what a plan's field may say; its docstring names it",
}
NO_CODE = re.compile(r'"{3}.*?"{3}|(?<=\s)#[^\n]*', re.DOTALL)
TAKEN = re.compile(r"^\s*from ([\w.]+) import (\([^)]*\)|[^\n]*)", re.MULTILINE)
WHOLE = re.compile(r"^import ([\w.]+)", re.MULTILINE)
BEGUN = re.compile(r"\"([\w.]+):(\w+)\"")
"""Where another process begins: "module:function"."""
TOP = re.compile(
    r"^(?P<decorators>(?:@.*\n(?:[ )].*\n)*)*)(?:(?:async )?def |class )(?P<defined>\w+)"
    r"|^(?P<bound>[A-Za-z]\w*)(?:: [^=\n]+)? = ",
    re.MULTILINE,
)
END = re.compile(r"^[A-Za-z@_]", re.MULTILINE)


def module_name(path):
    return ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")


def offered(text):
    """Public names that a module binds at its top, each with the text of what binds it."""
    for found in TOP.finditer(text):
        name = found["defined"] or found["bound"]
        given = re.findall(r"^@([\w.]+)", found["decorators"] or "", re.MULTILINE)
        if not name.startswith("_") and set(given) <= NOT_REGISTERING:  # else it is handed to who calls it
            end = END.search(text, found.end())
            yield name, text[found.start() : end.start() if end else len(text)]


def unused(texts):
    """Yield what neither its own module uses beside its own statement nor another one."""
    codes = {module: NO_CODE.sub("", text) for module, text in texts.items()}
    taken, whole, attributes = set(), set(), set()
    for code in codes.values():
        taken |= {
            f"{found[1]}.{name}" for found in TAKEN.finditer(code) for name in re.findall(r"\w+", found[2])
        }
        taken |= {f"{found[1]}.{found[2]}" for found in BEGUN.finditer(code)}
        whole |= set(WHOLE.findall(code))
        attributes |= set(re.findall(r"\.(\w+)", code))
    for module, code in codes.items():
        words = Counter(re.findall(r"\w+", code))
        is_whole = module in whole or module in taken
        for name, own in offered(code):
            is_taken = f"{module}.{name}" in taken or (is_whole and name in attributes)
            if not is_taken and words[name] == len(re.findall(rf"\b{name}\b", own)):
                yield f"{module}.{name}"


def test_what_nobody_uses_is_found():
    """By itself, by recursion, by a word that is no code; not what is taken, begun or registered."""
    texts = {
        "a": 'X = 1\nY = X\n\n\ndef again():\n    """Y"""\n    again()  # X\n\n\ndef taken(): ...\n\n\n'
        "@app.command()\ndef told(): ...\n",
        "b": 'from a import taken\nimport c\ntaken(c.seen)\nX = 2\nE = "c:run"\nprint(E)\n',
        "c": "seen = 1\n\n\ndef run(): ...\n",
    }
    assert ["a.Y", "a.again", "b.X"] == list(unused(texts))


def test_all_that_is_offered_is_used():
    """Or else there is a reason, which stands in `ALLOWED`."""
    texts = {module_name(path): path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py"))}
    for path in (path for place in USERS for path in ROOT.glob(place)):
        texts[str(path)] = path.read_text(encoding="utf-8")
    api = set(tidegate.api.__all__)
    found = [one for one in unused(texts) if one.startswith("tidegate.")]
    found = [one for one in found if one.removeprefix("tidegate.api.") not in api]
    assert sorted(ALLOWED) == sorted(found)
