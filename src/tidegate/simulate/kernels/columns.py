"""The columns of the three series that a run hands out: of crossings (X_), populations (Y_) and services (Z_).

Within the kernels the same columns are fields of `nouns.bins`.
"""

from __future__ import annotations

# X_SHED: first packets turned away before any queue; X_NO_ROOM: those of them that found no entry or port.
# Series per time bin. What ends in _MOST is the most at any look
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
