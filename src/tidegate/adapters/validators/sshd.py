"""What does OpenSSH's server say of its configuration? Its own extended check, and what it would then do.

The check wants a host key and its folder below /run: both are made for it, the folder in a mount of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tidegate.adapters.validators.validation import missing, program, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation

_BY = "sshd -T"
_ALONE = ("unshare", "--map-root-user", "--mount", "sh", "-c")
# Every line that is stated must be among those that the server then has.
_CHECK = (
    "mount -t tmpfs none /run && mkdir /run/sshd && "
    '"$0" -T -f "$1" -h "$PWD/$2" > effective && '
    "grep -v '^#' \"$1\" | tr A-Z a-z | while read -r line; do "
    'grep -qxF "$line" effective || { echo "does not have: $line"; exit 1; }; done'
)


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return whether sshd takes each file and has every value of it."""
    sshd, keygen = program("sshd"), program("ssh-keygen")
    for part, path in (("sshd", sshd), ("ssh-keygen", keygen), ("unshare", program("unshare"))):
        if path is None:
            return missing(files, _BY, part)
    assert sshd is not None
    assert keygen is not None
    with unpacked(files) as folder:
        made = run(
            (keygen, "-q", "-t", "ed25519", "-N", "", "-f", "key"), name="key", by="ssh-keygen", folder=folder
        )
        if not made.valid:
            return tuple(replace(made, name=one.name, valid=None) for one in files)
        return tuple(
            run((*_ALONE, _CHECK, sshd, one.name, "key"), name=one.name, by=_BY, folder=folder)
            for one in files
        )
