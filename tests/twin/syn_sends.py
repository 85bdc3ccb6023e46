"""When the operating system asks for the connection again.

TCP repeats an unanswered SYN by a fixed schedule of its own, below every retry layer. The schedules
themselves are data of the catalogue and must not live here.
"""

from __future__ import annotations


def syn_sends_s(schedule_s: tuple[float, ...], timeout_s: float) -> tuple[float, ...]:
    """Return the times at which SYNs leave while a connection attempt stays unanswered.

    Parameters
    ----------
    schedule_s
        Seconds after the first SYN at which it is repeated, rising; a leading 0 (the first SYN itself)
        may be written or left out.
    timeout_s
        When the client gives the attempt up. A SYN due at that very moment is not sent any more: the
        kernel's timers are rounded up, the client's are not. Within 5 s Linux 6.5 or newer sends 5 SYNs,
        older kernels 3.

    Returns
    -------
    tuple of float
        Seconds after the first SYN, beginning with 0.

    Notes
    -----
    Source: Linux `ip-sysctl`, `tcp_syn_retries` and `tcp_syn_linear_timeouts`.
    """
    return (0.0, *(after_s for after_s in schedule_s if 0.0 < after_s < timeout_s))
