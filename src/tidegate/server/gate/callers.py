"""Who may ask, and where? One row a contract."""

from __future__ import annotations

from tidegate.gate.live.callers.admission import Admission
from tidegate.gate.live.callers.argo import Argo
from tidegate.gate.live.callers.cloudformation import CloudFormation
from tidegate.gate.live.callers.ecs import Ecs
from tidegate.gate.live.callers.flagger import Flagger
from tidegate.gate.live.callers.keda import Keda
from tidegate.gate.live.callers.plain import Plain
from tidegate.gate.live.message import Caller
from tidegate.gate.live.scalers import Scalers


def callers(own_namespace: str) -> tuple[tuple[str, Caller], ...]:
    """Return each contract with its path.

    Parameters
    ----------
    own_namespace
        Where in a cluster the gate itself runs, which it never holds up; empty where it runs in none.
    """
    scalers = Scalers()
    found: dict[str, Caller] = {
        "/check": Plain(),
        "/flagger": Flagger(),
        "/argo": Argo(),
        "/keda": Keda(),
        "/cloudformation": CloudFormation(),
        "/ecs": Ecs(),
        "/admission/validate": Admission(scalers, own_namespace=own_namespace, mutates=False),
        "/admission/mutate": Admission(scalers, own_namespace=own_namespace, mutates=True),
    }
    return tuple(found.items())
