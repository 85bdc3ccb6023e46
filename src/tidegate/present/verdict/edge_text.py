"""How far from its edge does a plan stand? In words people use: times today's demand, times the step."""

from __future__ import annotations

from tidegate.evaluate.judging.verdict import Edge, Probability, Verdict
from tidegate.present.quantities import percent_text


def edges_text(verdict: Verdict) -> str:
    """Return at how many times today's demand and the step the plan tips; where neither is known, why not."""
    said = [
        *([_demand_clause(verdict.demand_edge)] if verdict.demand_edge is not None else []),
        *([_step_clause(verdict.step_edge)] if verdict.step_edge is not None else []),
    ]
    return f"As believed, it {', and '.join(said)}." if said else verdict.edge_unknown


def _demand_clause(edge: Edge) -> str:
    if edge.at_times is None:
        return f"does not tip up to {edge.most_times:.3g} times today's demand"
    low, high = edge.low_times, edge.high_times
    bounds = "" if low is None or high is None else f" (95 % sure: {low:.3g} to {high:.3g})"
    return f"tips at {edge.at_times:.3g} times today's demand{bounds}"


def _step_clause(edge: Edge) -> str:
    value = edge.value or 0.0
    counted = edge.unit == "instances"
    size = f"{round(value):,} instances" if counted else f"{percent_text(value)} reconnecting"
    if edge.at_times is not None:
        return f"tips at about {edge.at_times:.2g} times the step ({size})"
    if not counted:
        return f"does not tip with {size}"
    return f"does not tip up to {edge.most_times:.3g} times the step ({size})"


def runs_of(collapse: Probability) -> str:
    """Return how many runs say how probable a collapse is: ``20, and 24 at 1.2 times the demand``."""
    if collapse.harder_times is not None:
        harder = f"{collapse.harder_runs_count} at {collapse.harder_times:.3g} times the demand"
        return f"{collapse.runs_count}, and {harder}"
    return f"{collapse.runs_count} of a part" if collapse.of_whole else str(collapse.runs_count)
