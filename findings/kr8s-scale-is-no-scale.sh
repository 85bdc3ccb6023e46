#!/bin/sh
# kr8s 0.20.15 (PyPI), Python 3.11: Deployment.scale(3), from one replica, against a server that answers as Kubernetes
# does.
#
# Expected  a write to the resource's `scale`, as `kubectl scale` and the autoscaler make it.
# Seen      a patch of the Deployment itself (`spec.replicas`): no request has to do with `deployments/scale`.
# Matters   an admission webhook or a role that is written for `*/scale`, where scaling is thought to pass, is not asked.
#           Ours is registered for both.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet kr8s==0.20.15 2>/dev/null
cat >run.py <<'EOF'
import http.server, json, sys, threading
import kr8s
from kr8s.objects import Deployment

asked = []
class Api(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        asked.append((self.command, self.path, body))
        found = {"apiVersion": "apps/v1", "kind": "Deployment",
                 "metadata": {"name": "shop", "namespace": "default", "uid": "1", "resourceVersion": "1"},
                 "spec": {"replicas": 1 if self.command == "GET" else 3}, "status": {"replicas": 3}}
        if self.path.startswith("/version"):
            found = {"major": "1", "minor": "32", "gitVersion": "v1.32.0"}
        text = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    do_GET = do_PATCH = do_PUT = answer
    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()
api = kr8s.api(url=f"http://127.0.0.1:{server.server_port}")
Deployment({"metadata": {"name": "shop", "namespace": "default"}, "spec": {"replicas": 1}}, api=api).scale(3)
for one in asked:
    print(*one)
written = [(path, json.loads(body)) for method, path, body in asked if method != "GET"]
sys.exit(written != [("/apis/apps/v1/namespaces/default/deployments/shop", {"spec": {"replicas": 3}})])
EOF
own/bin/python run.py
