"""What does nginx say of a configuration? Its own check, which binds addresses: in a network of its own."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.adapters.validators.validation import missing, program, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation

# There every address may be bound, whether this host has it or not.
_ANY_ADDRESS = 'for v in 4 6; do echo 1 > /proc/sys/net/ipv$v/ip_nonlocal_bind; done; exec "$@"'
_ALONE = ("unshare", "--map-root-user", "--net", "sh", "-c", _ANY_ADDRESS, "sh")


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return what `nginx -t` says of each file."""
    nginx, by = program("nginx"), "nginx -t"
    if nginx is None or program("unshare") is None:
        return missing(files, by, "nginx" if nginx is None else "unshare")
    with unpacked(files) as folder:
        where = ("-p", str(folder), "-e", "stderr", "-g", "pid nginx.pid;")
        command = (*_ALONE, nginx, "-t", "-q", *where)
        return tuple(
            run((*command, "-c", str(folder / one.name)), name=one.name, by=by, folder=folder)
            for one in files
        )
