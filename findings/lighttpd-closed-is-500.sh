#!/bin/sh
# lighttpd 1.4.69 and Apache 2.4.71 (Debian 12), each a proxy with two servers in turn, one of which reads the request and closes
# the connection without a word, as one that restarts or has too few workers does; 20 GETs.
#
# Expected  200 for all, as a GET may be sent again to the other server (RFC 9110, section 9.2.2), or else 502, which stands for
#           a server behind that gave no valid answer (section 15.6.3), and fewer of them once the server is known. Apache says 502.
# Seen      lighttpd says 500 for every second GET, to the end. Where the same server refuses the connection instead, it is
#           left out and all 20 are answered.
# Matters   clients and balancers that try again do so on 502, 503 and 504 as a rule, and not on 500, which also counts as a
#           fault of the service's own code: one server of two that restarts is an error rate of half which nobody retries, and which
#           is looked for in the wrong place.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
apt-get download -q lighttpd=1.4.69-1 apache2-bin=2.4.71-1~deb12u1 libapr1 libaprutil1 libnettle8 libxxhash0 libpcre2-8-0 liblua5.3-0 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
chmod 755 .
cat >run.py <<'EOF'
import collections, glob, http.client, os, socket, subprocess, sys, threading, time

here = os.getcwd()
os.environ["LD_LIBRARY_PATH"] = ":".join({os.path.abspath(os.path.dirname(it)) for it in glob.glob("**/*.so*", recursive=True)})

def serve(answer):
    listener = socket.create_server(("127.0.0.1", 0))
    def accept():
        while True:
            client = listener.accept()[0]
            client.recv(65536)
            client.sendall(answer)
            client.close()
    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]

def free():
    with socket.create_server(("127.0.0.1", 0)) as it:
        return it.getsockname()[1]

def lighttpd(port, bad, good):
    with open("lighttpd.conf", "w") as file:
        file.write(f"""server.port = {port}
server.bind = "127.0.0.1"
server.document-root = "{here}"
server.errorlog = "{here}/lighttpd.log"
server.modules = ("mod_proxy")
proxy.balance = "round-robin"
proxy.server = ("/" => (("host" => "127.0.0.1", "port" => {bad}), ("host" => "127.0.0.1", "port" => {good})))
""")
    return ["usr/sbin/lighttpd", "-D", "-f", "lighttpd.conf", "-m", "usr/lib/lighttpd"]

def apache(port, bad, good):
    modules = "mpm_event", "authz_core", "proxy", "proxy_http", "proxy_balancer", "lbmethod_byrequests", "slotmem_shm"
    loads = "".join(f"LoadModule {name}_module {here}/usr/lib/apache2/modules/mod_{name}.so\n" for name in modules)
    with open("apache.conf", "w") as file:
        file.write(f"""ServerRoot {here}
ServerName status.example
PidFile {here}/apache.pid
DefaultRuntimeDir {here}
ErrorLog {here}/apache.log
Listen 127.0.0.1:{port}
{loads}<Proxy balancer://both>
BalancerMember http://127.0.0.1:{bad}
BalancerMember http://127.0.0.1:{good}
</Proxy>
ProxyPass / balancer://both/
""")
    return ["usr/sbin/apache2", "-DFOREGROUND", "-f", f"{here}/apache.conf"]

def statuses(proxy, bad):
    port = free()
    command = proxy(port, bad, serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        seen = collections.Counter()
        for _ in range(20):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            client.request("GET", "/")
            seen[client.getresponse().status] += 1
            client.close()
            time.sleep(0.1)
        return dict(seen)
    finally:
        running.terminate()
        running.wait(10)

closes = serve(b"")
seen = {"lighttpd": statuses(lighttpd, closes), "Apache": statuses(apache, closes), "lighttpd, refused": statuses(lighttpd, free())}
print(seen)
sys.exit(0 if seen == {"lighttpd": {500: 10, 200: 10}, "Apache": {502: 10, 200: 10}, "lighttpd, refused": {200: 20}} else 1)
EOF
python3 run.py
