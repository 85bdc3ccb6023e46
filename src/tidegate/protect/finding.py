"""What a search for a protection comes to: its parts, what they are for, what it hangs on. Nouns only."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.evaluate.judging.trial import Proof
from tidegate.protect.protection import Protection


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What one part of a protection is for.

    Parameters
    ----------
    name
        What people call it.
    paths
        Its settings.
    without
        Which worlds collapse without it: "as believed", a counter-belief, or a number that is worse.
    asks
        "setting", "limit", "goal" or "capacity".
    because
        The sum that shows which number stands in the way; empty for a setting.
    counts_as
        As clauses, what its values come to where a belief about them is wrong; it holds with that, too.
    """

    name: str
    paths: tuple[str, ...]
    without: tuple[str, ...]
    asks: str = "setting"
    because: str = ""
    counts_as: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A belief that an answer hangs on.

    Parameters
    ----------
    name, says
        The belief.
    otherwise
        What holds if it is wrong.
    measure
        How to find out.
    """

    name: str
    says: str
    otherwise: str
    measure: str


@dataclass(frozen=True, kw_only=True)
class Instead:
    """Another number that would be enough by itself, where no setting is.

    Parameters
    ----------
    path, text
        Which, and the value as a world file writes it.
    asks
        "limit" (at least so much) or "goal" (at most so far).
    """

    path: str
    text: str
    asks: str


@dataclass(frozen=True, kw_only=True)
class Smallest:
    """The smallest protection, or what stands in its way.

    Parameters
    ----------
    protection
        None where none was proven.
    contributions
        Of its parts.
    instead
        Where a number stands in the way: others that would do as well, each proven.
    conditions
        Beliefs that nothing covers: what is found is safe only if they hold.
    spared_if
        Beliefs that, once measured, make every part needless; empty where a part is needed anyway.
    refused_normally_ratio, refused_in_event_ratio
        Share of the new flows that it turns away on an ordinary day and during the activity.
    proof
        What proves it; None where it is none.
    failing
        Where there is none: the worlds that collapse without one.
    in_the_way
        Where there is none: the countable limits that are exceeded in them, as clauses.
    refuted
        Assumed numbers as they cannot be: the world would be down already today.
    margin_ratio
        By how much every assumed number may be worse.
    as_planned
        Whether it holds without any of this by the rule that `check` decides by: then all that the parts add
        is margin.
    without_margin
        Whether that rule is all it holds by, since nothing on offer gives it this margin.
    """

    protection: Protection | None
    contributions: tuple[Contribution, ...]
    instead: tuple[Instead, ...] = ()
    conditions: tuple[Condition, ...] = ()
    spared_if: tuple[Condition, ...] = ()
    refused_normally_ratio: float
    refused_in_event_ratio: float
    proof: Proof | None
    failing: tuple[str, ...]
    in_the_way: tuple[str, ...] = ()
    refuted: tuple[str, ...] = ()
    margin_ratio: float
    as_planned: bool = False
    without_margin: bool = False
