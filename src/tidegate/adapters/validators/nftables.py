"""What do `nft` and the kernel say of a ruleset and of timers? In a network of their own, unprivileged."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.adapters.validators.validation import missing, program, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation

_ALONE = ("unshare", "--map-root-user", "--net")
# The size of the flow table belongs to the whole machine and cannot be set from within a network of its own.
# Written straight into /proc, as sysctl would, which is not installed everywhere.
_TIMERS = (
    "grep -v '^#' {file} | grep -v nf_conntrack_max | while read -r name equals value; do "
    'path=/proc/sys/$(echo "$name" | tr . /); test -e "$path" || {{ echo "no setting $name"; exit 1; }}; '
    'echo "$value" > "$path" || exit 1; done'
)
# A rule about connections makes the kernel track them here, and so gives this network its timers.
_TRACKED = "nft 'table inet t { chain c { type filter hook input priority 0; ct state new; }; }' && "


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return what nftables says of each file: rulesets are checked by `nft -c`, timers set once for trial."""
    nft, by = program("nft"), "nft -c"
    if nft is None or program("unshare") is None:
        return missing(files, by, "nft" if nft is None else "unshare")
    found = []
    with unpacked(files) as folder:
        for one in files:
            if one.name.endswith(".nft"):
                command: tuple[str, ...] = (*_ALONE, nft, "-c", "-f", one.name)
            else:
                by = "the kernel"
                command = (*_ALONE, "sh", "-c", _TRACKED + _TIMERS.format(file=one.name))
            found.append(run(command, name=one.name, by=by, folder=folder))
    return tuple(found)
