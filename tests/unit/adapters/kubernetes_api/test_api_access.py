"""How a cluster is reached, and what is refused: no unchecked server, no program, no other machine."""

from __future__ import annotations

import pytest
import yaml

from gate_served import Authority
from tidegate.adapters.kubernetes_api.api_access import by_kubeconfig, namespace_of_pod, of_pod, through_proxy
from tidegate.errors import InputError


def kubeconfig(folder, cluster=None, user=None, context="here"):
    """Write a kubeconfig; return its path."""
    document = {
        "current-context": context,
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.1:6443/k8s", **(cluster or {})}}],
        "users": [{"name": "u", "user": user or {"token": "abc"}}],
    }
    path = folder / "config"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return str(path)


def test_a_kubeconfig_that_is_whole(tmp_path):
    """Server with a prefix, authority, and a certificate of ours from files beside it."""
    authority = Authority(tmp_path, "authority")
    certificate, key = authority.certificate("us")
    user = {"client-certificate": certificate, "client-key": key, "token": "abc"}
    access = by_kubeconfig(kubeconfig(tmp_path, {"certificate-authority": "authority.pem"}, user))
    assert ("10.0.0.1", 6443, "/k8s", "abc") == (access.host, access.port, access.prefix, access.token())
    assert 1 == len(access.tls.get_ca_certs())


@pytest.mark.parametrize(
    ("cluster", "user", "context", "said"),
    [
        ({"server": "http://10.0.0.1"}, None, "here", "clusters.cluster.server"),
        ({"server": "10.0.0.1"}, None, "here", "clusters.cluster.server"),
        ({"insecure-skip-tls-verify": True}, None, "here", "insecure-skip-tls-verify"),
        ({"certificate-authority": "none.pem"}, None, "here", "certificate-authority"),
        ({"certificate-authority-data": "%%"}, None, "here", "certificate-authority-data"),
        ({"certificate-authority-data": "YWJj"}, None, "here", "certificate-authority"),
        ({}, {"exec": {"command": "aws"}}, "here", "users.user.exec"),
        ({}, {"auth-provider": {"name": "gcp"}}, "here", "users.user.exec"),
        ({}, None, "there", "contexts"),
    ],
)
def test_a_kubeconfig_that_is_refused(tmp_path, cluster, user, context, said):
    """Each by what is wrong with it; a token never shows."""
    with pytest.raises(InputError) as raised:
        by_kubeconfig(kubeconfig(tmp_path, cluster, user, context))
    assert said in str(raised.value.faults[0])
    assert "abc" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1:8001", "https://127.0.0.1:8001", "127.0.0.1:8001", "file:///x"]
)
def test_a_proxy_is_on_this_machine(url):
    with pytest.raises(InputError):
        through_proxy(url)


def test_a_pod_reads_its_account_anew(tmp_path, monkeypatch):
    """The token is renewed every hour; outside of a cluster nothing is guessed."""
    with pytest.raises(InputError):
        of_pod(tmp_path)
    assert "" == namespace_of_pod(tmp_path)
    authority = Authority(tmp_path, "ca")
    (tmp_path / "ca.crt").write_bytes(authority.path.read_bytes())
    (tmp_path / "token").write_text("first\n")
    (tmp_path / "namespace").write_text("tidegate")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    access = of_pod(tmp_path)
    assert ("10.96.0.1", 443, "first") == (access.host, access.port, access.token())
    (tmp_path / "token").write_text("second")
    assert ("second", "tidegate") == (access.token(), namespace_of_pod(tmp_path))
