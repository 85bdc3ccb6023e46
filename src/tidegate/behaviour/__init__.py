"""One client, told the time and its random draws: how it waits, tries again, holds back and gives up.

The client's part of the compiled kernels' readable twin, whose other part, packets and services, is with
the tests; it also drives the real clients of rehearsals and Tidegate's own deliveries. Clocks, sockets,
threads and global randomness must not live here. Start with `layers`; `hpa` is an autoscaler instead.
"""
