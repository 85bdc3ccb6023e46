#!/bin/sh
# pen 0.34.1 (Debian 12): round robin (-r) over one server that answers and one that refuses, 20 clients one after another.
#
# Expected  all 20 are answered, and the one that refuses is tried once: its manual says that another server is looked for when
#           one is unavailable, unless -s is given, and that one that does not respond is left out for 30 s (-b).
# Seen      every second client is closed on, 10 of 20, and each of those is one more attempt at the server that refuses: no
#           other is tried, nothing is remembered.
# Matters   a balancer in a world is read as leaving a server that is gone. Behind this one half of all connections fail for as
#           long as it is gone, their clients come back at once, and every second time again to no use.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
apt-get download -q pen=0.34.1-2+b1 libgeoip1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
cat >run.py <<'EOF'
import glob, http.client, os, socket, subprocess, sys, threading, time

os.environ["LD_LIBRARY_PATH"] = ":".join({os.path.abspath(os.path.dirname(it)) for it in glob.glob("usr/lib/**/*.so*", recursive=True)})

def free():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]
listener = socket.create_server(("127.0.0.1", 0))
def serve():
    while True:
        connection, _ = listener.accept()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
        connection.close()
threading.Thread(target=serve, daemon=True).start()

def ask(front):
    client = http.client.HTTPConnection("127.0.0.1", front, timeout=10)
    try:
        client.request("GET", "/")
        return client.getresponse().status
    except OSError:
        return "closed"
    finally:
        client.close()

def answers(*servers):
    front = free()
    running = subprocess.Popen(["usr/bin/pen", "-f", "-r", f"127.0.0.1:{front}", *(f"127.0.0.1:{one}" for one in servers)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(2)
    try:
        seen = [ask(front) for _ in range(20)]
    finally:
        running.terminate()
        running.wait()
    return {one: seen.count(one) for one in sorted(set(seen), key=str)}

good = listener.getsockname()[1]
alone, both = answers(good), answers(free(), good)
print(f"one good server: {alone}; with one that refuses beside it: {both}")
sys.exit(0 if alone == {200: 20} and 8 <= both.get("closed", 0) <= 12 else 1)
EOF
python3 run.py
