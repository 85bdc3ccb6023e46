"""An OpenID Connect provider as a process of its own, on loopback: what a login needs, and no more.

Whoever comes to its authorization endpoint is logged in at once as the user of the settings. Its settings
are a JSON file, read at each request, so a test can change them while it runs.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT, SECRET = "tidegate", "a secret of the client"
KEYS = {
    name: ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"})
    for name in ("own", "other")
}
CODES: dict[str, dict[str, str]] = {}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_args) -> None:
        pass

    def settings(self) -> dict[str, object]:
        return json.loads(Path(sys.argv[1]).read_text("utf-8"))

    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def give(self, found: object, status: int = 200) -> None:
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            own = self.url()
            self.give({"issuer": own, "authorization_endpoint": f"{own}/authorize",
                       "token_endpoint": f"{own}/token", "jwks_uri": f"{own}/keys"})  # fmt: skip
        elif parts.path == "/keys":
            self.give({"keys": [KEYS["own"].as_dict(private=False)]})
        elif parts.path == "/authorize":
            assert ("code", CLIENT, "S256") == (
                asked["response_type"],
                asked["client_id"],
                asked["code_challenge_method"],
            )
            code = hashlib.sha256(self.path.encode()).hexdigest()
            CODES[code] = asked
            self.send_response(302)
            back = urlencode({"code": code, "state": asked["state"]})
            self.send_header("location", f"{asked['redirect_uri']}?{back}")
            self.send_header("content-length", "0")
            self.end_headers()
        else:
            self.give({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        asked = CODES.pop(sent.get("code", ""), None)
        who = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_right = (
            asked is not None
            and self.headers.get("authorization") == f"Basic {who}"
            and challenge == asked["code_challenge"]
            and sent["redirect_uri"] == asked["redirect_uri"]
        )
        if not is_right:
            self.give({"error": "invalid_grant"}, 400)
            return
        settings, now_s = self.settings(), int(time.time())
        claims = {"iss": self.url(), "aud": CLIENT, "sub": "u1", "iat": now_s, "exp": now_s + 300,
                  "nonce": asked["nonce"], **settings["claims"]}  # fmt: skip
        key = KEYS[settings.get("key", "own")]
        token = jwt.encode({"alg": "ES256", "kid": "own"}, claims, key)
        self.give({"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": token})


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
