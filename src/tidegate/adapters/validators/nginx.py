"""What does nginx say of a configuration? Its own check, which opens nothing that stays open."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.adapters.validators.validation import missing, program, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return what `nginx -t` says of each file."""
    nginx, by = program("nginx"), "nginx -t"
    if nginx is None:
        return missing(files, by, "nginx")
    with unpacked(files) as folder:
        where = ("-p", str(folder), "-e", "stderr", "-g", "pid nginx.pid;")
        return tuple(
            run(
                (nginx, "-t", "-q", *where, "-c", str(folder / one.name)), name=one.name, by=by, folder=folder
            )
            for one in files
        )
