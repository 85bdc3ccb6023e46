"""The logarithm, the exponential and the cosine that turn random bits into durations.

A mathematical library may round the last bit of a logarithm otherwise on another processor, and a
storm near its edge then takes another course. These use nothing but additions, multiplications and
divisions, which IEEE 754 fixes to the bit, so that the same world and seed give the same bytes on
every machine. They are right to 2e-14: a nanosecond, the unit of time here, in half a day.
"""

from __future__ import annotations

import math

import numpy as np

from tidegate.simulate.kernels.compile import njit

_LN_2 = 0.6931471805599453
_ROOT = 0.7071067811865476
_TURN = 6.283185307179586
# Of a 64-bit float, by IEEE 754: the fraction's bits, the exponent of a half, and a half itself.
_FRACTION_BITS = 52
_FRACTION = (1 << 52) - 1
_BIAS = 1022
_HALF = 1022 << 52


@njit()
def minus_log(u: float) -> float:
    """Return -ln u for 0 < u < 1, by the series of the inverse hyperbolic tangent.

    Without a branch: u is a power of two times a number between a half and one, whose logarithm is
    taken about the root of a half. Right to 2e-14.
    """
    bits = np.float64(u).view(np.int64)
    exponent = (bits >> _FRACTION_BITS) - _BIAS
    part = np.int64((bits & _FRACTION) | _HALF).view(np.float64)
    s = (part - _ROOT) / (part + _ROOT)
    z = s * s
    w = z * z
    even = 1.0 + w * (1.0 / 5.0 + w * (1.0 / 9.0 + w * (1.0 / 13.0)))
    odd = z * (1.0 / 3.0 + w * (1.0 / 7.0 + w * (1.0 / 11.0 + w * (1.0 / 15.0))))
    return abs(0.5 * _LN_2 - exponent * _LN_2 - 2.0 * s * (even + odd))


@njit()
def exponential(x: float) -> float:
    """Return e to the power of `x`, for |x| < 700, by a Taylor series about the nearest power of two."""
    twos = math.floor(x / _LN_2 + 0.5)
    r = x - twos * _LN_2
    total = 1.0
    for k in range(13, 0, -1):
        total = 1.0 + total * r / k
    return math.ldexp(total, int(twos))


@njit()
def cosine_of_turn(v: float) -> float:
    """Return the cosine of `v` turns, for 0 <= v <= 1, by a Taylor series within a quarter of one."""
    t = abs(v - 0.5)
    from_quarter = t - 0.25
    x = from_quarter * _TURN
    z = x * x
    total = 1.0
    for k in range(9, 0, -1):
        total = 1.0 - total * z / (2 * k * (2 * k + 1))
    return x * total
