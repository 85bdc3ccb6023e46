"""A starter world: small, complete, commented; what `tidegate init` writes."""

from __future__ import annotations

from importlib import resources


def starter_world() -> str:
    """Return the text of the starter world."""
    return resources.files(__package__).joinpath("starter.yaml").read_text(encoding="utf-8")
