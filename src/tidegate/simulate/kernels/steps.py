"""What the script, a health probe or an autoscaler does to the world while it runs."""

from __future__ import annotations

import math

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.boot import ask, begin_boots
from tidegate.simulate.kernels.chance import uniform
from tidegate.simulate.kernels.client import (
    THOUGHTS,
    bucket_of,
    demand,
    detach,
    drop_connection,
    hang_up,
    start,
)
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.elementary import minus_log
from tidegate.simulate.kernels.outbox import now, now_x
from tidegate.simulate.kernels.pool import clients_now, free_request, give_back_slot, here
from tidegate.simulate.kernels.retry import first_layers
from tidegate.simulate.kernels.service import account
from tidegate.simulate.kernels.wheel import later, take_row
from tidegate.simulate.kernels.wire import fill


@njit()
def _anyone(p: int, n: int, m: Memory) -> int:
    """The client of an open population that has its `n`-th demand."""
    count = clients_now(p, m)
    i = min(int(uniform(c.SPREAD, m[p + c.P_INDEX], n, m) * count), max(count - 1, 0))
    return m[p + c.P_FIRST] + i * c.CL_ROW


@njit()
def arrive(p: int, chain: int, t: int, m: Memory, f: Memory) -> None:
    """The next open demand (or health check) of a population, and the one after it."""
    if chain != m[p + c.Q_CHAIN] or m[p + c.P_INTERVAL] <= 0:
        return
    n = m[p + c.Q_SERIAL]
    gap = m[p + c.P_INTERVAL]
    if m[p + c.Q_MORE] != 0:  # health checks: each instance has its own interval
        gap = gap * m[p + c.P_COUNT] // max(clients_now(p, m), 1)
    if m[p + c.P_PACED] == 0:
        gap = int(minus_log(uniform(c.ARRIVAL, m[p + c.P_INDEX], m[p + c.Q_TURN], m)) * gap)
    turn = m[p + c.Q_TURN]
    m[p + c.Q_TURN] = turn + 1
    later(t + max(gap, 1), c.ARRIVE, p, chain, m)
    if m[p + c.P_KIND] == c.IDLE:
        _knock(p, turn, t, m, f)
        return
    if m[p + c.P_SLOTS] == 1:
        client = -1
    elif m[p + c.P_KIND] == c.PROBE:
        client = m[p + c.P_FIRST] + n % max(clients_now(p, m), 1) * c.CL_ROW
    else:
        client = _anyone(p, n, m)
    start(demand(p, client, c.WANTED, t, m), c.FRESH, t, m, f)


@njit()
def _knock(p: int, turn: int, t: int, m: Memory, f: Memory) -> None:
    """A client that keeps connections and has not got one tries to make it, with nothing to ask."""
    q = m[p + c.P_FOR]
    i = turn % max(clients_now(q, m) * m[q + c.P_STRIDE], 1)
    if m[m[q + c.P_FIRST] + i * c.CL_ROW + c.CL_EXCHANGE] < 0:
        start(demand(p, m[p + c.P_FIRST] + i * c.CL_ROW, c.WANTED, t, m), c.FRESH, t, m, f)


@njit()
def wake(client: int, b: int, t: int, m: Memory) -> None:
    """A closed client has paused long enough, unless it was called on meanwhile or has left."""
    p = m[client + c.CL_POP]
    if ((m[client + c.CL_DRAWS] - 1) & THOUGHTS) != b or m[client + c.CL_REQUEST] >= 0:
        return
    if here(p, client, m):
        now(c.START, demand(p, client, c.WANTED, t, m), c.FRESH, m)
    elif m[client + c.CL_EXCHANGE] >= 0:
        hang_up(m[client + c.CL_EXCHANGE], t, m)
        drop_connection(client, t, m)


@njit()
def drain(p: int, t: int, m: Memory) -> None:
    """Offer one deferred piece of work again."""
    if m[p + c.Q_BACKLOG] == 0 or m[p + c.P_DRAIN] <= 0:
        m[p + c.Q_DRAINING] = 0
        return
    m[p + c.Q_BACKLOG] -= 1
    n = m[p + c.Q_SERIAL]
    client = _anyone(p, n, m) if m[p + c.P_SLOTS] == 0 else -1
    now(c.START, demand(p, client, c.WANTED, t, m), c.FRESH, m)
    later(t + m[p + c.P_DRAIN], c.DRAIN, p, 0, m)


@njit()
def wave(w: int, i: int, t: int, m: Memory) -> None:
    """One client of a wave acts; the next follows in its time."""
    n = m[w + c.W_COUNT]
    scripted = w < m[c.G_WAVES_END]
    if i >= n:
        if not scripted:
            m[w] = m[c.G_FREE_WAVE]
            m[c.G_FREE_WAVE] = w
        return
    if i == 0 and m[w + c.W_KIND] == c.W_REQUESTS:
        begin_boots(w, m)
    if i + 1 < n or not scripted:
        later(m[w + c.W_START] + m[w + c.W_SPREAD] * (i + 1) // n, c.WAVE, w, i + 1, m)
    p = m[w + c.W_POP]
    comes_or_goes = m[w + c.W_KIND] == c.W_CLIENTS or m[w + c.W_KIND] == c.W_LEAVE
    if i == 0 and comes_or_goes and scripted:
        m[w + c.W_OFFSET] += m[p + c.Q_MORE]  # a scripted change comes after what a scaler has added
    if m[w + c.W_KIND] == c.W_REQUESTS:
        ask(w, i, t, m)
        return
    if comes_or_goes:
        now(c.REACT, m[p + c.P_FIRST] + (m[w + c.W_OFFSET] + i) * c.CL_ROW, w, m)
        return
    # Every so many clients one acts, so that a share is spread over the population.
    slots = clients_now(p, m) * m[p + c.P_STRIDE]
    client = m[p + c.P_FIRST] + (m[w + c.W_OFFSET] + i * slots // max(n, 1)) % max(slots, 1) * c.CL_ROW
    now(c.REACT, client, w, m)


@njit()
def _leave(client: int, t: int, m: Memory) -> None:
    """The connection of a client that has left is closed; one that is in use, when it is given back."""
    x = m[client + c.CL_EXCHANGE]
    if x >= 0 and m[x + c.A_REQ] < 0 and not here(m[client + c.CL_POP], client, m):
        hang_up(x, t, m)
        drop_connection(client, t, m)


@njit()
def react(client: int, w: int, t: int, m: Memory) -> None:
    """A client breaks its connection, if it keeps one, and makes a new one."""
    if w == 0 or m[w + c.W_KIND] == c.W_LEAVE:
        _leave(client, t, m)
        return
    p = m[w + c.W_POP]
    layer = m[w + c.W_LAYER]
    m[client + c.CL_COLD] = m[w + c.W_COLD]
    x = m[client + c.CL_EXCHANGE]
    busy = -1
    if x >= 0:
        busy = m[x + c.A_REQ]
        hang_up(x, t, m)
        drop_connection(client, t, m)
        if busy >= 0:
            detach(busy, x, t, m)
            m[busy + c.R_GENERATION] = 0
            now(c.FAIL, busy, c.NO_BREAKER, m)
    slots = m[p + c.P_SLOTS] == 1
    if busy < 0 and not slots and m[p + c.P_KIND] != c.OPEN:
        busy = m[client + c.CL_REQUEST]
    if slots and m[client + c.CL_REQUEST] >= 0:
        busy = m[client + c.CL_REQUEST]
    if busy < 0 and not (slots and m[client + c.CL_NEXT_FREE] == c.IN_USE):
        closed = m[p + c.P_KIND] == c.CLOSED or m[p + c.P_KIND] == c.ONCE
        if closed:
            m[client + c.CL_DRAWS] += 1
        busy = demand(p, client, c.WANTED if closed else c.RECONNECTS, t, m)
        now(c.START, busy, c.FRESH, m)
        if slots:
            m[client + c.CL_REQUEST] = busy
    if busy >= 0 and layer >= 0:
        m[busy + c.R_LAYER] = layer
        m[busy + c.R_COUNTS] = first_layers(layer)


@njit()
def _start_wave(w: int, kind: int, share_count: int, offset: int, booting: int, t: int, m: Memory) -> None:
    """Copy a template wave into a row of its own and set it going, as a wave of this kind."""
    k = take_row(c.G_FREE_WAVE, c.W_ROW, m)
    for i in range(c.W_ROW):
        m[k + i] = m[w + i]
    m[k + c.W_KIND] = kind
    m[k + c.W_COUNT] = share_count
    m[k + c.W_START] = t
    m[k + c.W_OFFSET] = offset
    m[k + c.W_BOOTING] = booting
    later(t, c.WAVE, k, c.ZERO, m)


@njit()
def done_probe(req: int, code: int, t: int, m: Memory) -> None:
    """A health check has passed or failed: count it, and act at its threshold."""
    p = m[req + c.R_POP]
    client = m[req + c.R_CLIENT]
    effect = m[p + c.P_EFFECT]
    s = m[effect + c.F_SERVICE]
    m[p + c.Q_UNANSWERED] -= 1
    m[client + c.CL_REQUEST] = -1
    streak = m[client + c.CL_FAILS]  # > 0 failures in a row, < 0 successes in a row
    out_now = m[client + c.CL_COLD] == 1  # this instance is ejected
    streak = min(streak, 0) - 1 if code == c.DONE_WELL else max(streak, 0) + 1
    m[client + c.CL_FAILS] = streak
    free_request(req, m)
    if out_now and m[effect + c.F_KIND] == c.EJECT and -streak >= m[effect + c.F_SUCCESSES]:
        now(c.RESTORE, s, client, m)
    if out_now or streak < m[effect + c.F_FAILURES]:
        return
    m[client + c.CL_FAILS] = 0
    instances = m[s + c.S_INSTANCES] + m[s + c.T_ADDED]
    left = instances - m[s + c.T_EJECTED] - 1
    if m[effect + c.F_KIND] != c.DROP_SESSIONS:
        if left < m[effect + c.F_PANIC_PPM] * 1e-6 * instances:
            return
        m[s + c.T_EJECTED] += 1
        m[client + c.CL_COLD] = 1
        if m[effect + c.F_KIND] == c.RESTART:
            later(t + m[s + c.S_BOOT], c.RESTORE, s, client, m)
    if m[effect + c.F_KIND] != c.EJECT:
        _break_sessions(effect, (client - m[p + c.P_FIRST]) // c.CL_ROW, max(instances, 1), t, m)


@njit()
def _break_sessions(effect: int, instance: int, instances: int, t: int, m: Memory) -> None:
    """The connections of one instance break: that share of each population reconnects."""
    for i in range(m[effect + c.F_WAVES]):
        w = m[effect + c.F_WAVE] + i * c.W_ROW
        p = m[w + c.W_POP]
        if m[w + c.W_KIND] == c.W_REQUESTS:
            count = m[w + c.W_COUNT]
        else:
            count = clients_now(p, m) * m[p + c.P_STRIDE] // instances
        _start_wave(w, m[w + c.W_KIND], count, instance, 1, t, m)


@njit()
def restore(s: int, client: int, m: Memory) -> None:
    """An ejected or restarted instance takes requests again."""
    if m[client + c.CL_COLD] == 1:
        m[client + c.CL_COLD] = 0
        m[client + c.CL_FAILS] = 0
        m[s + c.T_EJECTED] -= 1
        now(c.NEXT, s, c.ZERO, m)


@njit()
def done_lookup(req: int, code: int, t: int, m: Memory) -> None:
    """A name lookup has ended: its request goes on to connect, or this attempt has failed."""
    p = m[req + c.R_POP]
    parent = m[req + c.R_PARENT]
    client = m[req + c.R_CLIENT]
    same = m[req + c.R_NEXT] == (m[parent + c.R_SERIAL] << 10) | (m[parent + c.R_TRIES] & 1023)
    if code == c.DONE_WELL:
        m[client + c.CL_NAME_UNTIL] = t + m[p + c.P_TTL]
    if same and m[parent + c.R_EXCHANGE] == c.NOTHING:
        if code == c.DONE_WELL:
            now(c.START, parent, c.RESOLVED | (m[parent + c.R_GENERATION] << 2), m)
        else:
            now(c.FAIL, parent, c.NO_BREAKER, m)
    free_request(req, m)


@njit()
def tick(s: int, t: int, m: Memory) -> None:
    """The autoscaler reads its signal and decides."""
    if m[s + c.S_PERIOD] <= 0:
        return
    later(t + m[s + c.S_PERIOD], c.TICK, s, c.ZERO, m)
    account(s, t, m)
    instances = m[s + c.S_INSTANCES] + m[s + c.T_ADDED]
    signal = m[s + c.S_SIGNAL]
    per = max(instances, 1)
    if signal == c.UTILISATION:
        value = m[s + c.T_AREA] / (m[s + c.S_PERIOD] * per * max(m[s + c.S_CONCURRENCY], 1))
    elif signal == c.REQUESTS:
        value = m[s + c.T_ARRIVED] * 1e9 / m[s + c.S_PERIOD] / per
    elif signal == c.QUEUED:
        value = m[s + c.T_QUEUED] / per
    else:
        value = m[s + c.T_CONNECTIONS] / per
    m[s + c.T_AREA] = 0
    m[s + c.T_ARRIVED] = 0
    ratio = value / (m[s + c.S_TARGET_PPM] * 1e-6)
    want = math.ceil(instances * ratio - 1e-9)
    if abs(ratio - 1.0) <= m[s + c.S_TOLERANCE_PPM] * 1e-6:
        want = instances
    step = max(int(instances * m[s + c.S_STEP_PPM] * 1e-6), m[s + c.S_STEP])
    want = min(max(want, m[s + c.S_LEAST]), m[s + c.S_MOST], instances + step)
    if want >= instances:
        m[s + c.T_LOW_SINCE] = t
        more = want - instances - m[s + c.T_PENDING]
        if more > 0:
            m[s + c.T_PENDING] += more
            later(t + m[s + c.S_BOOT], c.ADD, s, more, m)
    elif t - m[s + c.T_LOW_SINCE] >= m[s + c.S_DOWN_DELAY]:
        m[s + c.T_ADDED] -= instances - want
        _release(s, instances - want, t, m)
        m[s + c.T_LOW_SINCE] = t


@njit()
def _release(s: int, k: int, t: int, m: Memory) -> None:
    """Instances that an autoscaler removes take the connections of their calls with them."""
    for i in range(m[s + c.S_UPS]):
        w = m[s + c.S_UP] + i * c.W_ROW
        if m[w + c.W_KIND] == c.W_CLIENTS:
            p = m[w + c.W_POP]
            m[p + c.Q_MORE] -= m[w + c.W_COUNT] * k
            if m[p + c.P_KEPT] == 1:
                _start_wave(w, c.W_LEAVE, m[w + c.W_COUNT] * k, clients_now(p, m), c.ZERO, t, m)


@njit()
def add_instances(s: int, k: int, t: int, m: Memory) -> None:
    """Instances that an autoscaler asked for are up: they boot, and clients react."""
    m[s + c.T_PENDING] -= k
    before = max(m[s + c.S_INSTANCES] + m[s + c.T_ADDED], 0)
    m[s + c.T_ADDED] += k
    for i in range(m[s + c.S_UPS]):
        w = m[s + c.S_UP] + i * c.W_ROW
        count = m[w + c.W_COUNT] * k
        first = before if m[w + c.W_KIND] == c.W_REQUESTS else 0
        if m[w + c.W_KIND] == c.W_CLIENTS:
            p = m[w + c.W_POP]
            first = clients_now(p, m)
            m[p + c.Q_MORE] += count
            if m[p + c.P_KEPT] == 0:
                continue
        _start_wave(w, m[w + c.W_KIND], count, first, k, t, m)
    # After the waves: an instance that has yet to make its boot calls takes nothing.
    later(t, c.NEXT, s, c.ZERO, m)
    later(t, c.ADMIT, s, c.ZERO, m)


@njit()
def done_call(req: int, code: int, t: int, m: Memory) -> None:
    """A call for a request being served has ended: the request goes on, or fails."""
    p = m[req + c.R_POP]
    slot = m[req + c.R_CLIENT]
    if m[p + c.P_SLOTS] == 1 and slot >= 0 and m[slot + c.CL_NEXT_FREE] == c.IN_USE:
        give_back_slot(p, slot, m)
    x = m[req + c.R_PARENT]
    h = m[p + c.P_CACHE]
    if code == c.DONE_WELL and h >= 0 and m[h + c.H_ASIDE] == 1 and cacheable(h, m[req + c.R_SERIAL], m):
        fill(h, m)
    if code == c.DONE_WELL:
        m[m[p + c.P_LATENCY] + 1 * c.HISTOGRAM + bucket_of(t - m[req + c.R_SINCE])] += 1
    free_request(req, m)
    m[x + c.A_LINK] += 1
    now_x(c.SERVED, x, c.WELL if code == c.DONE_WELL else c.FAILED, m)
    m[x + c.A_REFS] -= 1


@njit()
def in_cache(h: int, serial: int, m: Memory) -> bool:
    """Whether the cache answers this call."""
    if m[h + c.H_FILLED] == 0:
        return False
    share = m[h + c.H_RATIO_PPM] * 1e-6 * m[h + c.H_FILLED] / m[h + c.H_KEYS]
    return uniform(c.CACHE, serial, c.ZERO, m) < share


@njit()
def cacheable(h: int, serial: int, m: Memory) -> bool:
    """Whether the answer to a call that missed is one the cache would hold."""
    ratio = m[h + c.H_RATIO_PPM] * 1e-6
    share = m[h + c.H_FILLED] / m[h + c.H_KEYS]
    missed = 1.0 - ratio * share
    return uniform(c.CACHE, serial, c.SECOND, m) < ratio * (1.0 - share) / max(missed, 1e-12)
