#!/bin/sh
# python-tds 1.17.1 (PyPI), Python 3.11: connect(login_timeout=5) to a server that accepts and does not answer yet, and
# connect() to one that closes every connection.
#
# Expected  one connection each: given up after 5 s, and an error at once. login_timeout is the time for connection and login
#           by its docstring, retries are not spoken of.
# Seen      four connections within the 5 s, at 0, 0.4, 1.3 and 3 s: the first is left after 8 % of the time, the others a
#           little later each. Where the server closes, four at 0, 1, 3 and 8 s (default of 15 s), then TimeoutError.
# Matters   a SQL Server that logs in within half a second under load, well inside the time-out, is left in the middle of it
#           and asked again, without jitter: login work is done twice and more in the moment in which it is slow.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet python-tds==1.17.1 2>/dev/null
cat >run.py <<'EOF'
import socket, sys, threading, time
import pytds

def connections(closes, **limit):
    listener, times, held = socket.create_server(("127.0.0.1", 0)), [], []
    def serve():
        while True:
            connection, _ = listener.accept()
            times.append(time.monotonic())
            connection.close() if closes else held.append(connection)
    threading.Thread(target=serve, daemon=True).start()
    try:
        pytds.connect("127.0.0.1", port=listener.getsockname()[1], user="a", password="b", database="c", **limit)
        ended = "connected"
    except Exception as error:
        ended = type(error).__name__
    return [round(at - times[0], 1) for at in times], ended

silent, closing = connections(False, login_timeout=5), connections(True)
print("silent, 5 s:", *silent, "- closing:", *closing)
sys.exit(0 if len(silent[0]) == 4 and silent[0][1] < 1 and len(closing[0]) == 4 and closing[1] == "TimeoutError" else 1)
EOF
own/bin/python run.py
