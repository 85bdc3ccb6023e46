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
from tidegate.gate.asking.contracts.named_change import named_change
from tidegate.gate.asking.contracts.plain import said_of
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.message import Asked, Heard, Reply
from tidegate.gate.asking.ruling import Mode, Policy


class Argo:
    """The contract of `/argo`: the words in the query, or in a JSON body."""

    name = "argo"
    methods: tuple[str, ...] = ("GET", "POST", "PUT")

    def intent(self, heard: Heard) -> Intent | None:
        """Return what is asked about.

        Raises
        ------
        InputError
            If what grows or its sizes are not said.
        """
        words = {**heard.query, **(heard.document() if heard.body else {})}
        plan = named_change(words, path="query or body")
        return Intent(caller=self.name, plan=plan, reference=str(words.get("reference") or ""))

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
