"""`tidegate record`: a record of flows that `discover` reads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from tidegate.cli.app import app
from tidegate.cli.options import Out


@app.command()
def record(
    *,
    at_nat: Annotated[
        float,
        typer.Option(
            "--at-nat",
            metavar="SECONDS",
            min=1.0,
            max=86_400.0,
            help="Record this host's flow table for so long.",
        ),
    ],
    buffer: Annotated[
        int,
        typer.Option(
            metavar="BYTES", min=4_096, max=1 << 30, help="What the kernel may hold of events not yet read."
        ),
    ] = 64 << 20,
    out: Out = "-",
) -> None:
    """Record who asks what at a NAT: every flow, what was open before, and what was lost.

    Needs CAP_NET_ADMIN there. Sets nf_conntrack_events and nf_conntrack_timestamp to 1, and puts them back
    at the end, however that comes. Ctrl-C ends it early, in order.
    """
    from tidegate.adapters.files.flow_records import written
    from tidegate.adapters.files.worlds import refuse_unwritable
    from tidegate.adapters.linux.flow_recorder import record as take_down
    from tidegate.adapters.linux.sandbox.outside import needs_linux

    needs_linux()
    if out != "-":
        refuse_unwritable(out)
    with _stopped() as is_stopped, written(out) as write:
        found = take_down(at_nat, write, is_stopped=is_stopped, buffer_bytes=buffer)
    counts = f"{found.events_count:,} events in {found.length_s:.0f} s, {found.lost_count:,} lost"
    said = [f"{counts}; {found.dumped_count:,} flows in three dumps of the table."]
    if found.read_time_count:
        said.append(
            f"The kernel told no time of {found.read_time_count:,} of them (it does from 6.14 on): theirs is "
            "that of reading."
        )
    said += [f"{name} could not be set, and is {value}." for name, value in found.left.items()]
    sys.stderr.write("".join(f"{one}\n" for one in said))


@contextmanager
def _stopped() -> Iterator[Callable[[], bool]]:
    """Yield what says whether somebody wants it to end: SIGINT, SIGTERM or SIGHUP came."""
    import signal

    came: list[int] = []
    signs = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {one: signal.signal(one, lambda number, _frame: came.append(number)) for one in signs}
    try:
        yield lambda: bool(came)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
