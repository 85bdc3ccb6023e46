"""What the engine's memory is made of: one module a group of nouns, each with its columns in order.

All are loaded together, since their rows refer to each other.
"""

from tidegate.simulate.kernels.compile import ENGINE
from tidegate.simulate.kernels.nouns.bins import CrossingBin, PopulationBin, ServiceBin
from tidegate.simulate.kernels.nouns.cache import Cache
from tidegate.simulate.kernels.nouns.carried import Carried
from tidegate.simulate.kernels.nouns.client import Client
from tidegate.simulate.kernels.nouns.crossing import Crossing
from tidegate.simulate.kernels.nouns.device import Device, Lane, OldHold, Place, PortBlock
from tidegate.simulate.kernels.nouns.effect import Effect
from tidegate.simulate.kernels.nouns.event import Act, Event, Slot
from tidegate.simulate.kernels.nouns.exchange import Exchange
from tidegate.simulate.kernels.nouns.head import Head, Pool
from tidegate.simulate.kernels.nouns.policy import Breaker, Budget, Circuit, Layer, Purse
from tidegate.simulate.kernels.nouns.population import Population, Stack, Way
from tidegate.simulate.kernels.nouns.request import Request
from tidegate.simulate.kernels.nouns.service import Noted, Service
from tidegate.simulate.kernels.nouns.wave import Wave
from tidegate.simulate.kernels.row import NOUNS

__all__ = [
    "Act", "Breaker", "Budget", "Cache", "Carried", "Circuit", "Client", "Crossing", "CrossingBin", "Device", "Effect",
    "Event", "Exchange", "Head", "Lane", "Layer", "Noted", "OldHold", "Place", "Pool", "Population", "PopulationBin",
    "PortBlock", "Purse", "Request", "Service", "ServiceBin", "Slot", "Stack", "Wave", "Way",
]  # fmt: skip

if ENGINE == "numba":
    from tidegate.simulate.kernels.compiled_row import register  # numba is not loaded otherwise

    for _noun in NOUNS.values():
        register(_noun)
