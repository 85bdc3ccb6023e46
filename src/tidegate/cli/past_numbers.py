"""Where numbers of the past are read, as it was typed, and which of them answers what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.errors import Fault, InputError

if TYPE_CHECKING:
    from tidegate.adapters.telemetry.prometheus import Prometheus
    from tidegate.discover.discovered import Recorded
    from tidegate.observe.answering import Answering
    from tidegate.observe.samples import Telemetry

PROMETHEUS = "prometheus="
_ASKED_SINCE = "1d"
_MOST_SECRET_BYTES = 64 * 1024
_MOST_BYTES = 100 * 1024 * 1024

Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--from",
        metavar="prometheus=URL|FILE",
        help="Where to read what happened: Prometheus, or files of it (CSV, answers to range queries); "
        "files may be repeated.",
    ),
]
SeriesFile = Annotated[
    str | None,
    typer.Option("--series", metavar="FILE", help="Which series says the size, and what must hold (YAML)."),
]
Credentials = Annotated[
    str | None,
    typer.Option(
        "--credentials",
        metavar="FILE",
        help="A file with a token, or with what an Authorization header is to say.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        help="Only what happened so long ago at most, such as 7d or 12h; of Prometheus 1d, of files all."
    ),
]


@dataclass(frozen=True)
class Told:
    """What was typed.

    Parameters
    ----------
    sources, series, credentials
        Values of `--from`, `--series` and `--credentials`.
    """

    sources: Sequence[str]
    series: str | None
    credentials: str | None


def opened(told: Told) -> tuple[Answering, Telemetry]:
    """Return which series answers what, and where they are read.

    Raises
    ------
    InputError
        With all that is missing or wrong.
    """
    from tidegate.adapters.files.worlds import read_text
    from tidegate.observe.answering import read_answering

    missing = [
        Fault(what="is missing", path=path, allowed=allowed)
        for said, path, allowed in (
            (told.sources, "--from", "prometheus=URL or files"),
            (told.series, "--series", "a file that says which series answers what"),
        )
        if not said
    ]
    asked = [one.removeprefix(PROMETHEUS) for one in told.sources if one.startswith(PROMETHEUS)]
    if asked and len(told.sources) > 1:
        value, allowed = ", ".join(told.sources)[:200], "one Prometheus, or files"
        missing.append(Fault(what="is several sources", path="--from", value=value, allowed=allowed))
    if told.credentials is not None and not asked:
        missing.append(
            Fault(what="has nobody to be shown to", path="--credentials", allowed="with prometheus=URL")
        )
    if missing or told.series is None:
        raise InputError(*missing)
    answering = read_answering(*read_text(told.series))
    if not asked:
        return answering, _kept(told.sources)
    from tidegate.adapters.telemetry.prometheus import Prometheus

    return answering, Prometheus(asked[0], credentials=secret_of(told.credentials))


def bound_source(told: Told) -> Prometheus | None:
    """Return the Prometheus whose series nouns are bound to, where it alone was named; else None.

    Raises
    ------
    InputError
        If it cannot be asked so.
    """
    asked = [one for one in told.sources if one.startswith(PROMETHEUS)]
    if len(asked) != 1 or len(told.sources) > 1:
        return None
    from tidegate.adapters.telemetry.prometheus import Prometheus

    return Prometheus(asked[0].removeprefix(PROMETHEUS), credentials=secret_of(told.credentials))


def secret_of(credentials: str | None) -> str:
    """Return what a file of credentials says; nothing where none is named.

    Raises
    ------
    InputError
        If it is not one line.
    """
    from tidegate.adapters.files.worlds import read_text

    if credentials is None:
        return ""
    secret = read_text(credentials, most_bytes=_MOST_SECRET_BYTES)[0].strip()
    if not secret or not secret.isprintable():
        raise InputError(
            Fault(what="is not one line", path="--credentials", value=credentials, allowed="a token")
        )
    return secret


def flow_records(sources: Sequence[str]) -> tuple[tuple[Recorded, ...], list[str]]:
    """Return which sources are flow records, told by how they begin, and the others."""
    import itertools

    from tidegate.adapters.files.flow_records import read_pieces
    from tidegate.discover.discovered import Recorded
    from tidegate.discover.flow_kind import kind_of

    flows, others = [], []
    for one in sources:
        if one.startswith(PROMETHEUS):
            others.append(one)
            continue
        pieces = read_pieces(one)
        beginning = next(pieces, b"")
        if kind_of(beginning) is not None:
            flows.append(Recorded(source=one, pieces=itertools.chain([beginning], pieces)))
        else:
            others.append(one)
    return tuple(flows), others


def span(told: Told, since: str | None) -> tuple[float, float]:
    """Return from when until when the past is read, in seconds since 1970; files whole, if nothing is said.

    Raises
    ------
    InputError
        If it is no duration.
    """
    import math
    import time

    from tidegate.world.file.quantity import parse_quantity

    is_asked = any(one.startswith(PROMETHEUS) for one in told.sources)
    if since is None and not is_asked:
        return -math.inf, math.inf
    now_s = time.time()
    return now_s - parse_quantity(since or _ASKED_SINCE, "s"), now_s


def _kept(names: Sequence[str]) -> Telemetry:
    """Return the series of files.

    Raises
    ------
    InputError
        With what is wrong with any of them.
    """
    from tidegate.adapters.files.worlds import read_text
    from tidegate.observe.kept_series import KeptSeries

    kept = KeptSeries(", ".join(names)[:150])
    faults: list[Fault] = []
    for name in names:
        try:
            kept.take(*read_text(name, most_bytes=_MOST_BYTES))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(*faults)
    return kept
