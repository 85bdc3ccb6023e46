"""What `tidegate gate manifests` writes, run: its container's words start a gate that a cluster can ask.

There is no cluster here: what is mounted is laid out in a folder, and who asks trusts what the webhook
trusts, by the service's name.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import subprocess
import sys
import time

import pytest

from gate_manifests_sample import asked, laid_out, objects
from gate_sample import WORLD, review, scale
from gate_served import gate


class Served(http.client.HTTPSConnection):
    """A connection to a service by its name, which is on this machine."""

    def __init__(self, service, port, context):
        super().__init__(f"{service['name']}.{service['namespace']}.svc", port, timeout=30, context=context)

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), 30)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)


def ask(at, webhook, body):
    """Send a review as a server would by a webhook's configuration; return the answer."""
    client = webhook["clientConfig"]
    trusted = ssl.create_default_context(cadata=base64.b64decode(client["caBundle"]).decode())
    connection = Served(client["service"], at.port, trusted)
    try:
        connection.request("POST", f"{client['service']['path']}?timeout=3s", json.dumps(body).encode())
        return json.loads(connection.getresponse().read())["response"]
    finally:
        connection.close()


def is_no_longer_trusted(at, webhook, body, within_s=20.0):
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        try:
            ask(at, webhook, body)
        except ssl.SSLCertVerificationError:
            return True
        time.sleep(0.1)
    return False


def write(folder, *words):
    command = [
        sys.executable,
        "-m",
        "tidegate.cli.main",
        "gate",
        "manifests",
        "shop.yaml",
        "--output",
        "out",
        *words,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert 0 == done.returncode, done.stderr
    return objects(folder / "out")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shop.yaml").write_text(WORLD)
    return tmp_path


def test_what_is_written_answers_the_cluster(folder, monkeypatch):
    """The container's words start it, its probes answer, and the webhook refuses an unsafe step."""
    found = write(folder, "--mode", "enforce", "--namespace", "scaling")
    words = laid_out(found, folder)
    at = words.index("--listen")
    assert ":8443" == words.pop(at + 1)
    words.pop(at)  # here it is any free port
    assert "gate" == words.pop(0)
    words.remove("--cluster")  # there is none here
    [container] = found["Deployment", "gate"]["spec"]["template"]["spec"]["containers"]
    [named] = container["env"]
    assert "metadata.namespace" == named["valueFrom"]["fieldRef"]["fieldPath"]
    monkeypatch.setenv(named["name"], "scaling")
    [webhook] = [
        one for one in found["ValidatingWebhookConfiguration", "tidegate-gate"]["webhooks"]
        if one["name"] == "scale.tidegate.dev"
    ]  # fmt: skip
    body = json.loads(review("deployments", scale(4), scale(40)).body)
    own = json.loads(review("deployments", scale(1), scale(40), namespace="scaling").body)
    assert asked(webhook, body)
    trusted = ssl.create_default_context(
        cadata=base64.b64decode(webhook["clientConfig"]["caBundle"]).decode()
    )
    trusted.check_hostname = False  # the probes of a node do not look at names; those of `ask` do
    with gate(folder, *words, trusted=trusted) as at:
        for probe in ("readinessProbe", "livenessProbe"):
            assert 200 == at.ask(container[probe]["httpGet"]["path"], method="GET")[0]
        at.until_known(
            webhook["clientConfig"]["service"]["path"], json.dumps(body).encode(), "not worked out"
        )
        answer = ask(at, webhook, body)
        assert (False, 403) == (answer["allowed"], answer["status"]["code"])
        assert "Allowed now: 18." in answer["status"]["message"]
        assert ask(at, webhook, own)["allowed"], "the gate's own namespace is never held up"
        # Written anew and applied while it runs, as it is before the certificate ends.
        again = write(folder, "--mode", "enforce", "--namespace", "scaling")
        [renewed] = [
            one for one in again["ValidatingWebhookConfiguration", "tidegate-gate"]["webhooks"]
            if one["name"] == "scale.tidegate.dev"
        ]  # fmt: skip
        assert not ask(at, renewed, body)["allowed"], "the certificate before is trusted until it is another"
        laid_out(again, folder)
        assert is_no_longer_trusted(at, webhook, body), (
            "what the first webhook trusts signs no second certificate"
        )
        assert not ask(at, renewed, body)["allowed"]
    assert list((folder / "data").glob("shop-*.json")), (
        "what was worked out is kept where the pod has its data"
    )


def test_it_begins_by_watching(folder):
    """Without a word of mode it changes nothing and says nothing to who asks."""
    words = laid_out(write(folder), folder)
    assert "preview" == words[words.index("--mode") + 1]
