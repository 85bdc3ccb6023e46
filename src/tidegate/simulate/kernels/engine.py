"""The event engine: takes happenings in order of time and hands each to its handler.

It never allocates: it returns when it is done, when it has worked for a while (so that the host
can show progress and hear an interrupt), or when a pool is full (the host grows it).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.boot import again, booted, done_boot
from tidegate.simulate.kernels.built import entry_points
from tidegate.simulate.kernels.chance import uniform
from tidegate.simulate.kernels.client import (
    connect,
    done_demand,
    fail,
    new_request,
    start,
    think,
    time_out,
)
from tidegate.simulate.kernels.compile import LIBRARY, SOURCES, Memory, njit, pointer
from tidegate.simulate.kernels.device import depart, send, source_of
from tidegate.simulate.kernels.elementary import minus_log
from tidegate.simulate.kernels.flow import choose_devices, expire, fade, hold_old, release, take_entries
from tidegate.simulate.kernels.outbox import now
from tidegate.simulate.kernels.pool import clients_now, release_slots
from tidegate.simulate.kernels.sample import sample
from tidegate.simulate.kernels.service import accept_waiting, account, connections_left, take_next, there
from tidegate.simulate.kernels.steps import (
    add_instances,
    arrive,
    done_call,
    done_lookup,
    done_probe,
    drain,
    in_cache,
    react,
    restore,
    tick,
    wake,
    wave,
)
from tidegate.simulate.kernels.wheel import KIND_MASK, advance, drop_first, later, take_row
from tidegate.simulate.kernels.wire import reply, resend, to_client, to_service

PAUSE_EVENTS = 1 << 21
_TURNS = 64
_SECOND_NS = 1_000_000_000
_LOW = 0xFFFFFFFF


@njit()
def _stand(p: int, client: int, m: Memory) -> None:
    """A kept connection that was there before the run began, if every limit on its way leaves it room."""
    s = m[p + c.P_SERVICE]
    if there(s, m) == 0 or connections_left(s, m) <= 0:
        return
    x = take_row(c.G_FREE_EXCHANGE, c.A_ROW, m)
    kept = c.OPEN_C | c.SYN_SEEN | c.ESTABLISHED | c.ACCEPTED | c.KEPT | c.SETUP_PAID
    kept |= c.REQ_SEEN | c.REQ_ACKED | c.RESP_GOT | c.RESP_ACKED
    m[x + c.A_REQ] = -1
    m[x + c.A_FLAGS] = kept | (c.COARSE if m[p + c.P_COARSE] > 0 else 0)
    m[x + c.A_LINK] = -1
    m[x + c.A_REFS] = 1
    m[x + c.A_POP] = p
    m[x + c.A_CLIENT] = source_of(p, client, m)
    m[x + c.A_RTT] = 2 * m[p + c.P_DELAY]
    m[x + c.A_SERIAL] = (1 << 58) | (client - m[c.G_CLIENTS])
    m[x + c.A_SENT] = 0
    choose_devices(x, p, c.ZERO, m)
    if not take_entries(x, m):
        m[x] = m[c.G_FREE_EXCHANGE]
        m[c.G_FREE_EXCHANGE] = x
        return
    m[s + c.T_CONNECTIONS] += 1
    m[client + c.CL_EXCHANGE] = x


@njit()
def _stand_in_turn(m: Memory) -> None:
    """Connections kept from before: where not all fit, populations get their share, in small parts."""
    for turn in range(_TURNS):
        for i in range(m[c.G_POPULATION_COUNT]):
            p = m[c.G_POPULATIONS] + i * c.P_ROW
            if m[p + c.P_KEPT] == 1:
                slots = m[p + c.P_COUNT] * m[p + c.P_STRIDE]
                for j in range(turn * slots // _TURNS, (turn + 1) * slots // _TURNS):
                    _stand(p, m[p + c.P_FIRST] + j * c.CL_ROW, m)


@njit()
def _connect_eagerly(p: int, slots: int, m: Memory) -> None:
    """Who keeps a connection and has none knocks within a second; closed clients and calls as they ask."""
    kind = m[p + c.P_KIND]
    if m[p + c.P_KEPT] == 0 or kind == c.CLOSED or kind == c.ONCE or kind == c.CALL:
        return
    for j in range(slots):
        client = m[p + c.P_FIRST] + j * c.CL_ROW
        if m[client + c.CL_EXCHANGE] < 0:
            later(_SECOND_NS * j // slots, c.CONNECT, client, c.ZERO, m)


@njit()
def _take_phase(i: int, t: int, m: Memory) -> None:
    """From now on these are the world's numbers; state stays as it is."""
    at = m[c.G_PHASES] + i * m[c.G_PHASE_SIZE]
    for j in range(m[c.G_POPULATION_COUNT]):
        p = m[c.G_POPULATIONS] + j * c.P_ROW
        changed = m[p + c.P_INTERVAL] != m[at + c.P_INTERVAL]
        for k in range(c.P_COLUMNS):
            m[p + k] = m[at + k]
        at += c.P_COLUMNS
        if changed and m[p + c.P_INTERVAL] > 0:
            m[p + c.Q_CHAIN] += 1
            now(c.RENEW, p, m[p + c.Q_CHAIN], m)
        if m[p + c.Q_BACKLOG] > 0 and m[p + c.Q_DRAINING] == 0 and m[p + c.P_DRAIN] > 0:
            m[p + c.Q_DRAINING] = 1
            later(t + m[p + c.P_DRAIN], c.DRAIN, p, c.ZERO, m)
    for j in range(m[c.G_CROSSING_COUNT]):
        k = m[c.G_CROSSINGS] + j * c.C_ROW
        if m[k + c.C_DEVICES] != m[at + c.C_DEVICES] and m[k + c.C_KEPT] == 0:
            m[c.G_EPOCH] += 1
            m[k + c.C_EPOCH] = m[c.G_EPOCH]
        for n in range(c.C_COLUMNS):
            m[k + n] = m[at + n]
        at += c.C_COLUMNS
    for j in range(m[c.G_DEVICE_COUNT]):
        for n in range(c.D_COLUMNS):
            m[m[c.G_DEVICES] + j * c.D_ROW + n] = m[at + n]
        at += c.D_COLUMNS
    for j in range(m[c.G_SERVICE_COUNT]):
        s = m[c.G_SERVICES] + j * c.S_ROW
        account(s, t, m)
        for n in range(c.S_COLUMNS):
            m[s + n] = m[at + n]
        at += c.S_COLUMNS
        now(c.NEXT, s, c.ZERO, m)
        now(c.ADMIT, s, c.ZERO, m)
    for j in range(m[c.G_CACHE_COUNT]):
        if m[m[c.G_FLUSH] + i * m[c.G_CACHE_COUNT] + j] == 1:
            m[m[c.G_CACHES] + j * c.H_ROW + c.H_FILLED] = 0


@njit()
def _served(x: int, b: int, t: int, m: Memory, f: Memory) -> None:
    """A worker is done with a request, or one of its calls has ended (`FAILED`: badly)."""
    s = m[m[x + c.A_POP] + c.P_SERVICE]
    if b != c.FAILED:
        at = m[x + c.A_LINK]
        while at < m[s + c.S_CALLS]:
            q = m[m[s + c.S_CALL] + at]
            if m[q + c.P_CACHE] < 0 or not in_cache(m[q + c.P_CACHE], m[x + c.A_SERIAL] + at, m):
                break
            at += 1
        m[x + c.A_LINK] = at
        if at < m[s + c.S_CALLS]:
            q = m[m[s + c.S_CALL] + at]
            caller = -1
            if m[q + c.P_SLOTS] == 0:
                caller = m[q + c.P_FIRST] + m[q + c.Q_SERIAL] % max(clients_now(q, m), 1) * c.CL_ROW
            m[x + c.A_REFS] += 1
            now(c.START, new_request(q, caller, x, t, m), c.FRESH, m)
            return
    account(s, t, m)
    m[s + c.T_BUSY] -= 1
    m[s + c.T_SERVED] += 1
    reply(x, b, t, m, f)
    take_next(s, t, m)


@njit()
def _done(req: int, code: int, t: int, m: Memory) -> None:
    """A request has ended."""
    kind = m[m[req + c.R_POP] + c.P_KIND]
    if kind == c.CALL and m[req + c.R_PARENT] >= 0:
        done_call(req, code, t, m)
    elif kind == c.LOOKUP:
        done_lookup(req, code, t, m)
    elif kind == c.PROBE:
        done_probe(req, code, t, m)
    elif kind == c.BOOT:
        done_boot(req, code, t, m)
    else:
        done_demand(req, code, t, m)


@njit()
def _renew(p: int, chain: int, t: int, m: Memory) -> None:
    """A changed rate begins a new chain of arrivals; the old one ends by itself."""
    u = uniform(c.ARRIVAL, m[p + c.P_INDEX], (1 << 40) + chain, m)
    gap = int(minus_log(u) * m[p + c.P_INTERVAL])
    later(t + max(gap, 1), c.ARRIVE, p, chain, m)


@njit()
def _rarely(kind: int, a: int, b: int, t: int, m: Memory) -> None:
    """Happenings that come seldom."""
    if kind == c.WAVE:
        wave(a, b, t, m)
    elif kind == c.REACT:
        react(a, b, t, m)
    elif kind == c.DRAIN:
        drain(a, t, m)
    elif kind == c.SAMPLE:
        later(t + m[c.G_LOOK_NS], c.SAMPLE, c.ZERO, c.ZERO, m)
        sample(t, m)
    elif kind == c.PHASE:
        _take_phase(a, t, m)
    elif kind == c.ADMIT:
        accept_waiting(a, t, m)
    elif kind == c.RENEW:
        _renew(a, b, t, m)
    elif kind == c.TICK:
        tick(a, t, m)
    elif kind == c.ADD:
        add_instances(a, b, t, m)
    elif kind == c.RESTORE:
        restore(a, b, m)
    elif kind == c.CONNECT:
        connect(a, t, m)
    elif kind == c.BOOTED:
        booted(a, b, m)
    elif kind == c.AGAIN:
        again(a, t, m)
    elif kind == c.FADE:
        fade(a, t, m)


@njit()
def _happen(kind: int, a: int, b: int, t: int, m: Memory, f: Memory) -> None:
    """Carry out one happening."""
    if kind <= c.REPLY:
        if kind == c.SEND:
            send(a, b, t, m)
        elif kind == c.DELIVER:
            if b & 0xFF < c.TO_CLIENT:
                to_service(a, b, t, m)
            else:
                to_client(a, b, t, m, f)
        elif kind == c.RESEND:
            resend(a, b, t, m)
        elif kind == c.SERVED:
            _served(a, b, t, m, f)
        else:
            reply(a, b, t, m, f)
        release(a, t, m)
    elif kind == c.TIMEOUT:
        time_out(a, b, t, m, f)
    elif kind == c.START:
        start(a, b, t, m, f)
    elif kind == c.DONE:
        _done(a, b, t, m)
    elif kind == c.FAIL:
        fail(a, b, t, m, f)
    elif kind == c.NEXT:
        take_next(a, t, m)
    elif kind == c.EXPIRE:
        expire(a, b, m)
    elif kind == c.DEPART:
        depart(a, t, m)
    elif kind == c.THINK:
        wake(a, b, t, m)
    elif kind == c.ARRIVE:
        arrive(a, b, t, m, f)
    else:
        _rarely(kind, a, b, t, m)


@njit()
def prepare_at(m: Memory, script: Memory, words: int) -> None:
    """Time zero: the script is in the calendar, kept connections stand, clients begin to think.

    `script` holds so many words, in rows of time, kind, a and b.
    """
    for i in range(words // 4):
        at = 4 * i
        later(script[at], script[at + 1], script[at + 2], script[at + 3], m)
    _stand_in_turn(m)
    for i in range(m[c.G_OLD_COUNT]):
        hold_old(m[c.G_OLD] + i * c.O_ROW, m)
    for i in range(m[c.G_POPULATION_COUNT]):
        p = m[c.G_POPULATIONS] + i * c.P_ROW
        slots = m[p + c.P_COUNT] * m[p + c.P_STRIDE]
        if m[p + c.P_SLOTS] == 1:
            release_slots(p, slots, m)
        _connect_eagerly(p, slots, m)
        if m[p + c.P_KIND] == c.CLOSED:
            for j in range(slots):
                think(p, m[p + c.P_FIRST] + j * c.CL_ROW, c.ZERO, m)


@njit()
def run_at(m: Memory, f: Memory) -> None:
    """Carry out happenings until the end, a pause, or a full pool; the reason is in the head.

    Parameters
    ----------
    m, f
        The memories of integers and floats; see ``columns``.
    """
    events = 0
    t = m[c.G_NOW]
    acts = m[c.G_ACTS]
    done = m[c.G_ACTS_DONE]
    m[c.G_STATUS] = c.RUNNING
    while m[c.G_STATUS] == c.RUNNING:
        if done < m[c.G_ACTS_SIZE]:
            kind = m[acts + 2 * done]
            both = m[acts + 2 * done + 1]
            done += 1
        elif events == PAUSE_EVENTS:
            m[c.G_STATUS] = c.PAUSED
            break
        else:
            if m[c.G_ROOT] == 0 and not advance(m):
                m[c.G_STATUS] = c.ENDED
                break
            i = m[c.G_ROOT]
            if m[i] > m[c.G_END]:
                m[c.G_STATUS] = c.ENDED
                break
            t = max(t, m[i])
            kind = m[i + c.V_ORDER] & KIND_MASK
            both = m[i + c.V_PAYLOAD]
            drop_first(m)
            events += 1
            m[c.G_ACTS_SIZE] = 0
            done = 0
        _happen(kind, both & _LOW, both >> 32, t, m, f)
    m[c.G_NOW] = t
    m[c.G_ACTS_DONE] = done
    m[c.G_EVENTS] += events


def _entry_points(sources: int) -> tuple[Callable[..., None], Callable[..., None]]:
    """Return the two ways in, for arrays; `sources` is closed over so that a stale cache is never used."""

    @njit(cache=True, nogil=True)
    def prepare(memory: Any, script: Any) -> None:
        assert sources != 0
        prepare_at(pointer(memory), pointer(script), script.size)

    @njit(cache=True, nogil=True)
    def run(memory: Any, floats: Any) -> None:
        assert sources != 0
        run_at(pointer(memory), pointer(floats))

    return prepare, run


prepare, run = _entry_points(SOURCES) if LIBRARY is None else entry_points(LIBRARY)
