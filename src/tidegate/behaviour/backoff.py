"""How long a client waits before its next try.

One pure function from a layer's settings and one random draw to a delay. Whether the client may try
at all (how many tries, deadline, budget, breaker) must not live here: that is `layers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import InternalError

if TYPE_CHECKING:
    from tidegate.world.retry import RetryLayer


def delay_s(layer: RetryLayer, retry_number: int, previous_s: float, u: float) -> float:
    """Return the seconds to wait before retry number `retry_number` of `layer`.

    With k the retry number, b the base, m the multiplier, p the previous delay and u the draw:

    ============  ============================  =====================================================
    backoff       delay d, then at most the cap  source
    ============  ============================  =====================================================
    none          0                             immediate retry
    constant      b                             Polly, resilience4j
    linear        b k                           arithmetic
    exponential   b m^(k-1)                     gRPC A6, AWS; with m < 1 it shrinks
    decorrelated  b + u (3 p - b)               AWS; its draw is its jitter, so no other is applied
    ============  ============================  =====================================================

    ======  =========================  ==============================================
    jitter  delay after jitter         source
    ======  =========================  ==============================================
    none    d
    full    u d                        AWS
    equal   d/2 + u d/2                AWS
    spread  d (1 - w + 2 w u)          gRPC (w = 0.2), Linkerd, resilience4j (w = 0.5)
    ======  =========================  ==============================================

    A law takes the place of jitter: the delay d is then the mean of what is drawn from it.

    No delay but a decorrelated one is shorter than the floor. Floor and cap come before the jitter, so
    `spread` may wait up to a share w longer than the cap.

    Parameters
    ----------
    layer
        The settings.
    retry_number
        Which retry this is, counted from 1.
    previous_s
        The delay before the last try, at least 0; used by `decorrelated` alone, which takes the
        base where it is smaller (as on the first retry).
    u
        A uniform draw, 0 <= u < 1.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    InternalError
        If the layer names a back-off or jitter that does not exist.

    Notes
    -----
    Sources: https://github.com/aws-samples/aws-arch-backoff-simulator (whose first exponential delay
    is already one step grown: b m^k), https://github.com/grpc/proposal/blob/master/A6-client-retries.md
    """
    if layer.backoff == "decorrelated":
        previous_s = max(previous_s, layer.base_s)
        return min(layer.cap_s, layer.base_s + u * (3.0 * previous_s - layer.base_s))
    plain_s = min(layer.cap_s, max(layer.floor_s, _grown(layer, retry_number)))
    if layer.law.varies:
        return plain_s * layer.law.times(u)
    return _jittered(layer, plain_s, u)


def _grown(layer: RetryLayer, retry_number: int) -> float:
    if layer.backoff == "none":
        return 0.0
    if layer.backoff == "constant":
        return layer.base_s
    if layer.backoff == "linear":
        return layer.base_s * retry_number
    if layer.backoff == "exponential":
        return _exponential(layer.base_s, layer.multiplier_ratio, retry_number)
    raise InternalError(f"back-off {layer.backoff!r} passed validation but has no formula")


def _exponential(base_s: float, multiplier_ratio: float, retry_number: int) -> float:
    if base_s == 0.0:
        return 0.0
    try:
        return base_s * multiplier_ratio ** (retry_number - 1)
    except OverflowError:
        # A client without a limit of retries gets here in the end; the cap applies long before.
        return float("inf")


def _jittered(layer: RetryLayer, delay: float, u: float) -> float:
    if layer.jitter == "none":
        return delay
    if layer.jitter == "full":
        return u * delay
    if layer.jitter == "equal":
        return delay / 2.0 + u * delay / 2.0
    if layer.jitter == "spread":
        return delay * (1.0 - layer.jitter_width_ratio + 2.0 * layer.jitter_width_ratio * u)
    raise InternalError(f"jitter {layer.jitter!r} passed validation but has no formula")
