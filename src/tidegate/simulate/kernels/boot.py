"""An instance boots: it takes requests once its boot time is over and its boot calls have been answered.

The script says when an instance is up; here it is held back until its calls are done. Shortcuts: an
instance whose boot call has given up starts over after its boot time, and repeats only the calls that had no
answer; where a run has fewer boot requests than instances, one request holds several.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.client import bucket_of, demand
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.outbox import now
from tidegate.simulate.kernels.pool import clients_now, free_request
from tidegate.simulate.kernels.wheel import later


@njit()
def _groups(w: int, m: Memory) -> int:
    """Into how many parts the instances of a wave fall: each has a request of its own at least."""
    return max(min(m[w + c.W_BOOTING], m[w + c.W_COUNT]), 1)


@njit()
def _instance(w: int, i: int, m: Memory) -> int:
    """The number of the instance that makes the `i`-th boot request of a wave."""
    return (m[w + c.W_OFFSET] + i % _groups(w, m)) % max(clients_now(m[w + c.W_POP], m), 1)


@njit()
def _row(p: int, number: int, m: Memory) -> int:
    """What is known of an instance that boots."""
    return m[m[p + c.P_OWNER] + c.S_BOOTERS] + number * c.CL_ROW


@njit()
def _hold(row: int, s: int, instances: int, m: Memory) -> None:
    m[row + c.CL_HELD] += instances
    m[s + c.T_BOOTING] += instances


@njit()
def _weight(w: int, g: int, m: Memory) -> int:
    """How many instances the `g`-th part of a wave stands for."""
    n = _groups(w, m)
    return m[w + c.W_BOOTING] * (g + 1) // n - m[w + c.W_BOOTING] * g // n


@njit()
def begin_boots(w: int, m: Memory) -> None:
    """Instances that are up from now on are held back from now on."""
    p = m[w + c.W_POP]
    if m[w + c.W_HOLD] == 0 and m[w + c.W_COUNT] > 0:
        for g in range(_groups(w, m)):
            _hold(_row(p, _instance(w, g, m), m), m[p + c.P_OWNER], _weight(w, g, m), m)


@njit()
def ask(w: int, i: int, t: int, m: Memory) -> None:
    """The `i`-th boot request of a wave is made."""
    p = m[w + c.W_POP]
    number = _instance(w, i, m)
    row = _row(p, number, m)
    m[row + c.CL_BOOTING] += 1
    if m[w + c.W_HOLD] > 0 and i < _groups(w, m):
        later(m[w + c.W_START] + m[w + c.W_HOLD], c.BOOTED, row, _weight(w, i, m), m)
    now(c.START, demand(p, m[p + c.P_FIRST] + number * c.CL_ROW, c.WANTED, t, m), c.FRESH, m)


@njit()
def booted(row: int, instances: int, m: Memory) -> None:
    """The boot time is over: who still waits for an answer is held back, but once, however often restarted."""
    if m[row + c.CL_BOOTING] > 0:
        _hold(row, m[m[row + c.CL_POP] + c.P_OWNER], max(instances - m[row + c.CL_HELD], 0), m)


@njit()
def done_boot(req: int, code: int, t: int, m: Memory) -> None:
    """A boot call has ended: the instance comes one step nearer, or starts over."""
    p = m[req + c.R_POP]
    client = m[req + c.R_CLIENT]
    s = m[p + c.P_OWNER]
    m[p + c.Q_UNANSWERED] -= 1
    y = m[c.G_Y] + m[p + c.P_SERIES]
    if code == c.DONE_WELL:
        row = _row(p, (client - m[p + c.P_FIRST]) // c.CL_ROW, m)
        m[y + c.Y_SERVED] += 1
        m[m[p + c.P_LATENCY] + 1 * c.HISTOGRAM + bucket_of(t - m[req + c.R_SINCE])] += 1
        m[row + c.CL_BOOTING] -= 1
        if m[row + c.CL_BOOTING] == 0 and m[row + c.CL_HELD] > 0:
            m[s + c.T_BOOTING] -= m[row + c.CL_HELD]
            m[row + c.CL_HELD] = 0
            now(c.NEXT, s, c.ZERO, m)
            now(c.ADMIT, s, c.ZERO, m)
    else:
        m[y + c.Y_FAILED] += 1
        later(t + m[s + c.S_BOOT], c.AGAIN, client, c.ZERO, m)
    free_request(req, m)


@njit()
def again(client: int, t: int, m: Memory) -> None:
    """An instance that has started over makes the call that had no answer."""
    now(c.START, demand(m[client + c.CL_POP], client, c.WANTED, t, m), c.FRESH, m)
