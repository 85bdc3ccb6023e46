"""psycopg's pool, of four connections or as many as asked: a caller for each, ten queries a second."""

import contextlib
import sys
import threading
import time

import psycopg
import psycopg_pool

size = int(sys.argv[3]) if len(sys.argv) > 3 else 4
pool = psycopg_pool.ConnectionPool(
    f"host={sys.argv[1]} port={sys.argv[2]} user=u dbname=d sslmode=disable", open=True, min_size=size
)


def ask():
    while True:
        with contextlib.suppress(psycopg.Error, psycopg_pool.PoolTimeout), pool.connection() as connection:
            connection.execute("select 1")
        time.sleep(0.1)


for _ in range(size):
    threading.Thread(target=ask, daemon=True).start()
time.sleep(3600)
