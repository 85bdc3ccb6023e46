"""etcd, kube-apiserver and kube-controller-manager as processes on loopback, and kubectl beside them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_CONTROLLERS = "horizontalpodautoscaling,deployment,replicaset,statefulset,namespace,disruption"
_TOKEN = "a-person"  # noqa: S105  of a server on loopback that lives for minutes
_READY_WITHIN_S = 180.0
_KUBECTL = shutil.which("kubectl") or "kubectl"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What kubectl ended with and printed (`answer` to its output alone), and how long it took."""

    command: str
    code: int
    text: str
    answer: str
    took_s: float

    def as_kept(self) -> dict[str, Any]:
        """Return it as the page keeps it."""
        return {"command": self.command, "code": self.code, "text": self.text, "took_s": round(self.took_s, 1)}


def free_port() -> int:
    """Return a port of loopback that nobody listens at now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(kw_only=True)
class ControlPlane:
    """A server of Kubernetes that runs.

    Parameters
    ----------
    folder
        Where its files are.
    programs
        Where etcd, kube-apiserver and kube-controller-manager are.
    sync_s
        How often its autoscalers look.
    """

    folder: Path
    programs: Path
    sync_s: float = 15.0
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _port: int = 0

    def __enter__(self) -> Self:
        """Start it, and wait until it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port()
        self._write_keys()
        try:
            self._begin_etcd_and_server()
            self._until(self._is_ready, "kube-apiserver")
            self.begin_controllers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        """End all of it, what depends first."""
        for name in reversed(list(self._running)):
            self.end(name)

    def end(self, name: str) -> None:
        """End one of its processes."""
        process = self._running.pop(name)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def begin_controllers(self) -> None:
        """Start the controllers, which are a process of their own."""
        self._begin(
            "kube-controller-manager", "--kubeconfig", str(self.kubeconfig), "--controllers", _CONTROLLERS,
            "--use-service-account-credentials", "--leader-elect=false", "--port=0", "--secure-port=0",
            f"--horizontal-pod-autoscaler-sync-period={self.sync_s:g}s",
            "--horizontal-pod-autoscaler-use-rest-clients=true",
        )  # fmt: skip

    @property
    def kubeconfig(self) -> Path:
        """The file by which kubectl and the controllers reach it."""
        return self.folder / "kubeconfig"

    def checking_kubeconfig(self) -> Path:
        """Return the file of a kubeconfig by which the server is checked, as a gate wants it."""
        config = json.loads(self.kubeconfig.read_text())
        [cluster] = config["clusters"]
        del cluster["cluster"]["insecure-skip-tls-verify"]
        cluster["cluster"]["certificate-authority"] = str(self.folder / "certs" / "apiserver.crt")
        made = self.folder / "checking-kubeconfig"
        made.write_text(json.dumps(config))
        return made

    def version(self) -> str:
        """Return what the server calls itself."""
        return str(json.loads(self.must("get", "--raw", "/version").answer)["gitVersion"])

    def kubectl(self, *words: str, given: object = None, text: str = "") -> Said:
        """Run kubectl, and return what it said, whatever it ended with.

        Parameters
        ----------
        words
            What is typed after `kubectl`.
        given
            An object that it reads from its standard input, as `-f -`.
        text
            What it reads instead, as it stands.
        """
        read = text or ("" if given is None else json.dumps(given))
        began_s = time.monotonic()
        done = subprocess.run(  # noqa: S603  our own words
            [_KUBECTL, "--kubeconfig", str(self.kubeconfig), *words], input=read, capture_output=True,
            text=True, timeout=180, check=False, env={**os.environ, "HOME": str(self.folder)},
        )  # fmt: skip
        said = (done.stdout + done.stderr).strip()
        command = " ".join(["kubectl", *words])
        return Said(command=command, code=done.returncode, text=said, answer=done.stdout, took_s=time.monotonic() - began_s)

    def must(self, *words: str, given: object = None) -> Said:
        """Run kubectl; what it cannot do is an error."""
        said = self.kubectl(*words, given=given)
        if said.code:
            raise RuntimeError(f"{said.command}: {said.text}")
        return said

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask the server itself, and return the object that it answers with; an empty one where it refuses."""
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        asked = urllib.request.Request(
            f"https://127.0.0.1:{self._port}{path}", method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {_TOKEN}", "Content-Type": "application/strategic-merge-patch+json"},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(asked, timeout=10, context=trusting) as answer:  # noqa: S310  of our own
                return dict(json.loads(answer.read()))
        except urllib.error.HTTPError:
            return {"items": []}

    def read(self, *words: str) -> dict[str, Any]:
        """Return an object as it stands."""
        return dict(json.loads(self.must("get", *words, "-o", "json").answer))

    def events(self, namespace: str, name: str) -> list[dict[str, Any]]:
        """Return the events about an object, the oldest first."""
        found = self.read("events", "-n", namespace, "--field-selector", f"involvedObject.name={name}")["items"]
        return sorted(found, key=lambda one: str(one["firstTimestamp"]))

    def counted(self, metric: str) -> float:
        """Return the sum of one of the server's own counters."""
        lines = self.must("get", "--raw", "/metrics").answer.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{metric}{{", f"{metric} ")))

    def _begin(self, name: str, *words: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603  our own words
                [self.programs / name, *words], stdout=log, stderr=log, cwd=self.folder
            )

    def _begin_etcd_and_server(self) -> None:
        etcd, peers = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self._begin(
            "etcd", "--data-dir", str(self.folder / "etcd"), "--listen-client-urls", etcd, "--advertise-client-urls",
            etcd, "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster",
            f"default={peers}", "--unsafe-no-fsync",
        )  # fmt: skip
        self._begin(
            "kube-apiserver", "--etcd-servers", etcd, "--bind-address=127.0.0.1", f"--secure-port={self._port}",
            "--insecure-port=0", "--cert-dir", str(self.folder / "certs"), "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-key-file", str(self.folder / "sa.pub"), "--service-account-signing-key-file",
            str(self.folder / "sa.key"), "--service-account-issuer=https://kubernetes.default.svc",
            "--authorization-mode=RBAC", "--token-auth-file", str(self.folder / "tokens.csv"),
            "--endpoint-reconciler-type=none", "--disable-admission-plugins=ServiceAccount",
            "--profiling=false",
        )  # fmt: skip

    def _write_keys(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = serialization.Encoding.PEM
        (self.folder / "sa.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
        )
        (self.folder / "sa.pub").write_bytes(
            key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        (self.folder / "tokens.csv").write_text(f'{_TOKEN},admin,1,"system:masters"\n')
        cluster = {"server": f"https://127.0.0.1:{self._port}", "insecure-skip-tls-verify": True}
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{"name": "here", "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": _TOKEN}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "admin"}}],
        }  # fmt: skip
        self.kubeconfig.write_text(json.dumps(config))

    def _is_ready(self) -> bool:
        for name, process in self._running.items():
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended: see {self.folder / name}.log")
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        asked = urllib.request.Request(f"https://127.0.0.1:{self._port}/readyz", headers={"Authorization": f"Bearer {_TOKEN}"})
        try:
            with urllib.request.urlopen(asked, timeout=5, context=trusting) as answer:  # noqa: S310  of our own
                return bool(answer.status == 200)
        except OSError:
            return False

    @staticmethod
    def _until(is_so: Any, what: str) -> None:
        until_s = time.monotonic() + _READY_WITHIN_S
        while not is_so():
            if time.monotonic() > until_s:
                raise RuntimeError(f"{what} is not ready")
            time.sleep(0.5)


@contextmanager
def control_plane(folder: Path, programs: Path) -> Iterator[ControlPlane]:
    """Run a server in a folder that is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    with ExitStack() as closes:
        yield closes.enter_context(ControlPlane(folder=folder, programs=programs))
