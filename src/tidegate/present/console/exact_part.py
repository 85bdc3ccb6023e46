"""What does the console show of an exact answer while it is worked out? And where there is none."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.present.report.markup import Html, tag


@dataclass(frozen=True, kw_only=True)
class Exact:
    """What is known of the exact answer.

    Parameters
    ----------
    part
        It, or what is being done for it, as markup.
    again_s
        After how long to ask again; 0 once it is there.
    """

    part: str
    again_s: float = 0.0


def exact_part(exact: Exact) -> Html:
    """Return what is known of the exact answer, as markup that was made here."""
    return Html(exact.part)


def working_part(waiting_count: int) -> Html:
    """Return that it is being worked out."""
    before = f"; {waiting_count} before it" if waiting_count else ""
    return tag("p", f"Being worked out by whole runs{before} …", class_="wait")


def failed_part(why: str) -> Html:
    """Return that there is none, and why."""
    return tag("p", f"There is no exact answer: {why}.", class_="wrong")
