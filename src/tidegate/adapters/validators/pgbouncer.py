"""What does PgBouncer say of a configuration? It has no check of its own, so it is started until it is up.

In a network of its own, where every address may be bound, and as nobody, because it refuses root.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tidegate.adapters.validators.validation import missing, program, unpacked
from tidegate.protect.config_file import ConfigFile, Validation

_BY = "pgbouncer, started"
_UP = "process up"
_LONGEST_S = 20
_NOBODY = "65534"
_ALONE = ("unshare", "--map-root-user", "--net", "sh", "-c")
_ANY_ADDRESS = 'for v in 4 6; do echo 1 > /proc/sys/net/ipv$v/ip_nonlocal_bind; done; exec "$@"'


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return whether PgBouncer comes up with each file; it is ended as soon as it has."""
    pgbouncer = program("pgbouncer")
    if pgbouncer is None or program("unshare") is None:
        return missing(files, _BY, "pgbouncer" if pgbouncer is None else "unshare")
    as_nobody = ("unshare", "--user", f"--map-user={_NOBODY}")
    timed = ("timeout", str(_LONGEST_S))
    with unpacked(files) as folder:
        command = (*_ALONE, _ANY_ADDRESS, "sh", *timed, *as_nobody, pgbouncer)
        return tuple(_started((*command, one.name), one.name, folder) for one in files)


def _started(command: Sequence[str], name: str, folder: Path) -> Validation:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        try:
            process = subprocess.Popen(  # noqa: S603  a fixed command over a file that was written here
                command, cwd=folder, stderr=subprocess.PIPE, stdout=said, text=True, errors="replace"
            )
        except OSError as error:
            return Validation(name=name, by=_BY, valid=None, says=f"cannot be run: {error.strerror}")
        lines = []
        assert process.stderr is not None
        with process:
            for line in process.stderr:
                lines.append(line)
                if _UP in line:
                    process.terminate()
                    return Validation(name=name, by=_BY, valid=True)
    return Validation(name=name, by=_BY, valid=False, says="".join(lines).strip())
