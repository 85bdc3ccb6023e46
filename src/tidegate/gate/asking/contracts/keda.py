"""KEDA's `metrics-api` trigger: the greatest size that is safe now, for the formula of a ScaledObject.

    GET /keda?address=apps/v1/Deployment/prod/shop&from=40&target=10   {"cap": 1800, "allowed": 180}

An autoscaler takes the greatest of its metrics, so a cap belongs inside `scalingModifiers.formula`: `demand
< cap ? demand : cap`. The status must be exactly 200; on doubt it is 500, so that KEDA's fallback counts,
and never a 0, which would scale to none. `from` is the size now; `target` is the metric's value for one
instance.

Source: KEDA 2.21, pkg/scalers/metrics_api_scaler.go and docs.
"""

from __future__ import annotations

from tidegate.errors import Fault, InputError
from tidegate.gate.asking.contracts.named_change import named_change
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.message import Asked, Heard, Reply
from tidegate.gate.asking.ruling import Mode, Policy

UNCAPPED = 10_000_000


class Keda:
    """The contract of `/keda`."""

    name = "keda"
    methods: tuple[str, ...] = ("GET",)

    def intent(self, heard: Heard) -> Intent | None:
        """Return a question about how far it may go; nothing is about to change by it.

        Raises
        ------
        InputError
            If what grows, its size now, or the target is not said.
        """
        _target(heard)
        plan = named_change(heard.query, path="query", to_known=False)
        return Intent(caller=self.name, plan=plan, is_trial=True)

    def reply(self, asked: Asked, policy: Policy) -> Reply:
        """Return the cap, or 500 where none is known."""
        [change] = asked.intent.plan.changes
        ruling, target = asked.ruling, _target(asked.heard)
        if policy.mode is not Mode.ENFORCE:
            return _cap(UNCAPPED, target)
        if ruling.allowed_count is None and ruling.verdict == "cannot_tell":
            return Reply(status=500, text=f"{ruling.headline}\n")
        before_count = change.before_count or 0
        allowed_count = max(ruling.allowed_count or 0, before_count)
        if allowed_count == 0:
            return Reply(status=500, text="Tidegate: no size is known to be safe, and none is no answer.\n")
        return _cap(allowed_count, target)

    def nothing(self, _heard: Heard) -> Reply:
        """Return an error; this contract always asks something."""
        return Reply(status=500)

    def refusal(self, error: InputError, _policy: Policy) -> Reply:
        """Return what is wrong, with a status that KEDA takes for an error."""
        return Reply(status=500, text=f"{error}\n", happens=False)


def _cap(allowed_count: int, target: float) -> Reply:
    return Reply(document={"cap": allowed_count * target, "allowed": allowed_count})


def _target(heard: Heard) -> float:
    said = heard.query.get("target", "1")
    try:
        target = float(said)
    except ValueError:
        target = 0.0
    if not 0.0 < target < 1e12:
        raise InputError(
            Fault(
                what="is no value for one instance", path="query.target", value=said[:80], allowed="above 0"
            )
        )
    return target
