"""The world: the whole description that every verb of Tidegate starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.world.activity import Activity
from tidegate.world.belief import Belief, Estimate
from tidegate.world.clients import Clients
from tidegate.world.crossing import Crossing
from tidegate.world.field import key
from tidegate.world.network import Network
from tidegate.world.objective import Objectives
from tidegate.world.people import Segment, Tooling
from tidegate.world.retry import RetryPolicy
from tidegate.world.service import Service
from tidegate.world.trigger import Trigger


@dataclass(frozen=True, kw_only=True)
class World:
    """Networks, the devices between them, services, clients, planned activities, customers."""

    tidegate: int = key("Version of the world format.", default=1, least=1, most=1)
    name: str = key("Short name, used in reports.", default="world")
    title: str = key("One line on what it describes.", default="")
    horizon_s: float = key(
        "How much time is simulated; verdicts say `within` it.", default=300.0, above=True, most=604800.0
    )
    detail: str = key(
        "How crossings are modelled: packet by packet, or coarse: one job per attempt, "
        "which misjudges lock-up at a packet queue.",
        default="packet",
        allowed=("packet", "coarse"),
    )
    networks: Mapping[str, Network] = key("Hosts that reach each other freely, by name.", factory=dict)
    crossings: Mapping[str, Crossing] = key("Devices between two networks, by name.", factory=dict)
    services: Mapping[str, Service] = key("What answers, by name.", factory=dict)
    clients: Mapping[str, Clients] = key("Populations of equal clients, by name.", factory=dict)
    retry_policies: Mapping[str, RetryPolicy] = key("Retry policies of this world, by name.", factory=dict)
    activities: Mapping[str, Activity] = key("Automated changes to be judged, by name.", factory=dict)
    triggers: Mapping[str, Trigger] = key("Anything else that disturbs, by name.", factory=dict)
    objectives: Objectives = key("What must hold.", factory=Objectives)
    beliefs: Mapping[str, Belief] = key("Behaviours taken to be so, by name.", factory=dict)
    segments: Mapping[str, Segment] = key("Customer segments, by name.", factory=dict)
    tooling: Mapping[str, Tooling] = key("What people work with during an event, by name.", factory=dict)

    def happening(self, activity: str | None) -> str:
        """Return what people call what happens: an activity with those beside it, or the triggers alone."""
        if activity is None:
            return "the triggers of this world"
        plan = self.activities[activity]
        own, beside = plan.title or activity, (self.activities[one].title or one for one in plan.beside)
        return " + ".join((own, *beside))


@dataclass(frozen=True, kw_only=True)
class WorldFile:
    """A world with what its text says beside the numbers.

    Parameters
    ----------
    world
        The nouns, in SI floats.
    estimates
        Every number that was written with a range, source or basis, by path.
    source
        Name of the file or input.
    document
        The file's plain tree (mappings, lists, texts), which overlays are laid over.
    """

    world: World
    estimates: Mapping[str, Estimate]
    source: str
    document: Mapping[str, object]
