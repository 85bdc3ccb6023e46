#!/bin/sh
# memcached 1.6.18-1 (Debian 12): `memcached -c 64` with 2 and with 4 threads, and 80 clients that ask for its version.
#
# Expected  64 are served, 16 are told "Too many open connections".
# Seen      48 are served with 2 threads and fewer with 4: -c also becomes the process's limit of open files, and its own
#           files (threads, log, listeners) come out of it. The count depends on the threads.
# Matters   a pool sized to `-c` divided by the clients overruns the cache. The excess is accepted and told an error, so
#           it costs a handshake each time, and no counter of refused SYNs shows it.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
apt-get download -q memcached=1.6.18-1 libevent-2.1-7 libsasl2-2 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
cat >run.py <<'EOF'
import glob, os, socket, subprocess, sys, time

os.environ["LD_LIBRARY_PATH"] = os.path.dirname(glob.glob("usr/lib/*/libevent-2.1.so.7")[0])

def served(limit, threads):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = ["usr/bin/memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(port), "-c", str(limit), "-t", str(threads)]
    running, said = subprocess.Popen(program, stderr=subprocess.DEVNULL), []
    try:
        time.sleep(1)
        clients = [socket.create_connection(("127.0.0.1", port), 3) for _ in range(limit + 16)]
        for client in clients:
            try:
                client.sendall(b"version\r\n")
                said.append(client.recv(100)[:7])
            except ConnectionError:
                said.append(b"reset")
    finally:
        running.terminate()
    return said.count(b"VERSION")

found = served(64, 2), served(64, 4), served(256, 4)
print(f"-c 64 -t 2: {found[0]} served; -c 64 -t 4: {found[1]}; -c 256 -t 4: {found[2]}")
sys.exit(0 if found[1] < found[0] < 64 and found[2] < 256 else 1)
EOF
python3 run.py
