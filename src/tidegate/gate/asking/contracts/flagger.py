"""Flagger's webhooks: `confirm-rollout` before the canary grows, `confirm-traffic-increase` before a step.

Any status above 202 holds it; one of 500 and more is tried again and its text lost. So what is held up is
answered with 403 and one line, which becomes an event. The request names no size: put `from` and `to` into
the webhook's `metadata`, and `address` where it is not the Deployment of the canary's name.

Source: Flagger 1.44, pkg/controller/webhook.go and docs/gitbook/usage/webhooks.md.
"""

from __future__ import annotations

from tidegate.errors import Fault, InputError
from tidegate.gate.asking.contracts.named_change import named_change
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.message import Asked, Heard, Reply
from tidegate.gate.asking.ruling import Mode, Policy

_DONE = frozenset({"Succeeded", "Failed"})


class Flagger:
    """The contract of `/flagger`."""

    name = "flagger"
    methods: tuple[str, ...] = ("POST",)

    def intent(self, heard: Heard) -> Intent | None:
        """Return what is asked about; None after a rollout, when nothing is about to change.

        Raises
        ------
        InputError
            If canary or sizes are not said.
        """
        document = heard.document()
        name, namespace = (str(document.get(key) or "") for key in ("name", "namespace"))
        if not name or not namespace:
            raise InputError(Fault(what="is missing", path="name, namespace", allowed="those of the canary"))
        if str(document.get("phase")) in _DONE:
            return None
        words = document.get("metadata")
        plan = named_change(
            words if isinstance(words, dict) else {},
            path="metadata",
            address=f"apps/v1/Deployment/{namespace}/{name}",
        )
        reference = str(document.get("checksum") or "")
        return Intent(caller=self.name, plan=plan, reference=reference, asked_by=f"{namespace}/{name}")

    def reply(self, asked: Asked, policy: Policy) -> Reply:
        """Return 200 to go on, 403 to hold."""
        if asked.is_held_up(policy):
            return Reply(status=403, text=f"{asked.ruling.headline}\n", happens=False)
        return Reply(text="" if policy.mode is Mode.PREVIEW else f"{asked.ruling.headline}\n")

    def nothing(self, _heard: Heard) -> Reply:
        """Return 200."""
        return Reply()

    def refusal(self, error: InputError, policy: Policy) -> Reply:
        """Return what is wrong; it holds a rollout only where unsafe ones are held."""
        return Reply(status=400 if policy.mode is Mode.ENFORCE else 200, text=f"{error}\n", happens=False)
