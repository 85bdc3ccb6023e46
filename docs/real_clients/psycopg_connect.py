"""psycopg without a pool: one connection and one query."""

import sys

import psycopg

with psycopg.connect(f"host={sys.argv[1]} port={sys.argv[2]} user=u dbname=d sslmode=disable") as connection:
    connection.execute("select 1")
