#!/bin/sh
# locust 2.47.0 with geventhttpclient 2.6.1 (PyPI), Python 3.11: one user of FastHttpUser sends one GET to a server that
# closes each connection without an answer, as an overloaded proxy does; and the same with HttpUser, and with a POST.
#
# Expected  one request, and one failure: a load generator sends what it says that it sends.
# Seen      FastHttpUser: twelve GETs at once, each over a connection of its own, told as one failed request. A POST, and
#           HttpUser's GET, come once.
# Matters   a load test whose server begins to close connections loads it twelve times as much from there on, and its
#           report has none of it: the capacity that is read off it is that of another load.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet locust==2.47.0 geventhttpclient==2.6.1 2>/dev/null
cat >closes.py <<'EOF'
import socket, sys
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
while True:
    connection, _ = listening.accept()
    print(connection.recv(4096).split(b" ")[0].decode(), flush=True)
    connection.close()
EOF
cat >users.py <<'EOF'
import os
from locust import FastHttpUser, HttpUser, constant, task
Kind = {"fast": FastHttpUser, "plain": HttpUser}[os.environ["KIND"]]
class User(Kind):
    wait_time = constant(1000)
    @task
    def ask(self):
        if os.environ["METHOD"] == "GET":
            self.client.get("/")
        else:
            self.client.post("/", data="a=1")
EOF
asked() {
  python3 closes.py >came & server=$!
  sleep 1
  KIND=$1 METHOD=$2 own/bin/locust -f users.py --headless -u 1 -r 1 -t 3s --only-summary --csv told \
    -H "http://127.0.0.1:$(head -n 1 came)" >log 2>&1 || true
  kill $server
  told=$(tail -n 1 told_stats.csv | cut -d, -f3,4)
  came=$(grep -c "$2" came)
  echo "$1 $2: $came came; told (requests, failures): $told"
}
asked fast GET && [ "$came" = 12 ] && [ "$told" = "1,1" ]
asked fast POST && [ "$came" = 1 ]
asked plain GET && [ "$came" = 1 ]
