#!/bin/sh
# PgBouncer 1.18.0 (Debian 12): max_client_conn=3 and 6 clients that connect.
#
# Expected  the fourth is told "no more connections allowed" as soon as it is connected.
# Seen      all six stand open, and nothing is said to any, until a client sends its startup packet; a request for TLS is
#           answered for all of them too. Only the startup packet is met by the limit.
# Matters   connections that a device in between or PgBouncer's host must hold are not bounded by max_client_conn, and
#           what is refused was first accepted and waited for: a refusal costs a whole handshake, and with TLS more than
#           that. Reading the setting as a refusal of the connection makes the storm look cheaper than it is.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place" && chmod 755 "$place"
apt-get download -q pgbouncer libevent-2.1-7 libc-ares2 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
cat >run.py <<'EOF'
import glob, os, socket, struct, subprocess, sys, time

os.environ["LD_LIBRARY_PATH"] = os.path.dirname(glob.glob("usr/lib/*/libevent-2.1.so.7")[0])
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
with open("pool.ini", "w") as file:
    file.write(f"[databases]\na = host=127.0.0.1 port=1\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port={port}\n"
               "auth_type=trust\nauth_file=users.txt\nmax_client_conn=3\nunix_socket_dir=\n")
with open("users.txt", "w") as file:
    file.write('"user" "x"\n')
version = subprocess.run(["usr/sbin/pgbouncer", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
running = subprocess.Popen(["usr/sbin/pgbouncer", "-q", *(["-u", "nobody"] if os.geteuid() == 0 else []), "pool.ini"], stderr=subprocess.DEVNULL)
startup = b"user\0user\0database\0a\0\0"

def seen(sends):
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(6)]
    for client in clients:
        client.sendall(sends)
    time.sleep(1.5)
    found = []
    for client in clients:
        client.setblocking(False)
        try:
            found.append(client.recv(200))
        except BlockingIOError:
            found.append(None)
        client.close()
    time.sleep(0.5)
    return found

try:
    time.sleep(1)
    nothing = seen(b"")
    tls = seen(struct.pack("!ii", 8, 80877103))
    started = seen(struct.pack("!ii", 8 + len(startup), 196608) + startup)
finally:
    running.terminate()
refused = sum(b"no more connections" in (one or b"") for one in started)
print(f"{version}: nothing sent, open and silent: {nothing.count(None)} of 6; TLS asked for, answered: {tls.count(b'N')} of 6; "
      f"startup sent, refused: {refused} of 6")
sys.exit(0 if nothing.count(None) == 6 and tls.count(b"N") == 6 and refused == 3 else 1)
EOF
python3 run.py
