#!/bin/sh
# hey 0.1.4 and wrk 4.1.0 (Debian 12): `hey -n 100 -c 30` and `wrk -t4 -c10`.
#
# Expected  100 requests and 10 connections: -n is the number of requests to run, -c of wrk the total of connections to
#           keep open, each by its own help.
# Seen      90 requests and 8 connections: both divide by whole numbers and leave the rest out. hey says "90 responses"
#           and nothing of ten that were not sent; wrk prints "10 connections".
# Matters   a rehearsal or a load test made with them is smaller than its command says, most where many connections are
#           meant to share few requests. A limit that held for "10 connections" held for 8.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
apt-get download -q hey=0.1.4-2+b4 wrk=4.1.0-3+b2 libluajit-5.1-2 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
cat >run.py <<'EOF'
import glob, os, re, socket, subprocess, sys, threading

os.environ["LD_LIBRARY_PATH"] = os.path.dirname(glob.glob("usr/lib/*/libluajit-5.1.so.2")[0])

def met(*command):
    listener, held, asked = socket.create_server(("127.0.0.1", 0)), [], []
    def talk(connection):
        while connection.recv(65536):
            asked.append(1)
            if connection not in held:
                held.append(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
    def serve():
        while True:
            threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=serve, daemon=True).start()
    said = subprocess.run([*command, f"http://127.0.0.1:{listener.getsockname()[1]}/"], capture_output=True, text=True).stdout
    return len(asked), len(held), said

hey = met("usr/bin/hey", "-n", "100", "-c", "30")
wrk = met("usr/bin/wrk", "-t4", "-c10", "-d1s")
claimed = re.search(r"(\d+) connections", wrk[2]).group(1)
print(f"hey -n 100 -c 30: {hey[0]} requests; wrk -t4 -c10: {wrk[1]} connections asked, {claimed} named in its output")
sys.exit(0 if hey[0] == 90 and wrk[1] == 8 and claimed == "10" else 1)
EOF
python3 run.py
