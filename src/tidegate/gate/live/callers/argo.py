"""Argo Rollouts' web metric: a number or a word that its conditions compare.

Any status but 2xx is an error and aborts after four, so the answer is always 200 and the verdict is in the
body. A rollout pauses (*Inconclusive*) only where both conditions are false:

    successCondition: result.verdict == "proceed"
    failureCondition: result.verdict == "stop"

`verdict` is what is to be done: where the gate only previews or advises it is "proceed", and what is known
stands under `known`.

Source: Argo Rollouts 1.10, metricproviders/webmetric and utils/evaluate.
"""

from __future__ import annotations

from tidegate.errors import InputError
from tidegate.gate.live.callers.named import named_change
from tidegate.gate.live.callers.plain import said_of
from tidegate.gate.live.message import Asked, Heard, Reply
from tidegate.gate.live.proposal import Proposal
from tidegate.gate.live.ruling import Mode, Policy


class Argo:
    """The contract of `/argo`: the words in the query, or in a JSON body."""

    name = "argo"
    methods: tuple[str, ...] = ("GET", "POST", "PUT")

    def proposal(self, heard: Heard) -> Proposal | None:
        """Return what is asked about.

        Raises
        ------
        InputError
            If what grows or its sizes are not said.
        """
        words = {**heard.query, **(heard.document() if heard.body else {})}
        plan = named_change(words, path="query or body")
        return Proposal(caller=self.name, plan=plan, reference=str(words.get("reference") or ""))

    def reply(self, asked: Asked, policy: Policy) -> Reply:
        """Return the word that the conditions compare."""
        held = asked.is_held_up(policy)
        verdict = asked.ruling.verdict if held else "proceed"
        return Reply(document={"verdict": verdict, "known": said_of(asked.ruling)}, happens=not held)

    def nothing(self, _heard: Heard) -> Reply:
        """Return that it may go on; this contract always asks something."""
        return Reply(document={"verdict": "proceed"})

    def refusal(self, error: InputError, policy: Policy) -> Reply:
        """Return what is wrong, as a verdict with which a rollout pauses where unsafe ones are held."""
        verdict = "cannot_tell" if policy.mode is Mode.ENFORCE else "proceed"
        return Reply(document={"verdict": verdict, "error": str(error)}, happens=False)
