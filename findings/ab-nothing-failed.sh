#!/bin/sh
# ApacheBench 2.3 of Debian 12 (apache2-utils 2.4.71-1~deb12u1), and autocannon 9.0.0 (npm, Node 20): requests to a server
# that reads each and closes the connection without a byte of an answer, as one does that is out of workers.
#
# Expected  every request told as failed: none was answered.
# Seen      ab: 20 complete, 0 failed. autocannon: 5 requests, 0 errors, 0 time-outs, 0 answers that are not 2xx, and none
#           that is: only who compares the two sees it. (siege, h2load and loadtest tell each as failed.)
# Matters   a load test that looks for failures finds none in an outage. Count answers, not failures.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
command -v ab >/dev/null || apt-get install --yes -qq apache2-utils >/dev/null
dpkg-query --show apache2-utils
npm install --silent autocannon@9.0.0 >/dev/null 2>&1
cat >closes.py <<'EOF'
import socket
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
while True:
    connection, _ = listening.accept()
    connection.recv(4096)
    connection.close()
EOF
python3 closes.py >came & server=$!
trap 'kill $server; rm -rf "$place"' EXIT
sleep 1
at="http://127.0.0.1:$(head -n 1 came)/"
ab -n 20 -c 2 "$at" >told 2>&1
grep -E "Complete|Failed" told
grep -Eq "Complete requests: +20$" told && grep -Eq "Failed requests: +0$" told
node_modules/.bin/autocannon -j -c 1 -a 5 "$at" >told.json 2>/dev/null
python3 - <<'EOF'
import json, sys
told = json.load(open("told.json"))
seen = {key: told[key] for key in ("errors", "timeouts", "non2xx", "2xx")} | {"requests": told["requests"]["sent"]}
print("autocannon", seen)
sys.exit(any(seen[key] for key in ("errors", "timeouts", "non2xx", "2xx")) or seen["requests"] < 5)
EOF
