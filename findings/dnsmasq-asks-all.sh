#!/bin/sh
# dnsmasq 2.90 (Debian 12): three upstream servers; at first none answers, then one does, then another instead.
#
# Expected  one query upstream for each question, and after a question or two the server that is up: its manual says
#           that a query goes to any of the servers, and that it favours those that are known to be up.
# Seen      with none up, each question goes to all three. Once one has answered, it alone is asked; when it falls silent
#           and another is up, five questions of five names, 1.5 s apart, all go to the silent one and none is answered.
#           Only the same question asked again goes to all.
# Matters   the load on resolvers triples in the moment when none answers. And clients that ask once, or ask for something
#           else each time, stay without names though a server is well; those that repeat the question recover.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
apt-get download -q dnsmasq-base=2.90-4~deb12u2 >/dev/null 2>&1
dpkg -x ./*.deb .
cat >run.py <<'EOF'
import getpass, os, socket, struct, subprocess, sys, threading, time

class Upstream:
    def __init__(self):
        self.up, self.asked = False, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()
    def serve(self):
        while True:
            query, sender = self.socket.recvfrom(4096)
            self.asked += 1
            if self.up:
                end = query.index(b"\0\0\1\0\1", 12) + 5
                self.socket.sendto(query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:end]
                                   + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1", sender)

def ask(name, times=1):
    query = struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + bytes([len(name)]) + name.encode() + b"\7example\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1.5)
        for _ in range(times):
            client.sendto(query, ("127.0.0.1", port))
            try:
                return bool(client.recv(4096))
            except TimeoutError:
                pass
    return False

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
servers = [Upstream() for _ in range(3)]
names = [f"--server=127.0.0.1#{server.socket.getsockname()[1]}" for server in servers]
running = subprocess.Popen(["usr/sbin/dnsmasq", "-k", "-C", "/dev/null", "-h", "-R", "-p", str(port), "--listen-address=127.0.0.1",
                            "--bind-interfaces", f"--user={getpass.getuser()}", f"--pid-file={os.getcwd()}/pid", *names])
try:
    time.sleep(1)
    ask("a")
    at_first = [server.asked for server in servers]
    servers[1].up = True
    settled = [ask(name) for name in ("b", "c", "d")]
    servers[1].up, servers[2].up = False, True
    before = [server.asked for server in servers]
    other = [ask(name) for name in ("e", "f", "g", "h", "i")]
    went = [server.asked - earlier for server, earlier in zip(servers, before)]
    again = ask("j", times=2)
finally:
    running.terminate()
print(f"none up, one question: {at_first}; second up: answered {settled}; third up instead: answered {other}, asked {went}; "
      f"one question asked twice: {again}")
sys.exit(0 if at_first == [1, 1, 1] and all(settled) and not any(other) and went == [0, 5, 0] and again else 1)
EOF
python3 run.py
