"""What a probe found, as text: the finding first, then each situation, then what is not known."""

from __future__ import annotations

import textwrap

from tidegate.probe.catalogue_entry import Origin, unknowns
from tidegate.probe.found_words import (
    conduct_words,
    connection_words,
    headline,
    name_words,
    retrying_words,
    seconds,
    spoken,
)
from tidegate.probe.identify import Finding

_NAME_WIDTH, _KIND_WIDTH = 20, 25


def probe_text(finding: Finding, origin: Origin, *, names: tuple[str, ...], file: str, width: int) -> str:
    """Return the answer as text.

    Parameters
    ----------
    finding
        What the client does.
    origin
        Where that comes from.
    names
        Names of the entries that were written.
    file
        Where they were written; empty where nowhere.
    width
        Columns.
    """
    runs = f"{origin.runs_count} run{'' if origin.runs_count == 1 else 's'} in each situation"
    lines = _folded(f"{origin.name} · {origin.command} · {runs}", "", width)
    lines += ["", *_folded(headline(finding), "  ", width), ""]
    for name, conduct in finding.conducts.items():
        kind, numbers = conduct_words(conduct)
        lead = f"  {name:<{_NAME_WIDTH}}{kind:<{_KIND_WIDTH}}"
        lines += _hung(lead, numbers, width)
    lines.append("")
    for group in finding.groups:
        if group.retrying.layers or group.retrying.pace_s is not None:
            words = f"{', '.join(group.situations)}: {retrying_words(group.retrying)}"
            lines += _hung(f"  {'tries again':<{_NAME_WIDTH}}", words, width)
    lines += _others(finding, width)
    unknown = unknowns(finding)
    if unknown:
        lines += ["", "  Not identified"]
        for why in unknown:
            lines += _hung("  - ", why, width)
    if file:
        used = ", ".join(f"retry: measured/{name}" for name in names)
        lines += ["", *_folded(f"{used} in a world beside {file}", "  ", width)]
    return "\n".join(lines) + "\n"


def _others(finding: Finding, width: int) -> list[str]:
    rows = []
    if finding.time_outs:
        rows.append(
            ("time-outs", " · ".join(f"{name} {spoken(end)}" for name, end in finding.time_outs.items()))
        )
    if finding.syns_s:
        again = ", ".join(seconds(at_s) for at_s in finding.syns_s)
        rows.append(("connection request", f"repeated by the operating system after {again}"))
    connections = {"per_request": "a new one for each request", "keep_alive": "kept", "pool": "a pool"}
    for name, found in finding.connections.items():
        if found.are_more:
            words = f"{name}: {connection_words(found)}; what a NAT counts is connections"
            rows.append(("more connections", words))
    at_once = f"at most {finding.pool_count} open at once"
    rows.append(("connections", ", ".join(filter(None, (connections.get(finding.connection), at_once)))))
    if finding.reconnect_s is not None:
        rows.append(("reconnects", f"all within {spoken(finding.reconnect_s)}"))
    if finding.pace_s is not None:
        rows.append(("own pace", f"a request {spoken(finding.pace_s)} after the last answer"))
    if finding.honours_retry_after is not None:
        rows.append(("Retry-After", "honoured" if finding.honours_retry_after else "ignored"))
    rows.append(("names", name_words(finding)))
    return [line for name, words in rows for line in _hung(f"  {name:<{_NAME_WIDTH}}", words, width)]


def _folded(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent)


def _hung(lead: str, text: str, width: int) -> list[str]:
    """Return text whose further lines stand under its first word; under the name where it is narrow."""
    indent = len(lead) if len(lead) < width - 30 else 6
    return textwrap.wrap(
        text, width, initial_indent=lead, subsequent_indent=" " * indent, drop_whitespace=True
    )
