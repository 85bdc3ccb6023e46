"""Who may ask, and where? One row a contract."""

from __future__ import annotations

from tidegate.gate.asking.bookings import Scalers
from tidegate.gate.asking.contracts.admission import Admission
from tidegate.gate.asking.contracts.argo import Argo
from tidegate.gate.asking.contracts.cloudformation import CloudFormation
from tidegate.gate.asking.contracts.ecs import Ecs
from tidegate.gate.asking.contracts.flagger import Flagger
from tidegate.gate.asking.contracts.keda import Keda
from tidegate.gate.asking.contracts.plain import Plain
from tidegate.gate.asking.message import Caller
from tidegate.gate.asking.mirrored.cluster_mirror import Mirror


def callers(own_namespace: str, cluster: Mirror | None = None) -> tuple[tuple[str, Caller], ...]:
    """Return each contract with its path.

    Parameters
    ----------
    own_namespace
        Where in a cluster the gate itself runs, which it never holds up; empty where it runs in none.
    cluster
        What is read of it; None where nothing is.
    """
    scalers = Scalers() if cluster is None else cluster.scalers
    found: dict[str, Caller] = {
        "/check": Plain(),
        "/flagger": Flagger(),
        "/argo": Argo(),
        "/keda": Keda(),
        "/cloudformation": CloudFormation(),
        "/ecs": Ecs(),
        "/admission/validate": Admission(
            scalers, mutates=False, own_namespace=own_namespace, cluster=cluster
        ),
        "/admission/mutate": Admission(scalers, own_namespace, cluster, mutates=True),
    }
    return tuple(found.items())
