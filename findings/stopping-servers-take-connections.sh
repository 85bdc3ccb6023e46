#!/bin/sh
# gunicorn 27.0.1 (sync and gthread workers) and hypercorn 0.18.0 (PyPI), Python 3.11: SIGTERM while a request of three seconds is at
# work, and half a second later a new client.
#
# Expected  the request is answered and the new client refused at once, so that it can go elsewhere: gunicorn's manual
#           (https://docs.gunicorn.org/en/stable/signals.html) calls it a graceful shutdown that waits for current requests. uvicorn
#           0.54.0 and cheroot 11.1.2 do so.
# Seen      the request is answered. The new client is connected, its request is taken by nobody, and it is reset when the last
#           worker has gone, after 1.5 s or more: workers keep the listening socket open without accepting on it.
# Matters   a health check that only connects still says up all through draining, and what a balancer sends there is no refused
#           connection, which it may give to another server, but a request that failed after seconds. The longer the slowest
#           request, the more of them: a rolling restart of servers that are slow already fails most.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet gunicorn==27.0.1 hypercorn==0.18.0 uvicorn==0.54.0 cheroot==11.1.2 2>/dev/null
cat >wsgi.py <<'EOF'
import time

def app(environ, start):
    time.sleep(3 if environ["PATH_INFO"] == "/slow" else 0)
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]
EOF
cat >asgi.py <<'EOF'
import asyncio

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        return await send({"type": "lifespan.shutdown.complete"})
    await asyncio.sleep(3 if scope["path"] == "/slow" else 0)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
EOF
cat >serve.py <<'EOF'
import signal, sys
from cheroot.wsgi import Server
from wsgi import app

server = Server(("127.0.0.1", int(sys.argv[1])), app)
signal.signal(signal.SIGTERM, signal.default_int_handler)
try:
    server.start()
except KeyboardInterrupt:
    server.stop()
EOF
cat >run.py <<'EOF'
import socket, subprocess, sys, threading, time

def ask(port, path):
    began = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            how = "answered" if client.recv(100).startswith(b"HTTP/1.1 200") else "closed"
    except OSError as error:
        how = type(error).__name__
    return how, time.monotonic() - began

def stopped(*command):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([it.format(port=port) for it in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while ask(port, "/")[0] != "answered":
        time.sleep(0.1)
    at_work = []
    slow = threading.Thread(target=lambda: at_work.append(ask(port, "/slow")[0]))
    slow.start()
    time.sleep(1)
    server.terminate()
    time.sleep(0.5)
    new = ask(port, "/")
    slow.join()
    server.wait(30)
    return at_work[0], *new

here, wsgi = ("-b", "127.0.0.1:{port}"), "wsgi:app"
seen = {"gunicorn sync": stopped("own/bin/gunicorn", "-w", "2", *here, wsgi),
        "gunicorn gthread": stopped("own/bin/gunicorn", "-k", "gthread", "--threads", "4", *here, wsgi),
        "hypercorn": stopped("own/bin/hypercorn", *here, "asgi:app"),
        "uvicorn": stopped("own/bin/uvicorn", "--port", "{port}", "asgi:app"),
        "cheroot": stopped("own/bin/python", "serve.py", "{port}")}
for name, (old, new, after_s) in seen.items():
    print(f"{name}: the request at work {old}, a new one {new} after {after_s:.1f} s")
late = all(seen[it][0] == "answered" and seen[it][1] != "answered" and seen[it][2] > 1 for it in list(seen)[:3])
at_once = all(seen[it][:2] == ("answered", "ConnectionRefusedError") and seen[it][2] < 0.5 for it in list(seen)[3:])
sys.exit(0 if late and at_once else 1)
EOF
own/bin/python run.py
