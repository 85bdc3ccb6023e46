"""The options of `tidegate gate`, each with what it is for."""

from __future__ import annotations

from typing import Annotated

import typer

from tidegate.gate.asking.ruling import Mode, OnDoubt

Data = Annotated[str, typer.Option("--data", help="The folder in which what was worked out is kept.")]
OfPod = Annotated[
    bool, typer.Option("--cluster", help="Read the cluster that it runs in, by its pod's service account.")
]
Kubeconfig = Annotated[
    str | None, typer.Option(metavar="FILE", help="Read the cluster of this kubeconfig's current context.")
]
Proxy = Annotated[
    str | None,
    typer.Option("--kubectl-proxy", metavar="URL", help="Read a cluster through `kubectl proxy`."),
]
ModelUnnamed = Annotated[
    bool,
    typer.Option(
        "--model-unnamed",
        help="Model a workload that no world names from its own object in the cluster that is read.",
    ),
]
Worlds = Annotated[list[str], typer.Argument(metavar="WORLD...", help="World files or bundled worlds.")]
Listen = Annotated[str, typer.Option(metavar="[HOST]:PORT", help="Where to listen; port 0 is any free one.")]
TlsCert = Annotated[
    str | None, typer.Option("--tls-cert", metavar="FILE", help="Its certificate, with those above it.")
]
TlsKey = Annotated[str | None, typer.Option("--tls-key", metavar="FILE", help="The key of its certificate.")]
ClientCa = Annotated[
    str | None,
    typer.Option("--client-ca", metavar="FILE", help="Let only those connect whose certificate it signed."),
]
GateMode = Annotated[
    Mode,
    typer.Option(
        help="preview: write down what it would say; advise: say it; enforce: hold up what is not safe."
    ),
]
Doubt = Annotated[
    OnDoubt, typer.Option("--on-doubt", help="With enforce: what is done where nothing can be told.")
]
Namespace = Annotated[
    str,
    typer.Option(
        envvar="TIDEGATE_NAMESPACE", help="In a cluster: where it runs itself, which it never holds up."
    ),
]
WorkLimit = Annotated[
    str,
    typer.Option(
        "--work-limit", metavar="TIME", help="How long one question may be worked on, beside the gate."
    ),
]
Tokens = Annotated[
    str,
    typer.Option("--tokens", metavar="FILE", help="Let only those ask who show a token of this file."),
]
RunTaskKey = Annotated[
    str, typer.Option("--run-task-key", metavar="FILE", help="The HMAC key of Terraform's run tasks.")
]
RunTaskHosts = Annotated[
    list[str] | None,
    typer.Option(metavar="HOST[:PORT]", help="Where run tasks are called back, instead of HCP Terraform."),
]
GithubSecret = Annotated[
    str, typer.Option("--github-secret", metavar="FILE", help="The secret of GitHub's webhooks.")
]
GithubApp = Annotated[
    str,
    typer.Option("--github-app", metavar="ID", help="The GitHub App as which deployments are answered."),
]
GithubKey = Annotated[
    str, typer.Option("--github-key", metavar="FILE", help="The private key of that App, in PEM.")
]
GithubToken = Annotated[
    str, typer.Option("--github-token", metavar="FILE", help="A token to answer with, instead of an App.")
]
GithubHosts = Annotated[
    list[str] | None,
    typer.Option(metavar="HOST[:PORT]", help="GitHub's API where it is not api.github.com."),
]
