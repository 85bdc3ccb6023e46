"""The functions that chance goes through are right, and the same on every processor."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.simulate.kernels.elementary import cosine_of_turn, exponential, minus_log

OTHER_LIBRARY = "glibc.cpu.hwcaps=-FMA,-AVX2_Usable,-FMA_Usable,-FMA4_Usable,-AVX2,-AVX512F"
DIGEST = """
import hashlib, math, struct
from tidegate.simulate.kernels.elementary import cosine_of_turn, exponential, minus_log
points = [(i + 0.5) / 20011 for i in range(20011)]
for functions in ((minus_log, cosine_of_turn, exponential), (math.log, math.cos, math.exp)):
    values = [f(x) for f in functions for x in points]
    print(hashlib.sha256(struct.pack(f"{len(values)}d", *values)).hexdigest())
"""


@settings(deadline=None)  # the first call compiles
@given(n=st.integers(0, 2**53 - 1))
def test_minus_log_is_right_for_every_draw(n):
    """Any uniform number that is drawn, the least and the greatest included."""
    u = np.float64((n + 0.5) * 2.0**-53)
    assert math.isclose(-math.log(u), minus_log(u), rel_tol=0.0, abs_tol=3e-14)
    assert minus_log(u) >= 0.0


@settings(deadline=None)  # the first call compiles
@given(x=st.floats(-60.0, 60.0))
def test_exponential_is_right(x):
    """As the mathematical library has it, but for its last bits."""
    assert math.isclose(math.exp(x), exponential(x), rel_tol=2e-14)


@settings(deadline=None)  # the first call compiles
@given(v=st.floats(0.0, 1.0))
def test_cosine_is_right(v):
    """All the way round."""
    assert math.isclose(math.cos(2.0 * math.pi * v), cosine_of_turn(v), rel_tol=0.0, abs_tol=2e-14)


def _digests(tunables: str) -> list[str]:
    environment = {**os.environ, "GLIBC_TUNABLES": tunables}
    command = [sys.executable, "-c", DIGEST]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_same_bits_where_the_mathematical_library_takes_another_way():
    """A processor without fused multiplication changes the library's last bits, and none of ours."""
    ours, library = _digests("")
    ours_there, library_there = _digests(OTHER_LIBRARY)
    assert ours == ours_there
    if library == library_there:
        pytest.skip("this system's mathematical library has one way only")
