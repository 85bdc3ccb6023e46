# Each instance of web towards orders (world shop_backend).
# create_engine(URL, **POOL) takes it; web_to_orders.sqlalchemy.py is a module of its own.
POOL = {
    # services.web.calls.0.pool.most = 20: 12 instances open 240 connections at most; orders accepts 500
    # services.web.calls.0.pool.opened = lazy: those of all instances that start together are not opened at once
    "pool_size": 1,
    "max_overflow": 19,
    # services.web.calls.0.pool.wait = 2.5s: as asked
    "pool_timeout": 2.5,
    # services.web.calls.0.pool.idle_timeout = 60s: as asked
}
