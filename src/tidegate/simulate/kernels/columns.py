"""The memory of a run: one array of integers, one of floats, and the columns of every row in them.

A row is known by its address, the place of its first column: ``m[x + c.A_FLAGS]`` is the flags of
exchange `x`. Tables never move; a pool that is full gets another stretch at the end of memory.
Times are integer nanoseconds. -1 means "none" everywhere. Columns named ``Q_``, ``E_`` and ``T_``
continue the rows of populations, devices and services with what changes during a run; the columns
before them change only when a phase begins.
"""

from __future__ import annotations

# Kinds of happening. The same kinds serve as events (later) and as acts (at once, in order).
SEND, DELIVER, RESEND, SERVED, REPLY, TIMEOUT, START, NEXT, DONE, FAIL, EXPIRE, THINK, ARRIVE = range(13)
SAMPLE, PHASE, WAVE, REACT, DRAIN, TICK, ADD, RESTORE, ADMIT, RENEW, DEPART, CONNECT, BOOTED, AGAIN, FADE = (
    range(13, 28)
)

# Packets (trains of packets sent back to back travel as one). c>s: client to service.
SYN, REQUEST, FIN, RESET, ACK, JOB, QUERY = range(7)  # c>s
SYNACK, REQACK, RESPONSE, LASTACK, REFUSED, GAPACK = range(8, 14)  # s>c
TO_CLIENT = 8  # packets from here on travel towards the client
PAIR = 2  # so many packets has a train of two
ONE = 1 << 16  # the weight of a single packet, in an act's second number
WEIGHT = 63
SET_UP = 1 << 15  # beside the hops a packet has passed: the next device has set up its flow already
# Which exchange of a kept connection a packet is of, in acts and in A_FLAGS: as TCP's sequence numbers tell.
TURN = 255 << 22
ARRIVES = 0xFF | (WEIGHT << 16) | TURN  # what of a packet its receiver sees: kind, weight and turn
TURN_FLAGS = 32 - 22  # how much higher the same bits stand in A_FLAGS

# Flags of an exchange.
OPEN_C = 1  # the client's side is open
SYN_SEEN = 2
ESTABLISHED = 4  # as the client sees it
REQ_SEEN = 8
REQ_ACKED = 16
RESP_GOT = 32
RESP_ACKED = 64
FIN_ACKED = 128
GONE = 256  # the service knows that the client has left
ACCEPTED = 512  # counts as a connection of the service
ERROR = 1024  # the response is an error
KEPT = 2048  # the connection outlives the exchange
DATAGRAM = 4096
REUSED = 8192  # this exchange runs on a connection kept from an earlier one
SETUP_PAID = 16384
COLD = 32768
COARSE = 65536
ORPHAN = 131072  # its client stopped waiting but kept the connection for the next exchange
TORN = 1 << 18  # the service's side is gone: nothing more is sent from there
WORKING = 1 << 19  # being served, or waiting for it
QUEUEING = 1 << 28  # holds a place in the service's queue
CLOSING = 1 << 29  # the service has closed an idle connection, and its FIN is not yet acknowledged
DEAD = (
    1 << 30
)  # data came to a closed client, whose socket is gone: whatever still comes is answered with a reset
BACKED_OFF = (
    1 << 31
)  # the request was sent again by the time-out: nothing else leaves until it is acknowledged
FIN_EARLY = 1 << 40  # the client's FIN has come before its request, which was lost; above TURN's bits
ADVISED = 1 << 41  # the response says after how long to come back
FLOWS_SHIFT = 44  # so many flows it sets up at each device, in five bits; 0 is one
ENTRY = 1 << 20  # << hop: holds a flow entry at that hop's device
PORT = 1 << 24  # << hop: holds a port there
HELD = 255 << 20  # any entry or port

# Kinds of population.
OPEN, CLOSED, ONCE, NONE, CALL, LOOKUP, PROBE, BOOT, SPARE, IDLE = range(10)
MOST_HOPS = 4

# Population (policy row): parameters, then state.
(
    P_KIND,
    P_SERVICE,
    P_COUNT,
    P_FIRST,
    P_INTERVAL,
    P_PACED,
    P_THINK,
    P_TIMEOUT,
    P_CLOCK,
    P_CONNECT,
    P_KEPT,
    P_LAYER,
    P_SYN,
    P_SYNS,
    P_HOPS,
    P_HOP,
    P_HOP_1,
    P_HOP_2,
    P_HOP_3,
    P_DELAY,
    P_LOOKUP,
    P_TTL,
    P_QUERIES,
    P_DEFER,
    P_DRAIN,
    P_KEEP,
    P_LATE,
    P_COARSE,
    P_SLOTS,
    P_CACHE,
    P_EFFECT,
    P_APART,
    P_STRIDE,
    P_DATAGRAM,
    P_INDEX,
    P_SERIES,
    P_LATENCY,
    P_DIRECT,
    P_SPARE,
    P_SPARES,
    P_BARE,
    P_FOR,
    P_FLOWS,
    P_OWNER,
) = range(44)
P_COLUMNS = 44
AT_ONCE, FORESEEN = 1, 2  # P_DIRECT: no crossing to pass (coarse); and a lost attempt's end is known at once
# A pool's free slots in two stacks, each followed by how many it holds: with a connection, and without.
(
    Q_SERIAL,
    Q_UNANSWERED,
    Q_BACKLOG,
    Q_DRAINING,
    Q_FREE,
    Q_FREE_COUNT,
    Q_BARE,
    Q_BARE_COUNT,
    Q_WAIT_HEAD,
    Q_WAIT_TAIL,
    Q_CHAIN,
    Q_TURN,
    Q_MORE,
) = range(P_COLUMNS, P_COLUMNS + 13)  # Q_MORE: those that an autoscaler has added; strides of one
# What the last look saw of this bin, and since when nobody was answered although somebody waited (-1: answered).
Q_LOOKED_SERVED, Q_LOOKED_FAILED, Q_SILENT_SINCE = range(P_COLUMNS + 13, P_COLUMNS + 16)
P_ROW = P_COLUMNS + 16

# Crossing: parameters, then the epoch of its last change of devices, and what the last look saw: of this bin so
# far, and since the look before it.
C_FIRST, C_DEVICES, C_SKEW_PPM, C_REMAP_PPM, C_KEPT, C_SERIES = range(6)
C_COLUMNS = 6
C_EPOCH, C_LOOKED_OFFERED, C_LOOKED_PACKETS, C_LAST_OFFERED, C_LAST_PACKETS = range(C_COLUMNS, C_COLUMNS + 5)
C_ROW = C_COLUMNS + 5

# Device: parameters, then state. A device with a list (`D_RING`, else 0) has room for `D_PLACES` trains in it.
(
    D_FORWARD,
    D_SETUP,
    D_SHARED,
    D_QUEUE,
    D_VISIBLE,
    D_TABLE,
    D_TABLE_FULL,
    D_UNANSWERED,
    D_CLOSED,
    D_PORTS,
    D_PORTS_FULL,
    D_PORT_HOLD,
    D_ADMIT,
    D_ADMIT_BURST,
    D_CONCURRENT,
    D_RESET,
    D_SOURCE,
    D_SOURCE_BURST,
    D_SOURCE_AT,
    D_PORTS_AT,
    D_IDLE,
    D_TRACKS,
    D_RING,
    D_PLACES,
) = range(24)
D_COLUMNS = 24
(
    E_FREE,
    E_SETUP_FREE,
    E_ENTRIES,
    E_HELD,
    E_EVICTED,
    E_ADMIT,
    E_OPEN,
    E_FIRST,
    E_TRAINS,
    E_PACKETS,
    E_OPENINGS,
    E_UNANSWERED,
    E_FORGOTTEN,
) = range(D_COLUMNS, D_COLUMNS + 13)
D_ROW = D_COLUMNS + 13
PLACE_ROW = 2  # of a device's list: exchange (or none) and packet
DROP, REFUSE, EVICT, EVICT_UNANSWERED = range(4)
# What the end of a hold-down is told: of a closed flow, of one that was never answered, of a port (the
# lowest bit, and above it the service's number).
HELD_CLOSED, HELD_PORT, HELD_UNANSWERED = 0, 1, 2

# Service: parameters, then state. Connections of an instance are millionths.
(
    S_INSTANCES,
    S_CONCURRENCY,
    S_MEAN,
    S_LAW,
    S_SIGMA_PPM,
    S_QUEUE,
    S_LIFO,
    S_SILENT,
    S_LEAVES,
    S_CONNECTIONS,
    S_REFUSE,
    S_BACKLOG,
    S_SETUP,
    S_RESUMED,
    S_RESUMPTION_PPM,
    S_CALL,
    S_CALLS,
    S_SIGNAL,
    S_TARGET_PPM,
    S_LEAST,
    S_MOST,
    S_PERIOD,
    S_TOLERANCE_PPM,
    S_STEP_PPM,
    S_STEP,
    S_DOWN_DELAY,
    S_BOOT,
    S_UP,
    S_UPS,
    S_INDEX,
    S_ACKS_LATE,
    S_DOWN,
    S_ADDRESSES,
    S_AFTER,
    S_BOOTERS,
) = range(35)
S_COLUMNS = 35
(
    T_BUSY,
    T_HEAD,
    T_TAIL,
    T_QUEUED,
    T_CONNECTIONS,
    T_ACCEPT_HEAD,
    T_ACCEPT_TAIL,
    T_ACCEPTING,
    T_EJECTED,
    T_AREA,
    T_SINCE,
    T_ARRIVED,
    T_ADDED,
    T_PENDING,
    T_LOW_SINCE,
    T_SERVED,
    T_BOOTING,
) = range(S_COLUMNS, S_COLUMNS + 17)
S_ROW = S_COLUMNS + 17
EXPONENTIAL, FIXED, LOGNORMAL = range(3)
UP, BY_CAUSE, DOWN_REFUSES, DOWN_WAITS, DOWN_SILENT = range(-1, 4)  # S_DOWN; UP: somebody takes requests
WHOLE = 1_000_000  # a connection of S_CONNECTIONS
WELL, FAILED, NOT_AT_ALL = range(3)  # how the service answers
AT_MOST = 32  # requests taken from a queue in one go
UTILISATION, REQUESTS, QUEUED, CONNECTIONS = range(4)

# In the memory of floats. Retry layer: addresses of budget and breaker, -1 without.
(
    L_RETRIES,
    L_LAW,
    L_BASE,
    L_MULTIPLIER,
    L_CAP,
    L_JITTER,
    L_WIDTH,
    L_DEADLINE,
    L_BUDGET,
    L_BREAKER,
    L_AFTER,
) = range(11)
L_COLUMNS = 11
# A policy as requests carry it: address of the first layer, number of layers, whether any of them has a
# budget or a breaker.
LAYERS_SHIFT, GUARDED = 32, 1 << 40
# Budget: parameters and the address of its holders' states (tokens, time of the last fill).
B_TOKENS, B_COST, B_REQUEST, B_SUCCESS, B_FILL, B_FLOOR, B_SHARED, B_FIRST = range(8)
B_COLUMNS = 8
B_STATE = 2
# Breaker: parameters and the address of its holders' states.
K_RATIO, K_HALF_WINDOW, K_LEAST, K_OPEN, K_SHARED, K_FIRST = range(6)
K_COLUMNS = 6
KS_CALLS, KS_FAILS, KS_OLD_CALLS, KS_OLD_FAILS, KS_HALF, KS_OPEN_UNTIL, KS_TRIAL = range(7)
K_STATE = 7

# Exchange (one attempt on the wire).
A_REQ, A_FLAGS, A_DEVICES, A_SENT, A_LINK, A_REFS, A_POP, A_CLIENT, A_RTT, A_SERIAL, A_EPOCH = range(11)
A_ROW = 11

# Request (what a client wants, over all its attempts).
(
    R_POP,
    R_CLIENT,
    R_LAYER,
    R_TRIES,
    R_EXCHANGE,
    R_GENERATION,
    R_SERIAL,
    R_COUNTS,
    R_SINCE,
    R_PARENT,
    R_PREVIOUS,
    R_LAYER_SINCE,
    R_NEXT,
) = range(13)
R_ROW = 16
NOTHING, WAITS, EXPIRED = -1, -2, -3  # R_EXCHANGE where there is no exchange
WANTED, RECONNECTS = -1, -2  # R_PARENT of a demand
# What `start` is told: an attempt begins, a connection of the pool was granted, the name is resolved.
FRESH, GRANTED, RESOLVED = range(3)
GIVEN_UP, DONE_WELL, LEFT = range(3)  # how a request ends
NO_BREAKER = 0  # an attempt that failed was not stopped by a breaker
ADVICE = 1 << 8  # beside it: the answer said after how long to come back

# Event: time, sequence number and kind, payload, links. The first column of any row is also the link
# between free rows.
V_TIME, V_ORDER, V_PAYLOAD, V_LINKS = range(4)
V_ROW = 4

# Wave.
# Of boot requests: how many instances boot (W_BOOTING), and after how long they would take requests.
W_POP, W_COUNT, W_START, W_SPREAD, W_KIND, W_LAYER, W_COLD, W_OFFSET, W_BOOTING, W_HOLD = range(10)
W_ROW = 10
NOT_MINE = -1  # W_HOLD of a service's further boot calls: the first one's wave holds the instances back
W_RECONNECT, W_CLIENTS, W_REQUESTS, W_LEAVE = range(4)

# Client (or connection slot of a pool).
CL_EXCHANGE, CL_REQUEST, CL_DRAWS, CL_NAME_UNTIL, CL_NEXT_FREE, CL_COLD, CL_FAILS, CL_POP = range(8)
CL_ROW = 8
# Of an instance that boots, which is a client of its service's first boot call: its calls without an
# answer, how many instances it stands for, and how many of them are held back until those are answered.
CL_BOOTING, CL_WEIGHT, CL_HELD = CL_FAILS, CL_DRAWS, CL_NAME_UNTIL
REMOVED, IN_USE = -2, -3  # CL_NEXT_FREE of a slot that is not in the stack of free ones

# Cache: keys filled now, keys when warm, share answered when warm (ppm), look-aside flag.
H_FILLED, H_KEYS, H_RATIO_PPM, H_ASIDE = range(4)
H_ROW = 4

# What a device holds down from before the run: device, service of a port (none: entries), how many are
# left, the time between two ends.
O_DEVICE, O_SERVICE, O_LEFT, O_GAP = range(4)
O_ROW = 4

# Effect of a failed health check.
F_KIND, F_SERVICE, F_FAILURES, F_SUCCESSES, F_PANIC_PPM, F_WAVE, F_WAVES = range(7)
F_ROW = 7
EJECT, RESTART, DROP_SESSIONS = range(3)

# The head of memory: scalars and the addresses of tables. A pool's free list, next row and the row
# from which on it counts as full stand together.
(
    G_NOW,
    G_END,
    G_SEQ,
    G_BIN,
    G_EVENTS,
    G_SHIFT,
    G_BUCKET,
    G_OVER,
    G_ROOT,
    G_WHEELED,
    G_FAR,
    G_OVERED,
    G_WHEEL,
    G_WHEEL_SIZE,
    G_STATUS,
    G_LOOK_NS,
    G_LOOKS,
    G_LOOK,
    G_EXCHANGES,
    G_EPOCH,
    G_ACTS,
    G_ACTS_SIZE,
    G_ACTS_DONE,
    G_WAVES_END,
    G_FREE_WAVE,
    G_WAVE_NEXT,
    G_WAVE_LAST,
    G_FREE_EVENT,
    G_EVENT_NEXT,
    G_EVENT_LAST,
    G_FREE_EXCHANGE,
    G_EXCHANGE_NEXT,
    G_EXCHANGE_LAST,
    G_FREE_REQUEST,
    G_REQUEST_NEXT,
    G_REQUEST_LAST,
    G_KEYS,
    G_PHASES,
    G_PHASE_SIZE,
    G_FLUSH,
    G_POPULATIONS,
    G_POPULATION_COUNT,
    G_CROSSINGS,
    G_CROSSING_COUNT,
    G_DEVICES,
    G_DEVICE_COUNT,
    G_SERVICES,
    G_SERVICE_COUNT,
    G_CACHES,
    G_CACHE_COUNT,
    G_X,
    G_Y,
    G_Z,
    G_CLIENTS,
    G_OLD,
    G_OLD_COUNT,
) = range(56)
HEAD = 56
RUNNING, PAUSED, FULL, ENDED = range(4)

# X_SHED: first packets turned away before any queue; X_NO_ROOM: those of them that found no entry or port.
# Series per time bin; G_X, G_Y and G_Z point at the current bin. What ends in _MOST is the most at any look
# within the bin (of counts: in two looks together), Y_SILENT the longest time without an answer so far.
(
    X_OFFERED,
    X_ADMITTED,
    X_PACKETS,
    X_DROPPED,
    X_SHED,
    X_DELAY,
    X_ENTRIES,
    X_PORTS,
    X_OFFERED_MOST,
    X_PACKETS_MOST,
    X_NO_ROOM,
) = range(11)
X_COLUMNS = 11
Y_FRESH, Y_ATTEMPTS, Y_SERVED, Y_FAILED, Y_UNANSWERED, Y_UNANSWERED_MOST, Y_SILENT = range(7)
Y_COLUMNS = 7
Z_BUSY, Z_QUEUED, Z_SERVED, Z_CONNECTIONS, Z_QUEUED_MOST, Z_CONNECTIONS_MOST = range(6)
Z_COLUMNS = 6
HISTOGRAM = 640  # buckets of a latency histogram; two in a row: connect, request

# Causes of chance: each has its own stream.
ARRIVAL, SERVICE, JITTER, PAUSE, PATH, RESUME, CACHE, SPREAD = range(8)
CAUSES = 8

# Rows of each pool that one act may take, besides those that go with the world; acts of one happening.
OUTBOX, ACTS = 512, 4096

# As arguments: a name is compiled once, a literal number once more.
ZERO, SECOND = 0, 1

NO_TIME = 1 << 62  # later than any run
