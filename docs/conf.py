"""How Sphinx builds the documentation; ``sphinx-build -W -b html docs docs/_build/html``."""

from __future__ import annotations

import sys
from pathlib import Path

from tidegate import __version__

sys.path.insert(0, str(Path(__file__).parent))
from example_site import write_example_site

project = "Tidegate"
author = "The Tidegate authors"
copyright = "The Tidegate authors"
release = __version__
language = "en"

extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

html_extra_path = [str(write_example_site())]
html_theme = "furo"
html_title = f"Tidegate {release}"
html_show_sphinx = False
html_copy_source = False
