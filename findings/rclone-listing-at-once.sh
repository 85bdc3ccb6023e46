#!/bin/sh
# rclone 1.60.1 (Debian 12): `rclone copy` from an HTTP remote that answers 503, with its defaults (--retries 3,
# --low-level-retries 10).
#
# Expected  the two layers multiply: 30 requests with growing waits.
# Seen      3 requests within a tenth of a second: the listing does not pass through the low-level retries of this
#           remote, and the outer ones wait for nothing (--retries-sleep is 0).
# Matters   the documented numbers suggest a long, spread storm; what comes is a burst of three that is over before
#           anything can recover, and a job that failed. For a world: 3 attempts, no back-off.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
apt-get download -q rclone=1.60.1+dfsg-2+b5 >/dev/null 2>&1
dpkg -x ./*.deb .
cat >run.py <<'EOF'
import http.server, subprocess, sys, threading, time

times = []
class Busy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        times.append(time.monotonic())
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_HEAD = do_GET
    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
done = subprocess.run(["usr/bin/rclone", "--config", "/dev/null", "copy", ":http:", "to", "--http-url", url], capture_output=True, timeout=300)
spent = times[-1] - times[0]
print(f"{len(times)} requests within {spent:.2f} s, exit {done.returncode}")
sys.exit(0 if len(times) <= 4 and spent < 1 else 1)
EOF
python3 run.py
