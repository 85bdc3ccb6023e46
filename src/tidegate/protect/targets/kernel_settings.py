"""Which kernel settings are the flow table and timers of a crossing, and what do they say? Linux only."""

from __future__ import annotations

import re

from tidegate.protect.adopted import Findings
from tidegate.protect.config_file import identifier

_CONNTRACK = "net.netfilter.nf_conntrack_"
SETTINGS = {
    "table.entries": _CONNTRACK + "max",
    "table.unanswered_hold": _CONNTRACK + "tcp_timeout_syn_sent",
    "table.closed_hold": _CONNTRACK + "tcp_timeout_time_wait",
    "table.idle_timeout": _CONNTRACK + "tcp_timeout_established",
}
"""By the crossing's key: entries as a count, timers in whole seconds."""

PORTS_TOO = {"table.unanswered_hold": "ports.unanswered_hold", "table.closed_hold": "ports.hold"}
"""Linux keeps a flow's entry and its port for the same time."""

_KEYS = {setting: key for key, setting in SETTINGS.items()}
_LINE = re.compile(r"-?\s*([\w./*-]+)\s*=\s*(.*)", re.ASCII)
_WHOLE = re.compile(r"\d{1,15}", re.ASCII)
_NAMED = re.compile(r"crossings\.([^\s.]+)\.")


def read_settings(text: str, findings: Findings) -> None:
    """Read lines of `sysctl.conf`; what is broken, or of no concern, goes to `findings`."""
    written = ""
    for number, row in enumerate(text.splitlines(), start=1):
        line = row.strip()
        if line.startswith(("#", ";")) or not line:
            named = _NAMED.search(line)
            written = named[1] if named else written
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            findings.fault(number, "is no setting", value=line, allowed="NAME = VALUE")
            continue
        key = _KEYS.get(found[1].replace("/", "."))
        if key is None:
            findings.ignore(number, line, "is no setting of the flow table that a world knows")
        elif not _WHOLE.fullmatch(found[2].strip()):
            findings.fault(number, f"{found[1]} is not a whole number", value=found[2])
        else:
            _found(
                findings,
                number,
                key,
                int(found[2]),
                line,
                findings.crossing(number, identifier(written), identifier),
            )


def _found(findings: Findings, number: int, key: str, value: int, line: str, crossing: str) -> None:
    if not crossing:
        return
    known = findings.subjects.world.crossings[crossing]
    has_table = known.table is not None or findings.value(f"crossings.{crossing}.table.entries") is not None
    if key == "table.entries" or has_table:
        findings.found(f"crossings.{crossing}.{key}", value, line, number)
    elif key not in PORTS_TOO or known.ports is None:
        findings.ignore(number, line, f"{crossing} states no flow table in the world")
    follows = key == "table.unanswered_hold" and has_table
    if follows and known.ports is not None:  # left out, it is that of the table
        follows = known.ports.unanswered_hold_s is None
    if key in PORTS_TOO and known.ports is not None and not follows:
        findings.found(f"crossings.{crossing}.{PORTS_TOO[key]}", value, line, number)
