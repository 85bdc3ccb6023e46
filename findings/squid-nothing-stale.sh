#!/bin/sh
# squid 5.7 (Debian 12): an answer that is kept for a second and has stale-if-error=600, in front of an origin that then says
# 503, then refuses; with a configuration that names no refresh_pattern, and with the last of those that are shipped (. 0 20% 4320).
#
# Expected  the kept answer both times, in both: squid.conf.documented says of max_stale that what fails validation is served for
#           up to a week by default, the answer itself allows ten minutes, and refresh_pattern is there for answers without
#           an expiry time.
# Seen      with the pattern it is so. Without one the 503 is passed on, and where the origin refuses squid says 504:
#           nothing is served once it is stale, although it is in memory.
# Matters   a short configuration for one service has no refresh_pattern, and works until the day on which the cache was to
#           carry the site: at the origin's first 503 all of what it holds is useless, and every client sees the outage.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
apt-get download -q squid=5.7-2+deb12u6 squid-common=5.7-2+deb12u6 squid-langpack libecap3 libltdl7 libnetfilter-conntrack3 \
  libnfnetlink0 libmnl0 libgssapi-krb5-2 libk5crypto3 libkrb5-3 libkrb5support0 libkeyutils1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
chmod 755 .
cat >run.py <<'EOF'
import glob, http.client, http.server, os, socket, subprocess, sys, threading, time

here = os.getcwd()
os.environ["LD_LIBRARY_PATH"] = ":".join({os.path.abspath(os.path.dirname(it)) for it in glob.glob("**/*.so*", recursive=True)})

class Origin(http.server.BaseHTTPRequestHandler):
    well = True
    def do_GET(self):
        self.send_response(200 if Origin.well else 503)
        if Origin.well:
            self.send_header("Cache-Control", "max-age=1, stale-if-error=600")
            self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_):
        pass

def ask(port):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request("GET", "/")
    answer = client.getresponse()
    client.close()
    return f"{answer.status} {answer.getheader('X-Cache', '').split(' ')[0]}"

def seen(pattern):
    Origin.well = True
    origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with open("squid.conf", "w") as file:
        file.write(f"""http_port 127.0.0.1:{port} accel defaultsite=status.example
cache_peer 127.0.0.1 parent {origin.server_port} 0 no-query no-digest originserver
http_access allow all
cache_effective_user nobody
pid_filename none
access_log none
cache_log /dev/null
coredump_dir none
netdb_filename none
pinger_enable off
unlinkd_program {here}/usr/lib/squid/unlinkd
mime_table {here}/usr/share/squid/mime.conf
icon_directory {here}/usr/share/squid/icons
error_directory {here}/usr/share/squid/errors/templates
{pattern}
""")
    squid = subprocess.Popen(["usr/sbin/squid", "-N", "-f", "squid.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        answers = [ask(port), ask(port)]
        time.sleep(2.2)
        Origin.well = False
        answers.append(ask(port))
        origin.shutdown()
        origin.server_close()
        return [*answers, ask(port)]
    finally:
        squid.kill()
        squid.wait()

without, shipped = seen(""), seen("refresh_pattern . 0 20% 4320")
print(f"fresh, kept, the origin says 503, it refuses: without a pattern {without}, with the shipped one {shipped}")
sys.exit(0 if without == ["200 MISS", "200 HIT", "503 MISS", "504 MISS"] and shipped == ["200 MISS", *3 * ["200 HIT"]] else 1)
EOF
python3 run.py
