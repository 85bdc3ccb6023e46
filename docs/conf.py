"""How Sphinx builds the documentation; ``sphinx-build -W -b html docs docs/_build/html``."""

from __future__ import annotations

from tidegate import __version__

project = "Tidegate"
author = "The Tidegate authors"
copyright = "The Tidegate authors"
release = __version__
language = "en"

extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"Tidegate {release}"
html_show_sphinx = False
html_copy_source = False
