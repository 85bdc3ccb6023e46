"""Which live source is meant by KIND=PLACE? Prometheus, files, OTLP or CloudWatch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tidegate.adapters.telemetry.live_cloudwatch import LiveCloudWatch
from tidegate.adapters.telemetry.live_files import LiveFile
from tidegate.adapters.telemetry.live_otlp import LiveOtlp
from tidegate.adapters.telemetry.live_prometheus import LivePrometheus
from tidegate.adapters.telemetry.live_source import LiveSource
from tidegate.adapters.telemetry.patient_source import PatientSource
from tidegate.errors import Fault, InputError
from tidegate.observe.live_number import LiveNumber

WAITS_S: Mapping[str, float] = {"files": 5.0, "prometheus": 60.0, "cloudwatch": 35.0}
"""For so long a source is waited for: a file, a Prometheus that is asked many things, a command."""
ALLOWED = "prometheus=URL, files=FILE, otlp=:4318, cloudwatch=FILE or cloudwatch='COMMAND …'"


def opened_sources(
    said: Sequence[str], numbers: Sequence[LiveNumber], *, every_s: float, credentials: str = ""
) -> list[LiveSource]:
    """Return the sources that were named, opened; where one cannot be, none is left open.

    Parameters
    ----------
    said
        Each as KIND=PLACE.
    numbers
        What is read.
    every_s
        How far apart samples are, in seconds.
    credentials
        What a Prometheus is shown.

    Raises
    ------
    InputError
        With every one that is none.
    """
    makers: Mapping[str, Callable[[str], LiveSource]] = {
        "prometheus": partial(LivePrometheus, numbers=numbers, every_s=every_s, credentials=credentials),
        "files": partial(LiveFile, numbers=numbers),
        "otlp": LiveOtlp,
        "cloudwatch": partial(LiveCloudWatch, numbers=numbers),
    }
    found: list[LiveSource] = []
    faults: list[Fault] = []
    for one in said:
        kind, _, place = one.partition("=")
        if kind not in makers or not place.strip():
            faults.append(Fault(what="is no live source", path="--from", value=one[:80], allowed=ALLOWED))
            continue
        try:
            source = makers[kind](place.strip())
            # What is pushed to us never hangs.
            found.append(PatientSource(source, WAITS_S[kind]) if kind in WAITS_S else source)
        except InputError as error:
            faults += error.faults
    if not said:
        faults.append(Fault(what="is missing", path="--from", allowed=ALLOWED))
    if faults:
        for source in found:
            source.close()
        raise InputError(*faults)
    return found
