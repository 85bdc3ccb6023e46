#!/bin/sh
# pymemcache 4.0.0 (PyPI), Python 3.11: HashClient with one server that closes every connection, ignore_exc as it is
# (False), a set every tenth of a second.
#
# Expected  a connection and an exception for each set, until the server counts as dead after the third and is left alone
#           for dead_timeout (60 s).
# Seen      one connection every 1.1 s for ever, whatever the rate of calls. In each round one set answers True although
#           nothing was stored (noreply is the default), one raises, and the others answer False at once, without an
#           exception and without a connection. The True starts the count of failures anew, so dead is never reached.
# Matters   its retries do not grow with load: a constant second without jitter for each process and server. And `probe`
#           or a health check that counts exceptions sees one failure in eleven.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet pymemcache==4.0.0 2>/dev/null
cat >run.py <<'EOF'
import socket, sys, threading, time
from pymemcache.client.hash import HashClient

listener, connects = socket.create_server(("127.0.0.1", 0)), []
def serve():
    while True:
        listener.accept()[0].close()
        connects.append(time.monotonic())
threading.Thread(target=serve, daemon=True).start()
client, seen = HashClient([listener.getsockname()[:2]], timeout=1), []
for _ in range(150):
    try:
        seen.append(str(client.set("a", "b")))
    except OSError:
        seen.append("raised")
    time.sleep(0.1)
gaps = [round(later - sooner, 1) for sooner, later in zip(connects, connects[1:])]
counts = {word: seen.count(word) for word in ("True", "raised", "False")}
print(f"150 sets: {counts}; {len(connects)} connections, {min(gaps)} to {max(gaps)} s apart")
sys.exit(0 if counts["False"] > 100 and counts["True"] >= 5 and 5 <= len(connects) <= 20 and min(gaps) > 0.9 else 1)
EOF
own/bin/python run.py
