"""`tidegate serve` as a process of its own, for tests that need a real one; on loopback, at a free port."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from record_sample import WORLD

PROGRAM = (sys.executable, "-m", "tidegate.cli.main")


@dataclass(frozen=True, kw_only=True)
class Served:
    """A server that runs.

    Parameters
    ----------
    url
        Where.
    name, password
        The operator's account that the first start made.
    process
        The process.
    data
        Its folder.
    """

    url: str
    name: str
    password: str
    process: subprocess.Popen[str]
    data: Path

    def fill(self, path: str, **fields: str) -> int:
        """Send a form, and return the status of the answer."""
        asked = urllib.request.Request(f"{self.url}{path}", urllib.parse.urlencode(fields).encode())  # noqa: S310
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return answer.status

    def get(self, path: str) -> tuple[int, str]:
        """Return status and text of a page."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read().decode()

    def say(self, path: str, **fields: object) -> dict[str, object]:
        """Post JSON, and return what came."""
        asked = urllib.request.Request(  # noqa: S310
            f"{self.url}{path}", json.dumps(fields).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            found: dict[str, object] = json.loads(answer.read())
        return found


@contextmanager
def served(
    folder: Path,
    *,
    program: Sequence[str] = PROGRAM,
    most_files_count: int = 0,
    world: str = WORLD,
    **environment: str,
) -> Iterator[Served]:
    """Start a server with the sample world or another, give it, and ask it to end; it must end well.

    With `most_files_count`, it may hold no more files and connections open.
    """
    (folder / "world.yaml").write_text(world, encoding="utf-8")
    words = [*program, "serve", str(folder / "world.yaml"), "--port", "0",
             "--data", str(folder / "data"), "--name", "Example Cloud"]  # fmt: skip
    if most_files_count:
        words = ["sh", "-c", f'ulimit -n {most_files_count} && exec "$@"', "sh", *words]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, **environment}
        )
        assert process.stdout is not None
        said = ""
        while "Console" not in said:
            line = process.stdout.readline()
            assert line, (folder / "server.log").read_text(encoding="utf-8")[-2000:]
            said += line
        found = {
            name: re.search(rf"^ *{name} +(\S+)$", said, re.MULTILINE)
            for name in ("Public site", "name", "password")
        }
        url, name, password = (match[1] if match else "" for match in found.values())
        try:
            yield Served(url=url.rstrip("/"), name=name, password=password, process=process,
                         data=folder / "data")  # fmt: skip
        finally:
            process.terminate()
            code = process.wait(60)
            process.stdout.close()
    assert 0 == code
