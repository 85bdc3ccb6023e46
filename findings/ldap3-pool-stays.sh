#!/bin/sh
# ldap3 2.9.1 (PyPI), Python 3.11: a ServerPool (FIRST, active, exhaust) of a server that closes every connection and
# one that answers.
#
# Expected  the first bind goes over to the second server, later ones ask it at once: the documentation
#           (https://ldap3.readthedocs.io/en/latest/server.html#server-pool) says that with `active` the pool looks whether
#           a server is available before it is used, and with `exhaust` leaves one out that is not.
# Seen      every bind raises, the second server is never asked. Available is who accepts a connection: it is opened,
#           closed again, and then the real one is made to the same server, two connections a bind.
# Matters   a directory server behind a balancer whose instances are gone accepts and closes. A pool of two then fails
#           for good while one of them is well, and the broken one meets twice the connections.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet ldap3==2.9.1 pyasn1==0.6.5 2>/dev/null
cat >run.py <<'EOF'
import socket, sys, threading
import ldap3

class Server:
    def __init__(self, answers):
        self.listener, self.answers, self.connections = socket.create_server(("127.0.0.1", 0)), answers, 0
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()
    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            self.connections += 1
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()
    def talk(self, connection):
        while self.answers and (asked := connection.recv(4096)):  # a bind: 30 length 02 01 number 60 …
            connection.sendall(bytes([0x30, 0x0C, 2, 1, asked[4], 0x61, 7, 10, 1, 0, 4, 0, 4, 0]))
        connection.close()

def bound(servers):
    pool = ldap3.ServerPool([ldap3.Server("127.0.0.1", port=server.port, get_info=ldap3.NONE) for server in servers],
                            ldap3.FIRST, active=True, exhaust=True)
    said = []
    for _ in range(5):
        try:
            said.append(ldap3.Connection(pool, receive_timeout=2).bind())
        except Exception as error:
            said.append("raised")
    return said

alone = bound([Server(True)])
bad, good = Server(False), Server(True)
seen = bound([bad, good])
print(f"good server alone: {alone}; behind one that closes: {seen}, connections {bad.connections} and {good.connections}")
sys.exit(0 if alone == [True] * 5 and seen == ["raised"] * 5 and good.connections == 0 and bad.connections == 10 else 1)
EOF
own/bin/python run.py
