"""How long does a request take, and the set-up of a new connection? Drawn by a service's law."""

from __future__ import annotations

import math
import random

from tidegate.rehearse.service_plan import ServerSettings
from tidegate.world.law import Law, Stretch


def service_s(settings: ServerSettings, chance: random.Random, mean_s: float | None = None) -> float:
    """Return how long a request takes, whose mean is the service's where it has none of its own."""
    if mean_s is None:
        mean_s = settings.service_time_s
    if settings.service_stretches:
        stretches = tuple(Stretch(*each) for each in settings.service_stretches)
        law = Law(word=settings.service_law, stretches=stretches)
        return mean_s * law.times(1.0 - chance.random())
    if settings.service_law == "exponential":
        return chance.expovariate(1.0) * mean_s
    if settings.service_law == "lognormal":
        variance = math.log1p(settings.service_cv_ratio**2)
        return mean_s * chance.lognormvariate(-variance / 2, math.sqrt(variance))
    return mean_s


def setup_s_of(settings: ServerSettings, chance: random.Random) -> float:
    """Return how long the set-up of a new connection takes, full or resumed."""
    resumed = chance.random() < settings.resumption_ratio
    return settings.resumed_setup_s if resumed else settings.setup_s
