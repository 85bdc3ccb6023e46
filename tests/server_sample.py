"""A server for tests: no socket, no threads of its own; and an operator's browser without a screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from html import unescape
from pathlib import Path
from unittest.mock import patch

from argon2 import PasswordHasher
from starlette.testclient import TestClient

from record_sample import WORLD, Clock
from tidegate.journal.clock import Steady
from tidegate.server.addresses import build
from tidegate.server.house import House
from tidegate.server.setting import read_setting

PASSWORD = "a-long-password"  # noqa: S105
QUICK = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
"""A hash that costs nothing: tests log in a hundred times."""
BASE = "http://testserver"


@contextmanager
def house(
    folder: Path,
    *,
    with_world: bool = False,
    clock: Callable[[], float] | None = None,
    **settings: object,
) -> Iterator[House]:
    """An open server, with an account of each role; its watch and publisher turn when they are told."""
    if with_world:
        (folder / "world.yaml").write_text(WORLD, encoding="utf-8")
        settings["world"] = str(folder / "world.yaml")
    setting = read_setting({"data": str(folder / "data"), "name": "Example", **settings}, {})
    with patch("tidegate.server.access.accounts.PasswordHasher", QUICK):
        opened = House(setting, url=BASE, clock=Steady(clock, Clock(0.0)) if clock else None)
    try:
        for name, role in (("vera", "viewer"), ("rob", "responder"), ("ada", "admin")):
            opened.accounts.declare(name, role, PASSWORD, by="test")
        yield opened
    finally:
        opened.close()


class Browser:
    """Somebody before the console.

    Parameters
    ----------
    at
        The server.
    """

    def __init__(self, at: House) -> None:
        self.client = TestClient(build(at), base_url=BASE, follow_redirects=False)

    def login(self, name: str, password: str = PASSWORD):
        return self.client.post("/console/login", data={"name": name, "password": password})

    def get(self, path: str):
        return self.client.get(path)

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="(\w+)"', self.get("/console").text)
        assert found is not None
        return found[1]

    def post(self, path: str, **fields: str):
        return self.client.post(path, data={"csrf": self.csrf(), **fields})

    def draft(self, outage: str) -> tuple[str, str]:
        """Return the id and the English words of the draft that an outage's page shows."""
        text = self.get(f"/console/outages/{outage}").text
        name = re.search(r'name="draft" value="(\w+)"', text)
        words = re.search(r'<textarea name="text-en"[^>]*>\n(.*?)</textarea>', text, re.DOTALL)
        assert name is not None
        assert words is not None
        return name[1], unescape(words[1])


def ask(client: TestClient, path: str = "/help", **fields: str):
    """Send the case form as a browser does: what comes is the page that it is led to."""
    answer = client.post(path, data=fields)
    assert 303 == answer.status_code, answer.text
    return client.get(answer.headers["location"])


def way_of(page) -> str:
    """Return the address of the case that a page is of: its own."""
    return page.url.path


def receipt_in(text: str) -> str:
    """Return the receipt that a page shows."""
    found = re.search(r"(tidegate receipt 1\n.*?signature \w+)", unescape(text), re.DOTALL)
    assert found is not None
    return found[1]
