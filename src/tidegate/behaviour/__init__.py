"""One client, told the time and its random draws: how it waits, tries again, holds back and gives up.

The readable twin of the compiled kernels; it also drives the real clients of rehearsals and Tidegate's
own deliveries. Clocks, sockets, threads and global randomness must not live here. Start with `layers`.
"""
