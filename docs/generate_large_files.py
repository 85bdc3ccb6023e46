"""Read large files of each kind, and write down how long it took and how much memory: at most 10 s and 500 MB.

The files are made (`tests/large_files.py`). Each is read by a process of its own.

    python docs/generate_large_files.py
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from large_files import LARGE, MB, made  # noqa: E402

PAGE = ROOT / "docs" / "evidence" / "large-files.md"
MOST_S, MOST_MB = 10.0, 500.0
INTRODUCTION = """\
# Large files

Written by `python docs/generate_large_files.py`; do not edit. Files of each kind that is read, made nearly as large
as they may be (`tests/large_files.py`), and what is meant to hurt, on {machine}, Python {version}, beside other work. The
processor's time and the most memory of the whole process until the world is there, without the runs; allowed are 10 s
and 500 MB. Larger ones are refused, with what may be given.
"""
READ = """
import sys
way, path, world = sys.argv[1:]
from tidegate.adapters.files.worlds import MOST_DEPLOYED_BYTES, read_text
from tidegate.cli.world_source import Changes, read_growth
from tidegate.errors import CannotTellError, InputError
from tidegate.gate.command_line import Options
from tidegate.verbs.adopt import Adopt, adopt
try:
    if way == "changes":
        read_growth([world], Options(), "", Changes(names=[path]), [])
    elif way == "check":
        read_growth([path], Options(scale="4:9"), "", Changes(), [])
    else:
        text, source = read_text(path, most_bytes=MOST_DEPLOYED_BYTES)
        adopt(Adopt(world_text=open(world).read(), world_source="world.yaml", text=text, source=source))
    print("read")
except (InputError, CannotTellError) as error:
    print(str(error).split(chr(10))[0].split(";")[0].rpartition("/")[2][:80])
"""
WORLD = """
networks: {inside: {}, outside: {}}
crossings: {edge: {between: [inside, outside], forwarding: 2570/s}}
services: {api: {network: outside, instances: 4, concurrency: 32}}
clients: {workers: {network: inside, service: api, population: 60, timeout: 500ms}}
"""


def measured(name: str, folder: Path) -> tuple[float, float, float, str]:
    """Return a file's size in MB, the processor's time in s, the memory in MB, and what was said."""
    maker = f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r}); from large_files import made; "
    way, called, _ = made(name, 1_000)
    path, world = folder / called, folder / "world.yaml"
    world.write_text(WORLD)
    # Another process makes it: what this one has held would count as the reader's.
    code = f"{maker}open({str(path)!r}, 'w').write(list(made({name!r}))[2])"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603  our own
    with subprocess.Popen(  # noqa: S603  our own
        [sys.executable, "-c", READ, way, str(path), str(world)], stdout=subprocess.PIPE, text=True
    ) as child:
        said = (child.stdout.read() if child.stdout is not None else "").strip()
        _, _, used = os.wait4(child.pid, 0)
        child.returncode = 0
    size = path.stat().st_size / MB
    path.unlink()
    return size, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024.0, said


def main() -> int:
    """Write the page, one kind after the other; 1 where a file takes more than it may."""
    found: dict[str, tuple[float, float, float, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in LARGE:
            found[name] = measured(name, Path(folder))
            PAGE.write_text(_page(found))
    return int(any(time_s > MOST_S or memory > MOST_MB for _, time_s, memory, _ in found.values()))


def _page(found: dict[str, tuple[float, float, float, str]]) -> str:
    lines = [
        INTRODUCTION.format(machine=platform.machine(), version=platform.python_version()),
        "| kind | size | time | memory | answer |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, (size, time_s, memory, said) in found.items():
        lines.append(f"| {name} | {size:.1f} MB | {time_s:.1f} s | {memory:.0f} MB | {said or 'ended'} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
