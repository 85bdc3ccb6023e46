"""Several sites as servers of their own, for tests: each names all others, and may be stopped and started."""

from __future__ import annotations

import http.cookiejar
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from served import PROGRAM
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.verbs.record.site import begin, join

WITHIN_S = 15.0


@dataclass(kw_only=True)
class ServedSite:
    """A site's folder and, while it runs, its server."""

    name: str
    data: Path
    port: int
    words: tuple[str, ...] = ()
    password: str = ""
    process: subprocess.Popen[str] | None = None
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.launch()
        self.wait()

    def launch(self) -> None:
        words = ["serve", "--data", str(self.data), "--port", str(self.port), *self.words]
        with (self.data.parent / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen([*PROGRAM, *words], stdout=subprocess.PIPE, stderr=log, text=True)

    def wait(self) -> None:
        said = ""
        assert self.process is not None
        assert self.process.stdout is not None
        while "Console" not in said:
            line = self.process.stdout.readline()
            assert line, (self.data.parent / f"{self.name}.log").read_text(encoding="utf-8")[-2000:]
            said += line
        found = re.search(r"^ *password +(\S+)$", said, re.MULTILINE)
        self.password = found[1] if found else self.password

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None

    def run(self, *words: str) -> str:
        asked = [*PROGRAM, *words, "--data", str(self.data)]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
        assert 0 == done.returncode, done.stderr
        return done.stdout

    def ask(self, path: str, **fields: str) -> tuple[int, str]:
        """Return status and text of a page, or of what a form with fields leads to, in this session."""
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        body = urllib.parse.urlencode(fields).encode() if fields else None
        url = path if "://" in path else f"{self.url}{path}"
        try:
            with browser.open(urllib.request.Request(url, body), timeout=20) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def fill(self, page: str, to: str, **fields: str) -> tuple[int, str]:
        """Send a form of the console with the mark of this site's session."""
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.ask(page)[1])
        assert found, self.ask(page)[1][:500]
        return self.ask(to, csrf=found[1], **fields)

    def login(self, name: str, password: str) -> bool:
        self.jar.clear()
        return "/console/logout" in self.ask("/console/login", name=name, password=password)[1]


def until(holds: Callable[[], object], within_s: float = WITHIN_S) -> float:
    """Wait until something holds, and return how long that took."""
    began_s = time.monotonic()
    while not holds():
        assert time.monotonic() - began_s < within_s, "not in time"
        time.sleep(0.1)
    return time.monotonic() - began_s


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def served_sites(folder: Path, *names: str, words: tuple[str, ...] = ()) -> Iterator[list[ServedSite]]:
    """Begin sites that name each other, and start their servers."""
    sites = [ServedSite(name=name, data=folder / name, port=free_port(), words=words) for name in names]
    keys = {one.name: begin(one.data, one.name, "") for one in sites}
    for one in sites:
        with closing(open_journal(one.data)) as journal:
            for other in sites:
                if other is not one:
                    key = keys[other.name]
                    join(journal, other.name, key=key, address=other.url, by="test", may_be_plain=False)
    with ExitStack() as stack:
        for one in sites:
            stack.callback(one.stop)
            one.launch()
        for one in sites:
            one.wait()
        yield sites
