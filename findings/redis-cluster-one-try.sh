#!/bin/sh
# redis 8.1.0 (PyPI), Python 3.11: Redis and RedisCluster, same library, same server that closes every connection.
#
# Expected  both try again: Redis connects 11 times in some 5 s, RedisCluster likewise or at least 4 times.
# Seen      RedisCluster connects once and raises within milliseconds; its retries begin only after the cluster's
#           layout was read once.
# Matters   moving a service from one to the other takes its first connect from 11 attempts to 1. A fleet that
#           restarts while the cluster is away crashes and is restarted by its supervisor: then that one's back-off is the
#           client's, and it is what a world must say.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet redis==8.1.0 2>/dev/null
cat >run.py <<'EOF'
import socket, sys, threading, time
import redis
from redis.cluster import RedisCluster

def connects(use):
    listener, seen = socket.create_server(("127.0.0.1", 0)), []
    def serve():
        while True:
            listener.accept()[0].close()
            seen.append(1)
    threading.Thread(target=serve, daemon=True).start()
    began = time.monotonic()
    try:
        use(listener.getsockname()[1])
    except Exception as error:
        name = type(error).__name__
    time.sleep(0.3)
    return len(seen), round(time.monotonic() - began - 0.3, 1), name

alone = connects(lambda port: redis.Redis(host="127.0.0.1", port=port).ping())
cluster = connects(lambda port: RedisCluster(host="127.0.0.1", port=port).ping())
print(f"Redis: {alone}; RedisCluster: {cluster}")
sys.exit(0 if cluster[0] == 1 and alone[0] > 5 else 1)
EOF
own/bin/python run.py
