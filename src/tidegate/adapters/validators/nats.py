"""What does nats-server say of a configuration? Its own check, which opens nothing."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.adapters.validators.validation import missing, program, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return what `nats-server -t` says of each file."""
    nats, by = program("nats-server"), "nats-server -t"
    if nats is None:
        return missing(files, by, "nats-server")
    with unpacked(files) as folder:
        return tuple(run((nats, "-t", "-c", one.name), name=one.name, by=by, folder=folder) for one in files)
