"""psycopg's pool as it comes: four callers, each a query every tenth of a second."""

import contextlib
import sys
import threading
import time

import psycopg
import psycopg_pool

pool = psycopg_pool.ConnectionPool(
    f"host={sys.argv[1]} port={sys.argv[2]} user=u dbname=d sslmode=disable", open=True
)


def ask():
    while True:
        with contextlib.suppress(psycopg.Error, psycopg_pool.PoolTimeout), pool.connection() as connection:
            connection.execute("select 1")
        time.sleep(0.1)


for _ in range(4):
    threading.Thread(target=ask, daemon=True).start()
time.sleep(3600)
