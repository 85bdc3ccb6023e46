# Each of the clients workers (world shop_backend).
# create_engine(URL, **POOL) takes it; workers.sqlalchemy.py is a module of its own.
POOL = {
    # clients.workers.pool = 4: 40 clients open 160 connections; orders accepts 500
    "pool_size": 4,
    "max_overflow": 0,
}
