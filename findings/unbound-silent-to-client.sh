#!/bin/sh
# unbound 1.17.1 (Debian 12): one question of a client, forwarded to a server that is silent.
#
# Expected  at most six queries upstream (unbound.conf(5): outbound-msg-retry, retries for each server, time-outs counted,
#           is 5) and SERVFAIL for the client within some seconds.
# Seen      nine queries at 0, 0.4, 0.8, 1.5, 2.3, 3.8, 5.3, 8.3 and 11.3 s, the same each time without jitter, and no
#           answer to the client, ever: what takes longer than discard-timeout (1.9 s) is worked on and not answered.
#           SERVFAIL stands after 17 s; who asks again then has it at once.
# Matters   while a resolver's upstream is away each name costs nine queries, of all resolvers in step. A client waits
#           its whole time-out and tries the next resolver, where it would go on at once after a SERVFAIL: the time
#           to fail in a world is the stub's time-out times its tries.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place" && chmod 755 "$place"
apt-get download -q unbound=1.17.1-2+deb12u4 libprotobuf-c1 libevent-2.1-7 libnghttp2-14 libpython3.11 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
cat >run.py <<'EOF'
import glob, os, socket, struct, subprocess, sys, threading, time

os.environ["LD_LIBRARY_PATH"] = os.path.dirname(glob.glob("usr/lib/*/libprotobuf-c.so.1")[0])
silent, times = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), []
silent.bind(("127.0.0.1", 0))
def serve():
    while True:
        silent.recv(4096)
        times.append(time.monotonic())
threading.Thread(target=serve, daemon=True).start()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
with open("unbound.conf", "w") as file:
    file.write(f'server:\n do-daemonize: no\n username: ""\n chroot: ""\n directory: "{os.getcwd()}"\n pidfile: "{os.getcwd()}/pid"\n'
               f' use-syslog: no\n interface: 127.0.0.1\n port: {port}\n do-not-query-localhost: no\n module-config: iterator\n'
               f' num-threads: 1\nforward-zone:\n name: .\n forward-addr: 127.0.0.1@{silent.getsockname()[1]}\n')

def ask(wait_s):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(wait_s)
        client.sendto(struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + b"\1a\7example\0\0\1\0\1", ("127.0.0.1", port))
        try:
            return f"rcode {client.recv(4096)[3] & 15}"
        except TimeoutError:
            return "nothing"

running = subprocess.Popen(["usr/sbin/unbound", "-d", "-c", "unbound.conf"], stderr=subprocess.DEVNULL)
try:
    time.sleep(1)
    first = ask(20)
    sent = [round(at - times[0], 1) for at in times]
    second = ask(1)
finally:
    running.terminate()
print(f"one question: {first} within 20 s, queries upstream at {sent} s; asked again: {second}")
sys.exit(0 if first == "nothing" and len(sent) == 9 and 10 < sent[-1] < 13 and second == "rcode 2" else 1)
EOF
python3 run.py
