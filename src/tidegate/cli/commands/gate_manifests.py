"""`tidegate gate manifests`: everything that a cluster needs so that it asks the gate."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app
from tidegate.gate.asking.ruling import Mode, OnDoubt

if TYPE_CHECKING:
    from tidegate.verbs.gate_manifests import GateManifests

_ASSUMED_VERSION = "1.30"
_DAYS = 365


class Certificates(StrEnum):
    """Who makes the gate's certificate."""

    SELF_MADE = "self-made"
    CERT_MANAGER = "cert-manager"


class FailurePolicy(StrEnum):
    """What the cluster does while the gate is away."""

    IGNORE = "Ignore"
    FAIL = "Fail"


Worlds = Annotated[list[str], typer.Argument(metavar="WORLD...", help="World files or bundled worlds.")]
Output = Annotated[
    str | None,
    typer.Option(metavar="DIR", help="The folder to write the files to; otherwise they are printed."),
]
Image = Annotated[
    str, typer.Option(help="Tidegate's image, where the cluster finds it; otherwise that of this version.")
]
Namespace = Annotated[str, typer.Option(help="Where in the cluster the gate runs.")]
Deed = Annotated[Mode, typer.Option(help="What the gate does about what is not safe.")]
Doubt = Annotated[
    OnDoubt, typer.Option("--on-doubt", help="With enforce: what is done where nothing can be told.")
]
Away = Annotated[
    FailurePolicy,
    typer.Option(
        help="What the cluster does while the gate is away: Ignore lets changes through, Fail refuses."
    ),
]
Version = Annotated[
    str,
    typer.Option(
        help="Of the cluster; before 1.28 it asks the gate of everything, since it knows no conditions."
    ),
]
Maker = Annotated[
    Certificates, typer.Option(help="Who makes the certificate; cert-manager makes it anew before it ends.")
]
Days = Annotated[
    int | None,
    typer.Option(min=1, max=3650, help="For how many days a self-made certificate holds; otherwise 365."),
]
Storage = Annotated[
    str,
    typer.Option(
        metavar="SIZE", help="A disk for the record of rulings, such as 1Gi; without, it goes with the pod."
    ),
]
Networks = Annotated[
    list[str] | None,
    typer.Option(metavar="CIDR", help="A network from which the gate may be reached; otherwise all."),
]
Replicas = Annotated[
    int, typer.Option(min=0, max=10, help="How many pods; each reads off the cluster what goes on.")
]
ModelUnnamed = Annotated[
    bool,
    typer.Option("--model-unnamed", help="Model workloads that no world names from their own objects."),
]
TokensSecret = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="A Secret in the gate's namespace, whose tokens.yaml says who may ask by other ways.",
    ),
]
ShowKey = Annotated[
    bool, typer.Option("--show-key", help="Print the key of a self-made certificate with the rest.")
]


@app.command("gate manifests")
def gate_manifests(  # noqa: PLR0913  one parameter for each option
    worlds: Worlds,
    *,
    output: Output = None,
    image: Image = "",
    namespace: Namespace = "tidegate",
    mode: Deed = Mode.PREVIEW,
    on_doubt: Doubt = OnDoubt.ALLOW,
    failure_policy: Away = FailurePolicy.IGNORE,
    kubernetes_version: Version = _ASSUMED_VERSION,
    certificates: Maker = Certificates.SELF_MADE,
    certificate_days: Days = None,
    storage: Storage = "",
    allow_from: Networks = None,
    replicas: Replicas = 1,
    model_unnamed: ModelUnnamed = False,
    tokens_secret: TokensSecret = "",
    show_key: ShowKey = False,
) -> None:
    """Write everything that a cluster needs so that it asks the gate; it begins by watching (preview)."""
    from time import time

    from tidegate.adapters.certificate_maker import make_certificate, still_trusted
    from tidegate.adapters.files.worlds import read_world_text
    from tidegate.gate.installation.chart_values import defaults
    from tidegate.verbs import gate_manifests as verb

    _refuse_contrary(certificates, days=certificate_days, output=output, show_key=show_key)
    assumed = defaults()
    said = {
        **assumed,
        "namespace": namespace,
        "image": image or assumed["image"],
        "mode": mode.value,
        "onDoubt": on_doubt.value,
        "failurePolicy": failure_policy.value,
        "kubernetesVersion": kubernetes_version,
        "certificates": certificates.value,
        "storage": {**assumed["storage"], "size": storage},
        "allowFrom": allow_from or [],
        "replicas": replicas,
        "modelUnnamed": model_unnamed,
        "tokensSecret": tokens_secret,
    }
    now_s = time()
    found = verb.gate_manifests(
        said,
        [read_world_text(name) for name in worlds],
        make=lambda hosts: make_certificate(hosts, days=certificate_days or _DAYS, now_s=now_s),
        former=still_trusted(verb.former_bundles(_former(output)), now_s=now_s),
    )
    _hand_over(found, output)


def _refuse_contrary(
    certificates: Certificates, *, days: int | None, output: str | None, show_key: bool
) -> None:
    """Refuse a key that would be printed unasked, and words that would say nothing.

    Raises
    ------
    InputError
        With each of them.
    """
    from tidegate.errors import Fault, InputError

    is_ours = certificates is Certificates.SELF_MADE
    faults = []
    if is_ours and output is None and not show_key:
        allowed = "--output DIR, --certificates cert-manager, or --show-key"
        what = "the key of a self-made certificate would be printed"
        faults.append(Fault(what=what, kind="statement", allowed=allowed))
    if days is not None and not is_ours:
        what = "is for a self-made certificate; cert-manager's holds for 90 days"
        faults.append(Fault(what=what, path="--certificate-days", value=str(days)))
    if show_key and (output is not None or not is_ours):
        faults.append(Fault(what="shows nothing here, for no key would be printed", path="--show-key"))
    if faults:
        raise InputError(*faults)


def _former(output: str | None) -> str:
    """Return the webhooks that were written to a folder before; empty where none were."""
    from tidegate.adapters.files.worlds import is_file, read_text
    from tidegate.gate.installation.installed_objects import WEBHOOKS

    place = f"{output}/{WEBHOOKS}"
    return read_text(place)[0] if output is not None and is_file(place) else ""


def _hand_over(found: GateManifests, output: str | None) -> None:
    from tidegate.adapters.files.folders import write_files
    from tidegate.gate.installation.installed_objects import OPERATOR, RULES

    applied = {name: text for name, text in found.files.items() if name not in {RULES, OPERATOR}}
    if output is None:
        sys.stdout.write("---\n".join(applied.values()))
    else:
        write_files(output, found.files, secret=found.secret)
        sys.stdout.write("".join(f"{output}/{name}\n" for name in found.files))
        sys.stderr.write(f"Apply them with: kubectl apply --server-side -f {output}\n")
    sys.stderr.write("".join(f"{note}\n" for note in found.notes))
