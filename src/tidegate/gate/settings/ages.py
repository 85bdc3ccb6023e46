"""How old does a pool let its connections become? In seconds, by what its library means by a number.

Sources: HikariCP (`maxLifetime` in ms, 30 s at least, each connection's own up to 2.5 % shorter), SQLAlchemy
(`pool_recycle` in s), node-postgres (`maxLifetimeSeconds`), Django (`CONN_MAX_AGE` in s), Go and pgx (with a
unit).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate.gate.settings.names import words_of
from tidegate.gate.settings.text import Setting

_TIME = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*(ms|s|m|min|h|d)?", re.ASCII)
_UNITS_S = {"ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_IN_SECONDS = re.compile(r".*(?:SECONDS?|SECS?|RECYCLE|MAX_AGE)", re.ASCII)
_IN_MS = re.compile(r".*(?:MS|MILLIS)", re.ASCII)
_JAVA = frozenset({"HIKARI", "HIKARICP"})
_JAVA_JITTER = "1.25%"
_JAVA_LEAST_S = 30.0
_LONGEST_S = 86400.0 * 365


@dataclass(frozen=True, kw_only=True)
class Age:
    """How old connections become, and the setting that says so.

    Parameters
    ----------
    age_s
        The age.
    jitter
        How much ages differ, as a world file writes it; "" where they do not.
    at_once
        Whether the library makes another connection before one is needed.
    setting
        The setting.
    """

    age_s: float
    jitter: str
    at_once: bool
    setting: Setting


def age_of(setting: Setting) -> Age | str:
    """Return how old a pool's connections become by a setting; as a clause, why that is not known."""
    words, found = words_of(setting.key), _TIME.fullmatch(setting.value)
    java = not _JAVA.isdisjoint(words.split("_"))
    if found is None:
        return "is no time"
    unit = found[2] or _unit(words, java=java)
    if not unit:
        return "does not say its unit: seconds or milliseconds"
    age_s = float(found[1]) * _UNITS_S[unit]
    if age_s == 0.0:
        return "nought means any age"
    if java and age_s < _JAVA_LEAST_S:
        return "HikariCP takes 30 s at least"
    if age_s > _LONGEST_S:
        return "is more than a year"
    return Age(age_s=age_s, jitter=_JAVA_JITTER if java else "", at_once=java, setting=setting)


def _unit(words: str, *, java: bool) -> str:
    """Return the unit of a bare number; empty where nothing tells."""
    if _IN_SECONDS.fullmatch(words):
        return "s"
    return "ms" if java or _IN_MS.fullmatch(words) else ""
