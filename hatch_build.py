"""Compile the event engine when the package is built, so that nothing is compiled where it runs.

numba's own text of the two entry points becomes one library without any symbol of numba's or Python's: see
docs/decisions/0012-an-engine-that-is-built.md. The linker is the system's compiler where there is one,
else that of the `ziglang` wheel; `python hatch_build.py --linker` ends with 1 where there is neither.
`TIDEGATE_BUILD_FOR` names another kind of machine (`KINDS`): the same text, compiled for that and linked by
`ziglang`. `TIDEGATE_BUILD_TEXTS` names a folder that keeps it between builds.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import llvmlite.binding as llvm
import numba
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from numba.core import types
from packaging.tags import platform_tags

ROOT = Path(__file__).parent


class Kind(NamedTuple):
    """A kind of machine: LLVM's name and least processor of it, the linker's name, and its wheels' tag."""

    triple: str
    processor: str
    linked_for: str
    tag: str


KINDS = {
    "linux-x86_64": Kind(
        "x86_64-unknown-linux-gnu", "x86-64-v2", "x86_64-linux-gnu.2.17", "manylinux_2_17_x86_64"
    ),
    "linux-aarch64": Kind(
        "aarch64-unknown-linux-gnu", "", "aarch64-linux-gnu.2.17", "manylinux_2_17_aarch64"
    ),
    "macos-x86_64": Kind("x86_64-apple-macosx11.0.0", "x86-64-v2", "x86_64-macos.11.0", "macosx_11_0_x86_64"),
    "macos-arm64": Kind("arm64-apple-macosx11.0.0", "apple-m1", "aarch64-macos.11.0", "macosx_11_0_arm64"),
}
"""What wheels are made for; a build that names none is for the machine that builds."""
PROCESSORS = {"x86_64": "x86-64-v2", "AMD64": "x86-64-v2"}
"""The least processor of each kind that it runs on; of other kinds, what LLVM takes for the least."""


class EngineHook(BuildHookInterface[Any]):
    """Puts the compiled engine beside the kernels, in wheels and in editable installations."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what is needed to build, over what pyproject.toml names: a linker where there is none."""
        if _linker() and _asked_for() is None:
            return []
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        return list(project["dependency-groups"]["linker"])

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say that the wheel is for this kind of machine."""
        # pip brings what `dependencies` names, save where it is told to build without isolation.
        if version == "editable" and not _has_linker():
            self.app.display_warning("no linker: numba compiles the engine where it runs")
            return
        kind = _asked_for()
        kernels = ROOT / "src" / "tidegate" / "simulate" / "kernels"
        # What is for another machine stays out of the sources, where this one's engine stands.
        self._folder = Path(tempfile.mkdtemp()) if kind else None
        sys.path.insert(0, str(ROOT / "src"))
        try:
            path = build(self._folder or kernels)
        finally:
            sys.path.pop(0)
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{kind.tag if kind else next(iter(platform_tags()))}"
        if kind:
            build_data["force_include"][str(path)] = f"tidegate/simulate/kernels/{path.name}"
        else:
            build_data["artifacts"].append(str(path.relative_to(ROOT)))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove what was compiled for another machine, once it is packed."""
        if getattr(self, "_folder", None):
            shutil.rmtree(self._folder)


def _asked_for() -> Kind | None:
    """Return the kind of machine that the build is for, where one is named.

    Raises
    ------
    RuntimeError
        If there is no such kind.
    """
    name = os.environ.get("TIDEGATE_BUILD_FOR", "")
    if name and name not in KINDS:
        raise RuntimeError(f"TIDEGATE_BUILD_FOR={name}: there is {', '.join(KINDS)}")
    return KINDS.get(name)


def _linker() -> str | None:
    return next((path for path in map(shutil.which, ("cc", "gcc", "clang")) if path), None)


def _has_linker() -> bool:
    return _linker() is not None or importlib.util.find_spec("ziglang") is not None


def build(folder: Path) -> Path:
    """Compile the kernels into a library in a folder, and return its path; nothing is left half-written.

    Raises
    ------
    RuntimeError
        If there is no linker, or it fails.
    """
    os.environ["TIDEGATE_ENGINE"] = "numba"
    # numba would optimise each function anew with all that it calls; `_object` does all at once.
    os.environ["NUMBA_OPT"] = "0"
    numba.core.config.reload_config()
    built = importlib.import_module("tidegate.simulate.kernels.built")
    engine = importlib.import_module("tidegate.simulate.kernels.engine")
    sources = importlib.import_module("tidegate.simulate.kernels.compile").SOURCES
    kind = _asked_for()
    path = folder / built.NAME
    with tempfile.TemporaryDirectory() as name:
        objects = []
        for symbol, text in _kept_texts(engine, built, sources):
            objects.append(Path(name) / f"{symbol}.o")
            objects[-1].write_bytes(_object(f"{text}\n@{built.DIGEST} = weak constant i64 {sources}\n", kind))
        library = Path(name) / built.NAME
        words = [*_linked_by(kind), "-shared", "-s", "-o", str(library), *map(str, objects), "-lm"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  our own words
        if done.returncode:
            raise RuntimeError(f"the engine could not be linked: {' '.join(words)}\n{done.stderr}")
        waiting = folder / f"{built.NAME}.{os.getpid()}"
        shutil.copyfile(library, waiting)
        waiting.replace(path)
    return path


def _linked_by(kind: Kind | None) -> list[str]:
    zig = [sys.executable, "-m", "ziglang", "cc"]
    if kind is not None:
        return [*zig, "-target", kind.linked_for]
    found = _linker()
    return [found] if found else zig


def _kept_texts(engine: Any, built: Any, sources: int) -> list[tuple[str, str]]:
    """Return the texts of the entry points, kept from an earlier build of these sources where asked."""
    folder = os.environ.get("TIDEGATE_BUILD_TEXTS")
    if folder is None:
        return _texts(engine, built)
    paths = {
        symbol: Path(folder) / f"{symbol}-{sources & (2**64 - 1):016x}-{numba.__version__}.ll"
        for symbol in (built.PREPARE, built.RUN)
    }
    if not all(path.exists() for path in paths.values()):
        # A text that others may be made of takes nothing from the processor that it is written on.
        numba.core.config.CPU_NAME, numba.core.config.CPU_FEATURES = "generic", ""
        Path(folder).mkdir(parents=True, exist_ok=True)
        for symbol, text in _texts(engine, built):
            paths[symbol].write_text(text, encoding="utf-8")
    return [(symbol, path.read_text(encoding="utf-8")) for symbol, path in paths.items()]


def _texts(engine: Any, built: Any) -> list[tuple[str, str]]:
    """Return LLVM's text of the two entry points, each under its own name."""
    ints, floats = types.CPointer(types.int64), types.CPointer(types.float64)
    bare = {"_nrt": False, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    set_up, carry_out = engine.prepare_at, engine.run_at

    @numba.njit(types.void(ints, ints, types.int64), **bare)
    def tidegate_prepare(m: Any, script: Any, words: int) -> None:
        set_up(m, script, words)

    @numba.njit(types.void(ints, floats), **bare)
    def tidegate_run(m: Any, f: Any) -> None:
        carry_out(m, f)

    return [
        (symbol, _named(function, symbol))
        for symbol, function in ((built.PREPARE, tidegate_prepare), (built.RUN, tidegate_run))
    ]


def _named(function: Any, symbol: str) -> str:
    """Return a compiled function's text in which it has a name of ours, and calls no helper of numba's."""
    text = next(iter(function.inspect_llvm().values())).replace("numba_ldexp", "ldexp")
    mangled = re.search(rf"define[^@]*@([^(]*{symbol}[^(]*)\(", text)
    assert mangled is not None
    text = text.replace(mangled[1], symbol)
    # Only the entry points are seen from outside.
    return re.sub(r"\b(?:linkonce_odr|common)\b", "internal", text)


def _object(text: str, kind: Kind | None) -> bytes:
    """Return machine code that runs wherever it is loaded."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    triple = kind.triple if kind else llvm.get_process_triple()
    cpu = kind.processor if kind else PROCESSORS.get(platform.machine(), "")
    machine = llvm.Target.from_triple(triple).create_target_machine(
        cpu=cpu, opt=3, reloc="pic", codemodel="small"
    )
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = triple, str(machine.target_data)
    module.verify()
    # Nothing is optimised yet, and nobody outside calls any of these functions: they become one.
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    passes = llvm.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(module, passes)
    return bytes(machine.emit_object(module))


if __name__ == "__main__":
    if "--linker" in sys.argv:
        sys.exit(not _has_linker())
    sys.path.insert(0, str(ROOT / "src"))
    sys.stdout.write(f"{build(ROOT / 'src' / 'tidegate' / 'simulate' / 'kernels')}\n")
