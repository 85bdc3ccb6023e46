"""Those who call the gate and wait to be called back: HCP Terraform and GitHub, on loopback over TLS."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

KEY = "a key of at least sixteen"
GROUP = "aws_autoscaling_group.shop"


@dataclass(frozen=True, kw_only=True)
class Came:
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def document(self) -> dict[str, object]:
        return json.loads(self.body)


Given = tuple[int, dict[str, str], bytes]


@dataclass(kw_only=True)
class Place:
    """A server that answers as it is told, and keeps what came."""

    port: int
    came: list[Came] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def sent(self, method: str, within_s: float = 60.0, count: int = 1) -> list[Came]:
        """Return what came by a method, once it is so much."""
        until_s = time.monotonic() + within_s
        while True:
            found = [one for one in self.came if one.method == method]
            if len(found) >= count or time.monotonic() > until_s:
                return found
            time.sleep(0.05)


@contextmanager
def place(certificate: tuple[str, str], answer: Callable[[Came], Given]) -> Iterator[Place]:
    """Run such a server."""
    held: list[Place] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            came = Came(method=self.command, path=self.path, headers=headers, body=body)
            held[0].came.append(came)
            status, said, text = answer(came)
            self.send_response(status)
            for name, value in {**said, "content-length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = _any  # noqa: N815  as http.server calls them

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    held.append(Place(port=server.server_address[1]))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield held[0]
    finally:
        server.shutdown()
        server.server_close()


def plan(before: int, after: int) -> bytes:
    """Return a plan of Terraform in which a group of machines changes its size."""
    sizes = [{"desired_capacity": one, "min_size": one, "max_size": 100} for one in (before, after)]
    change = {"actions": ["update"], "before": sizes[0], "after": sizes[1], "after_unknown": {}}
    resource = {
        "address": GROUP, "mode": "managed", "type": "aws_autoscaling_group", "name": "shop",
        "change": change,
    }  # fmt: skip
    return json.dumps({"format_version": "1.2", "resource_changes": [resource]}).encode()


def run_task(url: str, **said: object) -> bytes:
    """Return what HCP sends after a plan."""
    document = {
        "payload_version": 1, "stage": "post_plan", "access_token": "run-token", "is_speculative": False,
        "task_result_id": "taskrs-1", "task_result_enforcement_level": "mandatory",
        "task_result_callback_url": f"{url}/api/v2/task-results/1/callback",
        "plan_json_api_url": f"{url}/api/v2/plans/plan-1/json-output", "run_id": "run-1",
        "run_created_by": "ann", "workspace_name": "shop", "organization_name": "acme",
        "run_app_url": f"{url}/app/acme/shop/runs/run-1", "vcs_branch": None,
    }  # fmt: skip
    return json.dumps({**document, **said}).encode()


def deployment(url: str, **said: object) -> bytes:
    """Return the event that GitHub sends when a job waits."""
    document = {
        "action": "requested", "environment": "production", "event": "push", "sha": "6dcb09b",
        "deployment_callback_url": f"{url}/api/v3/repos/acme/shop/actions/runs/7/deployment_protection_rule",
        "deployment": {"id": 11, "sha": "6dcb09b", "environment": "production", "payload": {}},
        "pull_requests": [], "repository": {"id": 1, "full_name": "acme/shop"},
        "sender": {"login": "ann"}, "installation": {"id": 42},
    }  # fmt: skip
    return json.dumps({**document, **said}).encode()


def signed_task(body: bytes, key: str = KEY) -> dict[str, str]:
    """Return the headers of a run task's request."""
    return {"X-Tfc-Task-Signature": hmac.new(key.encode(), body, hashlib.sha512).hexdigest()}


def signed_event(body: bytes, event: str = "deployment_protection_rule", key: str = KEY) -> dict[str, str]:
    """Return the headers of GitHub's webhook."""
    mark = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return {
        "X-Hub-Signature-256": f"sha256={mark}", "X-GitHub-Event": event, "X-GitHub-Delivery": "1",
        "Content-Type": "application/json",
    }  # fmt: skip
