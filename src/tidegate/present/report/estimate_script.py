"""The only script of a report: what estimates in the browser, and what moves the sliders.

The fluid engine (`fluid.js`, written from its own source), and `what_if.js`. It asks nothing of any network
and is named in the page's policy by its hash.
"""

from __future__ import annotations

import re
from importlib.resources import files


def estimate_script() -> str:
    """Return the script of a page that has sliders."""
    engine, page = (_packaged(name) for name in ("fluid.js", "what_if.js"))
    return f"(()=>{{{engine}{re.sub(r'^ *//.*$|^ +', '', page, flags=re.MULTILINE)}}})();"


def _packaged(name: str) -> str:
    return files("tidegate.present.report").joinpath(name).read_text(encoding="utf-8")
