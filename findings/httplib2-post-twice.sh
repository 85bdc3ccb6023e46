#!/bin/sh
# httplib2 0.32.1 (PyPI), Python 3.11: a POST that the server reads and then closes on without an answer.
#
# Expected  one request and an exception: RFC 9110, section 9.2.2, wants no automatic repetition of a method that is not
#           idempotent, and the README says nothing of repeating.
# Seen      the POST is sent twice within milliseconds, on a connection each, before the exception comes.
# Matters   a service that closes after it has done the work does it twice, and a crowd that is closed on sends twice as
#           much at once. Google's API client for Python stands on it: `retries: none` is wrong for it.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet httplib2==0.32.1 2>/dev/null
cat >run.py <<'EOF'
import socket, sys, threading, time
import httplib2

listener, seen = socket.create_server(("127.0.0.1", 0)), []
def serve():
    while True:
        connection, _ = listener.accept()
        seen.append(connection.recv(65536)[:4])
        connection.close()
threading.Thread(target=serve, daemon=True).start()
began = time.monotonic()
try:
    httplib2.Http(timeout=5).request(f"http://127.0.0.1:{listener.getsockname()[1]}/order", "POST", body=b"amount=1")
    ended = "answered"
except Exception as error:
    ended = type(error).__name__
spent = time.monotonic() - began
print(f"requests: {seen}, {ended} after {spent:.2f} s")
sys.exit(0 if seen == [b"POST", b"POST"] and spent < 2 else 1)
EOF
own/bin/python run.py
