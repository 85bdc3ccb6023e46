"""A browser for tests: which one, in which sizes, and what a test says that needs it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
SIZES = {"phone": 360, "desktop": 1280}
NEEDS_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists() and os.environ.get("REQUIRE_PARTS") != "1", reason="Chromium is not installed"
    ),
]


@contextmanager
def opening(browser) -> Iterator[Callable]:
    """Give what opens a page at an address; an error in any of them, or something not loaded, is a failure.

    What is to be done with a page before it goes to its address is said by `first`.
    """
    contexts, errors = [], []

    def opened(address: str, width: int = 1280, first: Callable | None = None, **settings):
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        if first is not None:
            first(page)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [] == errors


def complaints(page) -> list[tuple[str, list]]:
    """What an accessibility checker finds on a page: each rule, and where."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
