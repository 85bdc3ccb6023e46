"""`tidegate gate`: asked before it runs, by whatever is about to scale."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tidegate.cli import gate_options
from tidegate.cli.app import app
from tidegate.errors import Fault, InputError
from tidegate.gate.asking.ruling import Mode, OnDoubt

if TYPE_CHECKING:
    from tidegate.adapters.kubernetes_api.api_access import ApiAccess
    from tidegate.server.listener import Tls

_PORT = 8443


@app.command()
def gate(  # noqa: PLR0913  one parameter for each option
    worlds: gate_options.Worlds,
    *,
    listen: gate_options.Listen = f"127.0.0.1:{_PORT}",
    tls_cert: gate_options.TlsCert = None,
    tls_key: gate_options.TlsKey = None,
    client_ca: gate_options.ClientCa = None,
    mode: gate_options.GateMode = Mode.PREVIEW,
    on_doubt: gate_options.Doubt = OnDoubt.ALLOW,
    namespace: gate_options.Namespace = "",
    cluster: gate_options.OfPod = False,
    kubeconfig: gate_options.Kubeconfig = None,
    kubectl_proxy: gate_options.Proxy = None,
    model_unnamed: gate_options.ModelUnnamed = False,
    data: gate_options.Data = "tidegate-gate",
    work_limit: gate_options.WorkLimit = "10min",
    tokens: gate_options.Tokens = "",
    run_task_key: gate_options.RunTaskKey = "",
    run_task_host: gate_options.RunTaskHosts = None,
    github_secret: gate_options.GithubSecret = "",
    github_app: gate_options.GithubApp = "",
    github_key: gate_options.GithubKey = "",
    github_token: gate_options.GithubToken = "",
    github_host: gate_options.GithubHosts = None,
) -> None:
    """Answer whatever is about to scale, before it does: one process, a path for each kind of caller.

    `tidegate gate manifests` writes what a cluster needs so that it asks.
    """
    from tidegate.gate.asking.ruling import Policy
    from tidegate.server.gate.gate_lifetime import GateSetting, run_gate
    from tidegate.server.gate.signed_paths import SignedSetting
    from tidegate.server.logs import log_to

    host, port = _place(listen)
    tls = _tls(tls_cert, tls_key, client_ca)
    reached, own = _cluster(kubeconfig, kubectl_proxy, of_pod=cluster)
    if model_unnamed and reached is None:
        allowed = "--cluster, --kubeconfig or --kubectl-proxy beside it"
        raise InputError(Fault(what="needs a cluster that is read", path="--model-unnamed", allowed=allowed))
    signed = SignedSetting(
        run_task_key=run_task_key, run_task_hosts=tuple(run_task_host or ()),
        github_secret=github_secret, github_hosts=tuple(github_host or ()),
        github_app=github_app, github_key=github_key, github_token=github_token,
    )  # fmt: skip

    def tell(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    log_to()
    setting = GateSetting(
        worlds=tuple(worlds),
        host=host,
        port=port,
        folder=data,
        policy=Policy(mode=mode, on_doubt=on_doubt),
        tls=tls,
        own_namespace=namespace or own,
        cluster=reached,
        models_unnamed=model_unnamed,
        work_limit_s=_limit_s(work_limit),
        tokens=tokens,
        signed=signed,
    )
    run_gate(setting, tell)


def _cluster(kubeconfig: str | None, proxy: str | None, *, of_pod: bool) -> tuple[ApiAccess | None, str]:
    """Return how a cluster is reached, None where none is read; and the namespace that this pod runs in.

    Raises
    ------
    InputError
        If several are named, or the one that is cannot be reached so.
    """
    from tidegate.adapters.kubernetes_api import api_access

    ways = {"--cluster": of_pod, "--kubeconfig": kubeconfig, "--kubectl-proxy": proxy}
    said = [name for name, value in ways.items() if value]
    if len(said) > 1:
        raise InputError(Fault(what="are given together", path=", ".join(said), allowed="one of them"))
    own = api_access.namespace_of_pod()
    if kubeconfig is not None:
        return api_access.by_kubeconfig(kubeconfig), own
    if proxy is not None:
        return api_access.through_proxy(proxy), own
    return (api_access.of_pod() if of_pod else None), own


def _tls(certificate: str | None, key: str | None, client_authority: str | None) -> Tls | None:
    """Return what TLS needs; None where it is not asked for.

    Raises
    ------
    InputError
        If a part of it is missing, or there is no such file.
    """
    from tidegate.adapters.files.worlds import is_file
    from tidegate.server.listener import Tls

    said = {"--tls-cert": certificate, "--tls-key": key, "--client-ca": client_authority}
    missing = [name for name in ("--tls-cert", "--tls-key") if said[name] is None]
    if len(missing) == 2 and client_authority is None:
        return None
    faults = [Fault(what="is missing", path=name, allowed="a certificate and its key") for name in missing]
    faults += [
        Fault(what="no such file", kind="absent", path=name, value=file)
        for name, file in said.items()
        if file is not None and not is_file(file)
    ]
    if faults or certificate is None or key is None:
        raise InputError(*faults)
    return Tls(certificate=certificate, key=key, client_authority=client_authority or "")


def _limit_s(text: str) -> float:
    """Return how long a question may take.

    Raises
    ------
    InputError
        If it is no such time.
    """
    from tidegate.world.file.quantity import parse_quantity

    try:
        limit_s = parse_quantity(text, "s")
    except InputError:
        limit_s = 0.0
    if limit_s <= 0.0:
        allowed = "a time such as 10min or 90s"
        raise InputError(Fault(what="is no such time", path="--work-limit", value=text, allowed=allowed))
    return limit_s


def _place(listen: str) -> tuple[str, int]:
    """Return host and port.

    Raises
    ------
    InputError
        If it is no such place.
    """
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise InputError(
            Fault(
                what="is no place to listen at", path="--listen", value=listen, allowed="HOST:PORT or :PORT"
            )
        )
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104  asked for by leaving the host out
