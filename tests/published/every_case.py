"""All cases of this folder, in the order of the page."""

from __future__ import annotations

from arithmetic_cases import arithmetic_cases
from day_case import day_cases
from engine_cases import engine_cases
from finding import Case
from fitted_cases import fitted_cases
from measured_cases import measured_cases
from published_cases import published_cases


def every_case() -> tuple[Case, ...]:
    """Return every case."""
    return (
        *published_cases(),
        *fitted_cases(),
        *day_cases(),
        *measured_cases(),
        *arithmetic_cases(),
        *engine_cases(),
    )
