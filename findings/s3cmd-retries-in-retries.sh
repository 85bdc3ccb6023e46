#!/bin/sh
# s3cmd 2.4.0 (PyPI), Python 3.11: `s3cmd --max-retries=2 ls` of one bucket on a server that answers 503.
#
# Expected  three requests: one and its two retries.
# Seen      12 within 36 s: before every try of the listing the bucket's place is asked for, with the same number of
#           retries of its own, (1 + 3) x 3. With the default of 5 it is (1 + 6) x 6 (28 requests and still at it after
#           200 s, then ended).
# Matters   backup jobs start at the same minute everywhere. The retries of two layers multiply, waits of 3, 6, 9 s
#           carry no jitter, and `--max-retries` bounds neither the requests nor the time.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet s3cmd==2.4.0 2>/dev/null
cat >run.py <<'EOF'
import http.server, subprocess, sys, threading, time

times = []
class Busy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        times.append((time.monotonic(), "place" if "location" in self.path else "listing"))
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy)
threading.Thread(target=server.serve_forever, daemon=True).start()
at = f"127.0.0.1:{server.server_port}"
subprocess.run(["own/bin/s3cmd", "--config=/dev/null", "--access_key=a", "--secret_key=b", "--no-ssl", f"--host={at}",
                f"--host-bucket={at}", "--max-retries=2", "ls", "s3://bucket"], capture_output=True, timeout=400)
print(f"{len(times)} requests in {times[-1][0] - times[0][0]:.0f} s:", *(f"{t - times[0][0]:.0f}s {what}" for t, what in times))
sys.exit(0 if len(times) == 12 and len({what for _, what in times}) == 2 else 1)
EOF
own/bin/python run.py
