"""The limits of runs that are written are those of the code."""

from __future__ import annotations

from pathlib import Path

from tidegate.evaluate.bench import BELIEVED_MOST, COUNTER_MOST
from tidegate.evaluate.judge import OTHER_SIDE_MOST

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "how-sure.md"


def test_how_sure_states_the_limits_of_runs_of_the_code():
    """As planned, for not acting, for acting slower and for a protection."""
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    proof = f"{BELIEVED_MOST:,} runs as believed and {COUNTER_MOST} for each counter-belief"
    planned = f"{BELIEVED_MOST:,} runs as believed, {COUNTER_MOST} for each counter-belief"
    looked = f"Acting slower gets {OTHER_SIDE_MOST} runs to look; if none of them collapses"
    assert f"{planned}, {OTHER_SIDE_MOST} for not acting." in page
    assert f"{looked}, it is proven like the plan, with up to {proof}." in page
    assert f"Each protection that is proven gets up to {COUNTER_MOST} runs of each case." in page
