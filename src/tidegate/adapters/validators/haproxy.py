"""What does HAProxy say of a configuration? Its own check, which opens nothing."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.adapters.validators.validation import missing, program, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return what `haproxy -c` says of each file; a warning counts as a refusal."""
    haproxy, by = program("haproxy"), "haproxy -c"
    if haproxy is None:
        return missing(files, by, "haproxy")
    with unpacked(files) as folder:
        return tuple(
            run((haproxy, "-dW", "-c", "-f", one.name), name=one.name, by=by, folder=folder) for one in files
        )
