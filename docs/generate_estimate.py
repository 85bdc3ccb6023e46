"""Write the fluid engine as plain JavaScript, for the what-if part of the report.

Run `python docs/generate_estimate.py` after changing anything in `simulate/fluid`; a test fails while the two
differ. Nothing is written by hand twice: each module is read as Python's own syntax tree and said again in
JavaScript, statement by statement, in front of it the few things that Python has and JavaScript has not
(`docs/estimate_prelude.js`). What this cannot say it refuses.

Shortcut: names must be unique over all modules, and a call with names of parameters must fit one function.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
import string
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from python_to_javascript import RESERVED, CannotSayError, Writer, constant, parameters

from tidegate.simulate import script_document
from tidegate.world.clients import Lookup
from tidegate.world.law import Law
from tidegate.world.retry import Budget
from tidegate.world.service import ConnectionPool

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src/tidegate"
TARGET = SOURCE / "present/report/fluid.js"
MODULES = ("station", "brake", "gate", "way", "stream", "chain", "server", "flow", "source", "parts", "record",
           "settle", "run")  # fmt: skip
FUNCTIONS = {"simulate/rows.py": ("running_count",), "world/pooling.py": ("pool_of", "sessions_count")}
METHODS = {
    "world/service.py": ("pool_count",),
    "world/contention.py": ("stretch_ratio",),
    "world/crossing.py": ("beside_unanswered",),
}
NOUNS = (Lookup, Budget, ConnectionPool)
BUILT_IN = frozenset(  # of JavaScript, and what the page calls
    ["Object", "assign", "Math", "trunc", "expm1", "exp", "sqrt", "ceil", "floor", "pow", "abs", "max", "min", "push", "shift", "concat", "at", "slice", "startsWith", "length", "Infinity", "Number", "constructor", "static", "class", "const", "let", "function", "return", "if", "else", "for", "of", "while", "break", "continue", "new", "this", "null", "true", "false", "undefined", "extends", "get", "run_fluid", "filter", "map"]
)
NOUN_MODULES = (
    "tidegate.simulate.script",
    *(
        f"tidegate.world.{one}"
        for one in (
            "boot",
            "clients",
            "contention",
            "crossing",
            "law",
            "opening",
            "retry",
            "service",
            "world",
        )
    ),
)


def _noun(noun: type) -> str:
    """Return a noun of the world with its defaults, as a class; the fluid engine follows means, not laws."""
    given = {f.name: f.default for f in dataclasses.fields(noun) if f.default is not dataclasses.MISSING}  # type: ignore[arg-type]
    plain = {name: value for name, value in given.items() if not isinstance(value, (tuple, Law))}
    listed = ",".join(f"{name}:{constant(value)}" for name, value in plain.items())
    kept = 'get kept_count(){return this.least_count??(this.opened==="eager"?this.most_count:0)}'
    more = kept if noun is ConnectionPool else ""
    return f"class {noun.__name__}{{constructor(o){{Object.assign(this,{{{listed}}},o)}}{more}}}"


def _parts(path: str, names: tuple[str, ...]) -> list[ast.FunctionDef | ast.Assign]:
    """Return these functions of a module, behind the constants that they use."""
    tree = ast.parse((SOURCE / path).read_text(encoding="utf-8"))
    found = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name in names]
    used = {one.id for function in found for one in ast.walk(function) if isinstance(one, ast.Name)}
    constants = [
        one for one in tree.body if isinstance(one, ast.Assign) and getattr(one.targets[0], "id", "") in used
    ]
    return [*constants, *found]


def _world_names() -> set[str]:
    """Return the names that stand in a script's document: nobody may shorten them."""
    found = {name for names in script_document.DERIVED.values() for name in names}
    for module in NOUN_MODULES:
        held = vars(importlib.import_module(module)).values()
        nouns = [one for one in held if isinstance(one, type) and dataclasses.is_dataclass(one)]
        found |= {field.name for noun in nouns for field in dataclasses.fields(noun)}
    return found


def shortened(text: str, kept: set[str]) -> str:
    """Return a script in which every name of its own is as short as can be; strings stay as they are."""
    pieces = re.split(r"(\"[^\"]*\"|'[^']*')", text)
    code = " ".join(pieces[::2])
    kept = kept | set(re.findall(r"'(\w+)'", text)) | BUILT_IN
    names = Counter(re.findall(r"(?<![\w$.])[A-Za-z_]\w*|(?<=\.)[A-Za-z_]\w*", code))
    own = [name for name in names if name not in kept and len(name) > 2]
    own.sort(key=lambda name: (-names[name] * len(name), name))
    short = _short_names(kept | {name for name in names if name not in own})
    given = dict(zip(own, short, strict=False))
    pattern = re.compile(r"[A-Za-z_]\w*")
    pieces[::2] = [pattern.sub(lambda found: given.get(found[0], found[0]), piece) for piece in pieces[::2]]
    return "".join(pieces)


def _short_names(taken: set[str]) -> Iterator[str]:
    letters = string.ascii_letters
    for size in (1, 2, 3):
        for letters_ in product(letters, repeat=size):
            name = "".join(letters_)
            if name not in taken and name not in RESERVED | {
                "do",
                "if",
                "as",
                "is",
                "try",
                "var",
                "for",
                "get",
            }:
                yield name


def written() -> str:
    """Return the whole script."""
    trees = [
        ast.parse((SOURCE / f"simulate/fluid/{name}.py").read_text(encoding="utf-8")) for name in MODULES
    ]
    free_names = {name for names in METHODS.values() for name in names}
    writer = Writer(trees, nouns=[noun.__name__ for noun in NOUNS], free=free_names)
    free = [one for path, names in (FUNCTIONS | METHODS).items() for one in _parts(path, names)]
    writer.is_free = True
    said = []
    for one in free:
        if isinstance(one, ast.Assign):
            said.append(writer.module(ast.Module(body=[one], type_ignores=[])))
            continue
        names = ["self_" if name == "self" else name for name in parameters(one)]
        said.append(f"function {one.name}{writer.function(one, names)}")
    writer.is_free = False
    said += map(_noun, NOUNS)
    said += map(writer.module, trees)
    text = "\n".join(said)
    twice = re.findall(r"^(?:function|class|const) (\w+)", text, re.MULTILINE)
    doubled = {one for one in twice if twice.count(one) > 1}
    if doubled:
        raise CannotSayError(f"the same name twice: {', '.join(sorted(doubled))}")
    prelude = (ROOT / "docs/estimate_prelude.js").read_text(encoding="utf-8")
    prelude = re.sub(r"^ *//.*\n|^\s+", "", prelude, flags=re.MULTILINE)
    names = set(re.findall(r"[A-Za-z_]\w*", prelude)) | _world_names()
    return f"// Written by docs/generate_estimate.py from simulate/fluid: do not edit.\n{prelude}{shortened(text, names)}\n"


if __name__ == "__main__":
    if "--check" in sys.argv and TARGET.read_text(encoding="utf-8") != written():
        sys.exit("fluid.js is not what simulate/fluid says: run python docs/generate_estimate.py")
    TARGET.write_text(written(), encoding="utf-8")
