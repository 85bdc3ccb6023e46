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
