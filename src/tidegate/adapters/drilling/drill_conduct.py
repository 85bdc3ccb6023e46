"""What is a drill told to do? Read by everything that carries it out."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.observe.drill.cuts import Cut


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """How a drill is conducted.

    Parameters
    ----------
    cuts
        What is cut, in this order.
    mark
        Names this drill in all that it says.
    first_word_s, heal_s
        For how long words, and the same record everywhere, are waited for.
    hold_s
        For how long something is cut at least.
    apart_said_s
        For how long is waited until pages say that they cannot hear another site; 0 for not at all.
    is_private
        Whether what is said never becomes public.
    has_receiver, has_mail
        Whether notices and mailed receipts come to our receivers.
    """

    cuts: tuple[Cut, ...]
    mark: str
    first_word_s: float
    heal_s: float
    hold_s: float
    apart_said_s: float
    is_private: bool
    has_receiver: bool
    has_mail: bool

    @property
    def most_s(self) -> float:
        """How long all of it may take."""
        return (
            len(self.cuts) * (self.hold_s + self.first_word_s + self.apart_said_s + 3 * self.heal_s + 30.0)
            + self.heal_s
        )
