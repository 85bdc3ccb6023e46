#!/bin/sh
# lightkube 1.0.1 (PyPI), Python 3.11: client.watch of pods, while the API server ends each watch at once without an
# error (as a proxy in front of it does that has no connection to spare).
#
# Expected  a pause between watches, at least a second or a growing one, as Kubernetes' own client has: the docstring
#           says only that a new request is made when the server closes without an error.
# Seen      no pause at all: hundreds of watches a second, from one loop, and none says where the last one ended
#           (no resourceVersion, so that each would bring every pod again).
# Matters   a controller written with it asks hundreds of times a second, in the moment in which its API server or the
#           balancer before it sheds load. In a world it is `immediate`, not `client-go`.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet lightkube==1.0.1 lightkube-models==1.37.0.8 httpx==0.28.1 2>/dev/null
cat >run.py <<'EOF'
import http.server, os, sys, threading, time
import lightkube
from lightkube.config.kubeconfig import KubeConfig
from lightkube.resources.core_v1 import Pod

asked = []
class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()
with open("config", "w") as file:
    file.write("{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}], users: "
               f"[{{name: a, user: {{token: x}}}}], clusters: [{{name: a, cluster: {{server: 'http://127.0.0.1:{server.server_port}'}}}}]}}")
client = lightkube.Client(config=KubeConfig.from_file("config"))
def watch():
    for _ in client.watch(Pod, namespace="default"):
        pass
threading.Thread(target=watch, daemon=True).start()
time.sleep(3)
seen = list(asked)
print(f"{len(seen)} watches in 3 s; with a resourceVersion: {sum('resourceVersion' in path for path in seen)}")
sys.stdout.flush()
os._exit(0 if len(seen) > 60 and not any("resourceVersion" in path for path in seen) else 1)
EOF
own/bin/python run.py
