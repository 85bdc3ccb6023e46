#!/bin/sh
# waitress 3.0.2 (PyPI), Python 3.11: connection_limit=5 and 12 clients that ask and keep their connection.
#
# Expected  5 are answered, 7 wait in the kernel's queue.
# Seen      3 are answered: the limit is held against everything that the loop watches, and the listening socket and
#           the wake-up pipe are among it. With two listening addresses one fewer still.
# Matters   connections of a service taken from its configuration are too high by two or more; at small limits (one
#           process per core, a few connections each) that is a large part of what was planned for.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet waitress==3.0.2 2>/dev/null
cat >run.py <<'EOF'
import logging, socket, sys, threading, time
import waitress

logging.disable(logging.CRITICAL)

def hello(_, start):
    start("200 OK", [("Content-Length", "1")])
    return [b"x"]

def answered(limit, addresses):
    ports = []
    for _ in range(addresses):
        with socket.create_server(("127.0.0.1", 0)) as free:
            ports.append(free.getsockname()[1])
    listen = " ".join(f"127.0.0.1:{port}" for port in ports)
    server = waitress.create_server(hello, listen=listen, connection_limit=limit)
    threading.Thread(target=server.run, daemon=True).start()
    time.sleep(1)
    clients = [socket.create_connection(("127.0.0.1", ports[0])) for _ in range(12)]
    for client in clients:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    time.sleep(2)
    count = 0
    for client in clients:
        client.setblocking(False)
        try:
            count += bool(client.recv(10))
        except BlockingIOError:
            pass
    return count

found = answered(5, 1), answered(5, 2), answered(8, 1)
print(f"limit 5: {found[0]} answered; with two addresses: {found[1]}; limit 8: {found[2]}")
sys.exit(0 if found[0] == 3 and found[1] < 3 and found[2] == 6 else 1)
EOF
own/bin/python run.py
