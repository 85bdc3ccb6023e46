"""Kinds of happening. The same kinds serve as events (later) and as acts (at once, in order)."""

from __future__ import annotations

from tidegate.simulate.kernels.row import Named


class Happening(Named):
    """What happens; up to `REPLY` it is about an exchange, which it holds until then."""

    SEND = 0
    DELIVER = 1
    RESEND = 2
    SERVED = 3
    REPLY = 4
    TIMEOUT = 5
    START = 6
    NEXT = 7
    DONE = 8
    FAIL = 9
    EXPIRE = 10
    THINK = 11
    ARRIVE = 12
    SAMPLE = 13
    PHASE = 14
    WAVE = 15
    REACT = 16
    DRAIN = 17
    TICK = 18
    ADD = 19
    RESTORE = 20
    ADMIT = 21
    RENEW = 22
    DEPART = 23
    CONNECT = 24
    BOOTED = 25
    AGAIN = 26
    FADE = 27
    GROW = 28
    STRAY = 29
    TRANSFER = 30
    REST = 31
    MEASURE = 32
    ENLARGE = 33
    SETTLE = 34
    LOGGED_IN = 35
    LOGIN_OVER = 36
    CHECK = 37
    AGE = 38
    KILL = 39
    TELL = 40
    COME_BACK = 41
