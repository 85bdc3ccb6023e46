#!/bin/sh
# HAProxy 2.6.12 (Debian 12): `retries 3` with `retry-on all-retryable-errors`, one server that reads a request and closes, and,
# for comparison, one that refuses.
#
# Expected  a second between attempts in both: the manual says of `retries` that a turn-around timer of at most one second is
#           applied before a retry on the same server, so that one that restarts is not connected to at once again.
# Seen      refused: 503 after 3 s, as written. Closed: four requests within a few milliseconds, then 502. The timer is part of
#           connecting; what retry-on adds (an empty answer, a 503, a time-out) does not wait.
# Matters   retry-on is set for servers that close while they restart or shed load, and just these get each request four times
#           at once. In a world it is `immediate` with three retries, not one a second.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
apt-get download -q haproxy=2.6.12-1+deb12u4 liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 >/dev/null 2>&1 || true
for package in *.deb; do dpkg -x "$package" .; done
cat >run.py <<'EOF'
import glob, http.client, os, socket, subprocess, sys, threading, time

folders = {os.path.dirname(path) for path in glob.glob("**/*.so*", recursive=True)}
os.environ["LD_LIBRARY_PATH"] = ":".join(os.path.abspath(folder) for folder in folders)

def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]
listener, times = socket.create_server(("127.0.0.1", 0)), []
def serve():
    while True:
        connection, _ = listener.accept()
        connection.recv(65536)
        times.append(time.monotonic())
        connection.close()
threading.Thread(target=serve, daemon=True).start()

def asked(server):
    front = port()
    with open("haproxy.cfg", "w") as file:
        file.write("defaults\n mode http\n timeout connect 5s\n timeout client 20s\n timeout server 20s\n retries 3\n"
                   f" retry-on all-retryable-errors\nlisten x\n bind 127.0.0.1:{front}\n server s 127.0.0.1:{server}\n")
    running = subprocess.Popen(["usr/sbin/haproxy", "-db", "-f", "haproxy.cfg"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            time.sleep(0.1)
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", front)) == 0:
                    break
        began = time.monotonic()
        client = http.client.HTTPConnection("127.0.0.1", front, timeout=20)
        client.request("GET", "/")
        return client.getresponse().status, time.monotonic() - began
    finally:
        running.terminate()
        running.wait()

refused, closed = asked(port()), asked(listener.getsockname()[1])
seen = [round(at - times[0], 2) for at in times]
print(f"refused: {refused[0]} after {refused[1]:.1f} s; closed: {closed[0]} after {closed[1]:.2f} s, requests at {seen} s")
sys.exit(0 if refused[1] > 2.5 and len(seen) == 4 and seen[-1] < 0.7 and closed[0] == 502 else 1)
EOF
python3 run.py
