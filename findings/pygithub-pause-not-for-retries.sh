#!/bin/sh
# PyGithub 2.10.0 with urllib3 2.8.0 (PyPI), Python 3.11: get_emojis() four times from a server that is well, and once each from
# one that answers 503 and one that closes.
#
# Expected  at least a quarter of a second between any two requests: seconds_between_requests is 0.25 as it comes, and its ten
#           retries wait longer each time.
# Seen      well: as expected. 503 and closed: eleven requests within some 50 ms, on as many connections where closed. The pause
#           stands before the retries, not among them, and they have no back-off unless a Retry is given by hand.
# Matters   a fleet of CI jobs that asks politely while all is well asks eleven times as much, at once, from the moment in which
#           the server sheds load. In a world: `immediate` with ten retries.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet PyGithub==2.10.0 urllib3==2.8.0 requests==2.34.2 2>/dev/null
cat >run.py <<'EOF'
import logging, socket, sys, threading, time
import github

logging.disable(logging.CRITICAL)
WELL = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
SHEDS = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"

def asked(answer, calls):
    listener, times = socket.create_server(("127.0.0.1", 0)), []
    def talk(connection):
        while connection.recv(65536):
            times.append(time.monotonic())
            if not answer:
                break
            connection.sendall(answer)
        connection.close()
    def serve():
        while True:
            threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=serve, daemon=True).start()
    client = github.Github(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    for _ in range(calls):
        try:
            client.get_emojis()
        except Exception:
            pass
    return len(times), times[-1] - times[0]

well, sheds, closes = asked(WELL, 4), asked(SHEDS, 1), asked(b"", 1)
print("requests, seconds from the first to the last:", *(f"{name} {count}, {spent:.2f};" for name, (count, spent) in
      {"well (four calls)": well, "503 (one call)": sheds, "closed (one call)": closes}.items()))
sys.exit(0 if well[0] == 4 and well[1] > 0.7 and all(count == 11 and spent < 0.7 for count, spent in (sheds, closes)) else 1)
EOF
own/bin/python run.py
